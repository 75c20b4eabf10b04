"""Orders of the simulated SAP: what their BAPIs take, refuse and leave behind in the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import (
    HUB,
    PUMP,
    change,
    changes,
    deeds,
    item_status,
    order,
    parameters,
    returned,
    ship,
    status,
)

CREATE = "BAPI_SALESORDER_CREATEFROMDAT2"
CHANGE = "BAPI_SALESORDER_CHANGE"


@pytest.fixture
def buyer(sap: SapSimulator) -> str:
    material(sap)
    material(sap, "H-200", MAKTX="SCHLAUCH", MEINS="M", prices={"EUR": Decimal("1.20")})
    return customer(sap)


def test_an_order_waits_for_its_commit(sap: SapSimulator, rfc: Caller, caller: Callable[..., Caller], buyer: str):
    answer = rfc.call(CREATE, **parameters(buyer))
    number = answer["SALESDOCUMENT"]
    assert (number, returned(answer)) == ("0000000001", [("S", "V1", "311")])
    assert caller("two").read("VBAK", ["VBELN"]) == []
    assert deeds(sap, "sales_order") == []
    rfc.commit()
    assert caller("two").read("VBAK", ["VBELN"]) == [(number,)]
    assert deeds(sap, "sales_order") == [(HUB, "create", "sales_order")]


def test_a_number_that_was_rolled_back_is_never_given_again(sap: SapSimulator, rfc: Caller, buyer: str):
    rfc.call(CREATE, **parameters(buyer))
    rfc.call("BAPI_TRANSACTION_ROLLBACK")
    assert order(rfc, buyer) == "0000000002"
    assert [row["VBELN"] for row in sap.tables.rows("VBAK")] == ["0000000002"]


def test_an_order_fills_all_its_tables(rfc: Caller, buyer: str):
    number = order(rfc, buyer, PURCH_NO_C="PO 4711 of the northern plant")
    assert rfc.read("VBAK", ["AUART", "VKORG", "VTWEG", "SPART", "KUNNR", "BSTNK", "WAERK", "NETWR", "VBTYP"]) == [
        ("TA", "1000", "10", "00", buyer, "PO 4711 of the north", "EUR", "31.50", "C")
    ]
    assert rfc.read("VBAK", ["VDATU", "ERDAT", "AUDAT", "AEDAT"]) == [("20260401", "20260302", "20260302", "00000000")]
    assert rfc.read("VBKD", ["POSNR", "BSTKD", "IHREZ", "ZTERM"]) == [
        ("000000", "PO 4711 of the northern plant", "SHORTKEY0001", "NT30")
    ]
    assert rfc.read("VBPA", ["PARVW", "KUNNR"]) == [("AG", buyer), ("RE", buyer), ("RG", buyer), ("WE", buyer)]
    assert rfc.read("VBAP", ["POSNR", "MATNR", "ARKTX", "KWMENG", "VRKME", "KBMENG", "ABGRU", "MATKL"]) == [
        ("000010", "P-100", "PUMPE", "3.000", "ST", "3.000", "", "HARDWARE")
    ]
    assert rfc.read("VBAP", ["NETPR", "KPEIN", "KMEIN", "NETWR", "WAERK"]) == [("10.50", "1", "ST", "31.50", "EUR")]
    assert rfc.read("VBEP", ["POSNR", "ETENR", "EDATU", "WMENG", "BMENG"]) == [("000010", "0001", "20260401", "3.000", "3.000")]
    assert rfc.read("VBUK", ["VBELN", "LFSTK", "FKSAK", "ABSTK", "GBSTK", "WBSTK"]) == [(number, "A", "A", "A", "A", "")]
    assert rfc.read("VBUP", ["LFSTA", "FKSAA", "ABSTA", "GBSTA"]) == [("A", "A", "A", "A")]
    assert rfc.read("CDHDR", ["OBJECTID"], "OBJECTCLAS = 'VERKBELEG'") == []


def test_partners_have_their_own_customers(sap: SapSimulator, rfc: Caller, buyer: str):
    plant, payer = customer(sap, "ACME WERK 2"), customer(sap, "ACME ZENTRALE")
    params = parameters(buyer)
    params["ORDER_PARTNERS"] += [{"PARTN_ROLE": "WE", "PARTN_NUMB": plant}, {"PARTN_ROLE": "RG", "PARTN_NUMB": payer}]
    rfc.call(CREATE, **params)
    rfc.commit()
    assert rfc.read("VBPA", ["PARVW", "KUNNR"]) == [("AG", buyer), ("RE", buyer), ("RG", payer), ("WE", plant)]


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "per", "stored", "value"),
    [
        ("EUR", "3", "10.50", "1", "10.50", "31.50"),
        ("EUR", "2.5", "0.33", "1", "0.33", "0.83"),  # half a cent goes up
        ("EUR", "7", "12.34", "100", "12.34", "0.86"),
        ("JPY", "3", "1500", "1", "15.00", "45.00"),
        ("JPY", "1", "5", "2", "0.05", "0.03"),
        ("KWD", "3", "1.125", "1", "11.25", "33.75"),
        ("EUR", "1", "10.005", "1", "10.01", "10.01"),  # a price has no fractions of a cent
    ],
)
def test_an_item_is_worth_quantity_times_price(
    rfc: Caller, buyer: str, currency: str, quantity: str, price: str, per: str, stored: str, value: str
):
    order(rfc, buyer, [("P-100", quantity, price, per, "ST")], currency)
    assert rfc.read("VBAP", ["NETPR", "NETWR"]) == [(stored, value)]
    assert rfc.read("VBAK", ["NETWR"]) == [(value,)]


def test_without_a_condition_the_list_price_counts(sap: SapSimulator, rfc: Caller, buyer: str):
    rfc.call(CREATE, **{**parameters(buyer), "ORDER_CONDITIONS_IN": []})
    rfc.commit()
    assert sap.rows("orders")[0]["NETWR"] == Decimal("31.50")


def test_what_is_left_empty_comes_from_the_customer_and_the_day(rfc: Caller, buyer: str):
    order(rfc, buyer, currency="", DOC_DATE="", PMNTTRMS="")
    assert rfc.read("VBAK", ["WAERK", "AUDAT"]) == [("EUR", "20260302")]
    assert rfc.read("VBKD", ["ZTERM"]) == [("NT30",)]


def test_a_quantity_belongs_to_the_schedule_line(rfc: Caller, buyer: str):
    params = parameters(buyer)
    params["ORDER_ITEMS_IN"][0]["TARGET_QTY"] = "3"
    rfc.call(CREATE, **{**params, "ORDER_SCHEDULES_IN": []})
    rfc.commit()
    assert rfc.read("VBAP", ["KWMENG", "NETWR"]) == [("0.000", "0.00")]


def test_where_there_are_x_structures_only_what_they_flag_is_taken(rfc: Caller, buyer: str):
    flags = dict.fromkeys(("DOC_TYPE", "SALES_ORG", "DISTR_CHAN", "DIVISION", "CURRENCY"), "X")
    params = parameters(buyer) | {
        "ORDER_HEADER_INX": {"UPDATEFLAG": "I", **flags},
        "ORDER_ITEMS_INX": [{"ITM_NUMBER": "000010", "UPDATEFLAG": "I", "MATERIAL": "X"}],
        "ORDER_SCHEDULES_INX": [{"ITM_NUMBER": "000010", "SCHED_LINE": "0001", "UPDATEFLAG": "I", "REQ_QTY": "X"}],
        "ORDER_CONDITIONS_INX": [{"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "UPDATEFLAG": "I", "COND_VALUE": "X"}],
    }
    params["ORDER_CONDITIONS_IN"][0]["COND_P_UNT"] = "100"
    rfc.call(CREATE, **params)
    rfc.commit()
    assert rfc.read("VBKD", ["BSTKD", "IHREZ"]) == [("", "")]
    assert rfc.read("VBAP", ["KWMENG", "NETPR", "KPEIN"]) == [("3.000", "10.50", "1")]


def test_items_without_numbers_are_numbered_by_tens(rfc: Caller, buyer: str):
    params = parameters(buyer)
    params["ORDER_ITEMS_IN"] = [{"MATERIAL": "P-100"}, {"MATERIAL": "H-200"}]
    rfc.call(CREATE, **params)
    rfc.commit()
    assert rfc.read("VBAP", ["POSNR", "MATNR", "KWMENG"]) == [("000010", "P-100", "3.000"), ("000020", "H-200", "0.000")]


def test_a_test_run_leaves_nothing_behind(rfc: Caller, buyer: str):
    answer = rfc.call(CREATE, **parameters(buyer), TESTRUN="X")
    rfc.commit()
    assert (answer["SALESDOCUMENT"], rfc.read("VBAK", ["VBELN"])) == ("", [])
    assert order(rfc, buyer) == "0000000001"


def _without_partner(params: dict[str, Any]) -> None:
    params["ORDER_PARTNERS"] = []


def _unknown_customer(params: dict[str, Any]) -> None:
    params["ORDER_PARTNERS"][0]["PARTN_NUMB"] = "0000999999"


def _unknown_material(params: dict[str, Any]) -> None:
    params["ORDER_ITEMS_IN"][0]["MATERIAL"] = "P-999"


def _other_area(params: dict[str, Any]) -> None:
    params["ORDER_HEADER_IN"]["SALES_ORG"] = "2000"


def _without_type(params: dict[str, Any]) -> None:
    del params["ORDER_HEADER_IN"]["DOC_TYPE"]


def _without_items(params: dict[str, Any]) -> None:
    params["ORDER_ITEMS_IN"] = []


def _doubled(params: dict[str, Any]) -> None:
    params["ORDER_ITEMS_IN"] *= 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_without_partner, ("E", "V1", "301")),
        (_unknown_customer, ("E", "F2", "003")),
        (_unknown_material, ("E", "V1", "033")),
        (_other_area, ("E", "V1", "384")),
        (_without_type, ("E", "V1", "021")),
        (_without_items, ("E", "V1", "316")),
        (_doubled, ("E", "00", "398")),
    ],
)
def test_what_sap_refuses_leaves_nothing_to_commit(
    rfc: Caller, buyer: str, spoil: Callable[[dict[str, Any]], None], said: tuple[str, str, str]
):
    params = parameters(buyer)
    spoil(params)
    answer = rfc.call(CREATE, **params)
    assert returned(answer) == [said, ("E", "V4", "219")]
    assert answer["SALESDOCUMENT"] == ""
    rfc.commit()
    assert rfc.read("VBAK", ["VBELN"]) == []


def test_a_blocked_customer_gets_no_order(sap: SapSimulator, rfc: Caller, buyer: str):
    sap.edit_customer(buyer, {"AUFSD": "01"}, "CLERK")
    assert returned(rfc.call(CREATE, **parameters(buyer)))[0] == ("E", "VP", "204")


def test_a_date_that_is_none_ends_the_call(rfc: Caller, buyer: str):
    assert rfc.error(CREATE, **parameters(buyer, REQ_DATE_H="20260231")) == (500, 22, "RFC_CONVERSION_FAILURE")


def test_only_what_is_flagged_changes(sap: SapSimulator, rfc: Caller, clock: VirtualClock, buyer: str):
    number = order(rfc, buyer)
    clock.advance(timedelta(days=1).total_seconds())
    said = change(
        rfc,
        number,
        ORDER_HEADER_IN={"REQ_DATE_H": "20260501", "PURCH_NO_C": "PO 2"},
        ORDER_HEADER_INX={"UPDATEFLAG": "U", "REQ_DATE_H": "X"},
        ORDER_ITEM_IN=[{"ITM_NUMBER": "000010", "SHORT_TEXT": "PUMPE GELB", "SALES_UNIT": "KG"}],
        ORDER_ITEM_INX=[{"ITM_NUMBER": "000010", "UPDATEFLAG": "U", "SHORT_TEXT": "X"}],
        SCHEDULE_LINES=[{"ITM_NUMBER": "000010", "SCHED_LINE": "0001", "REQ_QTY": "5", "REQ_DATE": "20260601"}],
        SCHEDULE_LINESX=[{"ITM_NUMBER": "000010", "SCHED_LINE": "0001", "UPDATEFLAG": "U", "REQ_QTY": "X"}],
    )
    assert said == [("S", "V1", "311")]
    assert rfc.read("VBAK", ["BSTNK", "VDATU", "NETWR", "AEDAT"]) == [("PO 1", "20260501", "52.50", "20260303")]
    assert rfc.read("VBAP", ["ARKTX", "VRKME", "KWMENG", "KBMENG"]) == [("PUMPE GELB", "ST", "5.000", "5.000")]
    assert rfc.read("VBEP", ["EDATU", "WMENG", "BMENG"]) == [("20260401", "5.000", "5.000")]
    assert changes(sap, "VERKBELEG") == [(number, "U")]
    assert deeds(sap, "sales_order") == [(HUB, "create", "sales_order"), (HUB, "update", "sales_order")]


def test_a_price_changes_as_far_as_it_is_flagged(rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    condition = {"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "COND_VALUE": "99", "COND_P_UNT": "10", "COND_UNIT": "KG"}
    flags = {"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "UPDATEFLAG": "U", "COND_P_UNT": "X"}
    change(rfc, number, CONDITIONS_IN=[condition], CONDITIONS_INX=[flags])
    assert rfc.read("VBAP", ["NETPR", "KPEIN", "KMEIN", "NETWR"]) == [("10.50", "10", "ST", "3.15")]
    change(rfc, number, CONDITIONS_IN=[condition], CONDITIONS_INX=[{**flags, "COND_VALUE": "X", "COND_UNIT": "X"}])
    assert rfc.read("VBAP", ["NETPR", "KPEIN", "KMEIN", "NETWR"]) == [("99.00", "10", "KG", "29.70")]
    assert rfc.read("VBAK", ["NETWR"]) == [("29.70",)]


def test_what_says_the_same_again_is_no_change(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    change(rfc, number, ORDER_HEADER_IN={"PURCH_NO_C": "PO 1"}, ORDER_HEADER_INX={"UPDATEFLAG": "U", "PURCH_NO_C": "X"})
    assert changes(sap, "VERKBELEG") == []
    assert deeds(sap, "sales_order") == [(HUB, "create", "sales_order")]
    assert rfc.read("VBAK", ["AEDAT"]) == [("00000000",)]


def test_items_come_and_go(rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    flags = [{"ITM_NUMBER": "000010", "UPDATEFLAG": "D"}, {"ITM_NUMBER": "000020", "UPDATEFLAG": "I", "MATERIAL": "X"}]
    change(
        rfc,
        number,
        ORDER_ITEM_IN=[{"ITM_NUMBER": "000010"}, {"ITM_NUMBER": "000020", "MATERIAL": "H-200"}],
        ORDER_ITEM_INX=flags,
        SCHEDULE_LINES=[{"ITM_NUMBER": "000020", "REQ_QTY": "4"}],
        SCHEDULE_LINESX=[{"ITM_NUMBER": "000020", "UPDATEFLAG": "I", "REQ_QTY": "X"}],
    )
    assert rfc.read("VBAP", ["POSNR", "MATNR", "ARKTX", "VRKME", "KWMENG", "NETWR"]) == [
        ("000020", "H-200", "SCHLAUCH", "M", "4.000", "4.80")
    ]
    assert rfc.read("VBEP", ["POSNR", "EDATU"]) == [("000020", "20260401")]
    assert rfc.read("VBUP", ["POSNR"]) == [("000020",)]
    assert rfc.read("VBAK", ["NETWR"]) == [("4.80",)]


def test_another_material_brings_its_text(rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    row = {"ITM_NUMBER": "000010", "MATERIAL": "H-200"}
    change(rfc, number, ORDER_ITEM_IN=[row], ORDER_ITEM_INX=[{**row, "MATERIAL": "X", "UPDATEFLAG": "U"}])
    assert rfc.read("VBAP", ["MATNR", "ARKTX", "NETPR"]) == [("H-200", "SCHLAUCH", "10.50")]


def test_another_currency_keeps_the_figures(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [("P-100", "3", "10", "1", "ST")])
    change(rfc, number, ORDER_HEADER_IN={"CURRENCY": "JPY"}, ORDER_HEADER_INX={"UPDATEFLAG": "U", "CURRENCY": "X"})
    assert rfc.read("VBAP", ["WAERK", "NETPR", "NETWR"]) == [("JPY", "0.10", "0.30")]
    assert sap.rows("orders")[0]["NETWR"] == 30


def test_a_partner_changes(sap: SapSimulator, rfc: Caller, buyer: str):
    number, plant = order(rfc, buyer), customer(sap, "ACME WERK 2")
    row = {"DOCUMENT": number, "UPDATEFLAG": "U", "PARTN_ROLE": "WE", "P_NUMB_OLD": buyer, "P_NUMB_NEW": plant}
    change(rfc, number, PARTNERCHANGES=[row])
    assert rfc.read("VBPA", ["PARVW", "KUNNR"], "PARVW = 'WE'") == [("WE", plant)]
    assert change(rfc, number, PARTNERCHANGES=[{**row, "P_NUMB_NEW": "0000999999"}])[0] == ("E", "F2", "003")


def _reject(rfc: Caller, number: str, *positions: str) -> list[tuple[str, str, str]]:
    return change(
        rfc,
        number,
        ORDER_ITEM_IN=[{"ITM_NUMBER": position, "REASON_REJ": "50"} for position in positions],
        ORDER_ITEM_INX=[{"ITM_NUMBER": position, "UPDATEFLAG": "U", "REASON_REJ": "X"} for position in positions],
    )


def test_rejected_items_leave_the_value_of_the_order(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [PUMP, ("H-200", "2", "1.20", "1", "M")])
    _reject(rfc, number, "000010")
    assert rfc.read("VBAK", ["NETWR"]) == [("2.40",)]
    assert rfc.read("VBAP", ["KBMENG", "NETWR"]) == [("0.000", "31.50"), ("2.000", "2.40")]
    assert rfc.read("VBEP", ["WMENG", "BMENG"]) == [("3.000", "0.000"), ("2.000", "2.000")]
    assert status(sap, number) == {"LFSTK": "A", "FKSAK": "A", "ABSTK": "B", "GBSTK": "B", "WBSTK": ""}
    assert (item_status(sap, number), item_status(sap, number, "000020")) == ("--CC", "AAAA")
    _reject(rfc, number, "000020")
    assert rfc.read("VBAK", ["NETWR"]) == [("0.00",)]
    assert status(sap, number) == {"LFSTK": "", "FKSAK": "", "ABSTK": "C", "GBSTK": "C", "WBSTK": ""}
    change(rfc, number, ORDER_HEADER_IN={"PURCH_NO_C": "PO 9"}, ORDER_HEADER_INX={"UPDATEFLAG": "U", "PURCH_NO_C": "X"})
    assert [verb for _, verb, _ in deeds(sap, "sales_order")] == ["create", "update", "cancel", "update"]


def test_what_is_left_of_a_delivered_item_may_be_rejected(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    delivery = ship(sap, number, _10="1")
    _reject(rfc, number, "000010")
    assert item_status(sap, number) == "CABB"
    assert rfc.read("VBAP", ["KBMENG"]) == [("1.000",)]
    sap.bill(delivery, "BILLING")
    assert item_status(sap, number) == "CCBC"
    assert status(sap, number) == {"LFSTK": "C", "FKSAK": "C", "ABSTK": "B", "GBSTK": "C", "WBSTK": ""}


@pytest.mark.parametrize(
    ("quantity", "sign", "said"),
    [("1", "U", ("E", "V4", "083")), ("2", "U", ("S", "V1", "311")), ("2", "D", ("E", "V4", "083"))],
)
def test_what_was_delivered_stays_ordered(
    sap: SapSimulator, rfc: Caller, buyer: str, quantity: str, sign: str, said: tuple[str, str, str]
):
    number = order(rfc, buyer)
    ship(sap, number, _10="2")
    answer = change(
        rfc,
        number,
        ORDER_ITEM_IN=[{"ITM_NUMBER": "000010"}],
        ORDER_ITEM_INX=[{"ITM_NUMBER": "000010", "UPDATEFLAG": sign}],
        SCHEDULE_LINES=[{"ITM_NUMBER": "000010", "REQ_QTY": quantity}],
        SCHEDULE_LINESX=[{"ITM_NUMBER": "000010", "UPDATEFLAG": "U", "REQ_QTY": "X"}],
    )
    assert answer[0] == said
    expected = quantity if said[0] == "S" else "3"
    assert rfc.read("VBAP", ["KWMENG"]) == [(f"{expected}.000",)]


def _item(sign: str, position: str = "000010", **fields: str) -> dict[str, Any]:
    flags = {"ITM_NUMBER": position, "UPDATEFLAG": sign, **dict.fromkeys(fields, "X")}
    return {"ORDER_ITEM_IN": [{"ITM_NUMBER": position, **fields}], "ORDER_ITEM_INX": [flags]}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"ORDER_HEADER_INX": {}}, ("E", "00", "398")),
        (_item("U", "000090", SHORT_TEXT="NEW"), ("E", "V1", "546")),
        (_item("I", MATERIAL="P-100"), ("E", "00", "398")),
        (_item("I", "000020", MATERIAL="P-999"), ("E", "V1", "033")),
        (_item("U", MATERIAL="P-999"), ("E", "V1", "033")),
    ],
)
def test_an_amendment_that_cannot_be_changes_nothing(
    sap: SapSimulator, rfc: Caller, buyer: str, params: dict[str, Any], said: tuple[str, str, str]
):
    number = order(rfc, buyer)
    before = sap.tables.dump()
    assert change(rfc, number, **params) == [said, ("E", "V4", "219")]
    assert sap.tables.dump() == before


def test_an_order_that_is_not_there_is_not_changed(rfc: Caller):
    assert change(rfc, "0000000099") == [("E", "V1", "555")]


def test_an_order_is_deleted_unless_something_followed(sap: SapSimulator, rfc: Caller, buyer: str):
    number, other = order(rfc, buyer), order(rfc, buyer)
    ship(sap, other, _10="1")
    assert change(rfc, number, ORDER_HEADER_INX={"UPDATEFLAG": "D"}) == [("S", "V1", "312")]
    assert change(rfc, other, ORDER_HEADER_INX={"UPDATEFLAG": "D"})[0] == ("E", "V4", "083")
    for table in ("VBAK", "VBAP", "VBEP", "VBKD", "VBPA"):
        assert {row["VBELN"] for row in sap.tables.rows(table)} == {other}
    assert sap.tables.get("VBUK", number) is None
    assert changes(sap, "VERKBELEG") == [(number, "D")]
    assert [row["VBELN"] for row in sap.rows("orders")] == [other]


def test_orders_are_shown_in_true_amounts(rfc: Caller, sap: SapSimulator, buyer: str):
    number = order(rfc, buyer, [("P-100", "3", "1500", "1", "ST")], "JPY")
    ship(sap, number, _10="2")
    (row,) = sap.rows("orders")
    shown = {name: row[name] for name in ("VBELN", "KUNNR", "BSTNK", "WAERK", "NETWR", "HUB_KEY")}
    assert shown == {
        "VBELN": number, "KUNNR": buyer, "BSTNK": "PO 1", "WAERK": "JPY", "NETWR": Decimal(4500), "HUB_KEY": "SHORTKEY0001"
    }  # fmt: skip
    (item,) = row["items"]
    assert item == {"POSNR": "000010", "MATNR": "P-100", "KWMENG": 3, "LFIMG": 2, "NETWR": 4500, "ABGRU": ""}
