"""What ran, what is open, what stands still, and who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, update

from ltc.core.contract import Call
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.journal import LONGEST, CallJournal
from ltc.core.store.queries.audit import audit
from ltc.core.store.queries.calls import call, calls
from ltc.core.store.queries.changes import changes, open_changes
from ltc.core.store.queries.exceptions import causes, counts, exception, exceptions
from ltc.core.store.queries.runs import last_runs, last_success, run, runs
from ltc.core.store.queries.scopes import scopes as standing
from tests.core.store.queries.conftest import ACCOUNT, DEAL, ORDER, at

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def numbers(found):
    return [one["id"] for one in found]


@pytest.fixture
def ran(store):
    """Four runs: two of one job's parts, one of a longer name, one that waits."""
    rows = [
        ("sync:sap.order", at(1), "sap", "order", "failed", "{}", "away", at(1), at(2)),
        ("sync:sap.order", at(2), "sap", "order", "done", '{"read":3}', "", at(2), at(3)),
        ("sync_all", at(2), "", "", "done", "{}", "", at(2), at(4)),
        ("sync", at(5), "sap", "order", "queued", "{}", "", None, None),
    ]
    columns = ("job", "slot", "system", "entity", "status", "counts", "error", "started_at", "finished_at")
    with store.transaction() as tx:
        tx.insert(t.run, columns, rows)


@pytest.mark.usefixtures("ran")
def test_runs(store):
    with store.reading() as tx:
        assert numbers(runs(tx)) == [4, 3, 2, 1]
        assert numbers(runs(tx, job="sync")) == [4, 2, 1]
        assert numbers(runs(tx, status="done", limit=1)) == [3]
        assert numbers(runs(tx, system="sap", entity="order", after=2)) == [1]
        assert run(tx, 2)["counts"] == {"read": 3}
        assert run(tx, 99) is None
        assert {job: one["id"] for job, one in last_runs(tx).items()} == {"sync:sap.order": 2, "sync_all": 3}
        assert last_success(tx) == {"sync:sap.order": at(3), "sync_all": at(4)}


@pytest.fixture
def parked(store, deal):
    """Four exceptions, two of one cause."""
    rows = [
        ("sap", "order", "0000000815", "order", ORDER, "deliver", "record.rejected", "No such unit.", "unit", "open"),
        (
            "salesforce",
            "Account",
            "001B",
            "customer",
            "",
            "translate",
            "value.unknown_code",
            "No such country.",
            "country",
            "open",
        ),
        (
            "salesforce",
            "Account",
            "001A",
            "customer",
            ACCOUNT,
            "translate",
            "value.unknown_code",
            "No such country.",
            "country",
            "open",
        ),
        ("salesforce", "Account", "001A", "customer", ACCOUNT, "translate", "value.too_long", "Too long.", "name", "resolved"),
    ]
    columns = ("scope_id", "ext_id", "entity", "hub_id", "stage", "code", "message", "field", "state", "remedy", "source_field",
               "mapping_file", "mapping_line", "created_at", "updated_at")  # fmt: skip
    with store.transaction() as tx:
        tx.insert(
            t.exception, columns,
            [(deal[row[0], row[1]], *row[2:], "Mend it.", "Land", "account.yaml", 12, at(1), at(2)) for row in rows],
        )  # fmt: skip


@pytest.mark.usefixtures("parked")
def test_exceptions(store):
    with store.reading() as tx:
        assert numbers(exceptions(tx)) == [1, 2, 3]
        assert numbers(exceptions(tx, state="all", newest_first=True, limit=2)) == [4, 3]
        assert numbers(exceptions(tx, system="salesforce", entity="customer", after=2)) == [3]
        assert numbers(exceptions(tx, code="record.rejected")) == numbers(exceptions(tx, stage="deliver", obj="order")) == [1]
        assert numbers(exceptions(tx, record_id="815")) == [1]
        assert numbers(exceptions(tx, record_id="4711", state="all")) == [3, 4]
        assert numbers(exceptions(tx, record_id="001B")) == [2]
        assert numbers(exceptions(tx, state="resolved", field="name")) == [4]
        assert counts(tx) == {"open": 3, "resolved": 1}
        assert exception(tx, 99) is None
        shown = exception(tx, 1)
    told = {
        "id": 1, "system": "sap", "object": "order", "record_id": "0000000815", "entity": "order", "stage": "deliver",
        "error": {
            "code": "record.rejected", "message": "No such unit.", "remedy": "Mend it.", "severity": "error",
            "file": "account.yaml", "line": 12, "column": 0, "path": "unit",
        },
        "field": "unit",
        "mapping": {"file": "account.yaml", "line": 12}, "state": "open",
    }  # fmt: skip
    assert shown == shown | told


@pytest.mark.usefixtures("parked")
def test_exceptions_by_cause(store):
    with store.reading() as tx:
        found = causes(tx)
        assert [(one["number"], one["code"], one["example"]) for one in found] == [
            (2, "value.unknown_code", 3),
            (1, "record.rejected", 1),
        ]
        assert sum(one["number"] for one in causes(tx, state="all")) == 4


