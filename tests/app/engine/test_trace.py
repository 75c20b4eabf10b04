"""A deal's story is a few look-ups, whatever id it is asked by and however much the hub holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from ltc.app.engine.state import from_json, to_json
from ltc.app.engine.trace import trace
from ltc.core.errors import Rejected
from ltc.core.models.leaves import by_target, references
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.schema import metadata
from tests.app.engine.hubs import SmallHub

AT = "2026-03-02T08:00:0{}.000000Z"
AT0 = AT.format(0)
ACME, DEAL, ORDER, INVOICE, PAYMENT, OTHER_DEAL, OTHER_INVOICE = (f"{number:032x}" for number in range(1, 8))
KINDS = {
    ACME: "customer", DEAL: "opportunity", ORDER: "order", INVOICE: "invoice", PAYMENT: "payment", OTHER_DEAL: "opportunity",
    OTHER_INVOICE: "invoice",
}  # fmt: skip
LABELS = {ACME: "Acme", DEAL: "Big deal", ORDER: "4711", INVOICE: "90000001", PAYMENT: "1400000001"}
LEAVES = {
    DEAL: {"customer": ACME}, OTHER_DEAL: {"customer": ACME}, ORDER: {"opportunity": DEAL}, INVOICE: {"order": ORDER},
    PAYMENT: {f"allocations[{INVOICE}]": True, f"allocations[{OTHER_INVOICE}]": True}, OTHER_INVOICE: {"order": OTHER_DEAL},
}  # fmt: skip
STORY = {DEAL, ORDER, INVOICE, PAYMENT}
EVERYTHING = {*KINDS}
GOLDEN = ("hub_id", "entity", "label", "state", "version", "leaves", "provenance", "created_at", "updated_at")
LARGE = {*metadata.tables} - {"scope"}
RECORD = (
    "scope_id", "ext_id", "hub_id", "version", "raw", "raw_hash", "mapping_fp", "leaves", "state", "first_seen", "last_changed",
)  # fmt: skip


def fill(hub: SmallHub, deals: int = 0) -> dict[str, int]:
    """Put in a deal of two systems that shares its payment with another one, and many more deals."""
    scopes = {f"{one.system}.{one.object}": one.id for one in hub.context().scopes.values()}
    goldens = [
        (key, entity, LABELS.get(key, key), "live", 1, to_json({"status": "open"} | LEAVES.get(key, {})), "{}", AT0, AT0)
        for key, entity in KINDS.items()
    ]
    records = [(ORDER, "left.Order", "801X"), (ORDER, "right.Order", "0000004711"), (ACME, "left.Customer", "001X")]
    for number in range(deals):
        order, invoice = f"{number:031x}a", f"{number:031x}b"
        goldens += [
            (key, kind, f"N{kind}{number}", "live", 1, to_json(leaves), "{}", AT.format(0), AT.format(0))
            for key, kind, leaves in ((order, "order", {}), (invoice, "invoice", {"order": order}))
        ]
        records.append((order, "left.Order", f"802{number}"))
    refers = [
        (row[0], leaf, target) for row in goldens for target, leaf in by_target(references(row[1], from_json(row[5]))).items()
    ]
    milestones = [(ORDER, state, AT.format(at), "right", "order", "second", AT0, 0) for at, state in ((2, "b"), (1, "a"))]
    with hub.store.transaction() as tx:
        tx.insert(t.golden, GOLDEN, goldens)
        tx.insert(
            t.record,
            RECORD,
            [
                (scopes[scope], ext_id, key, "", b"{}", "", "", "{}", "live", AT.format(0), AT.format(0))
                for key, scope, ext_id in records
            ],
        )
        tx.insert(t.reference, ("hub_id", "leaf", "target"), refers)
        columns = ("hub_id", "state", "occurred_at", "source", "entity", "precision", "recorded_at", "place")
        tx.insert(t.milestone, columns, milestones)
    return scopes


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Note what is asked of the database; SQLite's driver tells what it was asked itself, with the parameters in it."""
    noted: list[tuple[str, Any]] = []

    def note(statement: str, parameters: Any = ()) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            noted.append((statement, parameters))

    def watch(connection: Any, *_more: Any) -> None:
        connection.set_trace_callback(note)

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        note(statement, parameters)

    listening = ("checkout", watch) if store.dialect == "sqlite" else ("before_cursor_execute", hear)
    event.listen(store.engine, *listening)
    yield noted
    event.remove(store.engine, *listening)
    store.engine.dispose()


