"""The bulk door: on both databases it does what a dict does."""

from __future__ import annotations

import json
import random
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from ltc.core.errors import Later, LtcError, Misconfigured
from ltc.core.store import Store, door
from ltc.core.store import tables as t
from ltc.core.store.faults import explained

WAIT = ("change_id", "system", "entity", "target")
KEY = ("scope_id", "ext_id", "leaf")
COLUMNS = (*KEY, "system", "entity", "target_ext_id", "since")
SINCE = "2026-01-01T00:00:00.000000Z"
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
WORDS = st.sampled_from(["", "a", "b", "B", "ä", "a b", "'", '"', "%s", "?", ":x", "{}", "[]", "\\", "𝄞", "0"]) | TEXT
KEYS = st.tuples(st.integers(-(2**31), 2**31 - 1) | st.integers(0, 3), WORDS, WORDS)
VALUES = st.tuples(WORDS, WORDS, WORDS)
BATCHES = st.lists(
    st.tuples(st.sampled_from(["upsert", "insert_new", "update_many", "delete_in"]), st.dictionaries(KEYS, VALUES))
)


def rows_of(batch):
    return [(*key, *values, SINCE) for key, values in batch.items()]


def everything(store):
    with store.reading() as tx:
        rows = tx.execute(select(*(t.unresolved.c[name] for name in COLUMNS[:-1]))).all()
    return {tuple(row[:3]): tuple(row[3:]) for row in rows}


def test_wide_rows_come_one_by_one_and_bring_json_as_bytes(store):
    columns = ("hub_id", "entity", "version", "leaves", "provenance", "state", "label", "created_at", "updated_at")

    def rows(name, version):
        for number in range(3):
            leaves = f'{{"name":"{name}"}}'.encode() if number else b""
            yield (f"{number}", "order", version, leaves, "{}", "live", "Acme\0", "", "")

    with store.transaction() as tx:
        tx.put_in_order(t.golden, columns, rows("Köln", 1), key=("hub_id",))
        tx.put_in_order(t.golden, columns, rows("李", 2), key=("hub_id",))
        tx.put_in_order(t.golden, columns, [], key=("hub_id",))
        found = sorted(tx.select_in(t.golden, ("hub_id", "version", "leaves", "label"), "hub_id", "012"))
    assert found == [(f"{number}", 2, '{"name":"李"}' if number else "", "Acme\ufffd") for number in range(3)]
    with pytest.raises(Later) as caught, store.transaction() as tx:
        tx.put_in_order(t.golden, columns, rows("again", 3))
    assert caught.value.code == "store.race"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES, st.lists(KEYS))
def test_it_does_what_a_dict_does(store, batches, others):
    model = {}
    with store.transaction() as tx:
        tx.execute(t.unresolved.delete())
    for action, batch in batches:
        with store.transaction() as tx:
            if action == "upsert":
                tx.upsert(t.unresolved, COLUMNS, rows_of(batch), key=KEY)
                model.update(batch)
            elif action == "insert_new":
                assert tx.insert_new(t.unresolved, COLUMNS, rows_of(batch), key=KEY) == set(batch) - set(model)
                model = batch | model
            elif action == "update_many":
                tx.update_many(t.unresolved, KEY, COLUMNS[3:6], [(*key, *values) for key, values in batch.items()])
                model.update({key: values for key, values in batch.items() if key in model})
            else:
                gone = {key[1] for key in batch}
                assert tx.delete_in(t.unresolved, "ext_id", gone) == sum(key[1] in gone for key in model)
                model = {key: values for key, values in model.items() if key[1] not in gone}
        assert everything(store) == model
        wanted = [*batch, *others]
        with store.reading() as tx:
            pairs = tx.select_pairs(t.unresolved, COLUMNS[:-1], KEY, wanted)
            assert {row[:3]: row[3:] for row in pairs} == {key: model[key] for key in wanted if key in model}
            assert len(pairs) == len({row[:3] for row in pairs})
            ids = {key[1] for key in wanted}
            found = tx.select_in(t.unresolved, KEY, "ext_id", ids, where=(t.unresolved.c.scope_id >= 0,))
            assert set(found) == {key for key in model if key[1] in ids and key[0] >= 0}


