"""The reference page is complete, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ltc.core.errors import Misconfigured
from ltc.core.mapping import build, prove
from ltc.core.mapping.loading import HEADER
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS
from ltc.core.mapping.vocabulary import ALL_OPTIONS, OPERATIONS
from ltc.core.yamlfile import parse
from tests.marks import marks_of

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: re.findall(r"object: (\w+)", text)[0])
def test_an_example_runs_both_ways(text):
    mapping = build(parse(text, "docs/reference/mapping.md"))
    assert mapping.examples
    assert prove(mapping) == []


def test_the_faults_on_the_page_are_those_that_are_told():
    [text] = re.findall(r"```yaml broken\n(.*?)```", PAGE, re.DOTALL)
    with pytest.raises(Misconfigured) as caught:
        build(parse(text, "m.yaml"))
    marks = marks_of(text)
    assert len(marks) == 10
    assert [(fault.code, fault.line, fault.column) for fault in caught.value.faults] == [mark[:3] for mark in marks]
    assert all(mark.remedy in fault.remedy for mark, fault in zip(marks, caught.value.faults, strict=True))


@pytest.mark.parametrize("word", sorted({*HEADER, *OPERATIONS, *ALL_OPTIONS, *DATE_FORMATS, *TIME_FORMATS}))
def test_every_word_is_explained(word):
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE)
