"""Identity decisions as data: merge, split, pin, unpin, label; each holds what its exact undo needs.

A decision is a list of edits on the crosswalk, every edit with the value before and after. Applying checks the values before,
so a decision that no longer fits what is there is refused; undoing is applying the inverse. What was decided is never lost: a
losing hub id keeps resolving, and a pair that a steward split carries the label ``different`` for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from ltc.core.errors import Rejected, Stale

RecordKey: TypeAlias = tuple[int, str]
Kind: TypeAlias = Literal["merge", "split", "pin", "unpin", "label", "undo"]
Sheet: TypeAlias = Literal["link", "primary", "merged_into", "pin", "label"]
EditKey: TypeAlias = tuple[Any, ...]

SHEETS: Final[tuple[Sheet, ...]] = ("link", "primary", "merged_into", "pin", "label")


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no value; None would be one."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Edit:
    """One value of one sheet of the crosswalk, before and after.

    Keys: ``link``, ``primary`` by record, ``merged_into`` by hub id, ``pin`` by hub id and leaf, ``label`` by the ordered pair.
    """

    sheet: Sheet
    key: EditKey
    before: Any
    after: Any

    def inverse(self) -> Edit:
        """Turn the edit round."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about identity; ``hub_id`` is the golden record that it is about."""

    kind: Kind
    entity: str
    hub_id: str
    edits: tuple[Edit, ...]

    def inverse(self) -> Decision:
        """Make the decision that undoes this one."""
        return Decision("undo", self.entity, self.hub_id, tuple(edit.inverse() for edit in reversed(self.edits)))

    def touched(self) -> frozenset[str]:
        """Name the hub ids whose golden records must be merged again."""
        found = {self.hub_id}
        for edit in self.edits:
            if edit.sheet == "link":
                found |= {value for value in (edit.before, edit.after) if isinstance(value, str)}
            elif edit.sheet in {"merged_into", "pin"}:
                found.add(edit.key[0])
        return frozenset(found)

    def payload(self) -> dict[str, Any]:
        """Write the edits as plain JSON."""
        return {"edits": [_written(edit) for edit in self.edits]}


def read_decision(kind: Kind, entity: str, hub_id: str, payload: Mapping[str, Any]) -> Decision:
    """Read a decision back from its payload."""
    return Decision(kind, entity, hub_id, tuple(map(_read, payload["edits"])))


def _written(edit: Edit) -> dict[str, Any]:
    written: dict[str, Any] = {"sheet": edit.sheet, "key": list(edit.key)}
    if edit.before != ABSENT:
        written["before"] = edit.before
    if edit.after != ABSENT:
        written["after"] = edit.after
    return written