def test_rows_come_back_as_they_went(store):
    columns = ("scope_id", "ext_id", "version", "raw", "raw_hash", "mapping_fp", "leaves", "state", "hub_id", "is_primary",
               "first_seen", "last_changed", "seen_run")  # fmt: skip
    rows = [
        (1, "a", "v1", b"\x00\xff{}", "h", "m", "{}", "live", None, True, SINCE, SINCE, 2**40),
        (1, "b", "", b"", "", "", "", "live", "0" * 32, False, SINCE, SINCE, 0),
    ]
    with store.transaction() as tx:
        tx.insert(t.record, columns, rows)
    with store.reading() as tx:
        found = sorted(tx.select_in(t.record, columns, "ext_id", ["a", "b", "c"]))
    assert found == rows
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in rows]


def test_columns_that_are_empty_throughout(store):
    columns = ("hub_id", "entity", "version", "leaves", "provenance", "state", "merged_into", "created_at", "updated_at")
    rows = [(f"{number:032x}", "order", 1, "", "", "live", None, SINCE, SINCE) for number in range(3)]
    with store.transaction() as tx:
        tx.upsert(t.golden, columns, rows, key=("hub_id",))
        assert {row[0] for row in tx.select_in(t.golden, ("merged_into",), "hub_id", [row[0] for row in rows])} == {None}


PIN, PINNED = ("hub_id", "leaf"), ("hub_id", "leaf", "value", "decision_id")


def test_an_upsert_updates_what_it_is_told(store):
    with store.transaction() as tx:
        tx.upsert(t.pin, PINNED, [("a", "city", "x", 1)], key=PIN)
        tx.upsert(t.pin, PINNED, [("a", "city", "y", 1), ("b", "city", "z", 1)], key=PIN, update=())
        assert sorted(tx.select_in(t.pin, PINNED, "hub_id", "ab")) == [("a", "city", "x", 1), ("b", "city", "z", 1)]
        tx.upsert(t.pin, PINNED, [("a", "city", "y", 1), ("a", "city", "last", 2)], key=PIN)
        assert tx.select_in(t.pin, PINNED[2:], "hub_id", "a") == [("last", 2)]


def test_an_identifier_longer_than_its_column_is_not_taken_for_its_beginning(store):
    with store.transaction() as tx:
        tx.upsert(t.pin, PINNED, [("a" * 32, "city", "x", 1)], key=PIN)
    with store.reading() as tx:
        assert tx.select_in(t.pin, ("value",), "hub_id", ["a" * 33]) == []
        assert tx.select_pairs(t.pin, ("value",), PIN, [("a" * 33, "city")]) == []


def test_rows_are_deleted_by_keys_of_several_columns(store):
    rows = [("a", "city", "x", 1), ("a", "name", "y", 1), ("b", "city", "z", 1), ("b", "name", "z", 1)]
    with store.transaction() as tx:
        tx.insert(t.pin, PINNED, rows)
        tx.delete_many(t.pin, PIN, [("b", "city"), ("a", "name"), ("c", "city")])
        assert sorted(tx.select_in(t.pin, PINNED, "hub_id", "ab")) == [rows[0], rows[3]]


def test_no_value_of_a_record_stops_its_page(store):
    """PostgreSQL's text knows no NUL, and its index rows have a limit; what systems say may be long and strange all the same."""
    rows = [("a", "x" * 1000, "1", 1), ("b", "nul \0 nul", "2", 1), ("c", "𝄞\U0010ffff\u202e", "3", 1)]
    with store.transaction() as tx:
        tx.upsert(t.pin, PINNED, rows, key=PIN)
        tx.update_many(t.pin, PIN, ("value",), [(*row[:2], f"{row[2]}\0") for row in rows])
        assert len(tx.select_pairs(t.pin, PINNED, PIN, [row[:2] for row in rows])) == 3
        assert len(tx.select_in(t.pin, PINNED, "leaf", [row[1] for row in rows])) == 3
        assert tx.insert_new(t.pin, PINNED, rows, key=PIN) == set()
        tx.upsert(t.pin, PINNED, rows, key=PIN)
        assert sorted(row[0] for row in tx.select_in(t.pin, ("value",), "hub_id", "abc")) == ["1", "2", "3"]
        tx.delete_many(t.pin, PIN, [row[:2] for row in rows])
        assert tx.select_in(t.pin, PINNED, "hub_id", "abc") == []


