"""The page about configuration says what the settings say."""

from __future__ import annotations

from pathlib import Path

from ltc.app.config.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m ltc.app.config.reference > docs/reference/configuration.md"
