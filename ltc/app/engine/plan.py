"""Plan: for each system that wants an entity, the desired form against the last seen form; no difference, no change."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import or_, select

from ltc.app.engine.creation import creation
from ltc.app.engine.desires import REVERSED, Desire, ScopeStatus, is_reversed, to_create, wanted
from ltc.app.engine.exceptions import park
from ltc.app.engine.freezing import FROZEN, refusal, unless_frozen
from ltc.app.engine.identity import MATCHED
from ltc.app.engine.state import from_json, to_bytes, to_json
from ltc.app.engine.surplus import surplus_draft
from ltc.app.engine.translate import loops
from ltc.app.engine.views import effective
from ltc.core.contract import Verb
from ltc.core.models.leaves import generic
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.scope import DeletePolicy, Scope
    from ltc.app.engine.state import GoldenState, RecordState

OPEN_STATES = ("shadow", "due", "waiting", "held", "writing", "parked")
REMOVALS: Mapping[DeletePolicy, Verb | None] = MappingProxyType(
    {"ignore": None, "deactivate": Verb.DEACTIVATE, "delete": Verb.DELETE}
)
"""What a system does with a record that it is no longer to have, by its policy."""
UNWANTED = "no longer wanted"
"""Why a system's record is taken away though the thing lives on."""
UNFINISHED = frozenset({"open", "partially_delivered"})
"""States of a document's lines that a cancellation can still end."""

CHANGE_COLUMNS = (
    "scope_id", "entity", "hub_id", "ext_id", "verb", "desire", "reason", "before", "after", "state", "run_id", "created_at",
    "updated_at",
)  # fmt: skip
_STATUSES = select(t.scope.c.id, t.scope.c.mode, t.scope.c.full_read_at, t.scope.c.live_leaves, t.scope.c.stopped)


def statuses(batch: Batch) -> dict[int, ScopeStatus]:
    """Read the scopes' states of operation, once for all slices of a page."""
    if not batch.status:
        rows = batch.tx.execute(_STATUSES).all()
        batch.status.update({row[0]: ScopeStatus(row[1], row[2], frozenset(from_json(row[3]) or ()), row[4]) for row in rows})
    return batch.status


def plan(batch: Batch, hub_ids: Sequence[str], merged: Iterable[str]) -> None:
    """Write down what every system has to come to, golden record by golden record, as they are merged."""
    status = statuses(batch)
    in_review = _in_review(batch, hub_ids)
    targets: dict[str, list[Scope]] = {}
    desires: list[tuple[Desire, bytes]] = []
    settled: list[tuple[int, str]] = []
    for hub_id in merged:
        golden = batch.goldens[hub_id]
        if golden.entity not in targets:
            targets[golden.entity] = _targets(batch, golden.entity, status)
        is_sole = hub_id in batch.sole
        for scope in targets[golden.entity]:
            if is_sole and _is_source(batch, golden, scope):
                continue
            if is_sole and batch.linked[hub_id][0].scope_id != scope.id:
                state = "shadow" if status[scope.id].mode == "shadow" else "due"
                wish = creation(batch, golden, scope, status, state, in_review=hub_id in in_review)
            else:
                wish = unless_frozen(batch, desire(batch, golden, scope, status, in_review=hub_id in in_review))
            if wish is not None:
                desires.append((wish, to_bytes(wish.after)))  # at once, while its values are in the processor's cache
            elif not is_sole:
                settled.append((scope.id, hub_id))
    keep_desires(batch, desires, settled)
    batch.sole.clear()


def _targets(batch: Batch, entity: str, status: dict[int, ScopeStatus]) -> list[Scope]:
    """Find the objects of systems for which anything of an entity may be planned."""
    return [scope for scope in batch.ctx.targets_of(entity) if status[scope.id].mode != "observe" and scope.outbound]


def _is_source(batch: Batch, golden: GoldenState, scope: Scope) -> bool:
    """Tell whether a new golden record is what its sole record in this scope says: then that one is to stay as it is."""
    return batch.linked[golden.hub_id][0].scope_id == scope.id and scope.wants.keep is None


