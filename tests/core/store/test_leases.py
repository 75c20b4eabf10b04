"""Leases: one worker at a time, by the database's clock; who was taken over writes nothing more."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest
from sqlalchemy import func, select, update

from ltc.core.errors import Fenced, LtcError
from ltc.core.store import Store, leases, soon
from ltc.core.store import tables as t


@pytest.fixture
def other(store_url):
    """Another worker's store, on the same database."""
    other = Store(store_url)
    yield other
    other.close()


def lapse(store, lease):
    """Let a lease's time be over, without waiting for it."""
    with store.transaction() as tx:
        tx.execute(update(t.lease).where(t.lease.c.name == lease.name).values(until=0))


def count(store):
    with store.reading() as tx:
        return tx.scalar(select(func.count()).select_from(t.hub))


def test_one_holds_it(store, other):
    lease = store.lease("write/sap", "one", 60)
    assert (lease.name, lease.token, lease.holder) == ("write/sap", 1, "one")
    assert other.lease("write/sap", "two", 60) is None
    assert store.lease("write/sap", "one", 60) is None
    assert other.lease("write/salesforce", "two", 60).token == 1
    lease.release()
    assert other.lease("write/sap", "two", 60).token == 2


def test_a_lapsed_lease_is_taken_over_and_its_holder_is_fenced(store, other):
    old = store.lease("write/sap", "one", 60)
    lapse(store, old)
    with store.transaction(old):
        pass
    assert other.lease("write/sap", "two", 60) is None
    lapse(store, old)
    new = other.lease("write/sap", "two", 60)
    assert new.token == old.token + 1
    with pytest.raises(Fenced, match="write/sap"), store.transaction(old) as tx:
        tx.insert_one(t.hub, {"key": "a", "value": "b"})
    with pytest.raises(Fenced):
        old.renew()
    old.release()
    assert store.lease("write/sap", "three", 60) is None
    with other.transaction(new) as tx:
        tx.insert_one(t.hub, {"key": "a", "value": "b"})
    assert count(store) == 1


def test_a_lease_lapses_by_the_databases_clock(store, other):
    assert store.lease("write/sap", "one", 0.05) is not None
    for _ in range(100):
        if (found := other.lease("write/sap", "two", 60)) is not None:
            break
        time.sleep(0.01)
    assert found.token == 2


def test_every_transaction_renews(store, other):
    lease = store.lease("write/sap", "one", 60)
    lapse(store, lease)
    with store.transaction(lease):
        pass
    assert other.lease("write/sap", "two", 60) is None


def test_nobody_takes_over_while_its_holder_is_committing(store, other):
    """What was checked at the beginning still holds at the commit, however long the transaction takes."""
    lease = store.lease("write/sap", "one", 0.01)
    began, done, taken = Event(), Event(), []

    def write():
        with store.transaction(lease) as tx:
            began.set()
            time.sleep(0.1)
            tx.insert_one(t.hub, {"key": "a", "value": "b"})
            taken.append(done.is_set())

    thread = Thread(target=write)
    thread.start()
    began.wait(10)
    found = other.lease("write/sap", "two", 60)
    done.set()
    thread.join()
    assert count(store) == 1
    if store.dialect == "postgresql":  # it is told at once; on SQLite it had to wait for the write lock
        assert (found, taken) == (None, [True])
    else:
        assert (found.token, taken) == (2, [False])


def test_workers_never_write_at_the_same_time(store, store_url):
    """Four workers race for one lease whose term is short; each adds under its token, and no add of a lower one comes later."""
    with store.transaction() as tx:
        tx.insert_one(t.hub, {"key": "tokens", "value": ""})
    faults = []

    def work(name):
        own = Store(store_url)
        try:
            for _ in range(12):
                lease = own.lease("write/sap", name, 0.02)
                if lease is not None:
                    write(own, lease)
        except LtcError as fault:
            faults.append(fault)
        finally:
            own.close()

    def write(own, lease):
        for turn in range(2):
            try:
                with own.transaction(lease) as tx:
                    tokens = tx.scalar(select(t.hub.c.value))
                    time.sleep(0.001)
                    tx.execute(update(t.hub).values(value=f"{tokens} {lease.token}"))
            except Fenced:
                return
            time.sleep(0.03 * turn)

    threads = [Thread(target=work, args=(f"worker {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        tokens = [int(token) for token in tx.scalar(select(t.hub.c.value)).split()]
    assert faults == []
    assert tokens == sorted(tokens)
    assert len(tokens) > 1


@pytest.mark.parametrize("is_long", [False, True])
def test_a_lease_is_kept_alive(store, other, monkeypatch, is_long):
    if is_long:
        monkeypatch.setattr(leases, "LONG_SECONDS", 0.2)
        monkeypatch.setattr(leases, "FIRST_SECONDS", 0.01)
        monkeypatch.setattr(soon, "LOOK_SECONDS", 0.01)
    lease = store.lease("write/sap", "one", 0.3)
    with lease.kept_alive() as lost:
        time.sleep(0.7)
        assert other.lease("write/sap", "two", 60) is None
        assert not lost.is_set()
        lapse(store, lease)
        while other.lease("write/sap", "two", 60) is None:
            lapse(store, lease)
        assert lost.wait(10)