@pytest.mark.parametrize(
    ("any_id", "documents"),
    [
        (ORDER, STORY), (f"hub1:{ORDER}", STORY), ("801X", STORY), ("4711", STORY), ("0000004711", STORY), ("90000001", STORY),
        ("0090000001", STORY), (" Big deal ", STORY), (PAYMENT, EVERYTHING - {ACME}), ("Acme", EVERYTHING),
        ("001X", EVERYTHING),
    ],
)  # fmt: skip
def test_any_id_tells_the_story_of_its_deal(hub: SmallHub, any_id: str, documents: set[str]) -> None:
    fill(hub)
    told = trace(hub.context(), any_id)
    assert {one["hub_id"] for one in told["documents"]} == documents


def test_each_document_says_where_it_is_and_what_happened_to_it(hub: SmallHub) -> None:
    scopes = fill(hub)
    values = {
        "entity": "order", "hub_id": ORDER, "verb": "amend", "desire": 1, "before": "{}", "after": "{}",
        "created_at": AT.format(0), "updated_at": AT.format(0), "scope_id": scopes["right.Order"],
        "state": "parked", "error": "no",
    }  # fmt: skip
    with hub.store.transaction() as tx:
        tx.insert_one(t.change, values)
        tx.insert_one(t.change, {**values, "scope_id": scopes["left.Order"], "state": "done"})
    told = trace(hub.context(), ORDER)
    (order,) = [one for one in told["documents"] if one["entity"] == "order"]
    assert told["deal"] == DEAL
    assert [one["entity"] for one in told["documents"]] == ["opportunity", "order", "invoice", "payment"]
    assert order["state"] == "open"
    assert [(link["system"], link["object"], link["id"]) for link in order["links"]] == [
        ("left", "Order", "801X"), ("right", "Order", "0000004711"),
    ]  # fmt: skip
    assert [stone["state"] for stone in order["milestones"]] == ["a", "b"]
    assert order["stuck"] == [
        {"system": "right", "state": "parked", "reason": "no", "verb": "amend", "since": AT.format(0), "waits_for": []}
    ]


@pytest.mark.parametrize("any_id", ["801X", "4711", "Big deal", ORDER])
def test_a_trace_reads_no_table_from_end_to_end(hub: SmallHub, any_id: str) -> None:
    fill(hub, deals=2_000)
    ctx = hub.context()
    with statements(hub.store) as noted:
        trace(ctx, any_id)
    assert 0 < len(noted) <= 6 + 3 * 5 + 4
    if hub.store.dialect != "sqlite":
        return
    scans = []
    with hub.store.reading() as tx:
        for statement, parameters in noted:
            plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            scans += [row[3] for row in plan if row[3].startswith("SCAN") and row[3].split()[1] in LARGE]
    assert scans == []


@pytest.mark.parametrize("any_id", ["", "nothing", "%"])
def test_what_is_no_id_is_refused(hub: SmallHub, any_id: str) -> None:
    fill(hub)
    with pytest.raises(Rejected, match="No record of any system"):
        trace(hub.context(), any_id)


@pytest.mark.parametrize("any_id", ["", " "])
def test_nothing_names_no_record_even_if_some_have_no_number(hub: SmallHub, any_id: str) -> None:
    fill(hub)
    with hub.store.transaction() as tx:
        tx.execute(t.golden.update().where(t.golden.c.hub_id == ORDER).values(label=""))
    with pytest.raises(Rejected, match="No record of any system"):
        trace(hub.context(), any_id)
