"""Look-ups say the same in SQLite's own words as they do by SQLAlchemy, and on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ltc.core.errors import LtcError
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.selection import pairs_of, selection_of

COLUMNS = ("scope_id", "ext_id", "hub_id", "version", "raw", "raw_hash", "mapping_fp", "leaves", "state", "is_primary")
ASKED = ("ext_id", "raw", "state", "is_primary")
STATES = ("live", "gone", "merged")


@pytest.fixture
def filled(store: Store) -> Store:
    rows = [
        (scope, f"{number}", f"h{number % 3}", "", bytes([number]), "", "", "{}", STATES[number % 3], number % 2 == 0, "", "")
        for scope in (1, 2)
        for number in range(12)
    ]
    with store.transaction() as tx:
        tx.insert(t.record, (*COLUMNS, "first_seen", "last_changed"), rows)
    return store


@pytest.mark.parametrize("lock", [False, True])
@pytest.mark.parametrize(
    "equal", [{}, {"scope_id": 1}, {"state": ("live", "gone")}, {"scope_id": 2, "state": ("merged",), "is_primary": True}]
)
def test_rows_are_those_that_hold_what_is_said(filled, equal, lock):
    r = t.record
    wanted = select(*(r.c[name] for name in ASKED)).where(r.c.hub_id.in_(["h0", "h2"]))
    for name, value in equal.items():
        wanted = wanted.where(r.c[name].in_(value if isinstance(value, tuple) else [value]))
    with filled.transaction() as tx:
        expected = sorted(map(tuple, tx.execute(wanted)))
        found = tx.select_in(r, ASKED, "hub_id", ["h2", "h0", "h0", "nobody"], equal=equal, lock=lock)
        narrower = tx.select_in(r, ASKED, "hub_id", ["h2", "h0"], (r.c.ext_id != "3",), equal=equal)
    assert expected
    assert sorted(found) == expected
    assert {type(row[3]) for row in found} == {bool}
    assert sorted(narrower) == [row for row in expected if row[0] != "3"]


def test_a_statement_is_put_together_once(filled):
    with filled.reading() as tx:
        for states in (("live",), ("gone",), ("merged",)):
            tx.select_in(t.record, ASKED, "ext_id", ["1"], equal={"state": states})
    shape = (("state", 1),)
    one, other = (selection_of(filled.dialect, t.record, ASKED, "ext_id", shape, lock=False) for _ in range(2))
    assert one is other
    assert bool(one.text) == (filled.dialect == "sqlite")


def test_what_a_driver_complains_of_is_said_in_the_hubs_words(filled):
    with filled.transaction() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE record RENAME TO other")
    for ask in (
        lambda tx: tx.select_in(t.record, ASKED, "ext_id", ["secret 4711"]),
        lambda tx: tx.select_pairs(t.record, ASKED, ("scope_id", "ext_id"), [(1, "secret 4711")]),
    ):
        with pytest.raises(LtcError) as caught, filled.reading() as tx:
            ask(tx)
        assert caught.value.code == "store.not_migrated"
        assert "4711" not in str(caught.value)
    with filled.transaction() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE other RENAME TO record")


def test_pairs_are_looked_up_by_the_whole_key(filled):
    with filled.reading() as tx:
        found = tx.select_pairs(t.record, ASKED, ("scope_id", "ext_id"), [(1, "3"), (2, "4"), (3, "5")])
    assert sorted(row[0] for row in found) == ["3", "4"]
    assert bool(pairs_of(filled.dialect, t.record, ASKED, ("scope_id", "ext_id")).text) == (filled.dialect == "sqlite")
