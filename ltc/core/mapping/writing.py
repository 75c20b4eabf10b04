"""Putting a canonical record into what the target already holds: only what differs is written, all else survives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ltc.core.errors import FieldError, Untranslatable
from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue
from ltc.core.mapping.operations.fixed import Case
from ltc.core.mapping.reference import UNEXPECTED, choose, decode_leaf, field_error, leaf_values, rows_at
from ltc.core.mapping.rules import Block, Leaf, Pick, RawPath, Rows, Target, Where, bury, dig, matches
from ltc.core.models.leaves import encode_key

ROW: Final = "_row"
"""The key under which a row of a patch says what is done with it: insert, update or delete."""


def write_record(
    block: Block,
    old: dict[str, Any] | None,
    desired: Mapping[str, Any],
    only: Collection[str] | None,
    create: Mapping[RawPath, Any],
) -> dict[str, Any]:
    """Say which raw fields to write so that the target holds the desired values; raise Untranslatable with every problem."""
    writer = _Writer(None if only is None else frozenset(only), old)
    patch: dict[str, Any] = {}
    writer.block(block, old, desired, patch, "", whole=old is None)
    if writer.errors:
        raise Untranslatable(writer.errors)
    if old is None:
        for path, value in create.items():
            if dig(patch, path, MISSING) is MISSING:
                bury(patch, path, value)
    return patch


def _desired(nested: Any, target: Target) -> Any:
    for part in target:
        if nested is None:
            return None
        nested = nested.get(part, MISSING)
        if nested is MISSING:
            return MISSING
    return nested


@dataclass(slots=True)
class _Writer:
    """One record's patch while it grows."""

    only: frozenset[str] | None
    root: dict[str, Any] | None
    errors: list[FieldError] = field(default_factory=list)

    def block(
        self,
        block: Block,
        old: dict[str, Any] | None,
        desired: Mapping[str, Any],
        patch: dict[str, Any],
        prefix: str,
        *,
        whole: bool,
    ) -> None:
        """Write the rules of a record or row; ``whole`` writes every field, whatever ``only`` says."""
        meant: dict[RawPath, Any] = {}
        for leaf in sorted(block.leaves, key=lambda one: isinstance(one.codec, Case)):
            if leaf.writes and self._wanted(leaf.line.path, whole=whole):
                value = _desired(desired, leaf.target)
                if value is not MISSING:
                    self._leaf(leaf, old, value, patch, prefix, meant)
        for embed in block.embeds:
            if old is not None and dig(patch, embed.path):
                for key in embed.keys:
                    bury(patch, key, dig(old, key))
        for pick in block.picks:
            self._pick(pick, old, desired, patch, prefix, whole=whole)
        for rows in block.lists:
            if rows.writes:
                self._rows(rows, old, desired, patch, prefix, whole=whole)

    def _wanted(self, path: str, *, whole: bool) -> bool:
        return whole or self.only is None or path in self.only

    def _leaf(
        self, leaf: Leaf, old: dict[str, Any] | None, value: Any, patch: dict[str, Any], prefix: str, meant: dict[RawPath, Any]
    ) -> None:
        """Write one leaf, unless the target already means the same."""
        if leaf.codec is None or (old is None and value is None):
            return
        try:
            before = [MISSING] * len(leaf.sources) if old is None else leaf_values(leaf, old, self.root)
            if old is None:
                before = [dig(self.root, one.path, MISSING) if one.root and self.root else MISSING for one in leaf.sources]
            elif _means(leaf, before) == value:
                for source, raw in zip(leaf.sources, before, strict=True):
                    if not source.root and raw is not MISSING:
                        self._claim(source.path, raw, meant)
                return
            written = self._encode(leaf, value, before, patch)
            for source, raw, was in zip(leaf.sources, written, before, strict=True):
                if raw is KEEP or source.root or (old is None and raw is None):
                    continue
                self._claim(source.path, raw, meant)
                if was is not MISSING and was.__class__ is raw.__class__ and was == raw:
                    continue
                if not source.writable:
                    raise BadValue("read_only", f"cannot be written: the system lets nobody write {source}")
                bury(patch, source.path, raw)
        except UNEXPECTED as problem:
            self.errors.append(field_error(leaf.line, prefix + leaf.line.path.rpartition("[].")[2], value, problem))

    def _encode(self, leaf: Leaf, value: Any, before: list[Any], patch: dict[str, Any]) -> Any:
        if leaf.single:
            return [leaf.codec.encode(value)]  # type: ignore[union-attr,call-arg]  # a single codec
        if isinstance(leaf.codec, Case):
            decided = dig(patch, leaf.sources[0].path, MISSING)
            return leaf.codec.encode(value, [before[0] if decided is MISSING else decided, *before[1:]])
        return leaf.codec.encode(value, [None if raw is MISSING else raw for raw in before])  # type: ignore[union-attr,call-arg]

    def _claim(self, path: RawPath, raw: Any, meant: dict[RawPath, Any]) -> None:
        """Remember what a line means a field to hold; two lines that disagree cannot both be right."""
        if path in meant and meant[path] != raw:
            raise BadValue("contradiction", f"would write {'.'.join(path)} otherwise than another line does")
        meant[path] = raw

    def _pick(
        self,
        pick: Pick,
        old: dict[str, Any] | None,
        desired: Mapping[str, Any],
        patch: dict[str, Any],
        prefix: str,
        *,
        whole: bool,
    ) -> None:
        """Write the one row that a condition chooses: change it, add it, or take it away if all of it is to be empty."""
        wanted = [leaf for leaf in pick.block.leaves if leaf.writes and self._wanted(leaf.line.path, whole=whole)]
        values = [value for leaf in wanted if (value := _desired(desired, leaf.target)) is not MISSING]
        if not values:
            return
        try:
            rows = [] if old is None else rows_at(old, pick.path)
            row = None if rows is MISSING else choose(rows, pick)
        except UNEXPECTED as problem:
            self.errors.append(field_error(pick.line, prefix + pick.line.path, None, problem))
            return
        empty = all(value is None for value in values) and len(values) == len(pick.block.leaves)
        inner: dict[str, Any] = {}
        if row is None:
            if not all(value is None for value in values):
                self.block(pick.block, None, desired, inner, prefix, whole=True)
                _append(patch, pick.path, {ROW: "insert", **_constants(pick.where), **inner})
            return
        self.block(pick.block, row, desired, inner, prefix, whole=whole)
        if inner:
            verb = "delete" if empty else "update"
            _append(patch, pick.path, {ROW: verb, **_identity(pick, row), **({} if empty else inner)})

    def _rows(
        self,
        rows: Rows,
        old: dict[str, Any] | None,
        desired: Mapping[str, Any],
        patch: dict[str, Any],
        prefix: str,
        *,
        whole: bool,
    ) -> None:
        """Write a list row by row, matched by the canonical key."""
        wanted = _desired(desired, rows.target)
        if wanted is MISSING:
            return
        path = prefix + rows.line.path.rpartition("[].")[2]
        membership = self._wanted(rows.line.path, whole=whole)
        if not membership and not whole and not any(one.startswith(f"{rows.line.path}[].") for one in self.only or ()):
            return
        known: dict[Any, dict[str, Any]] = {}
        try:
            found = [] if old is None else rows_at(old, rows.path)
            for row in [] if found is MISSING else found:
                if matches(row, rows.where):
                    known[_key_of(rows, row, self.root)] = row
        except UNEXPECTED as problem:
            self.errors.append(field_error(rows.line, path, None, problem))
            return
        kept: set[Any] = set()
        for row_wanted in wanted or ():
            key = row_wanted.get(rows.key_name)
            kept.add(key)
            here = f"{path}[{encode_key(str(key))}]."
            before = known.get(key)
            inner: dict[str, Any] = {}
            errors = self.errors
            self.errors = []
            if before is not None:
                self.block(rows.block, before, row_wanted, inner, "", whole=whole)
                if inner:
                    _append(patch, rows.path, {ROW: "update", **_identity(rows, before), **inner})
            elif membership:
                self.block(rows.block, None, row_wanted, inner, "", whole=True)
                _append(patch, rows.path, {ROW: "insert", **_constants(rows.where), **_without_id(rows, inner)})
            errors.extend(replace(error, path=here + error.path) for error in self.errors)
            self.errors = errors
        if membership:
            for key, before in known.items():
                if key not in kept:
                    _append(patch, rows.path, {ROW: "delete", **_identity(rows, before)})


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


def _identity(rows: Rows | Pick, row: dict[str, Any]) -> dict[str, Any]:
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


def _without_id(rows: Rows, inner: dict[str, Any]) -> dict[str, Any]:
    """Leave the row's own id out of a new row: the target gives it."""
    if rows.id is None or len(rows.id) != 1:
        return inner
    return {key: value for key, value in inner.items() if key != rows.id[0]}


def _append(patch: dict[str, Any], path: RawPath, row: dict[str, Any]) -> None:
    rows = dig(patch, path)
    if rows is None:
        rows = []
        bury(patch, path, rows)
    rows.append(row)
