"""The reference page is complete, and its examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.errors import Misconfigured
from ltc.core.mapping import build, prove
from ltc.core.mapping.loading import HEADER
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS
from ltc.core.mapping.vocabulary import ALL_OPTIONS, OPERATIONS
from ltc.core.yamlfile import parse
from tests.marks import marks_of

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
TABLES = re.findall(r"^`mappings/codes/(\w+\.yaml)`\n\n```yaml codes\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
DESCRIBED = ObjectSchema(
    "Account",
    (
        FieldSchema("Id", "id", writable=False),
        FieldSchema("Name", "string", length=40),
        FieldSchema("Name2", "string", length=20),
        FieldSchema("Phone", "string"),
        FieldSchema("Limit", "integer"),
        FieldSchema("Lines", "list", fields=(FieldSchema("Nr", "string"), FieldSchema("Qty", "number"))),
    ),
)
"""What the page says that an object has."""


def built(text, folder, schema=None):
    for name, table in TABLES:
        (folder / name).write_text(table, encoding="utf-8")
    return build(parse(text, "docs/reference/mapping.md"), codes_dirs=[folder], currency="EUR", schema=schema)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: re.findall(r"object: (\w+)", text)[0])
def test_an_example_runs_both_ways(text, tmp_path):
    mapping = built(text, tmp_path)
    assert mapping.examples
    assert prove(mapping) == []


@pytest.mark.parametrize(("kind", "count"), [("broken", 10), ("described broken", 5)])
def test_the_faults_on_the_page_are_those_that_are_told(kind, count, tmp_path):
    [text] = re.findall(rf"```yaml {kind}\n(.*?)```", PAGE, re.DOTALL)
    with pytest.raises(Misconfigured) as caught:
        built(text, tmp_path, DESCRIBED if "described" in kind else None)
    marks = marks_of(text)
    assert len(marks) == count
    assert [(fault.code, fault.line, fault.column) for fault in caught.value.faults] == [mark[:3] for mark in marks]
    assert all(mark.remedy in fault.remedy for mark, fault in zip(marks, caught.value.faults, strict=True))


VALUES = {
    "as": {*OPERATIONS} - {"money", "quantity", "unit_price", "decimal"},
    "format": {*DATE_FORMATS, *TIME_FORMATS, "%d.%m.%Y"},
    "case": {"upper", "lower"},
    "overflow": {"park", "truncate"},
    "units": {"minor", "stripe", "shifted"},
    "form": {"alpha3", "name"},
    "split": {"first", "last"},
    "one_way": {"in", "out"},
    "state": {"proposed", "deprecated"},
    "else": {"keep", "EUR"},
    "currency": {"org"},
    "codes": {"grades"},
    "scale": {"currency"},
    "write_as": {"text"},
}
"""What options may say besides numbers and fields; what is left out is what a line does anyway."""


def said(node):
    """Give every key of an example's lines, and every key with its plain value."""
    for key, child in node.items() if node.kind == "mapping" else [("", one) for one in node.value]:
        yield key
        if child.kind == "scalar":
            yield key, child.text
        elif key != "examples":
            yield from said(child)


def test_every_word_is_at_work_in_an_example_that_runs():
    used = {word for text in EXAMPLES for word in said(parse(text))}
    words = {*HEADER, *ALL_OPTIONS, *((key, value) for key, values in VALUES.items() for value in values)}
    assert words - used == set()


def test_the_laws_of_the_page_hold(tmp_path):
    [text] = re.findall(r"```python\n(>>> .*?)```", PAGE, re.DOTALL)
    [debtors] = [one for one in EXAMPLES if "object: Debtor" in one]
    test = doctest.DocTestParser().get_doctest(text, {"mapping": built(debtors, tmp_path)}, "laws", "mapping.md", 0)
    assert test.examples
    said = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)


def test_what_the_page_says_of_a_lossy_line_is_told(tmp_path):
    [text] = re.findall(r"```yaml lossy broken\n(.*?)```", PAGE, re.DOTALL)
    [mark], [fault] = marks_of(text), prove(built(text, tmp_path))
    assert (fault.code, fault.line, fault.column) == mark[:3]
    assert mark.remedy in fault.remedy


def test_a_split_is_as_wide_as_the_fields_are_described(tmp_path):
    text = "{system: s, object: O, entity: customer, key: Id, fields: {name: {split: [Name, Name2]}, kind: {const: person}}}"
    name = "Internationale Gesellschaft für Maschinenbau Köln"
    assert built(text, tmp_path, DESCRIBED).put(None, {"name": name}) == {
        "Name": "Internationale Gesellschaft für",
        "Name2": "Maschinenbau Köln",
    }
    with pytest.raises(Misconfigured, match="width"):
        built(text, tmp_path)


@pytest.mark.parametrize("word", sorted({*HEADER, *OPERATIONS, *ALL_OPTIONS, *DATE_FORMATS, *TIME_FORMATS}))
def test_every_word_is_explained(word):
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE)
