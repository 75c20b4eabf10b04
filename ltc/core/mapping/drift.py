"""Drift: a system's schema as it is today against what the lines of a mapping expect of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from ltc.core.contract.records import FieldSchema, ObjectSchema
from ltc.core.errors import Fault
from ltc.core.mapping.expectations import codes_of_field, family, fitting, told, widths, written_codes
from ltc.core.mapping.likeness import alike
from ltc.core.mapping.mapping import Mapping as ObjectMapping
from ltc.core.mapping.operations.names import First
from ltc.core.mapping.rules import Block, Leaf, Pick, RawPath, Rows
from ltc.core.mapping.spec import Place

Change: TypeAlias = Literal[
    "removed", "renamed", "retyped", "shortened", "values_gone", "values_new", "newly_required", "not_writable"
]
"""What may have become of a field since its line was written."""

_LIKELY: Final = 0.6
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Drift:
    """One line that no longer fits its system: what became of which field, and what it may be called now."""

    change: Change
    source: str
    fault: Fault
    suggestion: str = ""
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class _Judge:
    """Compares one mapping with one schema; ``longest`` is how long the values are that the hub knows, by canonical path."""

    mapping: ObjectMapping
    schema: ObjectSchema
    longest: Mapping[str, int]
    used: frozenset[str]
    found: list[Drift] = field(default_factory=list)

    def block(self, block: Block, place: Place, root: Place, prefix: str) -> None:
        """Compare the lines of a record or a row."""
        for leaf in block.leaves:
            for index, source in enumerate(leaf.sources):
                where = root if source.root else place
                name = str(source) if source.root else prefix + str(source)
                seen = where.find(source.path)
                if isinstance(seen, str):
                    self._gone(leaf, where, source.path, name)
                    break
                if seen is not None:
                    self._field(leaf, index, seen, name)
        tables: list[Rows | Pick] = [*block.picks, *block.lists]
        for rows in tables:
            self._rows(rows, place, root, prefix)

    def _rows(self, rows: Rows | Pick, place: Place, root: Place, prefix: str) -> None:
        name = ".".join(rows.path)
        seen = place.find(rows.path)
        if isinstance(seen, str):
            text = f"{prefix}{name} is not there any more, so {rows.line.path} is not read."
            self._note("removed", prefix + name, rows, text, "Name the list that holds the rows now, or take the line away.")
            return
        inner = Place(seen.fields if seen is not None and seen.fields else None, row=True)
        for path in (*(() if rows.id is None else (rows.id,)), *rows.key, *(one.path for one in rows.where)):
            if isinstance(inner.find(path), str):
                text = f"{prefix}{name} has no {'.'.join(path)} any more, by which its rows are told apart."
                self._note("removed", f"{prefix}{name}.{'.'.join(path)}", rows, text, "Name the field that does it now.")
        self.block(rows.block, inner, root, f"{prefix}{name}.")

    def _gone(self, leaf: Leaf, place: Place, path: RawPath, name: str) -> None:
        fits = fitting(leaf.codec) if path == leaf.sources[0].path else frozenset()
        near = _nearest(path[-1], place, self.used, fits, path[:-1])
        if near:
            message = f"{name} is not there any more; {near} may be its new name."
            self._note("renamed", name, leaf, message, f"Write {near} in this line if it is the same.", suggestion=near)
            return
        message = f"{name} is not there any more, so {leaf.line.path} is not read."
        self._note("removed", name, leaf, message, "Name another field, or take the line away.")

    def _field(self, leaf: Leaf, index: int, seen: FieldSchema, name: str) -> None:
        kind, fits = family(seen.type), fitting(leaf.codec)
        if index == 0 and kind and fits and kind not in fits and not (seen.fields and kind == "object"):
            message = f"{name} is {told(frozenset({kind}))} now ({seen.type}); {leaf.line.operation} expects {told(fits)}."
            self._note("retyped", name, leaf, message, "Change the operation, or correct the field in the system.")
        primaries = 1 if leaf.single or isinstance(leaf.codec, First) else max(1, getattr(leaf.codec, "primaries", 1))
        if leaf.writes and not seen.writable and index < primaries and leaf.sources[index].writable:
            message = f"Nobody may write {name} any more, to which {leaf.line.path} is written."
            self._note("not_writable", name, leaf, message, "Give the hub's user the right to write it, or say `one_way: in`.")
        self._length(leaf, index, seen, name)
        self._values(leaf, index, seen, name)

    def _length(self, leaf: Leaf, index: int, seen: FieldSchema, name: str) -> None:
        if not seen.length or not leaf.writes or family(seen.type) != "text":
            return
        width = [*widths(leaf), *[0] * len(leaf.sources)][index]
        codes = max((len(code) for code in written_codes(leaf.codec, index)), default=0)
        known = self.longest.get(leaf.line.path, 0) if not codes and _is_written_whole(leaf) else 0
        needs = max(width, codes)
        if needs > seen.length:
            message = f"{name} holds {seen.length} characters, and the line writes up to {needs}."
            self._note("shortened", name, leaf, message, f"Write `width: {seen.length}`, and `overflow` for what is longer.")
        elif known > seen.length:
            message = f"{name} holds {seen.length} characters, and the hub knows values of {known} for {leaf.line.path}."
            remedy = "Say `overflow: truncate`, or let the field be made longer."
            self._note("shortened", name, leaf, message, remedy, severity="warning")

    def _values(self, leaf: Leaf, index: int, seen: FieldSchema, name: str) -> None:
        codes = codes_of_field(leaf.codec, index)
        if codes is None or not seen.values:
            return
        known = [code for code in codes if code]
        gone = tuple(code for code in known if code not in seen.values)
        new = tuple(value for value in seen.values if value not in known)
        if gone:
            written = leaf.writes and any(code in written_codes(leaf.codec, index) for code in gone)
            message = f"{name} does not take {_listed(gone)} any more."
            remedy = "Write another code with `preferred`, or take the row out of the table."
            self._note("values_gone", name, leaf, message, remedy, severity="error" if written else "warning", values=gone)
        if new and leaf.reads:
            message = f"{name} may be {_listed(new)} now, which the table does not have: such records are parked."
            self._note(
                "values_new", name, leaf, message, "Add rows to the table, or say `else: keep`.", severity="warning", values=new
            )

    def required(self, fields: Sequence[FieldSchema], filled: frozenset[RawPath]) -> None:
        """Find what a new record must have and no line writes."""
        for one in fields:
            path = tuple(one.name.split("."))
            if one.required and one.writable and path not in filled:
                message = f"{one.name} must be filled in new records, and no line writes it."
                remedy = f"Map it, or give it a constant: `create: {{{one.name}: …}}`."
                node = self.mapping.node.get("fields") or self.mapping.node
                self.found.append(Drift("newly_required", one.name, node.fault("drift.newly_required", message, remedy)))

    def head(self, name: str, paths: str, place: Place) -> None:
        """Look for the fields by which the record as a whole is known."""
        node = self.mapping.node.get(name)
        for text in paths.split(",") if paths and node is not None else ():
            if isinstance(place.find(tuple(text.split("."))), str) and node is not None:
                message = f"{text} is not there any more, which is the {name} of the record."
                fault = node.fault(
                    "drift.removed", message, "Name the field that does it now; the object is not read without it."
                )
                near = _nearest(text, place, self.used, frozenset(), ())
                self.found.append(Drift("renamed" if near else "removed", text, replace(fault, path=name), near))

    def _note(
        self, change: Change, source: str, of: Leaf | Rows | Pick, message: str, remedy: str, *, severity: str = "error",
        suggestion: str = "", values: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        line = of.line
        fault = Fault(
            f"drift.{change}", message, remedy, "warning" if severity == "warning" or line.state != "active" else "error",
            line.file, line.line, line.column, line.path,
        )  # fmt: skip
        self.found.append(Drift(change, source, fault, suggestion, values))


def drift(
    mapping: ObjectMapping, schema: ObjectSchema, *, creates: bool = True, filled: Sequence[str] = (),
    longest: Mapping[str, int] | None = None,
) -> list[Drift]:  # fmt: skip
    """Compare a mapping, loaded without a schema, with what its system says today, line by line.

    ``creates`` says whether the hub may make new records of the object, ``filled`` are fields of them that the connector fills
    itself, and ``longest`` is how long the values are that the hub knows.
    """
    judge = _Judge(mapping, schema, longest or {}, frozenset(mapping.source_fields))
    root = Place(schema.fields or None)
    for name, paths in (("key", mapping.key), ("version", mapping.version), ("hub_key", mapping.hub_key)):
        judge.head(name, paths, root)
    judge.block(mapping.block, root, root, "")
    written = {path[:size] for path in _written(mapping.block) for size in range(1, len(path) + 1)}
    if creates and written:
        named = [tuple(path.split(".")) for path in (*mapping.key.split(","), mapping.hub_key)]
        create = mapping.node.get("create")
        constants = [tuple(path.split(".")) for path in (*filled, *(create.value if create is not None else ()))]
        judge.required(schema.fields, frozenset({*written, *named, *constants}))
    return judge.found


def _written(block: Block) -> Iterator[RawPath]:
    for leaf in block.leaves:
        if leaf.writes:
            yield from (source.path for source in leaf.sources)
    tables: list[Rows | Pick] = [*block.picks, *block.lists]
    yield from (rows.path for rows in tables if any(True for _ in _written(rows.block)))


def _is_written_whole(leaf: Leaf) -> bool:
    """Tell whether a field must hold a value as long as it is; the hub knows references by ids of its own."""
    return leaf.single and leaf.line.operation != "ref" and not getattr(leaf.codec, "truncate", False)


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(repr(value) for value in values[:_SHOWN]) + more


def _nearest(name: str, place: Place, used: frozenset[str], fits: frozenset[str], above: RawPath) -> str:
    """Find what a field may be called now: a described field that no line reads, alike in name and of a type that fits."""
    fields: Sequence[FieldSchema] = place.fields or ()
    for part in above:
        fields = next((one.fields for one in fields if one.name == part), ())
    scored = [
        (alike(name, one.name), one.name)
        for one in fields
        if one.name not in used and (not fits or not family(one.type) or family(one.type) in fits)
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _LIKELY else ""
