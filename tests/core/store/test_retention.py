"""Retention: old things go, and what is still needed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ltc.core.errors import Fenced
from ltc.core.store import tables as t
from ltc.core.store.queries.standing import size
from ltc.core.store.retention import Keep, clean

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEEP = Keep(log=10, calls=10, exceptions=10, changes=10, runs=10)


def days_ago(days):
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def left(store, table, column):
    with store.reading() as tx:
        return sorted(row[0] for row in tx.execute(select(table.c[column])))


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_old_lines_go(store, batch):
    ages = [30, 20, 11, 9, 12, 1, 0]
    with store.transaction() as tx:
        columns = ("run_id", "at", "scope_id", "ext_id", "entity", "action")
        tx.insert(t.log, columns, [(1, days_ago(age), 1, str(age), "order", "found") for age in ages])
        columns = ("run_id", "at", "system", "method", "target", "status", "milliseconds")
        tx.insert(t.call, columns, [(1, days_ago(age), "sap", "GET", str(age), "200", 1) for age in ages])
    gone = clean(store, NOW, KEEP, batch=batch)
    assert gone["log"] == gone["calls"] == len(ages) - len(left(store, t.log, "ext_id"))
    assert {"30", "20", "11"}.isdisjoint(left(store, t.log, "ext_id"))
    assert {"9", "1", "0"} <= set(left(store, t.call, "target"))
    with store.transaction() as tx:
        tx.execute(t.call.delete().where(t.call.c.target == "12"))
    assert clean(store, NOW, KEEP, batch=batch)["calls"] == 0


def test_what_is_open_or_still_counts_stays(store):
    old, new = days_ago(20), days_ago(1)
    with store.transaction() as tx:
        columns = (
            "scope_id",
            "ext_id",
            "entity",
            "stage",
            "code",
            "message",
            "state",
            "edit",
            "resolved_at",
            "created_at",
            "updated_at",
        )
        rows = [
            ("old", "resolved", "", old, old), ("edited", "resolved", '{"a":1}', old, old), ("fresh", "resolved", "", new, old),
            ("open", "open", "", None, old),
        ]  # fmt: skip
        tx.insert(t.exception, columns, [(1, name, "order", "plan", "", "", s, e, r, c, c) for name, s, e, r, c in rows])
        columns = ("scope_id", "entity", "hub_id", "verb", "desire", "before", "after", "state", "created_at", "updated_at")
        rows = [
            ("superseded", "amend", "superseded", old), ("dropped", "create", "dropped", old), ("amended", "amend", "done", old),
            ("created", "create", "done", old), ("deleted", "delete", "done", old), ("due", "amend", "due", old),
            ("fresh", "amend", "superseded", new),
        ]  # fmt: skip
        tx.insert(t.change, columns, [(1, "order", name, verb, 1, "", "", state, old, at) for name, verb, state, at in rows])
        columns = ("key", "change_id", "scope_id", "hub_id", "verb", "desire", "payload", "sent", "state", "deadline", "token",
                   "run_id", "created_at", "closed_at")  # fmt: skip
        rows = [
            ("amended", "amend", "done", old), ("created", "create", "done", old), ("open", "amend", "open", None),
            ("fresh", "amend", "rejected", new),
        ]  # fmt: skip
        tx.insert(
            t.intent, columns, [(key, 1, 1, key, verb, 1, b"x", "{}", state, old, 1, 1, old, at) for key, verb, state, at in rows]
        )
        rows = [
            ("a", old, "done", old),
            ("a", days_ago(19), "done", days_ago(19)),
            ("b", old, "done", old),
            ("c", old, "running", None),
        ]
        tx.insert(t.run, ("job", "slot", "status", "finished_at"), rows)
    gone = clean(store, NOW, KEEP, batch=2)
    assert gone == {"log": 0, "calls": 0, "exceptions": 1, "changes": 3, "intents": 1, "hooks": 0, "runs": 1, "payloads": 1}
    assert left(store, t.exception, "ext_id") == ["edited", "fresh", "open"]
    assert left(store, t.change, "hub_id") == ["created", "deleted", "due", "fresh"]
    assert left(store, t.intent, "key") == ["created", "fresh", "open"]
    assert left(store, t.run, "job") == ["a", "b", "c"]
    with store.reading() as tx:
        kept = {
            row[0]: (bytes(row[1]), row[2]) for row in tx.execute(select(t.intent.c.key, t.intent.c.payload, t.intent.c.sent))
        }
    assert kept == {"created": (b"", ""), "open": (b"x", "{}"), "fresh": (b"x", "{}")}


def test_cleaning_is_fenced(store):
    lease = store.lease("clean", "one", 60)
    assert clean(store, NOW, KEEP, lease=lease)["log"] == 0
    lease.release()
    assert store.lease("clean", "two", 60) is not None
    with pytest.raises(Fenced):
        clean(store, NOW, KEEP, lease=lease)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_store_that_is_cleaned_grows_no_further(store):
    columns = ("run_id", "at", "scope_id", "ext_id", "entity", "action", "detail")
    sizes = []
    for day in range(6):
        with store.transaction() as tx:
            tx.insert(t.log, columns, [(1, days_ago(30 - day), 1, str(n), "order", "created", "x" * 200) for n in range(5_000)])
        assert clean(store, NOW, KEEP)["log"] in {0, 5_000}
        with store.reading() as tx:
            sizes.append(size(tx))
    assert sizes[0] > 1_000_000
    assert sizes[-1] <= sizes[1] * 1.05


def test_nothing_to_delete_takes_no_lock(store):
    with store.transaction() as tx:
        tx.insert(t.log, ("run_id", "at", "scope_id", "ext_id", "entity", "action"), [(1, days_ago(1), 1, "a", "order", "found")])
    points = []
    store.crash = points.append
    assert sum(clean(store, NOW, KEEP).values()) == 0
    assert points == [], "no transaction that writes was begun"
