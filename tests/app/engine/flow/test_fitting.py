"""What a derived value cannot hold is told when the file is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.app.engine.flow.files import load_flow
from ltc.core.errors import Misconfigured

FLOW = """\
from: opportunity
to: order
with: {{quote: any}}
when: "opportunity.status == 'won'"
fields:
  {}
"""


def faults(tmp_path: Path, line: str) -> list[tuple[str, int, str]]:
    """Read a flow with one field, and give its faults as (code, line, message)."""
    file = tmp_path / "a_flow.yaml"
    file.write_text(FLOW.format(line), encoding="utf-8")
    try:
        load_flow([file])
    except Misconfigured as error:
        return [(fault.code, fault.line, f"{fault.message} {fault.remedy}".strip()) for fault in error.faults]
    return []


@pytest.mark.parametrize(
    "line",
    [
        "customer: customer",
        "customer: quote.customer",
        "opportunity: hub_id",
        "quote: quote.hub_id",
        "quote: [quote.hub_id, {const: null}]",
        "purchase_order: name",
        "order_date: close_date",
        "total: amount",
        "billing_address: quote.billing_address",
        "status: {const: submitted}",
        "custom.region: custom.region",
        "custom.count: {const: 3}",
        "custom.region: quote.custom.region",
        "lines: {each: lines, fields: {product: product, unit_price: unit_price, opportunity_line: id, custom: custom}}",
        "lines: {each: quote.lines, fields: {product: product, plant: quote.payment_terms, status: {const: open}}}",
    ],
)
def test_what_fits(tmp_path: Path, line: str) -> None:
    assert faults(tmp_path, line) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("customer: contact", "It is a reference to customer, and is given a reference to contact."),
        ("customer: name", "It is a reference to customer, and is given no reference."),
        ("purchase_order: customer", "It is no reference, and is given a reference to customer."),
        ("quote: hub_id", "It is a reference to quote, and is given the hub id of a opportunity."),
        ("purchase_order: hub_id", "It is no reference, and is given the hub id of a opportunity."),
        ("total: name", "It is a money, and is given a text."),
        ("purchase_order: [name, amount]", "It is a text, and is given a money."),
        ("status: {const: sumbitted}", "'sumbitted' is not one of its values. Did you mean 'submitted'?"),
        ("status: status", "None of the values that it is given is one of its own."),
        ("purchase_order: {const: 3}", "3 is no text. Write a text in quotes."),
        ("total: {const: '3'}", "'3' is no money."),
        ("lines: {each: lines, fields: {product: id}}", "It is a reference to product, and is given no reference."),
        ("lines: {each: lines, fields: {ordered_quantity: unit_price}}", "It is a quantity, and is given a unit_price."),
        ("lines: {rows: [{number: {const: '1'}, ordered_quantity: {const: '1'}}]}", "'1' is no quantity."),
    ],
)
def test_what_does_not_fit(tmp_path: Path, line: str, said: str) -> None:
    (fault,) = faults(tmp_path, line)
    assert fault[:2] == ("flow.type", 6)
    assert fault[2].startswith(said)
