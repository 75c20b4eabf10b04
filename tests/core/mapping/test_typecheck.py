"""Expressions are checked before they run: names, nested ones too, types and codes, with line and column."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.errors import Misconfigured
from ltc.core.mapping import build
from ltc.core.mapping.cel import compile_expression, compile_joint, condition
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.mapping.typecheck import over_entities, over_entity, over_fields
from ltc.core.yamlfile import load as load_yaml

FLOW = over_entities("opportunity", "quote", "hub")
RECORD = over_fields(
    "record",
    (
        FieldSchema("Name", "string"),
        FieldSchema("IsWon", "boolean"),
        FieldSchema("Seats", "int"),
        FieldSchema("Amount", "currency"),
        FieldSchema("Stage", "picklist", values=("New", "Closed Won")),
        FieldSchema("Account", "reference"),
        FieldSchema("Lines", "list", fields=(FieldSchema("Qty", "double"), FieldSchema("Code", "string"))),
        FieldSchema("Extra", "object"),
    ),
)


@pytest.mark.parametrize(
    ("text", "column", "message", "remedy"),
    [
        ("opprtunity.status == 'won'", 1, "There is no 'opprtunity' here.", "Did you mean 'opportunity'?"),
        ("opportunity.sttaus == 'won'", 13, "opportunity has no 'sttaus'.", "Did you mean 'status'?"),
        ("opportunity.contact.emial != null", 21, "contact has no 'emial'.", "Did you mean 'email'?"),
        ("opportunity.customer.billing_address.cty == 'Köln'", 38, "customer.billing_address has no 'cty'.", "'city'"),
        ("opportunity.lines.exists(one, one.prodct == 'x')", 35, "opportunity.lines has no 'prodct'.", "'product'"),
        ("opportunity.status == 'wun'", 23, "opportunity.status is never 'wun'.", "Did you mean 'won'?"),
        ("'wun' == opportunity.status", 1, "opportunity.status is never 'wun'.", "Did you mean 'won'?"),
        ("quote.status in ['accepted', 'draught']", 30, "quote.status is never 'draught'.", "Did you mean 'draft'?"),
        ("opportunity.status == 3", 20, "`==` does not go with a text and a whole number.", "compare"),
        ("opportunity.amount.amount > 1000", 27, "`>` does not go with a text and a whole number.", "`.minor`"),
        ("opportunity.amount > 1000", 20, "`>` does not go with the group money and a whole number.", "cel.dev"),
        ("size(opportunity.lines) > 'a'", 25, "`>` does not go with a whole number and a text.", "compare"),
        ("opportunity.name.startsWith(3)", 28, "`startsWith` does not take what it is given.", "cel.dev"),
        ("opportunity['status'] == 'won'", 12, "Square brackets find rows by their number, not fields by their name.", "a dot"),
        ("nicely(opportunity.name)", 1, "There is no function 'nicely' that takes this.", "substring"),
        ("opportunity.status ==", 22, "It ends before it is complete.", "cel.dev"),
        ("opportunity.status == 'won' )", 29, "')' is not expected here.", "cel.dev"),
        ("'crm' in hub.rols", 14, "hub has no 'rols'.", "Did you mean 'roles'?"),
    ],
)
def test_what_is_wrong_is_told_at_its_column(text: str, column: int, message: str, remedy: str) -> None:
    found = compile_joint(text, ("opportunity", "quote", "hub"), FLOW)
    assert isinstance(found, tuple)
    [wrong] = found
    assert (wrong.message, wrong.line, wrong.column) == (message, 1, column)
    assert remedy in wrong.remedy


def test_all_that_is_wrong_comes_at_once() -> None:
    found = FLOW.check("opportunity.foo == 'x' &&\n quote.bar > 3 && opportunity.amount.amout == '1'")
    assert isinstance(found, tuple)
    assert [(one.message, one.line, one.column) for one in found] == [
        ("opportunity has no 'foo'.", 1, 13),
        ("quote has no 'bar'.", 2, 8),
        ("money has no 'amout'.", 2, 38),
    ]


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("opportunity.status == 'won' && size(opportunity.lines) > 0", "BOOL"),
        ("opportunity.contact.first_name + ' ' + opportunity.contact.last_name", "STRING"),
        ("opportunity.amount.minor > 100000 && opportunity.amount.currency == 'EUR'", "BOOL"),
        ("compare(opportunity.probability, '0.5') >= 0", "BOOL"),
        ("opportunity.custom.region == 'north' || has(opportunity.closed_at)", "BOOL"),
        ("opportunity.close_date == null ? 'open' : opportunity.close_date", "STRING"),
        ("opportunity.lines.all(one, one.product != null)", "BOOL"),
        ("'esign' in hub.roles && opportunity.hub_id != ''", "BOOL"),
        ("'opportunity.status == \\'wun\\'' == opportunity.name", "BOOL"),
    ],
)
def test_what_is_right_has_a_type(text: str, returns: str) -> None:
    assert FLOW.check(text) == returns


def test_references_lead_on_in_flows_and_are_plain_ids_in_conditions_on_one_record() -> None:
    assert over_entities("contact", "hub").check("contact.customer.status == 'active'") == "BOOL"
    assert over_entity("contact").check("contact.customer == 'C-1'") == "BOOL"
    assert isinstance(over_entity("contact").check("contact.customer.status == 'active'"), tuple)


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("record.IsWon ? 'won' : record.Name", "STRING"),
        ("record.Seats + 1", "INT"),
        ("record.Account.Owner.Name + record.Extra.anything", "DYN"),
        ("record.Lines.exists(row, compare(row.Qty, 3) > 0)", "BOOL"),
        ("record.Stage == 'Closed Won' || record.Stage == null", "BOOL"),
    ],
)
def test_described_fields_have_types(text: str, returns: str) -> None:
    assert RECORD.check(text) == returns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("record.Nme", "record has no 'Nme'."),
        ("record.Seats + 'x'", "`+` does not go with a whole number and a text."),
        ("record.Amount > 100", "`>` does not go with a text and a whole number."),
        ("record.Stage == 'Closed won'", "record.Stage is never 'Closed won'."),
        ("record.Lines.exists(row, row.Qantity == 'x')", "record.Lines has no 'Qantity'."),
    ],
)
def test_described_fields_are_held_to_their_types(text: str, message: str) -> None:
    found = RECORD.check(text)
    assert isinstance(found, tuple)
    assert [one.message for one in found] == [message]


def test_the_place_in_the_file_is_that_of_the_word(tmp_path) -> None:
    file = tmp_path / "m.yaml"
    text = "system: s\nobject: O\nentity: customer\nkey: Id\nfields:\n  name: Name\n  phone: {{compute: {0}}}\n"
    schema = ObjectSchema("O", (FieldSchema("Id", "id"), FieldSchema("Name", "string")))
    for quoted, column in (('"record.Nme"', 28), ("record.Nme", 27)):
        file.write_text(text.format(quoted), encoding="utf-8")
        with pytest.raises(Misconfigured) as caught:
            build(load_yaml(file), schema=schema)
        assert [(one.code, one.line, one.column) for one in caught.value.faults] == [("mapping.unknown_source", 7, column)]


def test_money_has_minor_units_and_numbers_compare_exactly() -> None:
    rich = condition(
        "opportunity.amount.minor >= 100050 && opportunity.amount.currency == 'EUR'", "opportunity", over_entity("opportunity")
    )
    assert rich({"amount": {"amount": "1000.50", "currency": "EUR"}})
    assert not rich({"amount": {"amount": "1000.49", "currency": "EUR"}})
    assert not rich({"amount": None})
    more = condition("compare(record.Amount, 100) > 0")
    assert [more({"Amount": value}) for value in (Decimal("100.01"), Decimal("100.00"), 101, "99.99", None)] == [
        True, False, True, False, False,
    ]  # fmt: skip
    with pytest.raises(BadValue, match="compare needs numbers"):
        more({"Amount": "a lot"})


def test_an_expression_is_short_and_is_stopped_when_it_takes_too_many_steps() -> None:
    [wrong] = compile_expression("record.A == '" + "x" * 1_024 + "'")
    assert wrong.message == "It is longer than 1024 bytes."
    text = "true"
    for number in range(8):
        text = f"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(x{number}, {text})"
    endless = compile_expression(text)
    assert not isinstance(endless, tuple)
    with pytest.raises(BadValue, match="is stopped: Iteration budget exceeded"):
        endless.compute([])
