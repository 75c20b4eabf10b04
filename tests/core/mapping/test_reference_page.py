"""The reference page is complete, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ltc.core.mapping import build, run_examples
from ltc.core.mapping.loading import HEADER
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS
from ltc.core.mapping.vocabulary import ALL_OPTIONS, OPERATIONS
from ltc.core.yamlfile import parse

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: re.findall(r"object: (\w+)", text)[0])
def test_an_example_runs_both_ways(text):
    mapping = build(parse(text, "docs/reference/mapping.md"))
    assert mapping.examples
    assert run_examples(mapping) == []


@pytest.mark.parametrize("word", sorted({*HEADER, *OPERATIONS, *ALL_OPTIONS, *DATE_FORMATS, *TIME_FORMATS}))
def test_every_word_is_explained(word):
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE)
