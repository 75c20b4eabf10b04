"""Reading: pages and records by id, the same bytes for the same state, amounts and texts as they are meant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ltc.core.contract import Presence
from ltc.core.errors import Later, Misconfigured, Unauthorised
from tests.connectors.sap_rfc.conftest import customer, material
from tests.connectors.sap_rfc.documents import order
from tests.connectors.sap_rfc.hub import Hub


@pytest.fixture
def hub(sap) -> Hub:
    return Hub(sap)


def pages(hub: Hub, obj: str, cursor: str = "", limit: int = 0) -> tuple[list[dict], list, str]:
    records, marks = [], []
    while True:
        page = hub.connector.read(obj, cursor, [], limit)
        records += [hub.connector.decode(obj, body) for body in page.bodies]
        marks += page.marked
        cursor = page.cursor
        if not page.more:
            return records, marks, cursor


def test_a_full_read_gives_every_record_once_in_pages(hub, sap):
    numbers = [customer(sap, f"FIRMA {place}") for place in range(25)]
    records, marks, _ = pages(hub, "customer", limit=10)
    assert [record["KUNNR"] for record in records] == numbers
    assert marks == []


def test_the_same_state_gives_the_same_bytes_by_page_and_by_id(hub, sap):
    number = customer(sap, "MÜLLER GMBH", SMTP_ADDR="a@b.example", KLIMK=Decimal(1000))
    (body,) = hub.connector.read("customer", "", []).bodies
    (record,) = hub.connector.fetch("customer", [number], [])
    assert (record.body, record.id, record.presence) == (body, number, Presence.LIVE)


def test_what_does_not_exist_comes_as_deleted_in_its_place(hub, sap):
    number = customer(sap)
    found = hub.connector.fetch("customer", ["0000999999", number], [])
    assert [(one.id, one.presence) for one in found] == [("0000999999", Presence.DELETED), (number, Presence.LIVE)]


def test_tables_that_nobody_asks_for_are_not_read(hub, sap):
    customer(sap)
    hub.connector.read("customer", "", ["KUNNR", "NAME1"])
    tables = [call.request for call in hub.calls if call.target == "RFC_READ_TABLE"]
    assert len(tables) == 3, "the list of keys, KNA1 and ADRC"
    assert not any("KNVV" in text or "KNKK" in text for text in tables)


@pytest.mark.parametrize(
    ("currency", "price", "net"), [("JPY", "1500", "4500"), ("KWD", "1.125", "3.375"), ("EUR", "10.50", "31.50")]
)
def test_amounts_mean_what_they_say_whatever_decimals_the_currency_has(hub, rfc, sap, currency, price, net):
    material(sap)
    number = order(rfc, customer(sap, WAERS=currency), [("P-100", "3", price, "1", "ST")], currency)
    record = hub.read("sales_order", number)
    assert (record["WAERK"], record["NETWR"], record["VBAP"][0]["NETPR"]) == (currency, Decimal(net), Decimal(price))


def test_an_order_shows_how_far_each_item_has_come(hub, rfc, sap):
    material(sap)
    number = order(rfc, customer(sap), [("P-100", "3", "10.50", "1", "ST")])
    before = hub.read("sales_order", number)
    assert (before["LFSTK"], before["VBAP"][0]["LFMENG"], before["IHREZ"]) == ("A", Decimal(0), "SHORTKEY0001")
    delivery = sap.ship(number, {"000010": Decimal(2)}, "WAREHOUSE")
    bill = sap.bill(delivery, "BILLING")
    after = hub.read("sales_order", number)
    item = after["VBAP"][0]
    assert (after["LFSTK"], item["POSNR"], item["LFMENG"], item["FKMENG"]) == ("B", "10", Decimal(2), Decimal(2))
    assert hub.read("delivery", delivery)["VGBEL"] == number
    assert hub.read("billing_document", bill) | {"AUBEL": number, "GROSS": Decimal("21.00")} == hub.read("billing_document", bill)


def test_a_bill_says_what_is_still_owed(hub, rfc, sap):
    material(sap)
    buyer = customer(sap)
    number = order(rfc, buyer, [("P-100", "2", "10.50", "1", "ST")])
    bill = sap.bill(sap.ship(number, {"000010": Decimal(2)}, "W"), "B")
    states = []
    for amount in ("1.00", "20.00"):
        states.append((hub.read("billing_document", bill)["PAYSTATE"], hub.read("billing_document", bill)["OPEN"]))
        payment = sap.receive_payment(buyer, {bill: Decimal(amount)}, "ACCOUNTS")
    states.append((hub.read("billing_document", bill)["PAYSTATE"], hub.read("billing_document", bill)["OPEN"]))
    assert states == [("open", Decimal("21.00")), ("partial", Decimal("20.00")), ("paid", Decimal("0.00"))]
    key = next(record["OBJ_KEY"] for record in pages(hub, "incoming_payment")[0] if record["BELNR"] == payment)
    paid = hub.read("incoming_payment", key)
    assert (paid["KUNNR"], paid["WRBTR"], paid["ITEMS"]) == (
        buyer,
        Decimal("20.00"),
        [{"VBELN": bill, "WRBTR": Decimal("20.00")}],
    )


def test_a_bill_and_a_credit_memo_are_two_objects_of_one_table(hub, rfc, sap):
    material(sap)
    number = order(rfc, customer(sap))
    bill = sap.bill(sap.ship(number, {"000010": Decimal(3)}, "W"), "B")
    memo = sap.credit(bill, "B")
    assert [record["VBELN"] for record in pages(hub, "billing_document")[0]] == [bill]
    (found,) = pages(hub, "credit_memo")[0]
    assert (found["VBELN"], found["VGBEL"]) == (memo, bill)


# -- changes ----------------------------------------------------------------------------------------------------------


def test_a_delta_brings_what_changed_since_the_day_before_the_last_run(hub, sap, clock):
    old, edited = customer(sap, "OLD"), customer(sap, "EDITED")
    cursor = pages(hub, "customer")[2]
    clock.advance(5 * 86_400)
    cursor = pages(hub, "customer", cursor)[2]
    clock.advance(5 * 86_400)
    sap.edit_customer(edited, {"TELF1": "+49 1"}, "CLERK")
    new = customer(sap, "NEW")
    records = pages(hub, "customer", cursor)[0]
    assert [record["KUNNR"] for record in records] == [edited, new]
    assert old not in {record["KUNNR"] for record in records}


def test_a_delta_is_read_in_pages_and_no_record_twice(hub, sap):
    numbers = {customer(sap, f"FIRMA {place}") for place in range(23)}
    cursor = pages(hub, "customer")[2]
    records, _, _ = pages(hub, "customer", cursor, limit=10)
    assert len(records) == 23
    assert {record["KUNNR"] for record in records} == numbers


def test_an_order_that_is_shipped_and_a_bill_that_is_paid_have_changed(hub, rfc, sap, clock):
    material(sap)
    buyer = customer(sap)
    number = order(rfc, buyer)
    cursors = {obj: pages(hub, obj)[2] for obj in ("sales_order", "billing_document")}
    clock.advance(3 * 86_400)
    cursors = {obj: pages(hub, obj, cursor)[2] for obj, cursor in cursors.items()}
    clock.advance(3 * 86_400)
    bill = sap.bill(sap.ship(number, {"000010": Decimal(3)}, "W"), "B")
    assert [one["VBELN"] for one in pages(hub, "sales_order", cursors["sales_order"])[0]] == [number]
    cursor = pages(hub, "billing_document", cursors["billing_document"])[2]
    clock.advance(3 * 86_400)
    payment = sap.receive_payment(buyer, {bill: Decimal("1.00")}, "A")
    (changed,) = pages(hub, "billing_document", cursor)[0]
    assert changed["PAYSTATE"] == "partial"
    cursor = pages(hub, "billing_document", cursor)[2]
    clock.advance(3 * 86_400)
    sap.reverse_payment(payment, "A")
    (changed,) = pages(hub, "billing_document", cursor)[0]
    assert changed["PAYSTATE"] == "open"


def test_the_day_is_saps_own_whatever_our_clock_says(hub, sap, clock):
    customer(sap)
    cursor = pages(hub, "customer")[2]
    assert f"{clock.now():%Y%m%d}" in cursor
    hub.kit.clock = type(clock)(clock.now() + dt.timedelta(days=400))
    number = customer(sap, "LATER")
    assert number in {record["KUNNR"] for record in pages(hub, "customer", cursor)[0]}


# -- when something is wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["503", "drop_before", "expire_token", "truncate"])
def test_a_read_that_fails_is_tried_again(hub, sap, kind):
    number = customer(sap)
    sap.faults.plan("read", times=2, kind=kind)
    assert hub.read("customer", number)["KUNNR"] == number


def test_a_system_that_stays_away_is_said_to_be_away(hub, sap):
    number = customer(sap)
    sap.faults.plan("read", times=50, kind="503")
    with pytest.raises(Later):
        hub.connector.fetch("customer", [number], [])


def test_a_wrong_password_is_tried_once_since_sap_locks_users(sap):
    hub = Hub(sap, passwd="wrong-password")
    asked = sap.requests
    with pytest.raises(Unauthorised, match="locked"):
        hub.connector.check()
    assert sap.requests == asked + 1
    assert not any("wrong-password" in call.request + call.response for call in hub.calls)


def test_check_says_which_system_answers(hub):
    health = hub.connector.check()
    assert health.ok
    assert "Sysid: SIM" in health.message


def test_a_field_that_no_table_has_is_the_mappings_fault(hub):
    with hub.connector.pool.session() as session, pytest.raises(Misconfigured, match="Field NOPE is not in table KNA1"):
        session.call("RFC_READ_TABLE", QUERY_TABLE="KNA1", FIELDS=[{"FIELDNAME": "NOPE"}])


# -- describing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "obj", ["customer", "material", "sales_order", "delivery", "billing_document", "credit_memo", "incoming_payment"]
)
def test_describe_names_every_field_that_reading_gives(hub, rfc, sap, obj):
    material(sap)
    buyer = customer(sap, KLIMK=Decimal(10))
    number = order(rfc, buyer)
    bill = sap.bill(sap.ship(number, {"000010": Decimal(3)}, "W"), "B")
    sap.credit(bill, "B")
    sap.receive_payment(buyer, {bill: Decimal(1)}, "A")
    (record, *_) = pages(hub, obj)[0]
    described = {field.name: field for field in hub.connector.describe(obj).fields}
    assert record.keys() <= described.keys()
    for name, value in record.items():
        if isinstance(value, list) and value:
            assert value[0].keys() - {"AREA"} <= {field.name for field in described[name].fields}


def test_describe_says_what_is_long_enough_and_what_may_be_written(hub):
    fields = {field.name: field for field in hub.connector.describe("customer").fields}
    assert (fields["NAME1"].length, fields["NAME1"].writable, fields["NAME1"].required) == (40, True, True)
    assert (fields["KUNNR"].writable, fields["KLIMK"].type, fields["KLIMK"].decimals) == (False, "decimal", 2)
