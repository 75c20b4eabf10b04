"""Settling: which creates happened, by the number that was stored before COMMIT and by the hub's key."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Finding, Settled, Verb, WriteItem
from ltc.core.errors import Later
from tests.connectors.sap_rfc.conftest import customer, material
from tests.connectors.sap_rfc.hub import Hub, change, create, key_of

LINE = {"POSNR": "10", "MATNR": "P-100", "KWMENG": 1, "NETPR": Decimal(5)}


@pytest.fixture
def hub(sap: SapSimulator) -> Hub:
    return Hub(sap)


def fields_of(sap: SapSimulator) -> dict[str, dict]:
    material(sap)
    buyer = customer(sap)
    return {
        "customer": {"NAME1": "Acme", "COUNTRY": "DE"},
        "material": {"MATNR": "P-7", "MAKTX": "Pumpe", "MEINS": "ST"},
        "sales_order": {"KUNNR": buyer, "WAERK": "EUR", "BSTNK": "PO 1", "VBAP": [LINE]},
        "incoming_payment": {"KUNNR": buyer, "WRBTR": 1, "WAERS": "EUR", "BUDAT": "20260302"},
    }


def stored(item: WriteItem, number: str = "") -> WriteItem:
    journal = {"number": {"id": number}} if number else {}
    return WriteItem(item.key, item.short_key, item.verb, item.id, item.fields, journal=journal)


def settle(hub: Hub, obj: str, *items: WriteItem) -> list[Settled]:
    return list(hub.connector.settle(obj, items))


@pytest.mark.parametrize("obj", ["customer", "material", "sales_order", "incoming_payment"])
@pytest.mark.parametrize("journalled", [True, False])
def test_what_happened_is_found_by_its_number_and_by_the_key_alone(hub, sap, obj, journalled):
    item = create(1, fields_of(sap)[obj])
    assert settle(hub, obj, stored(item)) == [Settled(item.key, Finding.ABSENT)]
    number = hub.one(obj, item).id
    assert number
    assert settle(hub, obj, stored(item, number if journalled else "")) == [Settled(item.key, Finding.DONE, number)]


@pytest.mark.parametrize("obj", ["customer", "material", "sales_order", "incoming_payment"])
def test_a_number_that_somebody_else_drew_meanwhile_is_not_ours(hub, sap, obj):
    fields = fields_of(sap)[obj]
    other = hub.one(obj, create(2, fields)).id
    item = create(1, {**fields, "MATNR": "P-8"} if obj == "material" else fields)
    assert settle(hub, obj, stored(item, other)) == [Settled(item.key, Finding.ABSENT)]
    ours = hub.one(obj, item).id
    assert settle(hub, obj, stored(item, other)) == [Settled(item.key, Finding.DONE, ours)]


@pytest.mark.parametrize("obj", ["customer", "sales_order", "incoming_payment"])
def test_several_are_for_a_person_unless_the_journal_names_one(hub, sap, obj):
    item = create(1, fields_of(sap)[obj])
    first, second = (hub.one(obj, item).id for _ in range(2))
    (found,) = settle(hub, obj, stored(item))
    assert (found.finding, found.id, sorted(found.candidates)) == (Finding.SEVERAL, "", [first, second])
    assert settle(hub, obj, stored(item, second)) == [Settled(item.key, Finding.DONE, second)]


def test_the_customers_order_number_may_be_where_the_key_is(sap):
    hub = Hub(sap, order_reference="BSTNK")
    item = create(1, fields_of(sap)["sales_order"])
    number = hub.one("sales_order", item).id
    assert settle(hub, "sales_order", stored(item)) == [Settled(item.key, Finding.DONE, number)]
    assert settle(Hub(sap), "sales_order", stored(item)) == [Settled(item.key, Finding.ABSENT)]


def test_the_key_on_an_item_is_not_the_key_of_the_order(hub, sap):
    item = create(1, fields_of(sap)["sales_order"])
    number = hub.one("sales_order", create(2, fields_of(sap)["sales_order"])).id
    sap.tables.put("VBKD", {"VBELN": number, "POSNR": "000010", "IHREZ": key_of(1)})
    assert settle(hub, "sales_order", stored(item)) == [Settled(item.key, Finding.ABSENT)]


def test_a_posting_of_another_kind_is_no_payment(hub, sap):
    fields = fields_of(sap)
    Hub(sap, payment_type="SA").one("incoming_payment", create(1, fields["incoming_payment"]))
    assert settle(hub, "incoming_payment", stored(create(1, {})))[0].finding is Finding.ABSENT


@pytest.mark.parametrize("verb", [Verb.AMEND, Verb.CANCEL, Verb.DEACTIVATE])
def test_changes_are_settled_by_reading_the_record(hub, verb):
    assert settle(hub, "customer", change("0000100001", {}, verb)) == [
        Settled("intent-0000100001", Finding.UNCLEAR, "0000100001")
    ]
    assert hub.names == []


def test_a_batch_is_looked_up_together(hub):
    items = [create(number, {"NAME1": f"Acme {number}", "COUNTRY": "DE"}) for number in range(10)]
    for item in items[:5]:
        hub.one("customer", item)
    hub.calls.clear()
    found = settle(hub, "customer", *(stored(item) for item in items))
    assert [one.finding for one in found] == [Finding.DONE] * 5 + [Finding.ABSENT] * 5
    assert [one.key for one in found] == [item.key for item in items]
    assert hub.names.count("RFC_READ_TABLE") == 2


def test_a_system_that_is_away_says_nothing_about_what_happened(hub, sap):
    sap.faults.plan("read", times=10, kind="503")
    with pytest.raises(Later):
        settle(hub, "customer", stored(create(1, {})))
