"""What is written for people is read as the same again."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ltc.core.yamlfile import Node, parse, render, write_scalar

ODD = ("null", "~", "true", "no", "007", "1.50", "- a", "a: b", "#x", "{", "[1]", "'", '"', "&a", "*", "a #b", "2026-01-01")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12),
    st.sampled_from(ODD),
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "fields", "examples", "", "*", "a.b", "true", "X/*", "7", "on"])
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


def node(value):
    if isinstance(value, dict):
        return Node("mapping", {key: node(one) for key, one in value.items()})
    if isinstance(value, list):
        return Node("sequence", [node(one) for one in value])
    return Node("scalar", value)


def silent(path, place):
    del path, place
    return ""


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=5))
def test_it_is_read_as_the_same(tree):
    text = render(node(tree), silent)
    assert parse(text).plain() == tree


def test_remarks_stand_beside_their_lines():
    text = render(parse("a: 1\nfields:\n  name: {from: Name}\n", "x.yaml"), lambda path, place: f"{'.'.join(path)} {place.line}")
    assert [line.split(" # ") for line in text.splitlines()] == [
        ["a: 1".ljust(59), "a 1"], ["fields:".ljust(59), "fields 2"], ["  name: {from: Name}".ljust(59), "fields.name 3"],
    ]  # fmt: skip


def test_parts_of_several_files_get_lines_of_their_own():
    mixed = Node("mapping", {"a": Node("mapping", {"x": Node("scalar", 1, "one"), "z": Node("scalar", 2, "two")})})
    assert render(mixed, silent) == "a:\n  x: 1\n  z: 2\n"


def test_a_number_keeps_its_digits():
    assert write_scalar(Decimal("1.500"), "1.500") == "1.500"
