"""docs/reference/alerts.md and the kinds of alerts say the same."""

from __future__ import annotations

import re
from pathlib import Path

from ltc.app.config.alert_settings import RulesSettings
from ltc.app.engine.alerts.kinds import KINDS

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "alerts.md"
SECTION = re.compile(r"^### (\S+)\n\n\*\*(\w+)\*\* · (.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)


def test_the_page_has_every_code_with_its_severity_and_what_to_do():
    sections = {code: (severity, text) for code, severity, text in SECTION.findall(PAGE.read_text(encoding="utf-8"))}
    assert list(sections) == list(KINDS)
    for code, (severity, text) in sections.items():
        kind = KINDS[code]
        subject = {"job": "JOB", "store": "`var`"}.get(code.split(".")[0], "SYSTEM")
        assert severity == kind.severity, code
        assert kind.remedy.format(subject=subject).rstrip(".") in text, code


def test_every_code_has_its_rule():
    assert [kind.rule for kind in KINDS.values()] == list(RulesSettings.model_fields)