def test_batches_may_be_larger_than_a_statement_takes(store, monkeypatch):
    monkeypatch.setattr(door, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(door, "VALUES_AT_ONCE", 5)
    rows = [("job", str(number), "done") for number in range(100)]
    with store.transaction() as tx:
        tx.insert(t.run, ("job", "slot", "status"), rows)
        more = [("job", str(number), "x") for number in range(110)]
        assert len(tx.insert_new(t.run, ("job", "slot", "status"), more, key=("job", "slot"))) == 10
        assert len(tx.select_in(t.run, ("id",), "slot", map(str, range(200)))) == 110
        assert tx.delete_in(t.run, "slot", [row[1] for row in rows]) == 100


def test_empty_batches_do_nothing(store):
    with store.transaction() as tx:
        tx.insert(t.run, ("job", "slot", "status"), [])
        tx.upsert(t.run, ("job", "slot", "status"), [], key=("job", "slot"))
        tx.update_many(t.run, ("id",), ("status",), [])
        tx.delete_many(t.run, ("job", "slot"), [])
        assert tx.insert_new(t.run, ("job", "slot", "status"), [], key=("job", "slot")) == set()
        assert tx.select_in(t.run, ("id",), "id", []) == []
        assert tx.select_pairs(t.run, ("id",), ("job", "slot"), []) == []
        assert tx.delete_in(t.run, "id", []) == 0


def test_one_row_gets_a_number(store):
    with store.transaction() as tx:
        first = tx.insert_one(t.run, {"job": "a", "slot": "1", "status": "queued"})
        assert tx.insert_one(t.run, {"job": "a", "slot": "2", "status": "queued"}) == first + 1
        assert tx.insert_one(t.hub, {"key": "a", "value": "b"}) == 0


def test_a_transaction_is_all_or_nothing(store):
    def fail():
        with store.transaction() as tx:
            tx.insert_one(t.hub, {"key": "a", "value": "b"})
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    with store.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(t.hub)) == 0


def test_reading_sees_one_moment_and_changes_nothing(store):
    with store.reading() as reader:
        assert reader.scalar(select(func.count()).select_from(t.hub)) == 0
        with store.transaction() as tx:
            tx.insert_one(t.hub, {"key": "a", "value": "b"})
        assert reader.scalar(select(func.count()).select_from(t.hub)) == 0
    with pytest.raises(Misconfigured, match=r"read-?only"), store.reading() as reader:
        reader.insert_one(t.hub, {"key": "b", "value": "b"})
    with store.transaction() as tx:
        tx.insert_one(t.hub, {"key": "c", "value": "b"})


def test_two_that_store_the_same_are_told_to_try_again(store):
    with store.transaction() as tx:
        tx.insert_one(t.hub, {"key": "a", "value": "secret"})
    with pytest.raises(Later) as caught, store.transaction() as tx:
        tx.insert(t.hub, ("key", "value"), [("a", "secret")])
    assert caught.value.code == "store.race"
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_is_wrong_with_a_row_does_not_show_the_row(store):
    row = ("a", "customer", None)
    with pytest.raises(LtcError) as caught, store.transaction() as tx:
        tx.insert(t.reference, ("hub_id", "leaf", "target"), [("Mrs Private", "customer", None), row])
    assert caught.value.code == "store.refused"
    assert "Private" not in str(caught.value)


def test_a_store_that_was_never_migrated_says_so(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/new.db")
    with pytest.raises(Misconfigured) as caught, store.reading() as tx:
        tx.execute(select(t.run.c.id))
    assert caught.value.code == "store.not_migrated"
    store.close()


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "hub.db").write_text("this is not a database, and long enough to be read as one", encoding="utf-8")
    for url in (f"sqlite:///{tmp_path}/hub.db", f"sqlite:///{tmp_path}/nowhere/hub.db"):
        store = Store(url)
        with pytest.raises(Misconfigured) as caught, store.reading():
            pass
        assert caught.value.code == "store.unusable"
        store.close()
    with pytest.raises(Misconfigured):
        Store("oracle://somewhere")


