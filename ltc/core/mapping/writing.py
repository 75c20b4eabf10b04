"""Putting a canonical record into what the target already holds: only what differs is written, all else survives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ltc.core.errors import FieldError, Untranslatable
from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue
from ltc.core.mapping.operations.fixed import Case
from ltc.core.mapping.reference import UNEXPECTED, decode_leaf, field_error, leaf_values, rows_at
from ltc.core.mapping.rules import Block, Leaf, Pick, RawPath, Rows, Source, Target, Where, bury, dig, matches
from ltc.core.models.leaves import encode_key

ROW: Final = "_row"
"""The key under which a row of a patch says what is done with it: insert, update or delete."""


def write_record(
    block: Block,
    old: dict[str, Any] | None,
    seen: Mapping[str, Any] | None,
    desired: Mapping[str, Any],
    only: Collection[str] | None,
) -> dict[str, Any]:
    """Say which raw fields to write so that the target holds the desired values; raise Untranslatable with every problem.

    ``seen`` is what ``old`` reads as, if it can be read; it only saves work.
    """
    patch: dict[str, Any] = {}
    writer = _Writer(None if only is None else frozenset(only), patch if old is None else old)
    writer.block(block, Held(old, seen), desired, patch, "", whole=old is None)
    if writer.errors:
        raise Untranslatable(writer.errors)
    return patch


@dataclass(frozen=True, slots=True)
class Held:
    """What the target holds of a record or row: raw, and as it reads; None where there is nothing yet."""

    raw: dict[str, Any] | None
    seen: Mapping[str, Any] | None


_NOTHING: Final = Held(None, None)


def _desired(nested: Any, target: Target) -> Any:
    for part in target:
        if nested is None:
            return None
        nested = nested.get(part, MISSING)
        if nested is MISSING:
            return MISSING
    return nested


@dataclass(slots=True)
class _Meant:
    """What the lines of a record or row mean its raw fields to hold; no two may disagree on a shared one."""

    shared: frozenset[RawPath]
    raws: dict[RawPath, Any] = field(default_factory=dict)

    def claim(self, source: Source, raw: Any) -> None:
        """Note what a line means a field to hold."""
        if source.path in self.shared and self.raws.setdefault(source.path, raw) != raw:
            raise BadValue("contradiction", f"means {source} to hold another value than another line does")


@dataclass(slots=True)
class _Writer:
    """One record's patch while it grows."""

    only: frozenset[str] | None
    root: dict[str, Any] | None
    errors: list[FieldError] = field(default_factory=list)

    def block(
        self, block: Block, held: Held, desired: Mapping[str, Any], patch: dict[str, Any], prefix: str, *, whole: bool
    ) -> None:
        """Write the rules of a record or row; ``whole`` writes every field, whatever ``only`` says."""
        meant = _Meant(block.shared)
        for leaf in block.leaves:
            if not leaf.writes:
                continue
            seen = MISSING if held.seen is None or not leaf.reads else _desired(held.seen, leaf.target)
            value = _desired(desired, leaf.target) if self._wanted(leaf.line.path, whole=whole) else MISSING
            if value is MISSING or value == seen:
                self._keep(leaf, held, seen, prefix, meant)
            else:
                self._leaf(leaf, held, value, patch, prefix, meant)
        for embed in block.embeds:
            if held.raw is not None and dig(patch, embed.path):
                for key in embed.keys:
                    bury(patch, key, dig(held.raw, key))
        for pick in block.picks:
            self.pick(pick, held, desired, patch, prefix, whole=whole)
        for rows in block.lists:
            if rows.writes:
                self.rows(rows, held, desired, patch, prefix, whole=whole)

    def _wanted(self, path: str, *, whole: bool) -> bool:
        return whole or self.only is None or path in self.only

    def _keep(self, leaf: Leaf, held: Held, seen: Any, prefix: str, meant: _Meant) -> None:
        """Remember what an unchanged line means the fields to hold that it shares; no other line may write them otherwise."""
        if seen is MISSING or seen is None or meant.shared.isdisjoint([source.path for source in leaf.sources]):
            return
        try:
            for source, raw in zip(leaf.sources, self._before(leaf, held.raw), strict=True):
                if raw is not MISSING and not source.root:
                    meant.claim(source, raw)
        except UNEXPECTED as problem:
            self.errors.append(field_error(leaf.line, prefix + leaf.line.path.rpartition("[].")[2], seen, problem))

    def _leaf(self, leaf: Leaf, held: Held, value: Any, patch: dict[str, Any], prefix: str, meant: _Meant) -> None:
        """Write one leaf, unless the target already means the same."""
        new = held.raw is None
        if leaf.codec is None or (new and value is None):
            return
        try:
            before = self._before(leaf, held.raw)
            if not new and _means(leaf, before) == value:
                return
            for source, raw, was in zip(leaf.sources, encode_leaf(leaf, value, before, patch), before, strict=True):
                if raw is KEEP or source.root or (new and raw is None):
                    continue
                meant.claim(source, raw)
                if was.__class__ is not raw.__class__ or was != raw:
                    _store(patch, source, raw)
        except UNEXPECTED as problem:
            self.errors.append(field_error(leaf.line, prefix + leaf.line.path.rpartition("[].")[2], value, problem))

    def _before(self, leaf: Leaf, old: dict[str, Any] | None) -> list[Any]:
        """Look up what the target holds now; of a new row only the fields of the whole record are known."""
        if old is not None:
            return leaf_values(leaf, old, self.root)
        return [dig(self.root, one.path, MISSING) if one.root and self.root else MISSING for one in leaf.sources]

    def pick(
        self, pick: Pick, held: Held, desired: Mapping[str, Any], patch: dict[str, Any], prefix: str, *, whole: bool
    ) -> None:
        """Write the one row that a condition chooses: change it, add it, or take it away if all of it is to be empty."""
        wanted = [leaf for leaf in pick.block.leaves if leaf.writes and self._wanted(leaf.line.path, whole=whole)]
        values = [value for leaf in wanted if (value := _desired(desired, leaf.target)) is not MISSING]
        if not values:
            return
        try:
            found = [] if held.raw is None else rows_at(held.raw, pick.path)
            chosen = [row for row in ([] if found is MISSING else found) if matches(row, pick.where)]
        except UNEXPECTED as problem:
            self.errors.append(field_error(pick.line, prefix + pick.line.path, None, problem))
            return
        empty = all(value is None for value in values)
        inner: dict[str, Any] = {}
        if chosen:
            self.block(pick.block, Held(chosen[0], held.seen), desired, inner, prefix, whole=whole)
            if inner and empty and len(values) == len(pick.block.leaves):
                for row in chosen:  # a second one must not take the place of the first
                    _append(patch, pick.path, {ROW: "delete", **_identity(pick, row)})
            elif inner:
                _append(patch, pick.path, _together({ROW: "update", **_identity(pick, chosen[0])}, inner))
        elif not empty:
            self.block(pick.block, _NOTHING, desired, inner, prefix, whole=True)
            _append(patch, pick.path, _together({ROW: "insert", **_constants(pick.where)}, inner))

    def rows(
        self, rows: Rows, held: Held, desired: Mapping[str, Any], patch: dict[str, Any], prefix: str, *, whole: bool
    ) -> None:
        """Write a list row by row, matched by the canonical key."""
        wanted = _desired(desired, rows.target)
        membership = self._wanted(rows.line.path, whole=whole)
        if wanted is MISSING or not (membership or any(one.startswith(f"{rows.line.path}[].") for one in self.only or ())):
            return
        path = prefix + rows.line.path.rpartition("[].")[2]
        try:
            known = self._known(rows, held)
        except UNEXPECTED as problem:
            self.errors.append(field_error(rows.line, path, None, problem))
            return
        for row in wanted or ():
            key = row.get(rows.key_name)
            before = known.pop(key, _NOTHING)
            if before.raw is None and not membership:
                continue
            inner: dict[str, Any] = {}
            writer = _Writer(self.only, self.root)
            writer.block(rows.block, before, row, inner, "", whole=whole or before.raw is None)
            self.errors += [replace(error, path=f"{path}[{encode_key(str(key))}].{error.path}") for error in writer.errors]
            if before.raw is None:
                _append(patch, rows.path, begun(rows, inner))
            elif inner:
                _append(patch, rows.path, _together({ROW: "update", **_identity(rows, before.raw)}, inner))
        for before in known.values() if membership else ():
            _append(patch, rows.path, {ROW: "delete", **_identity(rows, before.raw)})

    def _known(self, rows: Rows, held: Held) -> dict[Any, Held]:
        """Find the target's rows by their canonical keys."""
        found = [] if held.raw is None else rows_at(held.raw, rows.path)
        selected = [row for row in ([] if found is MISSING else found) if matches(row, rows.where)]
        seen = _desired(held.seen, rows.target) if held.seen is not None and rows.reads else None
        if isinstance(seen, list) and len(seen) == len(selected):
            return {nested.get(rows.key_name): Held(row, nested) for row, nested in zip(selected, seen, strict=True)}
        return {_key_of(rows, row, self.root): Held(row, None) for row in selected}


