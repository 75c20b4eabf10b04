"""Looking at one record line by line: what each line finds, what it makes of it, and what it would write back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ltc.core.contract.records import Raw
from ltc.core.errors import FieldError
from ltc.core.mapping.mapping import Mapping as ObjectMapping
from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue
from ltc.core.mapping.operations.fixed import Default
from ltc.core.mapping.reference import UNEXPECTED, choose, decode_leaf, field_error, leaf_values, rows_at
from ltc.core.mapping.rules import Block, Leaf, Line, Pick, Rows, matches
from ltc.core.models.leaves import encode_key


@dataclass(frozen=True, slots=True)
class Look:
    """One line over one record or row.

    ``found`` are the raw fields with what they hold, ``value`` is what the line makes of them (MISSING if it makes nothing),
    ``back`` are the raw fields that the line would write for this value. A proposed line is looked at as if it were active.
    """

    line: Line
    path: str
    found: Mapping[str, Any]
    value: Any = MISSING
    back: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[FieldError, ...] = ()
    defaulted: bool = False


def look(mapping: ObjectMapping, raw: Raw) -> list[Look]:
    """Look at every line of a mapping over a record; nothing stops at a value that does not fit."""
    return list(_block(mapping.block, raw, raw, "", ""))


def _block(block: Block, raw: Any, root: Any, prefix: str, place: str) -> Iterator[Look]:
    for leaf in block.leaves:
        yield _leaf(leaf, raw, root, prefix, place)
    for pick in block.picks:
        yield from _pick(pick, raw, root, prefix, place)
    for rows in block.lists:
        yield from _rows(rows, raw, root, prefix, place)


def _path(line: Line, prefix: str) -> str:
    return prefix + line.path.rpartition("[].")[2]


def _leaf(leaf: Leaf, raw: Any, root: Any, prefix: str, place: str) -> Look:
    path = _path(leaf.line, prefix)
    names = [str(source) if source.root else place + str(source) for source in leaf.sources]
    try:
        values = leaf_values(leaf, raw, root)
    except UNEXPECTED as problem:
        return Look(leaf.line, path, dict.fromkeys(names, MISSING), faults=(field_error(leaf.line, path, None, problem),))
    found = dict(zip(names, values, strict=True))
    if leaf.line.direction == "out":
        return Look(leaf.line, path, found)
    try:
        value = decode_leaf(leaf, values)
    except UNEXPECTED as problem:
        return Look(leaf.line, path, found, faults=(field_error(leaf.line, path, values[0] if values else None, problem),))
    seen = Look(leaf.line, path, found, value, defaulted=_defaulted(leaf, values))
    if value is MISSING or leaf.line.direction == "in" or leaf.line.state == "deprecated":
        return seen
    try:
        return replace(seen, back=dict(_encoded(leaf, value, values, names)))
    except UNEXPECTED as problem:
        return replace(seen, faults=(field_error(leaf.line, path, value, problem),))


def _defaulted(leaf: Leaf, values: Sequence[Any]) -> bool:
    """Tell whether the value is the line's own default."""
    if not isinstance(leaf.codec, Default) or values[0] is MISSING:
        return False
    return leaf.codec.inner.decode(values[0]) is None


def _encoded(leaf: Leaf, value: Any, before: Sequence[Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Write a value over what the fields hold; fields that stay as they are are left out."""
    if leaf.codec is None:
        return
    if leaf.single:
        written: Sequence[Any] = [leaf.codec.encode(value)]  # type: ignore[call-arg]  # a single codec
    else:
        written = leaf.codec.encode(value, [None if raw is MISSING else raw for raw in before])  # type: ignore[call-arg]
    for name, source, new in zip(names, leaf.sources, written, strict=True):
        if new is not KEEP and source.writable and not source.root:
            yield name, new


def _pick(pick: Pick, raw: Any, root: Any, prefix: str, place: str) -> Iterator[Look]:
    where = ".".join(pick.path)
    try:
        rows = rows_at(raw, pick.path)
        row = None if rows is MISSING else choose(rows, pick)
    except UNEXPECTED as problem:
        path = _path(pick.line, prefix)
        yield Look(pick.line, path, {}, faults=(field_error(pick.line, path, None, problem),))
        return
    if rows is MISSING:
        yield from _block(pick.block, {}, root, prefix, f"{place}{where}[].")
        return
    number = rows.index(row) + 1 if row is not None else ""
    yield from _block(pick.block, pick.empty if row is None else row, root, prefix, f"{place}{where}[{number}].")


def _rows(rows: Rows, raw: Any, root: Any, prefix: str, place: str) -> Iterator[Look]:
    path = _path(rows.line, prefix)
    where = place + ".".join(rows.path)
    try:
        found = rows_at(raw, rows.path)
    except UNEXPECTED as problem:
        yield Look(rows.line, path, {}, faults=(field_error(rows.line, path, None, problem),))
        return
    chosen: list[tuple[int, Any]] = []
    wrong: list[Look] = []
    for number, row in enumerate([] if found is MISSING else found, 1):
        try:
            if row.__class__ is not dict:
                raise BadValue("type", "is not a group of fields")
            if matches(row, rows.where):
                chosen.append((number, row))
        except UNEXPECTED as problem:
            here = f"{path}[#{number}]"
            wrong.append(Look(rows.line, here, {}, faults=(field_error(rows.line, here, None, problem),)))
    yield Look(rows.line, path, {where: found}, found if found is MISSING else len(chosen))
    yield from wrong
    for number, row in chosen:
        yield from _block(rows.block, row, root, f"{path}[{_key(rows, row, root, number)}].", f"{where}[{number}].")


def _key(rows: Rows, row: Any, root: Any, number: int) -> str:
    """Name a row by its canonical key, or by its number where it has none."""
    for leaf in rows.block.leaves:
        if leaf.target == (rows.key_name,):
            try:
                key = decode_leaf(leaf, leaf_values(leaf, row, root))
            except UNEXPECTED:
                break
            if key is not MISSING and key is not None:
                return encode_key(str(key))
    return f"#{number}"
