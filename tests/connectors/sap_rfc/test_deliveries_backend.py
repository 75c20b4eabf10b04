"""Deliveries of the simulated SAP: in parts, with goods issue, and what they do to their orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.backend import deliveries
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import PUMP, bill, changes, deeds, item_status, order, parameters, ship, status

DAY = 86_400


@pytest.fixture
def number(sap: SapSimulator, rfc: Caller) -> str:
    material(sap)
    material(sap, "H-200", MAKTX="SCHLAUCH", MEINS="M")
    return order(rfc, customer(sap), [PUMP, ("H-200", "2.5", "1.20", "1", "M")])


def test_a_delivery_fills_its_tables(sap: SapSimulator, rfc: Caller, clock: VirtualClock, number: str):
    clock.advance(DAY)
    delivery = ship(sap, number, _10="2", _20="0.5")
    assert delivery == "0080000001"
    head = ["VBELN", "ERDAT", "LFART", "VSTEL", "WADAT", "WADAT_IST", "LFDAT", "AEDAT", "BOLNR"]
    today = "20260303"
    assert rfc.read("LIKP", head) == [(delivery, today, "LF", "1000", today, today, today, today, "PO 1/1")]
    assert rfc.read("LIPS", ["POSNR", "MATNR", "ARKTX", "LFIMG", "VRKME", "VGBEL", "VGPOS"]) == [
        ("000010", "P-100", "PUMPE", "2.000", "ST", number, "000010"),
        ("000020", "H-200", "SCHLAUCH", "0.500", "M", number, "000020"),
    ]
    flow = ["POSNV", "VBELN", "POSNN", "VBTYP_N", "VBTYP_V", "RFMNG", "MEINS", "ERDAT"]
    assert rfc.read("VBFA", flow, f"VBELV = '{number}'") == [
        ("000010", delivery, "000010", "J", "C", "2.000", "ST", today),
        ("000020", delivery, "000020", "J", "C", "0.500", "M", today),
    ]
    assert rfc.read("VBFA", ["VBELN", "VBTYP_N", "RFMNG"], f"VBELV = '{delivery}'") == [
        ("4980000001", "R", "2.000"),
        ("4980000001", "R", "0.500"),
    ]
    assert changes(sap, "LIEFERUNG") == [(delivery, "U")]
    assert deeds(sap, "delivery") == [("WAREHOUSE", "create", "delivery"), ("WAREHOUSE", "update", "delivery")]


def test_goods_go_to_the_ship_to_party(sap: SapSimulator, rfc: Caller):
    material(sap)
    buyer, plant = customer(sap), customer(sap, "ACME WERK 2")
    params = parameters(buyer)
    params["ORDER_PARTNERS"].append({"PARTN_ROLE": "WE", "PARTN_NUMB": plant})
    answer = rfc.call("BAPI_SALESORDER_CREATEFROMDAT2", **params)
    rfc.commit()
    ship(sap, answer["SALESDOCUMENT"], _10="3")
    assert rfc.read("LIKP", ["KUNAG", "KUNNR"]) == [(buyer, plant)]


def test_an_order_is_delivered_and_billed_in_parts(sap: SapSimulator, number: str):
    first = ship(sap, number, _10="1")
    assert (item_status(sap, number), item_status(sap, number, "000020")) == ("BAAB", "AAAA")
    assert status(sap, number) == {"LFSTK": "B", "FKSAK": "A", "ABSTK": "A", "GBSTK": "B", "WBSTK": ""}
    second = ship(sap, number, _10="2", _20="2.5")
    assert (item_status(sap, number), item_status(sap, number, "000020")) == ("CAAB", "CAAB")
    assert status(sap, number) == {"LFSTK": "C", "FKSAK": "A", "ABSTK": "A", "GBSTK": "B", "WBSTK": ""}
    sap.bill(first, "BILLING")
    assert (item_status(sap, number), item_status(sap, number, "000020")) == ("CBAB", "CAAB")
    assert status(sap, number)["FKSAK"] == "B"
    sap.bill(second, "BILLING")
    assert (item_status(sap, number), item_status(sap, number, "000020")) == ("CCAC", "CCAC")
    assert status(sap, number) == {"LFSTK": "C", "FKSAK": "C", "ABSTK": "A", "GBSTK": "C", "WBSTK": ""}


def test_a_delivery_is_done_when_its_goods_are_gone_and_billed(sap: SapSimulator, number: str):
    delivery = deliveries.plan(sap.system, number, {"10": Decimal(2)}, "WAREHOUSE")
    assert status(sap, delivery) == {"LFSTK": "", "FKSAK": "A", "ABSTK": "", "GBSTK": "A", "WBSTK": "A"}
    assert item_status(sap, number) == "BAAB"
    row = sap.tables.get("LIKP", delivery)
    assert row is not None
    assert row["WADAT_IST"] == "00000000"
    assert changes(sap, "LIEFERUNG") == []
    with pytest.raises(ValueError, match="have not been issued"):
        sap.bill(delivery, "BILLING")
    deliveries.issue(sap.system, delivery, "WAREHOUSE")
    assert status(sap, delivery) == {"LFSTK": "", "FKSAK": "A", "ABSTK": "", "GBSTK": "B", "WBSTK": "C"}
    with pytest.raises(ValueError, match="still here"):
        deliveries.issue(sap.system, delivery, "WAREHOUSE")
    sap.bill(delivery, "BILLING")
    assert status(sap, delivery) == {"LFSTK": "", "FKSAK": "C", "ABSTK": "", "GBSTK": "C", "WBSTK": "C"}


def test_what_is_delivered_changes_no_order_by_hand(sap: SapSimulator, rfc: Caller, number: str):
    ship(sap, number, _10="1")
    assert changes(sap, "VERKBELEG") == []
    assert rfc.read("VBAK", ["AEDAT"]) == [("00000000",)]


@pytest.mark.parametrize(
    ("quantities", "text"),
    [
        ({"_10": "3.001"}, "3.000 are open"),
        ({"_10": "0"}, "cannot be delivered"),
        ({"_10": "-1"}, "cannot be delivered"),
        ({"_30": "1"}, "Item 000030"),
        ({}, "Nothing"),
    ],
)
def test_what_cannot_be_delivered_leaves_nothing_behind(sap: SapSimulator, number: str, quantities: dict[str, str], text: str):
    before = sap.dump()
    with pytest.raises(ValueError, match=text):
        ship(sap, number, **quantities)
    assert sap.dump() == before


def test_only_what_is_open_can_be_delivered(sap: SapSimulator, number: str):
    ship(sap, number, _10="2")
    with pytest.raises(ValueError, match=r"1\.000 are open"):
        ship(sap, number, _10="2")
    ship(sap, number, _10="1")
    assert [row["BOLNR"] for row in sap.tables.rows("LIKP")] == ["PO 1/1", "PO 1/2"]


def test_a_rejected_item_is_not_delivered(sap: SapSimulator, rfc: Caller, number: str):
    rfc.call(
        "BAPI_SALESORDER_CHANGE",
        SALESDOCUMENT=number,
        ORDER_HEADER_INX={"UPDATEFLAG": "U"},
        ORDER_ITEM_IN=[{"ITM_NUMBER": "000010", "REASON_REJ": "50"}],
        ORDER_ITEM_INX=[{"ITM_NUMBER": "000010", "UPDATEFLAG": "U", "REASON_REJ": "X"}],
    )
    rfc.commit()
    with pytest.raises(ValueError, match="Item 000010"):
        ship(sap, number, _10="1")


def test_an_unknown_order_is_not_delivered(sap: SapSimulator):
    with pytest.raises(ValueError, match="no order"):
        ship(sap, "0000000099", _10="1")


def test_deliveries_are_shown_with_their_orders(sap: SapSimulator, number: str):
    bill(sap, number, _10="2")
    second = ship(sap, number, _10="1")
    (order_row,) = sap.rows("orders")
    shown = [{name: row[name] for name in ("VBELN", "VGBEL", "KUNNR", "billed")} for row in sap.rows("deliveries")]
    assert shown == [
        {"VBELN": "0080000001", "VGBEL": number, "KUNNR": order_row["KUNNR"], "billed": True},
        {"VBELN": second, "VGBEL": number, "KUNNR": order_row["KUNNR"], "billed": False},
    ]
    assert [item["LFIMG"] for item in order_row["items"]] == [Decimal(3), Decimal(0)]
