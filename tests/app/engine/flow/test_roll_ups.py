"""Roll-ups: what goes back from documents to what they came from, and what a flow file may say of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.roll_ups import RollUp, aggregate
from ltc.app.engine.flow.shares import Part
from ltc.app.engine.state import GoldenState
from ltc.core import resources
from ltc.core.errors import Misconfigured
from ltc.core.models.leaves import flatten

DELIVERED = RollUp("delivered_value", "sum", "lines.delivered_quantity", "unit_price")
SHIPPED = resources.mappings() / "flows" / "won_opportunity_to_order.yaml"


def line(
    number: str, value: str | None, amount: str, *, currency: str = "EUR", per: str = "1", unit: str = "C62"
) -> dict[str, Any]:
    """Make a line of an order, delivered in pieces."""
    quantity = None if value is None else {"value": value, "unit": "C62"}
    price = {"amount": amount, "currency": currency, "per": per, "unit": unit}
    return {"number": number, "delivered_quantity": quantity, "unit_price": price}


def order(number: str, *lines: dict[str, Any]) -> GoldenState:
    """Make an order."""
    return GoldenState(number, "order", leaves=flatten("order", {"status": number, "lines": list(lines)}))


@pytest.mark.parametrize(
    ("orders", "value"),
    [
        ([order("1", line("10", "3", "9.99"), line("20", "2", "100", per="1000"))], ("30.17", "EUR")),
        ([order("1", line("10", "1", "5")), order("2", line("10", "2", "5"))], ("15.00", "EUR")),
        ([order("1", line("10", "3", "0.335"), line("20", "3", "0.335"))], ("2.02", "EUR")),
        ([order("1", line("10", "3", "100", currency="JPY"))], ("300", "JPY")),
        ([order("1", line("10", "3", "1.125", currency="KWD"))], ("3.375", "KWD")),
        ([order("1", line("10", "0", "5"), line("20", None, "5"))], ("0.00", "EUR")),
        ([order("1", line("10", None, "5"))], None),
        ([order("1", line("10", "1", "5"), line("20", "1", "5", currency="USD"))], None),
        ([order("1", line("10", "1", "5"), line("20", "1", "5", unit="KGM"))], None),
        ([], None),
    ],
)
def test_what_was_delivered_is_worth_its_price(orders: list[GoldenState], value: tuple[str, str] | None) -> None:
    expected = None if value is None else {"amount": value[0], "currency": value[1]}
    assert aggregate(DELIVERED, orders) == expected


def test_the_newest_document_speaks() -> None:
    assert aggregate(RollUp("order_status", "latest", "status"), [order("2"), order("1")]) == "2"


def test_the_shipped_flow_says_what_was_delivered() -> None:
    flow = load_flow([SHIPPED])
    assert DELIVERED in flow.roll_ups


@pytest.mark.parametrize(
    ("leaf", "text", "code"),
    [
        ("opportunity.amount", "sum(order.total)", ""),
        ("opportunity.amount", "sum(order.lines.line_total)", ""),
        ("opportunity.amount", "sum(order.lines.invoiced_quantity*unit_price)", ""),
        ("opportunity.amount", "sum(order.lines.line_totl)", "flow.path"),
        ("opportunity.amount", "sum(order.lines.delivered_quantity)", "flow.roll_up"),
        ("opportunity.amount", "sum(order.lines.delivered_quantity * line_total)", "flow.roll_up"),
        ("opportunity.amount", "sum(order.total * unit_price)", "flow.roll_up"),
        ("opportunity.name", "sum(order.total)", "flow.roll_up"),
        ("opportunity.name", "latest(order.billing_address.city)", ""),
        ("opportunity.order_status", "latest(order.lines.status)", "flow.roll_up"),
        ("opportunity.order_status", "first(order.status)", "flow.roll_up"),
        ("opportunity.nothing", "latest(order.status)", "flow.roll_up"),
        ("quote.status", "latest(order.status)", "flow.roll_up"),
    ],
)
def test_what_a_roll_up_may_be(tmp_path: Path, leaf: str, text: str, code: str) -> None:
    file = tmp_path / "a_flow.yaml"
    head = "from: opportunity\nto: order\nwhen: \"opportunity.status == 'won'\"\nfields: {opportunity: hub_id}\n"
    file.write_text(f'{head}roll_up: {{{leaf}: "{text}"}}\n', encoding="utf-8")
    if not code:
        assert len(load_flow([file]).roll_ups) == 1
        return
    with pytest.raises(Misconfigured) as raised:
        load_flow([file])
    assert [(fault.code, fault.line) for fault in raised.value.faults] == [(code, 5)]


def bill(total: str, *lines: tuple[str, str | None], currency: str = "EUR") -> GoldenState:
    """Make an invoice with a line for each order, or for none."""
    rows = [
        {"number": str(place), "order": order or None, "line_total": worth and {"amount": worth, "currency": currency}}
        for place, (order, worth) in enumerate(lines)
    ]
    whole = {"status": "open", "total": {"amount": total, "currency": currency}, "lines": rows}
    return GoldenState("1", "invoice", leaves=flatten("invoice", whole))


TOTAL = RollUp("invoiced_total", "sum", "total")
LINES = RollUp("invoiced_total", "sum", "lines.line_total")


@pytest.mark.parametrize(
    ("invoice", "of_a", "of_b"),
    [
        (bill("119.00", ("A", "100.00")), "119.00", "0.00"),
        (bill("119.00", ("A", "60.00"), ("B", "40.00")), "71.40", "47.60"),
        (bill("119.00", ("A", "60.00"), ("", "9.00"), ("B", "30.00"), ("A", "0.00")), "79.33", "39.67"),
        (bill("10.00", ("A", "1.00"), ("B", "1.00"), ("C", "1.00")), "3.33", "3.34"),
        (bill("119.00"), "119.00", "119.00"),
        (bill("0.00", ("A", "0.00"), ("B", "0.00")), "0.00", "0.00"),
        (bill("5.00", ("A", "0.00"), ("B", "0.00")), None, None),
        (bill("119.00", ("A", "60.00"), ("B", None)), None, None),
    ],
)
def test_a_bill_for_several_orders_is_shared_by_its_lines(invoice: GoldenState, of_a: str | None, of_b: str | None) -> None:
    found = [aggregate(TOTAL, [invoice], Part("order", order)) for order in ("A", "B")]
    assert found == [one and {"amount": one, "currency": "EUR"} for one in (of_a, of_b)]


def test_what_is_summed_over_rows_is_of_the_rows_of_the_order() -> None:
    invoice = bill("119.00", ("A", "60.00"), ("B", "40.00"), ("A", "5.00"))
    assert aggregate(LINES, [invoice], Part("order", "A")) == {"amount": "65.00", "currency": "EUR"}
    assert aggregate(LINES, [invoice]) == {"amount": "105.00", "currency": "EUR"}


@given(
    total=st.decimals(-10_000, 10_000, places=0), currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    worths=st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(1, 1_000)), min_size=1, max_size=8),
)  # fmt: skip
def test_shares_sum_up_to_the_bill(total: Decimal, currency: str, worths: list[tuple[str, int]]) -> None:
    invoice = bill(f"{total:f}", *((order, str(worth)) for order, worth in worths), currency=currency)
    shares = [aggregate(TOTAL, [invoice], Part("order", order)) for order in sorted({order for order, _ in worths})]
    assert sum(Decimal(share["amount"]) for share in shares) == total