def desire(batch: Batch, golden: GoldenState, scope: Scope, status: dict[int, ScopeStatus], *, in_review: bool) -> Desire | None:
    """Compare what a system should hold with what it was last seen to hold; None if nothing is to be done."""
    records = [record for record in batch.linked[golden.hub_id] if record.scope_id == scope.id]
    record = next((found for found in records if found.is_primary and found.speaks), None)
    state = "shadow" if status[scope.id].mode == "shadow" else "due"
    deletion = _deletion(batch, golden, scope, record, state) if record is not None else None
    if deletion is not None or golden.state == "retired":
        return deletion
    if record is not None:
        surplus = surplus_draft(scope, records, record)
        if surplus is not None:
            return Desire(scope, golden.hub_id, surplus.ext_id, Verb.CANCEL, golden.version, {}, {}, state, "a draft too many")
        return _of_record(batch, golden, scope, record, status[scope.id], in_review=in_review)
    if records:
        return None  # deleted or out of scope over there: not made again
    return creation(batch, golden, scope, status, state, in_review=in_review)


def _of_record(
    batch: Batch, golden: GoldenState, scope: Scope, record: RecordState, here: ScopeStatus, *, in_review: bool
) -> Desire | None:
    """Say what is to become of a record that the system has."""
    state = "shadow" if here.mode == "shadow" else "due"
    verb = REMOVALS[scope.deletes]
    if verb is not None and not wanted(scope.wants.keep, golden):
        return _removal(batch, golden, scope, record, verb, state)
    if _withdrawn(batch, golden, scope, record):
        return Desire(scope, golden.hub_id, record.ext_id, Verb.CANCEL, golden.version, {}, {}, state, "withdrawn by its source")
    if is_reversed(golden, scope) and record.leaves.get("status") not in (None, REVERSED):
        return Desire(scope, golden.hub_id, record.ext_id, Verb.REVERSE, golden.version, {}, {}, state, "reversed elsewhere")
    again = _wanted_again(batch, golden, scope, record)
    return _amendment(golden, scope, record, here, state, in_review=in_review, again=again)


def _withdrawn(batch: Batch, golden: GoldenState, scope: Scope, record: RecordState) -> bool:
    """Tell whether a flow took a document back on which the system still works; a mapping with a status says so by that."""
    if scope.spec is None or Verb.CANCEL not in scope.spec.verbs or "status" in scope.outbound:
        return False
    taken_back = any(
        batch.ctx.scopes[other.scope_id].is_hub and other.speaks and other.leaves.get("status") == "cancelled"
        for other in batch.linked[golden.hub_id]
    )
    return taken_back and any(leaf.endswith("].status") and value in UNFINISHED for leaf, value in record.leaves.items())


def _amendment(
    golden: GoldenState, scope: Scope, record: RecordState, here: ScopeStatus, state: str, *, in_review: bool, again: bool
) -> Desire | None:
    """Say what is to change in a record that the system has; ``again`` brings one back that was not wanted for a while."""
    before, after = difference(golden, record, scope)
    if again:
        before["status"], after["status"] = record.leaves.get("status"), golden.leaves["status"]
    if here.live_leaves:
        after = {leaf: value for leaf, value in after.items() if generic(leaf) in here.live_leaves}
        before = {leaf: value for leaf, value in before.items() if leaf in after}
    if not after or scope.spec is None or Verb.AMEND not in scope.spec.verbs:
        return None
    if not wanted(scope.wants.update, golden):
        return None
    if in_review and state == "due":
        return Desire(scope, golden.hub_id, record.ext_id, Verb.AMEND, golden.version, before, after, "held", "review")
    return Desire(scope, golden.hub_id, record.ext_id, Verb.AMEND, golden.version, before, after, state)


def difference(golden: GoldenState, record: RecordState, scope: Scope) -> tuple[dict[str, Any], dict[str, Any]]:
    """List the leaves in which a record differs from its golden record, as (what it holds, what it should hold).

    A removed row of a keyed list shows as ``None`` for the row's own leaf.
    """
    seen = effective(record, record.leaves) if record.view is None else record.view
    back = to_put_back(record) if record.normal_forms else ()
    if not back and (seen is golden.leaves or seen == golden.leaves):
        return {}, {}
    held = loops(record) if record.flips else ()
    writes = scope.writes
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    lists: set[str] = set()
    for leaf, value in golden.leaves.items():
        if not writes[leaf]:
            continue
        if "[" in leaf:
            lists.add(leaf.partition("[")[0])
        now = record.leaves[leaf] if leaf in back else seen.get(leaf)
        if now == value or leaf in held or (leaf not in seen and leaf in record.leaves):
            continue
        accepted = record.normal_forms.get(leaf)
        if accepted is not None and accepted[0] == value and accepted[1] == record.leaves.get(leaf) and leaf not in back:
            continue
        before[leaf], after[leaf] = now, value
    for leaf in seen:
        if leaf.endswith("]") and leaf not in golden.leaves and leaf.partition("[")[0] in lists and writes[leaf]:
            before[leaf], after[leaf] = True, None
    return before, after