@pytest.fixture
def wanted(store, deal):
    """Three open changes, one of which waits for two records, and one that is done."""
    columns = ("scope_id", "entity", "hub_id", "verb", "desire", "reason", "before", "after", "state", "created_at", "updated_at")
    rows = [
        ("customer", "customer", ACCOUNT, "amend", "", '{"name":"A"}', '{"name":"B"}', "due"),
        ("order", "order", ORDER, "create", "waits", "", '{"number":"1"}', "waiting"),
        ("delivery", "delivery", DEAL, "amend", "", "", "", "parked"),
        ("customer", "customer", ACCOUNT, "amend", "", "", "", "done"),
    ]
    with store.transaction() as tx:
        tx.insert(t.change, columns, [(deal["sap", o], e, h, v, 1, r, b, a, s, at(1), at(1)) for o, e, h, v, r, b, a, s in rows])
        tx.insert(
            t.wait,
            ("change_id", "system", "entity", "target"),
            [(2, "sap", "customer", ACCOUNT), (2, "sap", "product", "f" * 32)],
        )


@pytest.mark.usefixtures("wanted")
def test_changes(store):
    with store.reading() as tx:
        assert numbers(changes(tx)) == [1, 2, 3]
        assert numbers(changes(tx, states=("done",))) == [4]
        assert numbers(changes(tx, record_id="4711")) == [1]
        assert numbers(changes(tx, system="sap", entity="order")) == numbers(changes(tx, obj="order")) == [2]
        first, second = changes(tx, limit=2)
        assert [(one["object"], one["state"], one["number"]) for one in open_changes(tx)] == [
            ("customer", "due", 1), ("delivery", "parked", 1), ("order", "waiting", 1),
        ]  # fmt: skip
    assert (first["label"], first["before"], first["after"], first["waits_for"]) == ("Acme", {"name": "A"}, {"name": "B"}, [])
    assert second["waits_for"] == [
        {"system": "sap", "entity": "customer", "hub_id": ACCOUNT, "label": "Acme"},
        {"system": "sap", "entity": "product", "hub_id": "f" * 32, "label": ""},
    ]


@pytest.mark.usefixtures("wanted", "parked", "ran")
def test_how_scopes_stand(store):
    with store.transaction() as tx:
        tx.execute(update(t.scope).where(t.scope.c.object == "order").values(cursor="x", updated_at=at(0), mode="live"))
        tx.insert_one(
            t.review,
            {
                "entity": "customer",
                "left_id": "a",
                "right_id": "b",
                "score": "",
                "evidence": "",
                "state": "open",
                "created_at": at(0),
            },
        )
    with store.reading() as tx:
        found = {(one["system"], one["object"]): one for one in standing(tx, NOW)}
        assert len(standing(tx, NOW, system="sap", entity="order")) == 1
    assert ("hub", "order") not in found
    order, account = found["sap", "order"], found["salesforce", "Account"]
    assert (order["mode"], order["read_age"], order["waiting"], order["waiting_age"]) == ("live", 3600.0, 1, 3599.0)
    assert (order["exceptions"], order["changes"], order["last_run"]["id"]) == (1, {"waiting": 1}, 2)
    assert (account["read_age"], account["exceptions"], account["reviews"], account["last_run"]) == (None, 2, 1, None)


def test_audit(store):
    with store.transaction() as tx:
        for actor, action in (("ann", "mode.live"), ("bob", "mode.observe"), ("ann", "rewind"), ("ann", "model.edit")):
            tx.insert_one(t.audit, {"at": at(1), "actor": actor, "action": action, "subject": "sap.order", "detail": '["a"]'})
    with store.reading() as tx:
        assert numbers(audit(tx)) == [4, 3, 2, 1]
        assert numbers(audit(tx, action="mode")) == [2, 1]
        assert numbers(audit(tx, actor="ann", action="rewind", subject="sap.order")) == [3]
        assert audit(tx, limit=1)[0]["detail"] == ["a"]


def ring(target="/orders/1", **more):
    return Call(NOW.astimezone(timezone(timedelta(hours=2))), "GET", target, "200", 12.6, **more)


def test_calls_are_journalled_in_batches(store):
    journal = CallJournal(store, "sap", 7, batch=3)
    for number in range(4):
        journal(ring(f"/orders/{number}", request="x" * 10_000, response="a\x00\ud800b"))
    with store.reading() as tx:
        assert len(calls(tx)) == 3
    journal.flush()
    journal.flush()
    with store.reading() as tx:
        assert [one["target"] for one in calls(tx, run=7, system="sap", status="200")] == [f"/orders/{n}" for n in (3, 2, 1, 0)]
        assert [one["target"] for one in calls(tx, target="s/2")] == ["/orders/2"]
        assert calls(tx, target="%") == []
        assert "request" not in calls(tx)[0]
        one = call(tx, calls(tx)[0]["id"])
        assert call(tx, 99) is None
    assert (len(one["request"]), one["response"], one["milliseconds"], one["at"]) == (
        LONGEST + len("… 5915 more") - 11, "a\\x00\\ud800b", 13, "2026-03-02T09:00:00.000000Z",
    )  # fmt: skip


def test_a_journal_never_stops_the_work(tmp_path, sqlite):
    (tmp_path / "hub.db").write_bytes(sqlite.read_bytes())
    url = f"sqlite:///{tmp_path}/hub.db?timeout=0.01"
    first, second = Store(url), Store(url)
    with second.reading() as tx:
        tx.connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    journal = CallJournal(second, "sap", batch=2, most=5)
    with first.transaction():
        for number in range(8):
            journal(ring(str(number)))
    assert journal.lost == 3
    journal.flush()
    with first.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(t.call)) == 5
        assert calls(tx)[0]["target"] == "7"
    first.close()
    second.close()