def encode_leaf(leaf: Leaf, value: Any, before: list[Any], patch: dict[str, Any]) -> Sequence[Any]:
    """Say what each field of a line is to hold; ``before`` is what they hold now."""
    if leaf.single:
        return [leaf.codec.encode(value)]  # type: ignore[union-attr,call-arg]  # a single codec
    if isinstance(leaf.codec, Case):
        decided = dig(patch, leaf.sources[0].path, MISSING)
        return leaf.codec.encode(value, [before[0] if decided is MISSING else decided, *before[1:]])
    return leaf.codec.encode(value, [None if raw is MISSING else raw for raw in before])  # type: ignore[union-attr,call-arg]


def write_part(part: Rows | Pick, desired: Mapping[str, Any], patch: dict[str, Any], root: dict[str, Any]) -> None:
    """Write a list or the chosen row of a new record; raise BadValue if something does not fit."""
    writer = _Writer(None, root)
    write = writer.pick if isinstance(part, Pick) else writer.rows
    write(part, _NOTHING, desired, patch, "", whole=True)  # type: ignore[arg-type]  # each with its own
    if writer.errors:
        raise BadValue("part", "does not fit")


def begun(rows: Rows, inner: dict[str, Any]) -> dict[str, Any]:
    """Make a row that is to be inserted; its own id is the target's to give."""
    return _together(row_head(rows), _without_id(rows, inner))


