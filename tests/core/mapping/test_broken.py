"""A corpus of broken mappings, one mistake each: each is told once, in its line and column, with what to do.

A file says itself what must be found, beside the mistake: ``# <- CODE at TEXT; REMEDY``. The fault stands at TEXT in that line,
and its remedy holds REMEDY; ``<+2`` in place of ``<-`` is two lines below. A first line `# described` means that the system's
schema is known, `editor` in it that an editor with the JSON Schema shows the mistake too (test_editor.py).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.errors import Misconfigured
from ltc.core.mapping import load, prove
from tests.marks import codes_of, expected, is_sentence

BROKEN = Path(__file__).parent / "broken"
FILES = sorted(BROKEN.glob("*.yaml"))
ROOT = Path(__file__).parents[3]
CODES = ROOT / "mappings" / "codes"
SCHEMA = ObjectSchema(
    "O",
    (
        FieldSchema("Id", "id", writable=False),
        FieldSchema("Name", "string", length=40),
        FieldSchema("Phone", "string"),
        FieldSchema("Limit", "number"),
        FieldSchema("Currency", "string"),
        FieldSchema("Account", "reference", fields=(FieldSchema("Name", "string"),)),
        FieldSchema("Address", "object", fields=(FieldSchema("Nr", "string"), FieldSchema("City", "string"))),
        FieldSchema("Lines", "list", fields=(FieldSchema("Nr", "string"), FieldSchema("Qty", "number"))),
    ),
)


def found_in(path, words):
    """Check a file as `ltc mapping check` does."""
    try:
        mapping = load([path], schema=SCHEMA if "described" in words else None, codes_dirs=[CODES])
    except Misconfigured as refusal:
        return list(refusal.faults)
    return prove(mapping)


def words_of(path):
    """Read the words of a file's first line."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return set(re.findall(r"\w+", first)) if first.startswith("# ") else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_is_told_once_in_its_place(path):
    wanted = expected(path)
    found = found_in(path, words_of(path))
    assert [(fault.code, fault.line, fault.column) for fault in found] == [wanted[:3]], found
    [fault] = found
    assert fault.file == str(path)
    assert wanted.remedy in fault.remedy, fault.remedy
    assert is_sentence(fault.message, fault.path), fault.message


ELSEWHERE = {
    "mapping.law_get_put": "tests/core/mapping/test_laws.py",
    "mapping.no_example": "tests/app/cli/test_mapping_tools.py",  # a warning
    "mapping.no_file": "tests/core/mapping/test_faults.py",
    "yaml.not_a_file": "tests/core/yamlfile/test_reader.py",
    "yaml.not_utf8": "tests/core/yamlfile/test_reader.py",
    "yaml.too_large": "tests/core/yamlfile/test_reader.py",
    "yaml.too_many": "tests/core/yamlfile/test_reader.py",
    "yaml.unreadable": "tests/core/yamlfile/test_reader.py",
}
"""Codes of faults that no file of the corpus can have, and the tests that have them."""


def test_every_code_has_a_broken_file():
    found = codes_of(ROOT / "ltc/core/mapping", "mapping") | codes_of(ROOT / "ltc/core/yamlfile", "yaml")
    known = {code for code in found if code.startswith(("mapping.", "yaml."))}  # others are of models, or of a changed schema
    shown = {expected(path).code for path in FILES}
    assert known - shown == set(ELSEWHERE)
    assert shown <= known
    assert all(code in (ROOT / path).read_text(encoding="utf-8") for code, path in ELSEWHERE.items())


def test_the_corpus_is_large():
    assert len(FILES) > 200