def _read(written: Mapping[str, Any]) -> Edit:
    return Edit(written["sheet"], tuple(written["key"]), written.get("before", ABSENT), written.get("after", ABSENT))


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What is decided about a few golden records: small enough to hold in memory, one sheet of values per kind of edit."""

    link: Mapping[EditKey, str] = field(default_factory=dict)
    primary: Mapping[EditKey, bool] = field(default_factory=dict)
    merged_into: Mapping[EditKey, str] = field(default_factory=dict)
    pin: Mapping[EditKey, Any] = field(default_factory=dict)
    label: Mapping[EditKey, str] = field(default_factory=dict)

    def records(self, hub_id: str) -> list[EditKey]:
        """List the records of a golden record, in order."""
        return sorted(record for record, linked in self.link.items() if linked == hub_id)

    def resolve(self, hub_id: str) -> str:
        """Follow merges to the golden record that a hub id stands for today."""
        seen = {hub_id}
        while (following := self.merged_into.get((hub_id,))) is not None:
            if following in seen:
                raise Stale(f"{hub_id} was merged into itself over other records.")
            seen.add(following)
            hub_id = following
        return hub_id


def apply(crosswalk: Crosswalk, decision: Decision) -> Crosswalk:
    """Carry a decision out; raise Stale, and change nothing, if the crosswalk is not as the decision found it."""
    sheets: dict[Sheet, dict[EditKey, Any]] = {sheet: dict(getattr(crosswalk, sheet)) for sheet in SHEETS}
    for edit in decision.edits:
        sheet = sheets[edit.sheet]
        if sheet.get(edit.key, ABSENT) != edit.before:
            raise Stale(f"The {edit.sheet} of {'/'.join(map(str, edit.key))} has changed since it was decided.")
        if edit.after == ABSENT:
            del sheet[edit.key]
        else:
            sheet[edit.key] = edit.after
    return Crosswalk(**sheets)


def undo(crosswalk: Crosswalk, decision: Decision) -> Decision:
    """Make the decision that undoes one, as far as it still stands: records that have moved on since then stay where they are.

    A record that was linked after a merge stays with the survivor. A merge whose survivor was merged away itself is refused.
    """
    if decision.kind == "merge" and (decision.hub_id,) in crosswalk.merged_into:
        raise Stale(f"{decision.hub_id} was merged into another record since then: undo that first.")
    standing = []
    for edit in reversed(decision.edits):
        now = getattr(crosswalk, edit.sheet).get(edit.key, ABSENT)
        if now == edit.after:
            standing.append(edit.inverse())
    return Decision("undo", decision.entity, decision.hub_id, tuple(standing))


def pair(left: str, right: str) -> EditKey:
    """Put two hub ids in order, so that a pair has one name."""
    return (left, right) if left < right else (right, left)


def merge(crosswalk: Crosswalk, entity: str, left: str, right: str, scopes: Mapping[RecordKey, str] | None = None) -> Decision:
    """Decide that two golden records are one: the older hub id survives, the other resolves to it for ever.

    Where both have a primary in one system, as ``scopes`` tells it, the survivor's stays the only one. Its pins stay, too.
    """
    survivor, loser = sorted((crosswalk.resolve(left), crosswalk.resolve(right)))  # UUIDv7 sorts by age
    if survivor == loser:
        raise Rejected(f"{left} and {right} are one record already.")
    named = pair(survivor, loser)
    if crosswalk.label.get(named) == "different":
        raise Rejected(
            f"A steward has decided that {survivor} and {loser} are different.", remedy="Take that decision back to merge them."
        )
    by = scopes or {}
    taken = {_scope(record, by) for record in crosswalk.records(survivor) if crosswalk.primary.get(record)}
    edits = []
    for record in crosswalk.records(loser):
        edits.append(Edit("link", record, loser, survivor))
        if crosswalk.primary.get(record) and _scope(record, by) in taken:
            edits.append(Edit("primary", record, True, False))  # noqa: FBT003  # the values before and after
    for (hub_id, leaf), value in sorted(crosswalk.pin.items()):
        if hub_id == loser:
            edits.append(Edit("pin", (loser, leaf), value, ABSENT))
            if (survivor, leaf) not in crosswalk.pin:
                edits.append(Edit("pin", (survivor, leaf), ABSENT, value))
    edits.append(Edit("merged_into", (loser,), ABSENT, survivor))
    edits.append(Edit("label", named, crosswalk.label.get(named, ABSENT), "same"))
    return Decision("merge", entity, survivor, tuple(edits))


def _scope(record: EditKey, scopes: Mapping[RecordKey, str]) -> Any:
    return scopes.get((record[0], record[1]), record[0])


def split(crosswalk: Crosswalk, entity: str, hub_id: str, records: Collection[RecordKey], new_id: str) -> Decision:
    """Decide that some records are another thing: they get the new hub id, and the two stay apart for ever."""
    have = crosswalk.records(hub_id)
    moved = [record for record in have if record in records]
    if len(moved) != len(set(records)):
        raise Stale(f"Some of these records are not linked to {hub_id} any more.")
    if not moved or len(moved) == len(have):
        raise Rejected("A split leaves at least one record on each side.", remedy="Choose some of the records, not all.")
    edits = [Edit("link", record, hub_id, new_id) for record in moved]
    edits += _new_primaries(crosswalk, moved)
    edits += _new_primaries(crosswalk, [record for record in have if record not in moved])
    named = pair(hub_id, new_id)
    edits.append(Edit("label", named, crosswalk.label.get(named, ABSENT), "different"))
    return Decision("split", entity, hub_id, tuple(edits))


def _new_primaries(crosswalk: Crosswalk, records: Iterable[EditKey]) -> list[Edit]:
    """Make the first record of each scope primary where none of its records is."""
    by_scope: dict[Any, list[EditKey]] = {}
    for record in records:
        by_scope.setdefault(record[0], []).append(record)
    return [
        Edit("primary", first, crosswalk.primary.get(first, ABSENT), True)  # noqa: FBT003  # the values before and after
        for first, *others in by_scope.values()
        if not any(crosswalk.primary.get(record) for record in (first, *others))
    ]


def set_pin(crosswalk: Crosswalk, entity: str, hub_id: str, leaf: str, value: Any) -> Decision:
    """Decide a value once and for all, until it is unpinned."""
    before = crosswalk.pin.get((hub_id, leaf), ABSENT)
    return Decision("pin", entity, hub_id, (Edit("pin", (hub_id, leaf), before, value),))


def unpin(crosswalk: Crosswalk, entity: str, hub_id: str, leaf: str) -> Decision:
    """Leave a value to the policy again."""
    if (hub_id, leaf) not in crosswalk.pin:
        raise Rejected(f"{leaf} of {hub_id} is not pinned.", field=leaf)
    return Decision("unpin", entity, hub_id, (Edit("pin", (hub_id, leaf), crosswalk.pin[hub_id, leaf], ABSENT),))


def set_label(crosswalk: Crosswalk, entity: str, left: str, right: str, verdict: Literal["same", "different"]) -> Decision:
    """Decide a doubtful pair; ``same`` is carried out by a merge of its own."""
    named = pair(left, right)
    return Decision("label", entity, named[0], (Edit("label", named, crosswalk.label.get(named, ABSENT), verdict),))
