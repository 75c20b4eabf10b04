"""The reader refuses everything that is not plain YAML, early, and says where."""

from __future__ import annotations

import os
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import load, overlay, parse
from ltc.core.yamlfile.reader import MAX_BYTES, MAX_DEPTH, MAX_VALUES


def faults(text):
    with pytest.raises(Misconfigured) as caught:
        parse(text, "a.yaml")
    return [(fault.code, fault.line, fault.column) for fault in caught.value.faults]


BROKEN = [
    ("a: &x 1\nb: *x\n", [("yaml.anchor", 1, 4), ("yaml.alias", 2, 4)]),
    ("a: 1\nb: 2\na: 3\n", [("yaml.duplicate_key", 3, 1)]),
    ("a: !!python/object:os.system x\n", [("yaml.tag", 1, 4)]),
    ("? [a, b]\n: 1\n", [("yaml.key", 1, 3)]),
    ("? \n: 1\n", [("yaml.key", 1, 2)]),
    ("a: [1, 2\nb: 3\n", [("yaml.syntax", 1, 4)]),
    ("a: 1\n---\nb: 2\n", [("yaml.documents", 2, 1)]),
    ("a:\n  b: 1\n   c: 2\n", [("yaml.syntax", 3, 5)]),
    ("a: \x07\n", [("yaml.character", 1, 4)]),
    ("a: 1\n\tb: 2\n", [("yaml.tab", 2, 1)]),
    ("a:\n\t- b\n", [("yaml.tab", 2, 1)]),
    ("a: 'x\nb: 1\n", [("yaml.syntax", 1, 4)]),
    ("a: {b: 1\n", [("yaml.syntax", 1, 4)]),
    ("x: {a: 1\n    b: 2}\n", [("yaml.syntax", 2, 6)]),
    ("a: 1\nb\nc: 1\n", [("yaml.syntax", 2, 1)]),
    ("a: b: c\n", [("yaml.syntax", 1, 5)]),
    ("a: @x\n", [("yaml.syntax", 1, 4)]),
    ("<<: {a: 1}\nb: 2\n", [("yaml.merge", 1, 1)]),
    ("~: 1\n", [("yaml.key", 1, 1)]),
    ("a: 1\n\ufeffb: 2\n", [("yaml.character", 2, 1)]),
    ("a: " + "x" * 20_001 + "\n", [("yaml.too_long", 1, 4)]),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN)
def test_each_offence_is_named_with_its_place(text, expected):
    assert faults(text) == expected


def test_a_bomb_of_brackets_is_refused_before_anything_is_built():
    assert faults("[" * 30_000) == [("yaml.too_deep", 1, MAX_DEPTH + 1)]
    assert faults("{a: " * 30_000) == [("yaml.too_deep", 1, 4 * MAX_DEPTH + 1)]


def test_a_file_of_very_many_values_is_refused_and_no_more_than_those_are_built():
    assert faults("[" + "1," * 400_000 + "1]") == [("yaml.too_many", 1, 2 * MAX_VALUES)]


def test_a_file_full_of_offences_is_left_at_the_hundredth():
    assert len(faults("[" + "*a," * 300_000 + "*a]")) == 100


@pytest.mark.parametrize(
    ("text", "word", "line", "column"),
    [
        ("a: record.X", "X", 1, 11),
        ("a: 'it''s X'", "X", 1, 11),
        ('a: "b \\" X"', "X", 1, 10),
        ("a: |\n    b c\n    d X\n", "X", 3, 7),
        ("a: >-\n  b\n    c\n\n  X\n", "X", 5, 3),
        ("a: b\n   c X\n", "X", 2, 6),
    ],
)
def test_a_place_inside_a_text_is_found_however_it_is_written(text, word, line, column):
    node = parse(text).value["a"]
    found = node.inside(node.text.index(word))
    assert (found.line, found.column) == (line, column)


def test_the_deepest_nesting_that_is_allowed_is_read():
    parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_a_file_that_is_too_large_is_not_opened(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    with pytest.raises(Misconfigured, match="bytes") as caught:
        load(path)
    assert caught.value.faults[0].code == "yaml.too_large"


def test_a_missing_file_a_folder_and_a_pipe_are_faults(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, code in (("missing", "yaml.unreadable"), (".", "yaml.not_a_file"), ("pipe", "yaml.not_a_file")):
        with pytest.raises(Misconfigured) as caught:
            load(tmp_path / name)
        assert caught.value.faults[0].code == code


def test_a_file_in_another_encoding_names_the_line(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: Köln\n".encode("latin-1"))
    with pytest.raises(Misconfigured) as caught:
        load(path)
    assert (caught.value.faults[0].code, caught.value.faults[0].line) == ("yaml.not_utf8", 2)


def test_scalars_are_what_people_mean():
    text = "{no: NO, on: on, yes: y, date: 2026-01-01, zeros: 0010, text: '1', tilde: ~, money: 10.50, sign: -3, time: 12:30}"
    assert parse(text).plain() == {
        "no": "NO", "on": "on", "yes": "y", "date": "2026-01-01", "zeros": "0010", "text": "1", "tilde": None,
        "money": Decimal("10.50"), "sign": -3, "time": "12:30",
    }  # fmt: skip


def test_every_value_knows_its_place(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# a comment\na:\n  b: [1, x]\n", encoding="utf-8")
    node = load(path)
    b = node.value["a"].value["b"]
    assert (b.file, b.line, b.column) == (str(path), 3, 6)
    assert b.value[1].column == 10
    assert node.value["a"].keys["b"].column == 3


def test_the_empty_file_is_an_empty_mapping():
    assert parse("").plain() == {}
    assert parse("# only a comment\n").plain() == {}


def test_overlay_keeps_the_origin_of_every_value():
    shipped = parse("a: 1\nb: {c: [1, 2], d: 3}\n", "shipped.yaml")
    own = parse("\nb: {c: [9]}\n", "own.yaml")
    both = overlay([shipped, own])
    assert both.plain() == {"a": 1, "b": {"c": [9], "d": 3}}
    assert both.value["b"].value["c"].file == "own.yaml"
    assert both.value["b"].value["d"].file == "shipped.yaml"
    assert both.value["b"].keys["c"].file == "own.yaml"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_faults(text):
    found = read_faults(text)
    assert all(fault.line >= 1 and fault.column >= 1 for fault in found)


def read_faults(text):
    try:
        parse(text)
    except Misconfigured as refusal:
        return refusal.faults
    return []


def test_an_empty_key_may_be_quoted():
    assert parse('"": 1').plain() == {"": 1}
