"""Flow files: what may be written, and where a fault is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Following, Quantity
from ltc.core import resources
from ltc.core.errors import Misconfigured

WHOLE = """\
from: opportunity
to: order
with:
  contract: any
  quote: "quote.status == 'accepted'"
when: "opportunity.status == 'won' && contract.status == 'active' && 'esign' in hub.roles"
while: "opportunity.status == 'won'"
slot: lines[].requested_date
live_from: 2026-01-01
adopt: {crm: Order}
fields:
  opportunity: hub_id
  customer: [quote.customer, customer]
  contact: opportunity.contact
  purchase_order: {compute: "opportunity.name + ' / ' + quote.number"}
  payment_terms: customer.payment_terms
  status: {const: submitted}
  lines:
    first_of:
      - each: quote.lines
        fields: {product: product, ordered_quantity: quantity, unit_price: unit_price, kind: product}
      - each: lines
        step: 100
        fields: {product: product, ordered_quantity: quantity, requested_date: [requested_date, opportunity.close_date]}
policy:
  lines: follow until partially_delivered
  unit_price: snapshot
  purchase_order: {follow_until: [confirmed]}
  customer: snapshot at closed
amend: {then: change_order}
on_retract: cancel
roll_up:
  opportunity.order_status: latest(order.status)
  opportunity.invoiced_value: {of: sum(order.net_total), where: "order.status != 'cancelled'"}
""".replace(", kind: product", "")


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "a_flow.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_that_a_flow_can_say_is_read(tmp_path: Path) -> None:
    flow = load_flow([write(tmp_path, WHOLE)], ["esign", "crm"])
    assert flow.name == "a_flow"
    assert flow.roles == ("crm", "esign")
    assert flow.quantity == Quantity("lines", "ordered_quantity")
    assert flow.policies == {
        "lines": Following(frozenset({"partially_delivered", "delivered", "closed", "invoiced", "cancelled"})),
        "lines.unit_price": None,
        "purchase_order": Following(frozenset({"confirmed"})),
        "customer": Following(frozenset({"closed", "cancelled"}), is_told=False),
    }
    assert {"/".join(hop.name for hop in chain) for chain in flow.chains} == {"contract", "quote", "customer"}
    assert {"/".join(hop.name for hop in chain) for chain in flow.watched} == {"contract", "quote"}
    assert flow.line_of("lines[10].product") == 18


def test_lists_follow_until_what_amend_says_unless_they_have_a_policy(tmp_path: Path) -> None:
    said, meant = "amend: {until: partially_delivered, then: change_order}", "  lines: follow until partially_delivered\n"
    short = load_flow([write(tmp_path, WHOLE.replace(meant, "").replace("amend: {then: change_order}", said))])
    assert short.policies == load_flow([write(tmp_path, WHOLE)]).policies
    assert short.quantity == Quantity("lines", "ordered_quantity")
    asked = load_flow(
        [write(tmp_path, WHOLE.replace(meant, "").replace("amend: {then: change_order}", "amend: {until: confirmed}"))]
    )
    assert asked.quantity is None
    assert asked.policies["lines"] is not None
    assert "confirmed" in asked.policies["lines"].until


def test_the_shipped_flows_are_right() -> None:
    for file in sorted((resources.mappings() / "flows").glob("*.yaml")):
        assert load_flow([file], ["crm", "erp", "esign", "payment"]).file.endswith(file.name)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("from: opportunity", "from: opportunty", "flow.entity", 1),
        ("to: order", "to: ordr", "flow.entity", 2),
        ("  contract: any", "  contrct: any", "flow.entity", 4),
        ("  contract: any", "  contract: anny", "flow.condition", 4),
        ("quote.status == 'accepted'", "quote.status = 'accepted'", "flow.condition", 5),
        ("contract.status == 'active'", "delivery.status == 'active'", "flow.condition", 6),
        ("contract.status == 'active'", "contract.statsu == 'active'", "flow.path", 6),
        ("hub.roles", "hub.rols", "flow.path", 6),
        ("lines[].requested_date\n", "lines[].requested\n", "flow.path", 8),
        ("slot: lines", "slot: line", "flow.path", 8),
        ("2026-01-01", "yesterday", "config.value_error", 9),
        ("  opportunity: hub_id", "  oportunity: hub_id", "flow.path", 12),
        ("quote.customer", "quote.custmer", "flow.path", 13),
        ("opportunity.contact", "delivery.contact", "flow.path", 14),
        ("' / '", "' / ", "flow.condition", 15),
        ("customer.payment_terms", "customer.terms", "flow.path", 16),
        ("{const: submitted}", "{const: submitted, or: draft}", "config.unknown_key", 17),
        ("each: quote.lines", "each: quote.name", "flow.list", 20),
        ("each: lines", "each: rows", "flow.path", 22),
        ("step: 100", "step: 0", "config.greater_than_equal", 22),
        ("unit_price: unit_price", "unit_price: prce", "flow.path", 21),
        ("unit_price: unit_price", "unt_price: unit_price", "flow.path", 21),
        ("follow until partially_delivered", "follow until shipped", "flow.state", 26),
        ("follow until partially_delivered", "follow til shipped", "config.value_error", 26),
        ("  unit_price: snapshot", "  price: snapshot", "flow.policy", 27),
        ("ordered_quantity: quantity, ", "", "flow.amend", 30),
        ("lines: follow until partially_delivered", "contact: snapshot", "flow.amend", 30),
        ("amend: {then", "amend: {until: delivered, then", "flow.amend", 30),
        ("on_retract: cancel", "on_retract: cancl", "config.literal_error", 31),
        ("  opportunity.order_status", "  opportunity.state", "flow.roll_up", 33),
        ("  opportunity.order_status", "  order_status", "flow.roll_up", 33),
        ("latest(order.status)", "last(order.status)", "flow.roll_up", 33),
        ("order.status != 'cancelled'", "status != 'cancelled'", "flow.condition", 34),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    assert old in WHOLE
    with pytest.raises(Misconfigured) as raised:
        load_flow([write(tmp_path, WHOLE.replace(old, new))], [])
    assert (code, line) in {(fault.code, fault.line) for fault in raised.value.faults}
    assert len({(fault.code, fault.line) for fault in raised.value.faults}) <= 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from: lead\nto: order\n", "flow.empty"),
        ("from: lead\nto: order\nwhen: 'true'\n", "flow.fields"),
        ("from: lead\nto: order\nfields: {contact: converted_contact}\n", "flow.when"),
        ("from: lead\nto: order\nwhen: 'true'\nfields: {lines: company}\n", "flow.list"),
        ("from: lead\nto: order\nwhen: 'true'\nfields: {contact: {rows: [{number: {const: '1'}}]}}\n", "flow.list"),
        ("from: lead\nto: order\nwhen: 'true'\nfields: {lines: {rows: [{plant: {const: '1'}}]}}\n", "flow.row"),
        ("from: lead\nto: order\nwhen: 'true'\nfields: {contact: converted_contact}\namend: {until: confirmed}\n", "flow.amend"),
        ("from: order\nto: invoice\nroll_up: {order.status: {of: latest(invoice.status), codes: {piad: closed}}}\n", "flow.code"),
        ("from: order\nto: invoice\nroll_up: {order.status: {of: latest(invoice.status), codes: {paid: clsed}}}\n", "flow.code"),
    ],
)
def test_what_makes_no_flow_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        load_flow([write(tmp_path, text)])
    assert [fault.code for fault in raised.value.faults] == [code]
