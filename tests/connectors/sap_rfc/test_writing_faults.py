"""Writing in bad weather: nothing twice, nothing lost, and never a COMMIT after something went wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.batch import write_each
from connectors.erp.sap_rfc.customers import write as write_customer
from connectors.erp.sap_rfc.orders import write as write_order
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Finding, Outcome, WriteItem
from ltc.core.errors import Fenced, Later, QuotaSpent, Unauthorised, Unknown
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import START, customer, material
from tests.connectors.sap_rfc.hub import Hub, Steps, change, create

COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"
WRITES = {"customer": write_customer, "sales_order": write_order}
LOST = ["503", "drop_before", "truncate", "expire_token"]


@pytest.fixture
def hub(sap: SapSimulator) -> Hub:
    return Hub(sap)


def acme(number: int = 1, **fields: object) -> WriteItem:
    return create(number, {"NAME1": f"Acme {number}", "COUNTRY": "DE", "WAERS": "EUR", **fields})


def order(number: int, buyer: str) -> WriteItem:
    line = {"POSNR": "10", "MATNR": "P-100", "KWMENG": 1, "NETPR": Decimal(5)}
    return create(number, {"KUNNR": buyer, "WAERK": "EUR", "BSTNK": f"PO {number}", "VBAP": [line]})


def names(sap: SapSimulator) -> list[str]:
    return sorted(row["NAME1"] for row in sap.tables.rows("KNA1"))


@pytest.mark.parametrize("kind", LOST)
def test_a_connection_lost_before_commit_has_done_nothing(hub, sap, kind):
    sap.faults.plan("create", kind=kind)
    result = hub.one("customer", acme())
    assert (result.outcome, type(result.error)) == (Outcome.LATER, Later)
    assert (names(sap), COMMIT in hub.names, hub.steps.kept) == ([], False, {})
    assert hub.one("customer", acme()).outcome is Outcome.CREATED
    assert names(sap) == ["ACME 1"]


@pytest.mark.parametrize("kind", [*LOST, "drop_after_commit"])
def test_of_a_commit_that_was_cut_nobody_knows_until_it_is_looked_up(hub, sap, kind):
    sap.faults.plan("commit", kind=kind)
    item = acme()
    result = hub.one("customer", item)
    assert (result.outcome, type(result.error)) == (Outcome.UNKNOWN, Unknown)
    assert hub.names.count(COMMIT) == 1
    assert result.id == hub.steps.kept[item.key]["number"]["id"]
    again = WriteItem(item.key, item.short_key, item.verb, "", item.fields, journal=hub.steps.kept[item.key])
    (settled,) = hub.connector.settle("customer", [again])
    done = kind in {"drop_after_commit", "truncate"}
    assert (settled.finding, settled.id) == ((Finding.DONE, result.id) if done else (Finding.ABSENT, ""))
    assert names(sap) == (["ACME 1"] if done else [])


def test_limits_of_calls_never_stand_between_a_posting_and_its_commit(hub, sap):
    asked = []

    def admit():
        asked.append(len(hub.calls))
        if hub.names and hub.names[-1].startswith("BAPI_"):
            raise QuotaSpent("The calls are spent.")

    hub.kit.admit = admit
    assert hub.one("customer", acme()).outcome is Outcome.CREATED
    assert (names(sap), hub.names[-1], bool(asked)) == (["ACME 1"], COMMIT, True)
    later = hub.one("customer", acme(2))
    assert (later.outcome, type(later.error)) == (Outcome.LATER, QuotaSpent)
    assert names(sap) == ["ACME 1"]


def test_a_lock_puts_off_and_is_rolled_back(hub, sap):
    number = customer(sap)
    sap.faults.plan("change", kind="lock")
    result = hub.one("customer", change(number, {"CITY1": "Bonn"}))
    assert (result.outcome, result.error.code) == (Outcome.LATER, "sap.locked")
    assert "MILLER" in result.error.message
    assert hub.names[-1] == ROLLBACK
    assert hub.one("customer", change(number, {"CITY1": "Bonn"})).outcome is Outcome.UPDATED


def test_a_posting_that_its_session_forgot_is_not_cleared(hub, sap):
    material(sap)
    sap.faults.plan("change", kind="expire_token")
    buyer = customer(sap)
    paid = {"KUNNR": buyer, "WRBTR": 1, "WAERS": "EUR", "BUDAT": "20260302", "ITEMS": [{"VBELN": "0090000001", "WRBTR": 1}]}
    result = hub.one("incoming_payment", create(1, paid))
    assert result.outcome is Outcome.LATER
    assert (sap.tables.rows("BKPF"), COMMIT in hub.names) == ([], False)


@pytest.mark.parametrize("fault", [Fenced("taken over"), InterruptedError("killed")])
def test_who_may_not_journal_may_not_commit(hub, sap, fault):
    hub.steps.fault = fault
    with pytest.raises(type(fault)):
        hub.one("customer", acme(1))
    assert COMMIT not in hub.names
    assert (ROLLBACK in hub.names) is isinstance(fault, Fenced)
    hub.steps.fault = None
    assert hub.one("customer", acme(2)).outcome is Outcome.CREATED
    assert names(sap) == ["ACME 2"]


def test_a_fence_is_not_hidden_by_a_rollback_that_fails(hub, sap):
    def journal(*_: object) -> None:
        sap._password = "changed"
        raise Fenced("taken over")

    with pytest.raises(Fenced):
        hub.connector.write("customer", [acme(1)], journal)
    assert names(sap) == []


def test_a_refused_logon_during_commit_leaves_it_unknown(hub, sap):
    def journal(*_: object) -> None:
        sap._password = "changed"

    (result,) = hub.connector.write("customer", [acme(1)], journal)
    assert (result.outcome, type(result.error)) == (Outcome.UNKNOWN, Unknown)


def test_a_batch_tells_of_each_item_also_when_the_system_goes_away_in_its_middle(hub, sap):
    steps = Steps()
    password = sap._password

    def journal(key: str, step: str, data: object) -> None:
        steps(key, step, data)
        if key == "intent-2":
            sap.faults.plan("commit", kind="drop_after_commit")
            sap._password = "changed"

    items = [acme(number) for number in range(1, 6)]
    results = write_each(hub.connector.pool, write_customer, items, journal)
    assert [result.outcome for result in results] == [Outcome.CREATED, Outcome.UNKNOWN, *[Outcome.LATER] * 3]
    assert all(isinstance(result.error, Later) for result in results[2:])
    with pytest.raises(Unauthorised):
        write_each(hub.connector.pool, write_customer, items[2:], journal)
    sap._password = password
    assert len(names(sap)) == 1


def test_a_bad_item_of_a_batch_stands_alone(hub, sap):
    items = [acme(1), acme(2, COUNTRY="Germany"), acme(3, NAME1=""), acme(4)]
    results = write_each(hub.connector.pool, write_customer, items, hub.steps)
    assert [result.outcome.value for result in results] == ["created", "rejected", "rejected", "created"]
    assert [result.key for result in results] == [item.key for item in items]
    assert names(sap) == ["ACME 1", "ACME 4"]


def run(hub: Hub, obj: str, items: list[WriteItem]) -> dict[str, str]:
    """Write as the engine does: what is late or unknown is tried again, the latter only after it was looked up."""
    ids: dict[str, str] = {}
    for _ in range(12):
        left = [item for item in items if item.key not in ids]
        unknown = []
        for start in range(0, len(left), 10):
            for result in write_each(hub.connector.pool, WRITES[obj], left[start : start + 10], hub.steps):
                assert result.outcome in {Outcome.CREATED, Outcome.UNKNOWN, Outcome.LATER}, result
                if result.outcome is Outcome.CREATED:
                    ids[result.key] = result.id
                elif result.outcome is Outcome.UNKNOWN:
                    unknown.append(result.key)
        stored = [
            WriteItem(item.key, item.short_key, item.verb, "", item.fields, journal=hub.steps.kept.get(item.key, {}))
            for item in items
            if item.key in unknown
        ]
        for settled in hub.connector.settle(obj, stored):
            assert settled.finding in {Finding.DONE, Finding.ABSENT}
            if settled.finding is Finding.DONE:
                ids[settled.key] = settled.id
    return ids


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_hostile_system_each_record_is_there_once(seed):
    sap = SapSimulator("sap", VirtualClock(START), seed=seed, profile="hostile")
    hub = Hub(sap)
    material(sap)
    customers = run(hub, "customer", [acme(number) for number in range(80)])
    assert names(sap) == sorted(f"ACME {number}" for number in range(80))
    buyer = customers["intent-0"]
    orders = run(hub, "sales_order", [order(number, buyer) for number in range(80)])
    assert sorted(row["BSTNK"] for row in sap.tables.rows("VBAK")) == sorted(f"PO {number}" for number in range(80))
    assert sorted(orders.values()) == sorted(row["VBELN"] for row in sap.tables.rows("VBAK"))
    kinds = {(fired.point, fired.kind) for fired in sap.faults.fired}
    assert len(kinds) > 5
    assert {point for point, _ in kinds} >= {"create", "commit"}
