"""The laws of a mapping, checked: writing back what was read changes nothing, and what is written is what is read then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Table
from typing import Any

from ltc.core.contract.records import Raw
from ltc.core.errors import Fault, FieldError, Untranslatable
from ltc.core.mapping.leaf_place import place_of
from ltc.core.mapping.mapping import Example, Mapping
from ltc.core.mapping.normal_form import explains
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.rules import Block, Line, Pick, Rows, bury, dig
from ltc.core.mapping.writing import ROW
from ltc.core.models import shape_of
from ltc.core.models.leaves import flatten, generic
from ltc.core.yamlfile import Node


def apply(mapping: Mapping, old: Raw | None, patch: Raw) -> Raw:
    """Do to a raw record what the target is expected to do with a patch; the target's other fields and rows survive.

    A new record has all the fields that the mapping reads, empty. What the patch leaves as it is, the result shares with the old
    record.
    """
    return _applied(mapping.block, _empty(mapping.block) if old is None else old, patch, ())


def _empty(block: Block) -> Raw:
    """Make a record or row whose fields are all there and empty."""
    raw: Raw = {}
    for leaf in block.leaves:
        for source in leaf.sources:
            if not source.root and dig(raw, source.path, MISSING) is MISSING:
                bury(raw, source.path, None)
    for path in [*(rows.path for rows in block.lists), *(pick.path for pick in block.picks)]:
        bury(raw, path, [])
    return raw


def _applied(block: Block, old: Raw, patch: Raw, below: tuple[str, ...]) -> Raw:
    result = dict(old)
    lists: dict[tuple[str, ...], Rows | Pick] = {rows.path: rows for rows in block.lists}
    lists.update({pick.path: pick for pick in block.picks if pick.path not in lists})
    for key, value in patch.items():
        path = (*below, key)
        if path in lists:
            result[key] = _applied_rows(lists[path], result.get(key) or [], value)
        elif isinstance(value, dict) and any(one[: len(path)] == path for one in _paths(block)):
            result[key] = _applied(block, result.get(key) or {}, value, path)
        else:
            result[key] = value
    return result


def _paths(block: Block) -> list[tuple[str, ...]]:
    paths = [source.path for leaf in block.leaves for source in leaf.sources]
    paths += [rows.path for rows in block.lists] + [pick.path for pick in block.picks]
    return [path for path in paths if len(path) > 1]


def _applied_rows(rows: Rows | Pick, old: Sequence[Raw], patches: Sequence[Raw]) -> list[Raw]:
    result = list(old)
    identity = [*([rows.id] if rows.id is not None else []), *rows.key, *(one.path for one in rows.where)]
    for patch in patches:
        verb = patch[ROW]
        fields = {key: value for key, value in patch.items() if key != ROW}
        if verb == "insert":
            result.append(_applied(rows.block, _empty(rows.block), fields, ()))
            continue
        for index, row in enumerate(result):
            if all(dig(row, path) == dig(fields, path) for path in identity):
                result[index : index + 1] = [] if verb == "delete" else [_applied(rows.block, row, fields, ())]
                break
    return result


def run_examples(mapping: Mapping) -> list[Fault]:
    """Run every example both ways; one fault per value that comes out differently, at the example's line."""
    faults: list[Fault] = []
    for example in mapping.examples:
        faults += run_example(mapping, example)
    return faults


def run_example(mapping: Mapping, example: Example) -> list[Fault]:
    """Run one example both ways; one fault per value that comes out differently."""
    canonical_node = example.node.value["canonical"]
    system_node = example.node.value["system"]
    try:
        if not mapping.applies(example.system):
            message = "The guard does not take this example."
            return [system_node.fault("mapping.example_out_of_scope", message, "Correct it, or `when`.")]
        mapping.key_of(example.system)
        read = mapping.get(example.system)
    except Untranslatable as problem:
        return [_unreadable(system_node, error) for error in problem.errors]
    faults = [
        place_of(canonical_node, path, shape_of(mapping.entity)).fault(
            "mapping.example_differs", f"{path} is read as {found!r}, not {wanted!r}.", "Correct one of them.", path=path
        )
        for path, found, wanted in differences(mapping.entity, read, example.canonical)
    ]
    if faults:
        return faults
    try:
        mapping.validate(read)
    except Untranslatable as problem:
        return [
            place_of(canonical_node, error.path, shape_of(mapping.entity)).fault(
                "mapping.example_invalid", _sentence(error), "Correct it.", path=error.path
            )
            for error in problem.errors
        ]
    return check_laws(mapping, [example.system])


def _unreadable(node: Node, error: FieldError) -> Fault:
    """Blame the raw value of an example, as deep as the file goes."""
    if not error.path and error.source:
        return node.fault("mapping.example_unreadable", _sentence(error), f"Add {error.source}, which is the record's id.")
    for part in error.source.partition(",")[0].split("."):
        below = node.value.get(part) if node.kind == "mapping" else None
        if below is None:
            break
        node = below
    return node.fault("mapping.example_unreadable", _sentence(error), "Correct the example.", path=error.path)


def _sentence(error: FieldError) -> str:
    message = error.message
    about = "" if message.startswith(("the ", error.path or "the ")) else f"{error.path or error.source} "
    text = f"{about}{message}."
    return text[:1].upper() + text[1:] if not about and not message.startswith(error.path or "\0") else text