def to_put_back(record: RecordState) -> list[str]:
    """Name the leaves in which a system holds what the hub wrote because of a decision that was taken back."""
    return [leaf for leaf, form in record.normal_forms.items() if len(form) > 2 and record.leaves.get(leaf) == form[1]]


def _deletion(batch: Batch, golden: GoldenState, scope: Scope, record: RecordState, state: str) -> Desire | None:
    """Pass on that a system no longer has any record of this thing, as the target's policy says, and only once.

    Records that merely left the scope, or of which a twin is left in the same system, delete nothing.
    """
    verb = REMOVALS[scope.deletes]
    if verb is None or scope.spec is None or verb not in scope.spec.verbs:
        return None
    linked = batch.linked[golden.hub_id]
    gone = {other.scope_id for other in linked if other.state == "deleted"} - {other.scope_id for other in linked if other.speaks}
    if not gone - {scope.id}:
        return None
    if all(_taken_away(batch, golden, other_id) for other_id in gone - {scope.id}):
        return None
    c = t.change
    done = select(c.c.id).where(
        c.c.scope_id == scope.id, c.c.hub_id == golden.hub_id, c.c.verb == verb.value, c.c.state == "done"
    )
    if batch.tx.scalar(done) is not None:
        return None
    return Desire(scope, golden.hub_id, record.ext_id, verb, golden.version, {}, {}, state, "deleted at its source")


def _removal(batch: Batch, golden: GoldenState, scope: Scope, record: RecordState, verb: Verb, state: str) -> Desire | None:
    """Take from a system what it is no longer to have; nothing, if that was the last thing that was done there.

    To be inactive there is no news of the thing itself: the target is taken to hold its own form of the status that we sent.
    """
    if scope.spec is None or verb not in scope.spec.verbs or _last_verb(batch, golden, scope) == verb.value:
        return None
    status = {"status": golden.leaves["status"]} if "status" in scope.covered and golden.leaves.get("status") else {}
    after = status if verb is Verb.DEACTIVATE else {}
    return Desire(scope, golden.hub_id, record.ext_id, verb, golden.version, {}, after, state, UNWANTED)


def _taken_away(batch: Batch, golden: GoldenState, scope_id: int) -> bool:
    """Tell whether the hub itself deleted a record, since its system was no longer to have it."""
    c = t.change
    done = select(c.c.reason).where(
        c.c.scope_id == scope_id, c.c.hub_id == golden.hub_id, c.c.state == "done", c.c.verb == "delete"
    )
    return str(batch.tx.scalar(done.order_by(c.c.id.desc()).limit(1))) == UNWANTED


def _wanted_again(batch: Batch, golden: GoldenState, scope: Scope, record: RecordState) -> bool:
    """Tell whether a record is inactive only because it was not wanted here for a while."""
    form = record.normal_forms.get("status")
    if scope.deletes != "deactivate" or "status" not in scope.outbound or form is None or form[0] == form[1]:
        return False
    return form[0] == golden.leaves.get("status") and _last_verb(batch, golden, scope) == Verb.DEACTIVATE.value


def _last_verb(batch: Batch, golden: GoldenState, scope: Scope) -> str:
    c = t.change
    done = select(c.c.verb).where(c.c.scope_id == scope.id, c.c.hub_id == golden.hub_id, c.c.state == "done")
    return str(batch.tx.scalar(done.order_by(c.c.updated_at.desc(), c.c.id.desc()).limit(1)) or "")


def _in_review(batch: Batch, hub_ids: Iterable[str]) -> set[str]:
    """Find which golden records a steward has still to decide about; nobody is asked about what systems cannot share."""
    ids = [hub_id for hub_id in hub_ids if batch.goldens[hub_id].entity in MATCHED]
    if not ids:
        return set()
    left = batch.tx.select_in(t.review, ("left_id",), "left_id", ids, equal={"state": "open"})
    right = batch.tx.select_in(t.review, ("right_id",), "right_id", ids, equal={"state": "open"})
    return {row[0] for row in left} | {row[0] for row in right}


