"""The readable engine: reads a record rule by rule and names every value that does not fit, with its YAML line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ltc.core.errors import FieldError, Untranslatable
from ltc.core.mapping.operations.codec import MISSING, BadValue
from ltc.core.mapping.rules import Block, Leaf, Line, Pick, Rows, dig, matches
from ltc.core.models.check import mask
from ltc.core.models.leaves import encode_key

_SHOWN: Final = 200
UNEXPECTED: Final = (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError)
"""What a value of an unforeseen type may raise inside an operation."""


def field_error(line: Line, path: str, value: Any, problem: Exception) -> FieldError:
    """Describe a value that does not fit: canonical path, source, masked value, operation and YAML line."""
    shown = mask(value) if line.personal else ("" if value is None or value is MISSING else str(value)[:_SHOWN])
    code, message = (problem.code, problem.message) if isinstance(problem, BadValue) else ("value.type", "has an unexpected form")
    return FieldError(code, message, path, line.source, shown, line.operation, line.file, line.line, line.column)


def read_record(block: Block, raw: dict[str, Any]) -> dict[str, Any]:
    """Read a record; raise Untranslatable with every problem."""
    errors: list[FieldError] = []
    nested: dict[str, Any] = {}
    if raw.__class__ is not dict:
        raise Untranslatable([FieldError("value.type", "the record is not a group of fields")])
    read_block(block, raw, raw, nested, "", errors)
    if errors:
        raise Untranslatable(errors)
    return nested


def read_block(block: Block, raw: Any, root: Any, nested: dict[str, Any], prefix: str, errors: list[FieldError]) -> None:
    """Read the rules of a record or a row into ``nested``."""
    for leaf in block.leaves:
        if leaf.reads:
            _read_leaf(leaf, raw, root, nested, prefix, errors)
    for pick in block.picks:
        _read_pick(pick, raw, root, nested, prefix, errors)
    for rows in block.lists:
        if rows.reads:
            _read_rows(rows, raw, root, nested, prefix, errors)


def leaf_values(leaf: Leaf, raw: Any, root: Any) -> list[Any]:
    """Look the fields of a leaf up; MISSING where one is not there."""
    return [dig(root if source.root else raw, source.path, MISSING) for source in leaf.sources]


def decode_leaf(leaf: Leaf, values: list[Any]) -> Any:
    """Read a leaf from its fields; MISSING if the fields that carry it are not there."""
    codec = leaf.codec
    if codec is None:
        return leaf.constant
    if leaf.single:
        return MISSING if values[0] is MISSING else codec.decode(values[0])
    primaries = codec.primaries  # type: ignore[union-attr]  # several fields
    if primaries == 0:
        return codec.decode(*values)
    if all(value is MISSING for value in values[:primaries]):
        return MISSING
    return codec.decode(*(None if value is MISSING else value for value in values))


def _read_leaf(leaf: Leaf, raw: Any, root: Any, nested: dict[str, Any], prefix: str, errors: list[FieldError]) -> None:
    values: list[Any] = []
    try:
        values = leaf_values(leaf, raw, root)
        value = decode_leaf(leaf, values)
    except UNEXPECTED as problem:
        path = prefix + leaf.line.path.rpartition("[].")[2]
        errors.append(field_error(leaf.line, path, values[0] if values else None, problem))
        return
    if value is MISSING:
        return
    home = nested
    for part in leaf.target[:-1]:
        home = home.setdefault(part, {})
    home[leaf.target[-1]] = value


def rows_at(raw: Any, path: tuple[str, ...]) -> Any:
    """Look a raw list up: MISSING if it is not there, no rows if it is None."""
    found = dig(raw, path, MISSING)
    if found is None:
        return []
    if found is not MISSING and found.__class__ is not list:
        raise BadValue("type", "is not a list of rows")
    return found


def _read_pick(pick: Pick, raw: Any, root: Any, nested: dict[str, Any], prefix: str, errors: list[FieldError]) -> None:
    try:
        rows = rows_at(raw, pick.path)
    except UNEXPECTED as problem:
        errors.append(field_error(pick.line, prefix + pick.line.path.rpartition("[].")[2], None, problem))
        return
    if rows is MISSING:
        return
    try:
        row = choose(rows, pick)
    except UNEXPECTED as problem:
        errors.append(field_error(pick.line, prefix + pick.line.path.rpartition("[].")[2], None, problem))
        return
    read_block(pick.block, pick.empty if row is None else row, root, nested, prefix, errors)


def choose(rows: list[Any], pick: Pick) -> Any:
    """Find the first row that fulfils the condition; None if there is none."""
    return next((row for row in rows if matches(row, pick.where)), None)


def _read_rows(rows: Rows, raw: Any, root: Any, nested: dict[str, Any], prefix: str, errors: list[FieldError]) -> None:
    path = prefix + rows.line.path.rpartition("[].")[2]
    try:
        found = rows_at(raw, rows.path)
    except UNEXPECTED as problem:
        errors.append(field_error(rows.line, path, None, problem))
        return
    if found is MISSING:
        return
    result: list[dict[str, Any]] = []
    for index, row in enumerate(found):
        try:
            if row.__class__ is not dict:
                raise BadValue("type", "is not a group of fields")
            if not matches(row, rows.where):
                continue
        except UNEXPECTED as problem:
            errors.append(field_error(rows.line, f"{path}[#{index + 1}]", None, problem))
            continue
        inner: dict[str, Any] = {}
        inner_errors: list[FieldError] = []
        read_block(rows.block, row, root, inner, "", inner_errors)
        key = inner.get(rows.key_name)
        here = f"{path}[{encode_key(str(key))}]." if key is not None else f"{path}[#{index + 1}]."
        errors.extend(_moved(error, here) for error in inner_errors)
        result.append(inner)
    home = nested
    for part in rows.target[:-1]:
        home = home.setdefault(part, {})
    home[rows.target[-1]] = result


def _moved(error: FieldError, prefix: str) -> FieldError:
    return replace(error, path=prefix + error.path)