def differences(entity: str, found: Table[str, Any], wanted: Table[str, Any]) -> list[tuple[str, Any, Any]]:
    """Compare what is wanted leaf by leaf; what is found beyond that is no difference, what is not there compares as "absent"."""
    ours, theirs = flatten(entity, dict(found)), flatten(entity, dict(wanted))
    return [(path, ours.get(path, "absent"), value) for path, value in theirs.items() if ours.get(path, "absent") != value]


def check_laws(mapping: Mapping, records: Sequence[Raw]) -> list[Fault]:
    """Check on records that what is read and written back changes nothing, and that what is written is what is read then."""
    faults: list[Fault] = []
    read: list[tuple[Raw, dict[str, Any]]] = []
    for raw in records:
        try:
            if mapping.applies(raw):
                canonical = mapping.get(raw)
                mapping.validate(canonical)
                read.append((raw, canonical))
        except Untranslatable:
            continue  # a record that cannot be read has nothing to be written back
    for index, (raw, canonical) in enumerate(read):
        faults += _get_put(mapping, raw, canonical)
        other = read[(index + 1) % len(read)][1]
        faults += _put_get(mapping, raw, other)
        faults += _put_get(mapping, None, canonical)
    unique = {(fault.code, fault.path, fault.message): fault for fault in faults}
    return list(unique.values())


def _get_put(mapping: Mapping, raw: Raw, canonical: dict[str, Any]) -> list[Fault]:
    try:
        patch = mapping.put(raw, canonical)
    except Untranslatable as problem:
        return [
            _broken(mapping, error.path, "law_get_put", f"what was read cannot be written back: {error.message}")
            for error in problem.errors
        ]
    if not patch:
        return []
    lines: list[Line | None] = list(dict.fromkeys(_writers(mapping.block, patch)))
    return [
        _broken_at(mapping, line, "", "law_get_put", "writing back what was read would change it") for line in lines or [None]
    ]


def _writers(block: Block, patch: Raw, below: tuple[str, ...] = ()) -> Iterator[Line]:
    """Find the lines that would write the fields of a patch."""
    tables: list[Rows | Pick] = [*block.lists, *block.picks]
    for key, value in patch.items():
        path = (*below, key)
        inner = [rows for rows in tables if rows.path == path]
        for rows in inner:
            found = [line for row in value for line in _writers(rows.block, {**row, ROW: None})]
            yield from found or [rows.line]
        if isinstance(value, dict):
            yield from _writers(block, value, path)
        elif not inner:
            yield from (leaf.line for leaf in block.leaves if leaf.writes and any(one.path == path for one in leaf.sources))


def _put_get(mapping: Mapping, old: Raw | None, desired: dict[str, Any]) -> list[Fault]:
    try:
        patch = mapping.put(old, desired)
        after = mapping.get(apply(mapping, old, patch))
    except Untranslatable as problem:
        return [
            _broken(mapping, error.path, "law_put_get", f"what another record holds cannot be written: {error.message}")
            for error in problem.errors
            if error.code not in (_REFUSALS if old is not None else _LEFT_TO_THE_TARGET | _REFUSALS)
        ]
    written = {line.path for line in mapping.lines if line.direction == "both" and line.state == "active"}
    _drop_rows_without_key(mapping.block, after)
    found, wanted = flatten(mapping.entity, after), flatten(mapping.entity, desired)
    faults: list[Fault] = []
    for path, value in wanted.items():
        if generic(path) not in written or path[-1] == "]":
            continue
        there = found.get(path)
        if there != value and not (value == [] and there is None) and not explains(value, there) and not _row_is_new(path, found):
            faults.append(_broken(mapping, path, "law_put_get", "what was written is not what is read then"))
    return faults


_REFUSALS = frozenset({
    "value.too_long", "value.other_currency", "value.other_unit", "value.other_per", "value.contradiction", "value.no_branch",
    "value.read_only", "value.constant", "value.unknown_code",
})  # fmt: skip
"""Refusing to write is lawful; writing something else is not."""

_LEFT_TO_THE_TARGET = frozenset({"value.no_currency", "value.no_unit"})
"""What a new record does not say the target fills in, as SAP takes a currency from the customer; here nothing does."""


def _drop_rows_without_key(block: Block, nested: dict[str, Any]) -> None:
    """Forget rows whose key only the target can give."""
    for rows in block.lists:
        home = nested
        for part in rows.target[:-1]:
            home = home.get(part) or {}
        found = home.get(rows.target[-1])
        if found:
            home[rows.target[-1]] = [row for row in found if row.get(rows.key_name) is not None]
            for row in home[rows.target[-1]]:
                _drop_rows_without_key(rows.block, row)


def _row_is_new(path: str, found: Table[str, Any]) -> bool:
    """Tell whether the leaf is in a row that the target gave a key of its own."""
    row = path[: path.rfind("]") + 1]
    return bool(row) and row not in found


def _broken(mapping: Mapping, path: str, code: str, message: str) -> Fault:
    line = next((one for one in mapping.lines if one.path == generic(path)), None) if path else None
    return _broken_at(mapping, line, path, code, message)


def _broken_at(mapping: Mapping, line: Line | None, path: str, code: str, message: str) -> Fault:
    path = path or (line.path if line else "")
    return Fault(
        f"mapping.{code}",
        f"{path or mapping.object}: {message}.",
        "Make the line invertible, or say `one_way: in`.",
        file=line.file if line else mapping.file,
        line=line.line if line else 1,
        column=line.column if line else 1,
        path=path,
    )
