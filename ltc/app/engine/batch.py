"""The working set of one transaction: what was loaded, what changed, and what is stored at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ltc.app.engine.state import (
    GoldenState,
    RecordState,
    keep_goldens,
    keep_records,
    load_goldens,
    load_linked,
    load_records,
    to_json,
)
from ltc.app.engine.telling import Line, is_told, tell_of_records
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context
    from ltc.app.engine.desires import ScopeStatus
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx

LOG_COLUMNS = ("run_id", "at", "scope_id", "ext_id", "entity", "hub_id", "action", "label", "detail", "actor", "trace")
MILESTONE_COLUMNS = ("hub_id", "state", "occurred_at", "source", "entity", "precision", "recorded_at", "place")


@dataclass(slots=True)
class Batch:
    """Records and golden records in memory for one transaction; stages read and change them, :meth:`keep` stores them.

    ``touched`` are golden records to merge, ``sole`` those that were minted for one record and never planned for. ``links`` are
    hub ids behind systems' own ids that were only asked for, by scope; the slices of a page share them, since records refer to
    the same few things, as they share ``status``, how far operation has come with each scope. ``merged_away`` are golden records
    that have become others, and ``hangs`` what each document was found to hang on in its deals.
    """

    ctx: Context
    tx: Tx
    now: str
    records: dict[tuple[int, str], RecordState] = field(default_factory=dict)
    goldens: dict[str, GoldenState] = field(default_factory=dict)
    linked: dict[str, list[RecordState]] = field(default_factory=dict)
    dirty: set[tuple[int, str]] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    sole: set[str] = field(default_factory=set)
    newly_linked: set[str] = field(default_factory=set)
    keys_changed: set[str] = field(default_factory=set)
    hub_keys: dict[tuple[int, str], str] = field(default_factory=dict)
    links: dict[int, dict[str, str]] = field(default_factory=dict)
    status: dict[int, ScopeStatus] = field(default_factory=dict)
    merged_away: set[str] = field(default_factory=set)
    hangs: dict[str, frozenset[str]] = field(default_factory=dict)
    logs: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[Line] = field(default_factory=list)
    milestones: list[tuple[Any, ...]] = field(default_factory=list)
    locks: bool = True

    def scope_of(self, record: RecordState) -> Scope:
        """Find a record's scope."""
        return self.ctx.scopes[record.scope_id]

    def load_records(self, scope: Scope, ext_ids: Iterable[str]) -> None:
        """Bring records of a scope into the working set."""
        missing = [ext_id for ext_id in ext_ids if (scope.id, ext_id) not in self.records]
        for record in load_records(self.tx, scope.id, missing) if missing else ():
            self.admit(record)

    def load_hubs(self, hub_ids: Iterable[str]) -> None:
        """Bring golden records and all records that are linked to them into the working set."""
        missing = [hub_id for hub_id in hub_ids if hub_id not in self.linked]
        if not missing:
            return
        unknown = [hub_id for hub_id in missing if hub_id not in self.goldens]
        for golden in load_goldens(self.tx, unknown, lock=self.locks) if unknown else ():
            self.goldens[golden.hub_id] = golden
        known = {hub_id: self.goldens[hub_id] for hub_id in missing if hub_id in self.goldens}
        for hub_id in missing:
            self.linked[hub_id] = []
        old = [hub_id for hub_id, golden in known.items() if not golden.is_new]
        for record in load_linked(self.tx, old) if old else ():
            if record.key not in self.records and record.scope_id in self.ctx.scopes:
                self.records[record.key] = record
        wanted = set(missing)
        for record in self.records.values():
            if record.hub_id in wanted:
                self.linked[record.hub_id].append(record)

    def take_touched(self) -> list[str]:
        """Give the golden records that are to be merged, with all that is linked to them; they are touched no more."""
        touched = sorted(self.touched)
        self.touched.clear()
        self.load_hubs(touched)
        return [hub_id for hub_id in touched if hub_id in self.goldens and not self.goldens[hub_id].merged_into]

    def take_merged_away(self) -> set[str]:
        """Give the golden records that have become others since this was last asked, with what they have become."""
        gone = set(self.merged_away)
        self.merged_away.clear()
        return gone | {into for hub_id in gone if (into := self.goldens[hub_id].merged_into)}

    def admit(self, record: RecordState) -> None:
        """Take a record into the working set."""
        self.records[record.key] = record
        if record.hub_id is not None and record.hub_id in self.linked and record not in self.linked[record.hub_id]:
            self.linked[record.hub_id].append(record)

    def link(self, record: RecordState, hub_id: str, evidence: str) -> None:
        """Link a record to a golden record; the first record of a scope is the primary one.

        That the hub created a record stays known, to whatever it is linked later.
        """
        if hub_id not in self.linked:
            self.load_hubs([hub_id])
        if record.hub_id is not None and record.hub_id in self.linked:
            self.linked[record.hub_id] = [other for other in self.linked[record.hub_id] if other is not record]
        peers = self.linked[hub_id]
        record.is_primary = not any(other.scope_id == record.scope_id and other.is_primary and other.speaks for other in peers)
        record.hub_id = hub_id
        record.evidence = record.evidence if record.is_hub_made else evidence
        peers.append(record)
        self.dirty.add(record.key)
        self.touched.add(hub_id)
        self.newly_linked.add(hub_id)
        self.keys_changed.add(hub_id)

    def mint_for(self, record: RecordState) -> GoldenState:
        """Make a new golden record for a record, whose mark it bears."""
        scope = self.scope_of(record)
        mark = self.ctx.identity.mark_for(scope.system, scope.object, record.ext_id)
        return self.mint(scope.entity, self.ctx.new_id(mark))

    def mint(self, entity: str, hub_id: str = "") -> GoldenState:
        """Make a new golden record."""
        golden = GoldenState(hub_id or self.ctx.new_id(""), entity, created_at=self.now, updated_at=self.now, is_new=True)
        self.goldens[golden.hub_id] = golden
        self.linked[golden.hub_id] = []
        return golden

    def log(self, record: RecordState, action: str, detail: object = None) -> None:
        """Write a line to the per-record sync log."""
        golden = self.goldens.get(record.hub_id) if record.hub_id else None
        self.logs.append(
            (
                self.ctx.run_id, self.now, record.scope_id, record.ext_id, self.scope_of(record).entity, record.hub_id,
                action, golden.label if golden else "", to_json(detail), "hub",
                self.ctx.tracing.trace_id() or None,
            )
        )  # fmt: skip
        if is_told(action):
            scope, number = self.scope_of(record), golden.leaves.get("number") if golden else None
            self.told.append(Line(action, scope.system, scope.object, scope.entity, record.ext_id, number, detail))

    def keep(self) -> None:
        """Store what changed."""
        keep_records(self.tx, (self.records[key] for key in sorted(self.dirty)))
        for scope_id, ext_id in self.dirty if self.links else ():
            self.links.get(scope_id, {}).pop(ext_id, None)
        self.dirty.clear()
        if self.told:
            self.tx.afterwards.append(partial(tell_of_records, tuple(self.told)))
            self.told.clear()
        if self.logs:
            self.tx.put_in_order(t.log, LOG_COLUMNS, self.logs)
            self.logs.clear()
        if self.milestones:
            self.milestones.sort()
            self.tx.put_in_order(t.milestone, MILESTONE_COLUMNS, self.milestones, key=MILESTONE_COLUMNS[:4], update=())
            self.milestones.clear()

    def keep_goldens(self, hub_ids: Iterable[str]) -> None:
        """Store golden records."""
        keep_goldens(self.tx, (self.goldens[hub_id] for hub_id in sorted(hub_ids)))