def test_a_server_that_is_away_is_tried_again():
    store = Store("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(Later) as caught, store.reading():
        pass
    assert caught.value.code == "store.away"
    store.close()


def test_a_locked_sqlite_file_is_tried_again(tmp_path, sqlite):
    (tmp_path / "hub.db").write_bytes(sqlite.read_bytes())
    first, second = Store(f"sqlite:///{tmp_path}/hub.db"), Store(f"sqlite:///{tmp_path}/hub.db")
    with first.transaction(), second.reading() as tx:
        tx.connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    with first.transaction(), pytest.raises(Later) as caught, second.transaction():
        pass
    assert caught.value.code == "store.busy"
    first.close()
    second.close()


def test_a_deadlock_is_tried_again():
    class DeadlockDetected(Exception):
        sqlstate = "40P01"

    fault = explained(OperationalError("select", {}, DeadlockDetected("deadlock detected\nDETAIL: values")))
    assert isinstance(fault, Later)
    assert str(fault) == "The store is busy: deadlock detected."


def test_batches_in_any_order_never_lock_crosswise(store_url):
    keys = [f"{number:032x}" for number in range(400)]
    faults = []

    def work(seed):
        own = Store(store_url)
        dice = random.Random(seed)
        try:
            for turn in range(15):
                batch = [(key, "city", f"{seed}/{turn}", turn) for key in dice.sample(keys, len(keys))]
                with own.transaction() as tx:
                    tx.upsert(t.pin, PINNED, batch, key=PIN)
                    tx.update_many(t.pin, PIN, ("value", "decision_id"), dice.sample(batch, len(batch)))
                    tx.insert_new(
                        t.wait,
                        WAIT,
                        [(int(key, 16), "a", "order", key) for key in dice.sample(keys, 50)],
                        key=("change_id", "system", "target"),
                    )
        except LtcError as fault:
            faults.append(fault)
        finally:
            own.close()

    threads = [Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_look_ups_use_their_index(tmp_path, sqlite):
    (tmp_path / "hub.db").write_bytes(sqlite.read_bytes())
    store = Store(f"sqlite:///{tmp_path}/hub.db")
    wanted = {
        "identifier": ["value"], "match_key": ["value"], "golden": ["label"], "record": ["hub_id"], "reference": ["target"],
        "intent": ["short_key"], "exception": ["ext_id"], "derivation": ["ext_id"],
        "milestone": ["hub_id", "state", "occurred_at", "source"],
    }  # fmt: skip
    with store.reading() as tx:
        unchanged = "SELECT settled FROM record WHERE settled IN (SELECT value FROM json_each(?)) AND scope_id = ?"
        plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {unchanged}", ("[]", 1)).all()
        assert "COVERING INDEX ix_record_scope_id_settled" in plan[0][3]
        for name, keys in wanted.items():
            each = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(keys))) if len(keys) > 1 else "value"
            sql = f'EXPLAIN QUERY PLAN SELECT * FROM "{name}" WHERE ({", ".join(keys)}) IN (SELECT {each} FROM json_each(?))'
            plan = tx.connection.exec_driver_sql(sql, (json.dumps([]),)).all()
            assert plan[0][3].startswith("SEARCH"), (name, plan)
    store.close()


def test_a_store_without_room_says_where_and_what_to_do_and_goes_on_when_there_is_some(tmp_path, sqlite):
    (tmp_path / "hub.db").write_bytes(sqlite.read_bytes())
    store = Store(f"sqlite:///{tmp_path}/hub.db")
    rows = [(f"key {number}", "x" * 10_000) for number in range(100)]
    with store.transaction() as tx:
        tx.insert(t.hub, ("key", "value"), [("short_key_seed", "0")])
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite takes it for: no more than there are
    with pytest.raises(Later) as caught, store.transaction() as tx:
        tx.insert(t.hub, ("key", "value"), rows)
    where = f"The store has no room ({tmp_path}/hub.db): database or disk is full."
    assert (caught.value.code, caught.value.message) == ("store.no_room", where)
    assert "Make room on its disk" in str(caught.value)
    with store.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(t.hub)) == 1, "nothing of it is kept"
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with store.transaction() as tx:
        tx.insert(t.hub, ("key", "value"), rows)
    store.close()


def test_a_store_that_takes_nothing_is_not_well_although_it_can_be_read(tmp_path, sqlite):
    (tmp_path / "hub.db").write_bytes(sqlite.read_bytes())
    first, second = Store(f"sqlite:///{tmp_path}/hub.db"), Store(f"sqlite:///{tmp_path}/hub.db")
    with second.reading() as tx:
        tx.connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    with first.transaction():
        second.prove()  # nothing was wrong so far: it is not written to for that
        with pytest.raises(Later), second.transaction():
            pass
        with pytest.raises(Later):
            second.prove()
    second.prove()
    with first.transaction():
        second.prove()
    first.close()
    second.close()