def keep_desires(batch: Batch, desires: Sequence[tuple[Desire, bytes]], settled: Sequence[tuple[int, str]]) -> None:
    """Store desires as changes, each given with its JSON: a newer one takes the place of an older one that was not begun."""
    known = _open_changes(batch, {wish.hub_id for wish, _ in desires} | {hub_id for _, hub_id in settled})
    fresh: list[tuple[Desire, bytes]] = []
    renewed, ended = [], []
    for scope_id, number in Counter(wish.scope.id for wish, _ in desires).items():
        batch.ctx.count(batch.ctx.scopes[scope_id], "planned", number)
    for wish, text in desires:
        old = known.get((wish.scope.id, wish.hub_id))
        if old is not None and old.state == "writing":
            continue  # its outcome is settled first; what then still differs is planned when it is seen
        is_same = old is not None and _is_same(batch, wish, text.decode(), old)
        if wish.state == "parked" and (old is None or old.state != "parked" or not is_same):
            record = batch.records[wish.scope.id, wish.ext_id]
            park(batch, wish.scope, [(record, refusal(wish.scope, wish.ext_id, wish.after))], stage="deliver")
        if old is None:
            fresh.append((wish, text))
        elif not is_same or (old.state, old.verb, old.reason) != (wish.state, wish.verb.value, wish.reason):
            state, reason = _standing(old, wish) if is_same else (wish.state, wish.reason)
            after = old.after if is_same else text.decode()
            renewed.append(
                (old.id, wish.ext_id, wish.verb.value, wish.desire, reason, to_json(wish.before), after, state, batch.now)
            )
    for scope_id, hub_id in settled:
        old = known.get((scope_id, hub_id))
        if old is not None and old.state != "writing":
            ended.append((old.id, "superseded", batch.now))
    batch.tx.put_in_order(t.change, CHANGE_COLUMNS, (_change(batch, *wish) for wish in fresh))
    batch.tx.update_many(
        t.change, ("id",), ("ext_id", "verb", "desire", "reason", "before", "after", "state", "updated_at"), renewed
    )
    batch.tx.update_many(t.change, ("id",), ("state", "updated_at"), ended)
    if ended:
        _close_parked(batch, [number for number, _, _ in ended])


class _Open(NamedTuple):
    """A change that is open already."""

    id: int
    scope_id: int
    hub_id: str
    state: str
    after: str
    verb: str
    reason: str
    desire: int


def _open_changes(batch: Batch, hub_ids: set[str]) -> dict[tuple[int, str], _Open]:
    """Read the changes that are open; there can be none of what was just minted."""
    old = sorted(hub_ids - batch.sole)
    rows = map(_Open._make, batch.tx.select_in(t.change, _Open._fields, "hub_id", old, equal={"state": OPEN_STATES}))
    return {(row.scope_id, row.hub_id): row for row in rows}


def _is_same(batch: Batch, wish: Desire, after: str, old: _Open) -> bool:
    """Tell whether an open change wants the same values already; a create that has none means a version of its golden record."""
    if (wish.verb is Verb.CREATE) != (old.verb == Verb.CREATE.value):
        return False
    if wish.verb is not Verb.CREATE:
        return old.after == after
    if not old.after:
        return old.desire == wish.desire
    return old.after == to_json(to_create(wish.scope, batch.goldens[wish.hub_id].leaves))


def _change(batch: Batch, wish: Desire, after: bytes) -> tuple[Any, ...]:
    """Give a new desire's row."""
    return (
        wish.scope.id, wish.scope.entity, wish.hub_id, wish.ext_id, wish.verb.value, wish.desire, wish.reason,
        to_bytes(wish.before), after, wish.state, batch.ctx.run_id, batch.now, batch.now,
    )  # fmt: skip


def _standing(old: _Open, wish: Desire) -> tuple[str, str]:
    """Say in which state a change is of which nothing but its standing is new: what was refused stays so, or goes on waiting."""
    if old.state == "parked" and old.reason != FROZEN:
        return "parked", old.reason
    if old.state == "waiting" and wish.state == "due":
        return "waiting", old.reason
    return wish.state, wish.reason


def _close_parked(batch: Batch, change_ids: Sequence[int]) -> None:
    """Close exceptions of deliveries whose difference went away."""
    rows = batch.tx.select_in(t.change, ("scope_id", "hub_id"), "id", list(change_ids))
    for scope_id, hub_id in rows:
        batch.tx.execute(
            t.exception.update()
            .where(
                t.exception.c.scope_id == scope_id,
                t.exception.c.hub_id == hub_id,
                t.exception.c.stage == "deliver",
                or_(t.exception.c.state == "open", t.exception.c.state == "retrying"),
            )
            .values(state="resolved", resolved_at=batch.now, resolved_by="hub", updated_at=batch.now)
        )
