"""Writing orders: who, what, how much, when and at which price; changes, cancellations."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.orders import amendment
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Rejected
from tests.connectors.sap_rfc.conftest import customer, material
from tests.connectors.sap_rfc.hub import Hub, change, create, key_of

COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"
LINE = {"POSNR": "10", "MATNR": "P-100", "KWMENG": 3, "VRKME": "ST", "NETPR": Decimal("10.5"), "KPEIN": 1, "KMEIN": "ST"}
SECOND = {**LINE, "POSNR": "20", "KWMENG": Decimal("1.5"), "NETPR": 4}


@pytest.fixture
def hub(sap: SapSimulator) -> Hub:
    return Hub(sap)


@pytest.fixture
def buyer(sap: SapSimulator) -> str:
    material(sap)
    return customer(sap)


def order_of(buyer: str, *lines: dict, **more: object) -> dict:
    return {"KUNNR": buyer, "WAERK": "EUR", "BSTNK": "PO 1", "VDATU": "20260401", "VBAP": [dict(line) for line in lines], **more}


def made(hub: Hub, buyer: str, *lines: dict, **more: object) -> str:
    result = hub.one("sales_order", create(1, order_of(buyer, *(lines or (LINE,)), **more)))
    assert result.error is None
    return result.id


def rows(record: dict, *names: str) -> list[tuple]:
    return [tuple(row[name] for name in names) for row in record["VBAP"]]


def cancel(number: str) -> object:
    return change(number, {}, Verb.CANCEL)


# -- orders ---------------------------------------------------------------------------------------------------------


def test_an_order_says_who_what_how_much_when_and_at_which_price(hub, sap, buyer):
    other = customer(sap, "SHIP TO")
    result = hub.one("sales_order", create(1, order_of(buyer, LINE, {**SECOND, "EDATU": "20260501"}, KUNWE=other)))
    assert (result.outcome, result.error) == (Outcome.CREATED, None)
    assert hub.names == ["BAPI_SALESORDER_CREATEFROMDAT2", COMMIT]
    assert hub.steps.kept["intent-1"] == {"number": {"id": result.id}}
    found = hub.read("sales_order", result.id)
    head = ("AUART", "VKORG", "VTWEG", "SPART", "KUNNR", "KUNWE", "KUNRE", "KUNRG", "BSTNK", "IHREZ", "WAERK", "VDATU", "NETWR")
    assert [found[name] for name in head] == [
        "TA", "1000", "10", "00", buyer, other, buyer, buyer, "PO 1", key_of(1), "EUR", "20260401", Decimal("37.50"),
    ]  # fmt: skip
    assert rows(found, "POSNR", "KWMENG", "NETPR", "KPEIN", "EDATU") == [
        ("10", 3, Decimal("10.50"), 1, "20260401"),
        ("20", Decimal("1.500"), 4, 1, "20260501"),
    ]


@pytest.mark.parametrize(("currency", "price"), [("JPY", Decimal(1500)), ("KWD", Decimal("1.125")), ("EUR", Decimal("0.1"))])
def test_a_price_is_the_one_that_was_agreed_whatever_the_currency(hub, buyer, currency, price):
    number = made(hub, buyer, {**LINE, "NETPR": price, "KPEIN": 100}, WAERK=currency)
    assert rows(hub.read("sales_order", number), "NETPR", "KPEIN") == [(price, 100)]


def test_an_order_without_a_price_takes_saps(hub, buyer):
    number = made(hub, buyer, {"POSNR": "10", "MATNR": "P-100", "KWMENG": 1, "NETPR": None})
    assert rows(hub.read("sales_order", number), "NETPR") == [(Decimal("10.50"),)]


def test_the_customers_order_number_may_carry_the_key(sap, buyer):
    hub = Hub(sap, order_reference="BSTNK")
    number = made(hub, buyer)
    assert hub.one("sales_order", change(number, {"BSTNK": "PO 2"})).outcome is Outcome.UNCHANGED
    found = hub.read("sales_order", number)
    assert (found["BSTNK"], found["IHREZ"]) == (key_of(1), "")


def test_an_organisation_that_the_record_states_goes_before_that_of_the_settings(hub, buyer):
    hub.one("customer", change(buyer, {"KNVV": [{"_row": "insert", "AREA": "2000/10/00"}]}))
    assert hub.read("sales_order", made(hub, buyer, VKORG="2000", VTWEG=None))["VKORG"] == "2000"


def test_only_what_changed_of_an_order_is_written(hub, sap, buyer):
    other = customer(sap, "PAYER")
    number = made(hub, buyer, LINE, SECOND)
    before = hub.read("sales_order", number)
    changes = {
        "BSTNK": "PO 2",
        "KUNRG": other,
        "VBAP": [
            {"_row": "update", "POSNR": "10", "KWMENG": 5},
            {"_row": "delete", "POSNR": "20"},
            {"_row": "insert", **LINE, "POSNR": "30", "KWMENG": 2, "NETPR": 7},
        ],
    }
    result = hub.one("sales_order", change(number, changes, before=before))
    assert (result.outcome, result.id) == (Outcome.UPDATED, number)
    after = hub.read("sales_order", number)
    assert (after["BSTNK"], after["KUNRG"], after["KUNWE"], after["VDATU"]) == ("PO 2", other, buyer, "20260401")
    assert rows(after, "POSNR", "KWMENG", "NETPR", "EDATU") == [
        ("10", 5, Decimal("10.50"), "20260401"),
        ("30", 2, 7, "20260401"),
    ]


def test_a_change_sends_and_flags_what_changed_and_nothing_else(hub, buyer):
    number = made(hub, buyer, LINE)
    item = change(number, {"VBAP": [{"_row": "update", "POSNR": "10", "NETPR": 9}]}, before=hub.read("sales_order", number))
    params = amendment(item, item.fields, hub.connector.settings)
    assert {name: value for name, value in params.items() if value} == {
        "SALESDOCUMENT": number,
        "ORDER_HEADER_INX": {"UPDATEFLAG": "U"},
        "LOGIC_SWITCH": {"COND_HANDL": "X"},
        "ORDER_ITEM_IN": [{"ITM_NUMBER": "000010"}],
        "ORDER_ITEM_INX": [{"ITM_NUMBER": "000010", "UPDATEFLAG": "U"}],
        "CONDITIONS_IN": [
            {"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "COND_VALUE": 9, "COND_P_UNT": 1, "CURRENCY": "EUR", "COND_UNIT": "ST"}
        ],
        "CONDITIONS_INX": [
            {
                "ITM_NUMBER": "000010", "COND_TYPE": "PR00", "UPDATEFLAG": "U",
                "COND_VALUE": "X", "COND_P_UNT": "X", "CURRENCY": "X", "COND_UNIT": "X",
            }
        ],
    }  # fmt: skip


def test_a_change_of_a_prices_unit_keeps_the_price(hub, buyer):
    number = made(hub, buyer, LINE)
    before = hub.read("sales_order", number)
    hub.one("sales_order", change(number, {"VBAP": [{"_row": "update", "POSNR": "10", "KPEIN": 100}]}, before=before))
    assert rows(hub.read("sales_order", number), "NETPR", "KPEIN") == [(Decimal("10.50"), 100)]


def test_dates_of_items_move_without_their_quantities(hub, buyer):
    number = made(hub, buyer, LINE)
    hub.one("sales_order", change(number, {"VBAP": [{"_row": "update", "POSNR": "10", "EDATU": "20260601"}]}))
    assert rows(hub.read("sales_order", number), "KWMENG", "EDATU") == [(3, "20260601")]


def test_a_role_that_is_emptied_falls_back_to_the_sold_to_party(hub, sap, buyer):
    number = made(hub, buyer, LINE, KUNWE=customer(sap, "SHIP TO"))
    result = hub.one("sales_order", change(number, {"KUNWE": None}, before=hub.read("sales_order", number)))
    assert result.error is None
    assert hub.read("sales_order", number)["KUNWE"] == buyer


def test_a_change_of_nothing_asks_for_nothing(hub, buyer):
    number = made(hub, buyer)
    hub.calls.clear()
    result = hub.one("sales_order", change(number, {"ERDAT": "20260101"}))
    assert (result.outcome, hub.names) == (Outcome.UNCHANGED, [])


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"_row": "insert", "POSNR": "20", "MATNR": "P-100"}, "KWMENG"),
        ({"_row": "update", "POSNR": "10", "KWMENG": None}, "KWMENG"),
        ({"_row": "update", "POSNR": "10", "NETPR": None, "KPEIN": None}, "NETPR"),
    ],
)
def test_an_order_is_never_changed_to_give_things_away(hub, buyer, row, field):
    number = made(hub, buyer)
    before = hub.read("sales_order", number)
    hub.calls.clear()
    error = hub.refusal("sales_order", change(number, {"VBAP": [row]}, before=before))
    assert isinstance(error, Rejected)
    assert (error.field, hub.names) == (field, [])
    assert hub.read("sales_order", number) == before


def test_every_reason_of_a_refusal_is_told_and_nothing_is_left_behind(hub, sap, buyer):
    lines = [{**LINE, "MATNR": "NONE"}, {**SECOND, "MATNR": "NEITHER"}]
    error = hub.refusal("sales_order", create(1, order_of(buyer, *lines)))
    assert isinstance(error, Rejected)
    assert (error.code, error.field, "NONE" in error.message, "NEITHER" in error.message) == ("sap.v1033", "MATERIAL", True, True)
    assert "not changed" not in error.message
    assert error.remedy == "Let the material be created in SAP, for this sales area."
    assert hub.names == ["BAPI_SALESORDER_CREATEFROMDAT2", ROLLBACK]
    assert (sap.tables.rows("VBAK"), hub.steps.kept) == ([], {})


# -- cancellations --------------------------------------------------------------------------------------------------


def test_a_cancelled_order_has_no_open_item_left(hub, sap, buyer):
    number = made(hub, buyer, LINE, SECOND)
    seen = hub.read("sales_order", number)
    new = {"_row": "insert", **LINE, "POSNR": "30"}
    hub.one("sales_order", change(number, {"VBAP": [new]}))
    assert hub.one("sales_order", change(number, {}, Verb.CANCEL, before=seen)).outcome is Outcome.UPDATED
    found = hub.read("sales_order", number)
    assert rows(found, "ABGRU") == [("00",)] * 3
    assert (found["ABSTK"], sap.journal[-1].verb) == ("C", "cancel")
    hub.calls.clear()
    assert hub.one("sales_order", cancel(number)).outcome is Outcome.UNCHANGED
    assert "BAPI_SALESORDER_CHANGE" not in hub.names


def test_what_was_delivered_is_not_cancelled(hub, sap, buyer):
    hub = Hub(sap, rejection_reason="Z1")
    number = made(hub, buyer, LINE, SECOND)
    sap.ship(number, {"000010": Decimal(3)}, "clerk")
    assert hub.one("sales_order", cancel(number)).outcome is Outcome.UPDATED
    assert rows(hub.read("sales_order", number), "ABGRU") == [("",), ("Z1",)]
    error = hub.refusal("sales_order", cancel(number))
    assert (type(error), error.code) == (Rejected, "sap.delivered")


def test_an_order_that_is_not_there_is_not_called_cancelled(hub):
    error = hub.refusal("sales_order", cancel("0000004711"))
    assert (type(error), error.code) == (Rejected, "sap.no_items")