def row_head(rows: Rows) -> dict[str, Any]:
    """Say of a new row that it is new, and what tells its list from others."""
    return {ROW: "insert", **_constants(rows.where)}


def _store(patch: dict[str, Any], source: Source, raw: Any) -> None:
    if not source.writable:
        raise BadValue("read_only", f"cannot be written: the system lets nobody write {source}")
    bury(patch, source.path, raw)


def _means(leaf: Leaf, before: list[Any]) -> Any:
    """Read what the target means now; what cannot be read means nothing."""
    try:
        return decode_leaf(leaf, before)
    except UNEXPECTED:
        return MISSING


def _key_of(rows: Rows, row: dict[str, Any], root: Any) -> Any:
    """Read the canonical key of a raw row; a row whose key cannot be read is a row of its own."""
    for leaf in rows.block.leaves:
        if leaf.target == (rows.key_name,):
            return _means(leaf, leaf_values(leaf, row, root))
    return MISSING


def _identity(rows: Rows | Pick, row: Any) -> dict[str, Any]:
    """Take the raw fields by which the target finds the row."""
    found: dict[str, Any] = {}
    for path in (*(() if rows.id is None else (rows.id,)), *rows.key, *(one.path for one in rows.where)):
        bury(found, path, dig(row, path))
    return found


def _constants(where: tuple[Where, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in where:
        bury(found, one.path, one.constant)
    return found


def _together(row: dict[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    """Lay what is written of a row over what tells it from others, object by object.

    >>> _together({"meta": {"kind": "line"}}, {"meta": {"number": "10"}, "text": "Pump"})
    {'meta': {'kind': 'line', 'number': '10'}, 'text': 'Pump'}
    """
    for name, value in inner.items():
        held = row.get(name)
        row[name] = _together(held, value) if isinstance(held, dict) and isinstance(value, Mapping) else value
    return row


def _without_id(rows: Rows, inner: dict[str, Any]) -> dict[str, Any]:
    """Leave the row's own id out of a new row: the target gives it."""
    if rows.id is None or len(rows.id) != 1:
        return inner
    return {key: value for key, value in inner.items() if key != rows.id[0]}


def append_rows(patch: dict[str, Any], path: RawPath, rows: list[dict[str, Any]]) -> None:
    """Add rows to those that are written at a path already."""
    there = dig(patch, path)
    if there is None:
        bury(patch, path, rows)
    else:
        there.extend(rows)


def _append(patch: dict[str, Any], path: RawPath, row: dict[str, Any]) -> None:
    append_rows(patch, path, [row])
