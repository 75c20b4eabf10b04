"""References: both tables answer as one, and what SQLite writes for a page does not grow with what it knows."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import func, select

from ltc.core.store import Store, copying
from ltc.core.store import tables as t
from ltc.core.store.references import keep, lay_down, lay_down_many, referring

LEAVES = ("customer", "payer", "lines[10].product")


def hub_id(number):
    return f"{number:032x}"


def fresh(store):
    with store.reading() as tx:
        return tx.scalar(select(func.count()).select_from(t.fresh_reference))


def test_two_tables_do_what_a_dict_does(store):
    dice, known = random.Random(7), {}
    ids = [hub_id(number) for number in range(12)]
    for _ in range(60):
        gone = {key for key in known if dice.random() < 0.3}
        rows = {(dice.choice(ids), dice.choice(ids)): dice.choice(LEAVES) for _ in range(5)}
        gone |= rows.keys() & known.keys()  # as merge does: what gets another leaf is forgotten first
        known = {key: leaf for key, leaf in known.items() if key not in gone} | rows
        with store.transaction() as tx:
            keep(tx, gone, sorted((*key, leaf) for key, leaf in rows.items()))
            lay_down_many(tx, most=12)
        asked = set(dice.sample(ids, 5))
        with store.reading() as tx:
            assert referring(tx, asked) == {(*key, leaf) for key, leaf in known.items() if key[0] in asked}
            assert referring(tx, []) == set()
    assert known
    assert fresh(store) <= 12


def test_references_of_before_are_found_and_forgotten(store):
    one, other = hub_id(1), hub_id(2)
    with store.transaction() as tx:
        tx.insert(t.reference, ("target", "hub_id", "leaf"), [(one, other, "customer"), (one, one, "parent")])
        keep(tx, [(one, one)], [(other, one, "payer")])
    with store.reading() as tx:
        assert referring(tx, [one, other]) == {(one, other, "customer"), (other, one, "payer")}


def test_what_is_written_for_a_page_does_not_grow_with_what_is_known(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/hub.db")
    store.migrate()
    targets = [hub_id(number) for number in range(1_000)]
    with store.transaction() as tx:
        keep(tx, [], sorted((target, hub_id(1_000_000 + number), "customer") for target in targets for number in range(30)))
        lay_down(tx)
    log = tmp_path / "hub.db-wal"
    with closing(sqlite3.connect(tmp_path / "hub.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert log.stat().st_size == 0
    with store.transaction() as tx:
        keep(tx, [], [(target, hub_id(2_000_000), "customer") for target in targets[::5]])
    assert 0 < log.stat().st_size <= 5 * 33_000  # of the 80 or more pages of the file over which the targets are spread
    store.close()


@pytest.mark.parametrize("laid", [False, True])
def test_a_backup_brings_them_to_either_database(store, tmp_path, laid):
    other = Store(f"sqlite:///{tmp_path}/other.db")
    other.migrate()
    row = (hub_id(1), hub_id(2), "customer")
    with other.transaction() as tx:
        keep(tx, [], [row])
        if laid:
            lay_down(tx)
    copying.save(other, tmp_path / "saved.db")
    other.close()
    copying.load(tmp_path / "saved.db", store, lambda _: None)
    with store.reading() as tx:
        assert referring(tx, [hub_id(1)]) == {row}
