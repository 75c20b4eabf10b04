"""Examples in flow files: what they may give, and that they say every difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.app.engine.flow.examples import Trial, try_examples, without_examples
from ltc.app.engine.flow.files import load_flow
from ltc.core.errors import Misconfigured

HEAD = """\
from: opportunity
to: order
with: {quote: "quote.status == 'accepted'", contract: any}
when: "opportunity.status == 'won' && (contract.status == 'active' || !('esign' in hub.roles))"
while: "opportunity.status == 'won'"
live_from: 2026-01-01
fields:
  opportunity: hub_id
  quote: quote.hub_id
  customer: [quote.customer, customer]
  payment_terms: customer.payment_terms
  purchase_order: {compute: "opportunity.name + ' / ' + quote.number"}
  status: {const: submitted}
  lines:
    first_of:
      - {each: quote.lines, fields: {product: product, ordered_quantity: quantity}}
      - {each: lines, fields: {product: product, ordered_quantity: quantity, opportunity_line: id}}
roll_up:
  opportunity.order_status: latest(order.status)
  opportunity.delivered_value: sum(order.net_total)
examples:
"""
DEAL = "{status: won, name: Pumps, customer: C1, lines: [{id: a, product: P1, quantity: {value: '3', unit: C62}}]}"
ROWS = "lines: [{number: '10', product: P1, ordered_quantity: {value: '3', unit: C62}, opportunity_line: a}]"


def trials(tmp_path: Path, examples: str, head: str = HEAD) -> list[Trial]:
    """Try the examples of a flow."""
    file = tmp_path / "a_flow.yaml"
    file.write_text(head + examples, encoding="utf-8")
    return try_examples(load_flow([file]))


@pytest.mark.parametrize(
    "example",
    [
        f"given: {{opportunity: {DEAL}}}\n    gives: {{opportunity: opportunity, customer: C1, status: submitted, {ROWS}}}",
        f"given: {{opportunity: {DEAL.replace('won,', 'open,')}}}\n    gives: null",
        f"given: {{opportunity: {DEAL}}}\n    roles: [esign]\n    gives: null",
        (
            f"given: {{opportunity: {DEAL}, contract: {{status: active}}}}\n    roles: [esign]\n"
            f"    gives: {{opportunity: opportunity, customer: C1, status: submitted, {ROWS}}}"
        ),
        f"given: {{opportunity: {DEAL.replace('name:', 'close_date: 2025-12-31, name:')}}}\n    gives: null",
        # what is referred to, in place of the reference and under its entity's name
        (
            f"given: {{opportunity: {DEAL.replace('C1', '{hub_id: C1, payment_terms: NT30}')}}}\n"
            f"    gives: {{opportunity: opportunity, customer: C1, payment_terms: NT30, status: submitted, {ROWS}}}"
        ),
        (
            f"given: {{opportunity: {DEAL}, customer: {{payment_terms: NT30}}}}\n"
            f"    gives: {{opportunity: opportunity, customer: C1, payment_terms: NT30, status: submitted, {ROWS}}}"
        ),
        (
            f"given: {{opportunity: {DEAL}, customer: {{hub_id: C2, payment_terms: NT30}}}}\n"
            f"    gives: {{opportunity: opportunity, customer: C1, status: submitted, {ROWS}}}"
        ),
        # a relative, which has to fulfil what the flow asks of it
        (
            f"given: {{opportunity: {DEAL}, quote: {{status: draft, number: Q1}}}}\n"
            f"    gives: {{opportunity: opportunity, customer: C1, status: submitted, {ROWS}}}"
        ),
        (
            f"given: {{opportunity: {DEAL}, quote: {{status: accepted, number: Q1, customer: C2,\n"
            "      lines: [{number: '1', product: P2}]}}\n"
            "    gives: {opportunity: opportunity, quote: quote, customer: C2, purchase_order: Pumps / Q1, status: submitted,\n"
            "            lines: [{number: '10', product: P2}]}"
        ),
        (
            "documents: [{status: confirmed, net_total: {amount: '5.00', currency: EUR}},\n"
            "      {status: submitted, net_total: {amount: '7.50', currency: EUR}}]\n"
            "    back: {order_status: submitted, delivered_value: {amount: '12.50', currency: EUR}}"
        ),
        "documents: []\n    back: {order_status: null}",
    ],
)
def test_an_example_that_is_right(tmp_path: Path, example: str) -> None:
    (trial,) = trials(tmp_path, f"  - {example}\n")
    assert trial.faults == []
    assert trial.is_right


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (f"given: {{opportunity: {DEAL}}}\n    gives: null", "one order is derived, and none is expected."),
        ("given: {opportunity: {status: open}}\n    gives: {status: submitted}", "no order is derived."),
        ("given: {order: {status: open}}\n    gives: null", "`given` has no opportunity."),
        (f"given: {{opportunity: {DEAL}, payment: {{}}}}\n    gives: null", "the flow sees no 'payment'."),
        ("given: {opportunity: {statsu: won}}\n    gives: null", "statsu of the opportunity"),
        ("given: {opportunity: {status: gone}}\n    gives: null", "status of the opportunity"),
        ("given: {opportunity: {lines: [{product: P1}]}}\n    gives: null", "lines[#1].number"),
        (f"given: {{opportunity: {DEAL}}}\n    gives: {{status: confirmed}}", "status should be 'confirmed' and is 'submitted'."),
        (f"given: {{opportunity: {DEAL}}}\n    gives: {{stauts: confirmed}}", "stauts of the order"),
        (f"given: {{opportunity: {DEAL}}}\n    slot: b\n    gives: {{status: submitted}}", "the source gives 1 documents: ''."),
        ("documents: [{status: confirmed}]\n    back: {order_status: submitted}", "order_status should be 'submitted'"),
        ("documents: [{status: gone}]\n    back: {order_status: submitted}", "status of the order"),
    ],
)
def test_what_is_wrong_with_an_example_is_told(tmp_path: Path, example: str, said: str) -> None:
    (trial,) = trials(tmp_path, f"  - {example}\n")
    assert not trial.is_right
    told = " ".join(fault.message for fault in trial.faults)
    assert said.replace("lines[#1].number", "lines[#1].id") in told
    assert {fault.file for fault in trial.faults} == {str(tmp_path / "a_flow.yaml")}
    assert all(22 <= fault.line <= 22 + example.count("\n") for fault in trial.faults)


def test_every_difference_is_told_with_the_line_that_it_comes_from(tmp_path: Path) -> None:
    given = f"given: {{opportunity: {DEAL}}}"
    (trial,) = trials(
        tmp_path, f"  - {given}\n    gives: {{status: draft, customer: C1, lines: [{{number: '10', product: P2}}]}}\n"
    )
    places = {fault.path: (fault.line, fault.column) for fault in trial.faults}
    assert places["status"] == (23, 21)
    wrong = {one.leaf: (one.expected, one.found, one.line) for one in trial.compared if not one.is_right}
    assert wrong == {
        "opportunity": (None, "opportunity", 8), "status": ("draft", "submitted", 13), "lines[10].product": ("P2", "P1", 14),
        "lines[10].ordered_quantity": (None, {"value": "3", "unit": "C62"}, 14), "lines[10].opportunity_line": (None, "a", 14),
    }  # fmt: skip
    assert "customer" in {one.leaf for one in trial.compared if one.is_right}


def test_each_slot_is_a_document_of_its_own(tmp_path: Path) -> None:
    rows = "{id: a, product: P1, requested_date: 2026-02-01}, {id: b, product: P2, requested_date: 2026-03-01}"
    deal = f"{{status: won, lines: [{rows}]}}"
    head = HEAD.replace("while:", "slot: lines[].requested_date\nwhile:")
    gives = "gives: {opportunity: opportunity, status: submitted, lines: [{number: '10', product: P2, opportunity_line: b}]}"
    one, none = trials(
        tmp_path,
        f"  - given: {{opportunity: {deal}}}\n    slot: 2026-03-01\n    {gives}\n"
        f"  - given: {{opportunity: {deal}}}\n    {gives}\n",
        head,
    )  # fmt: skip
    assert one.faults == []
    assert "Say which with `slot`" in none.faults[0].remedy


def test_what_is_derived_has_to_be_canonical(tmp_path: Path) -> None:
    head = HEAD.replace("{const: submitted}", "{compute: \"'sumbitted'\"}")
    (trial,) = trials(tmp_path, f"  - given: {{opportunity: {DEAL}}}\n    gives: {{opportunity: opportunity}}\n", head)
    assert "flow.invalid" in {fault.code for fault in trial.faults}


def test_an_expression_that_gives_no_value_is_told(tmp_path: Path) -> None:
    head = HEAD.replace("opportunity.name + ' / ' + quote.number", "string(int(opportunity.name))")
    (trial,) = trials(tmp_path, f"  - given: {{opportunity: {DEAL}}}\n    gives: {{opportunity: opportunity}}\n", head)
    assert [fault.code for fault in trial.faults] == ["flow.compute"]


def test_an_example_is_of_one_kind(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="needs either `given` and `gives`, or `documents` and `back`") as raised:
        trials(tmp_path, "  - given: {}\n    back: {}\n")
    assert [fault.line for fault in raised.value.faults] == [22]


def test_a_flow_that_shows_nothing_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "a_flow.yaml"
    file.write_text(HEAD.replace("examples:\n", ""), encoding="utf-8")
    assert [(fault.code, fault.severity, fault.line) for fault in without_examples(load_flow([file]))] == [
        ("flow.no_example", "warning", 1)
    ]


@pytest.mark.parametrize(
    ("given", "at", "remedy"),
    [
        ("{opportunity: {status: won}, payment: {}}", "payment", "Name it below `with`"),
        ("{opportunity: {statsu: won}}", "statsu", "Did you mean 'status'?"),
        ("{opportunity: {status: gone}}", "gone", "Correct the example"),
    ],
)
def test_a_fault_of_what_is_given_stands_at_its_word(tmp_path: Path, given: str, at: str, remedy: str) -> None:
    (trial,) = trials(tmp_path, f"  - given: {given}\n    gives: null\n")
    fault = trial.faults[0]
    line = Path(fault.file).read_text(encoding="utf-8").split("\n")[fault.line - 1]
    assert line[fault.column - 1 :].startswith(at)
    assert remedy in fault.remedy
