"""Compute: the derived document, from what a flow sees; pure, so that it is tried without a store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ltc.app.engine.flow.compute import compute, slots, source_keys
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Flow
from ltc.app.engine.flow.ways import Hop, Sight, View
from ltc.core.mapping.operations.codec import BadValue

FLOW = """\
from: quote
to: order
with: {contract: any}
when: "quote.status == 'accepted'"
fields:
  quote: hub_id
  purchase_order: [contract.number, number, {const: none}]
  incoterms: {compute: "quote.number + '/' + contract.number"}
  billing_address.city: billing_address.city
  lines: {each: lines, step: 100, source_key: opportunity_line, fields: {product: product, plant: quote.payment_terms}}
"""


def flow_of(tmp_path: Path, text: str = FLOW) -> Flow:
    """Load a flow."""
    file = tmp_path / "a_flow.yaml"
    file.write_text(text, encoding="utf-8")
    return load_flow([file])


def view(source: dict[str, Any], contract: dict[str, Any] | None = None) -> View:
    """See a quote, and perhaps its contract."""
    hop = Hop("contract", "contract", is_relative=True)
    return View("quote", Sight("q1", source), {(hop,): Sight("c1", contract)} if contract is not None else {})


def row(number: str, product: str, opportunity_line: str | None = None) -> dict[str, Any]:
    """Make a row of a quote."""
    return {"number": number, "product": product, "opportunity_line": opportunity_line}


@pytest.mark.parametrize(
    ("source", "contract", "expected"),
    [
        ({}, None, {"quote": "q1", "purchase_order": "none", "lines": []}),
        ({"number": "1", "lines": []}, {}, {"quote": "q1", "purchase_order": "1", "lines": []}),
        (
            {"number": "1", "billing_address": {"city": "Köln", "street": None}, "payment_terms": "NT30"}, {"number": "C"},
            {"quote": "q1", "purchase_order": "C", "incoterms": "1/C", "billing_address.city": "Köln", "lines": []},
        ),
        (
            {"payment_terms": "NT30", "lines": [row("1", "P1", "a"), row("2", "P2", "b")]}, None,
            {
                "quote": "q1", "purchase_order": "none", "lines[100]": True, "lines[100].product": "P1",
                "lines[100].plant": "NT30", "lines[200]": True, "lines[200].product": "P2", "lines[200].plant": "NT30",
            },
        ),
    ],
)  # fmt: skip
def test_what_is_derived(
    tmp_path: Path, source: dict[str, Any], contract: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    assert compute(flow_of(tmp_path), view(source, contract), {}) == expected


def test_rows_keep_their_numbers_whatever_comes_and_goes(tmp_path: Path) -> None:
    flow, memory = flow_of(tmp_path), {}  # type: ignore[var-annotated]
    compute(flow, view({"lines": [row("1", "P1", "a"), row("2", "P2", "b")]}), memory)
    now = compute(flow, view({"lines": [row("9", "P3", "c"), row("2", "P2", "b")]}), memory)
    assert {leaf: value for leaf, value in now.items() if leaf.endswith("product")} == {
        "lines[300].product": "P3", "lines[200].product": "P2",
    }  # fmt: skip
    assert source_keys(memory, "lines") == {"100": "a", "200": "b", "300": "c"}


@pytest.mark.parametrize(
    "lines",
    [
        [row("1", "P1"), row("2", "P2")],
        [row("1", "P1", "a"), row("2", "P2", "a")],
        [row("1", "P1", "a"), row("2", "P2", "a"), row("3", "P3")],
        [row("1", "P1", "2"), row("2", "P2")],
    ],
)
def test_no_row_is_lost_that_is_not_told_apart_by_what_the_flow_says(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    memory: dict[str, Any] = {}
    flow = flow_of(tmp_path)
    now = compute(flow, view({"lines": lines}), memory)
    assert sorted(value for leaf, value in now.items() if leaf.endswith("product")) == [one["product"] for one in lines]
    assert compute(flow, view({"lines": lines}), memory) == now


def test_a_row_that_is_written_out_needs_its_key(tmp_path: Path) -> None:
    text = (
        FLOW.partition("  lines:")[0]
        + "  lines: {rows: [{number: {const: '7'}, description: number}, {number: payment_terms}]}\n"
    )
    now = compute(flow_of(tmp_path, text), view({"number": "1"}), {})
    assert {leaf: value for leaf, value in now.items() if leaf.startswith("lines")} == {
        "lines[7]": True,
        "lines[7].description": "1",
    }


def test_the_first_list_with_rows_is_kept_to(tmp_path: Path) -> None:
    text = FLOW.partition("  lines:")[0] + (
        "  lines:\n    first_of:\n"
        "      - {each: lines, fields: {product: product}}\n"
        "      - {rows: [{number: {const: '1'}, product: {const: whole}}]}\n"
    )
    flow, memory = flow_of(tmp_path, text), {}  # type: ignore[var-annotated]
    assert compute(flow, view({"lines": []}), memory)["lines[1].product"] == "whole"
    assert compute(flow, view({"lines": [row("1", "P1")]}), memory)["lines[1].product"] == "whole"
    assert compute(flow, view({"lines": [row("1", "P1")]}), {})["lines[10].product"] == "P1"


@pytest.mark.parametrize(
    ("slot", "source", "expected"),
    [
        ("", {"revision": 2}, [""]),
        ("revision", {"revision": 2}, ["2"]),
        ("revision", {}, [""]),
        ("lines[].product", {"lines": [row("1", "A"), row("2", "B"), row("3", "A")]}, ["A", "B"]),
        ("lines[].product", {"lines": [row("1", "A"), {"number": "2"}]}, ["A", ""]),
        ("lines[].product", {"lines": []}, [""]),
        ("lines[].product", {}, [""]),
    ],
)
def test_slots(tmp_path: Path, slot: str, source: dict[str, Any], expected: list[str]) -> None:
    text = FLOW.replace("fields:\n", f"slot: {slot}\nfields:\n", 1) if slot else FLOW
    assert slots(flow_of(tmp_path, text), view(source)) == expected


def test_what_cannot_be_computed_names_its_expression_and_no_value(tmp_path: Path) -> None:
    flow = flow_of(tmp_path, FLOW.replace("quote.number + '/' + contract.number", "string(int(quote.number) + 1)"))
    with pytest.raises(BadValue, match=r"`string\(int\(quote.number\) \+ 1\)` cannot be computed") as raised:
        compute(flow, view({"number": "secret"}), {})
    assert "secret" not in str(raised.value)
    assert "incoterms" not in compute(flow, view({}), {})
