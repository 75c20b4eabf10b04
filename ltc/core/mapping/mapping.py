"""A mapping, loaded and compiled: what it reads, what it writes, and where every line comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any

from ltc.core.contract.records import Raw
from ltc.core.errors import FieldError, Untranslatable
from ltc.core.mapping.cel import Expression
from ltc.core.mapping.differing import Comparer
from ltc.core.mapping.generator import Generated
from ltc.core.mapping.operations.codec import BadValue, raw_text
from ltc.core.mapping.reference import UNEXPECTED, read_record
from ltc.core.mapping.rules import Block, Line, RawPath, RefLine, bury, dig
from ltc.core.mapping.straight import Straight
from ltc.core.mapping.writer import Writer
from ltc.core.mapping.writing import write_record
from ltc.core.models import Schema, validate
from ltc.core.models.leaves import Leaves, Reference
from ltc.core.yamlfile import Node


@dataclass(frozen=True, slots=True)
class Example:
    """A record in the system's form and in ours, from the mapping's own file."""

    system: Raw
    canonical: Table[str, Any]
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """How one object of one system corresponds to one entity, both ways.

    ``key``, ``version`` and ``hub_key`` are raw paths ("" if there is none); a key of several fields is written with commas.
    ``source_fields`` are all raw paths that must be read, rows as ``OrderItems.records.Quantity``.
    ``fingerprint`` changes when what the mapping means changes. ``code`` is the generated Python. ``proven`` says that what it
    reads fits the model whatever a record holds, but for required values and the keys of rows. ``declared`` is the entity with
    the hub's own fields, None where nobody has said them.
    """

    system: str
    object: str
    entity: str
    key: str
    version: str
    hub_key: str
    file: str
    fingerprint: str
    source_fields: tuple[str, ...]
    refs: tuple[RefLine, ...]
    lines: tuple[Line, ...]
    proven: bool
    code: str = field(repr=False)
    block: Block = field(repr=False)
    examples: tuple[Example, ...] = field(repr=False)
    node: Node = field(repr=False)
    declared: Schema | None = field(repr=False)
    _generated: Generated = field(repr=False)
    _straight: Straight | None = field(repr=False)
    _writer: Callable[[], Writer] = field(repr=False)
    _comparer: Callable[[], Comparer] = field(repr=False)
    _guard: Expression | None = field(repr=False)
    _guard_line: Line | None = field(repr=False)
    _create: Table[RawPath, Any] = field(repr=False)

    def applies(self, raw: Raw) -> bool:
        """Tell whether the record concerns the hub; raise Untranslatable if the guard cannot say."""
        if self._guard is None:
            return True
        try:
            return self._guard.holds(raw)
        except (BadValue, TypeError) as problem:
            line = self._guard_line
            place = (line.file, line.line, line.column) if line is not None else ("", 0, 0)
            message = problem.message if isinstance(problem, BadValue) else str(problem)
            raise Untranslatable([FieldError("value.guard", message, "", "when", "", "when", *place)]) from None

    def get(self, raw: Raw) -> dict[str, Any]:
        """Read a record into its canonical form; raise Untranslatable with every problem of the record."""
        try:
            return self._generated.get(raw)
        except (LookupError, TypeError):  # a field is absent, or a number where a text is usual, which is no fault
            return self._read_carefully(raw)
        except UNEXPECTED:
            return read_record(self.block, raw)

    def _read_carefully(self, raw: Raw) -> dict[str, Any]:
        try:
            return self._generated.careful()(raw)
        except UNEXPECTED:
            return read_record(self.block, raw)

    def leaves(self, raw: Raw) -> tuple[Leaves, list[Reference]] | None:
        """Read a record straight into its leaves and the references among them.

        None where it must be read in its nested form and be checked: the mapping is not proven or of no plain shape, or something
        does not fit.
        """
        if self._straight is None:
            return None
        try:
            return self._straight.quick(raw)
        except (LookupError, TypeError):
            return self._leaves_carefully(raw)
        except UNEXPECTED:
            return None

    def _leaves_carefully(self, raw: Raw) -> tuple[Leaves, list[Reference]] | None:
        try:
            return None if self._straight is None else self._straight.careful()(raw)
        except UNEXPECTED:
            return None

    def put(self, old: Raw | None, desired: Table[str, Any], only: Collection[str] | None = None) -> Raw:
        """Say which raw fields to write: all of them for a new record, else only those that change.

        ``only`` keeps to these canonical paths (``lines[].quantity``; ``lines`` lets rows come and go).
        Rows of lists come with ``_row`` (insert, update, delete), the raw fields that identify them, and what changes.
        Raise Untranslatable with every problem.
        """
        if old is not None:
            return self._change(old, desired, only)
        try:
            patch = self._writer()(desired)
        except UNEXPECTED:
            patch = write_record(self.block, None, None, desired, only)
        if self._create:
            for path, value in self._create.items():
                if dig(patch, path) is None:
                    bury(patch, path, value)
        return patch

    def _change(self, old: Raw, desired: Table[str, Any], only: Collection[str] | None) -> Raw:
        """Write what differs; a record that does not fit is looked at field by field."""
        try:
            seen = self.get(old)
        except Untranslatable:
            return write_record(self.block, old, None, desired, only)
        try:
            rest = self._comparer()(old, seen, desired)
        except UNEXPECTED:
            return write_record(self.block, old, seen, desired, only)
        return write_record(rest.block, rest.old, rest.seen, rest.desired, only)

    def validate(self, nested: dict[str, Any]) -> None:
        """Check a canonical record, the hub's own fields included if they are known; raise Untranslatable with every problem."""
        if self.declared is not None:
            self.declared.validate(nested)
        else:
            validate(self.entity, nested)

    def key_of(self, raw: Raw) -> str:
        """Read the record's own id in its system; raise Untranslatable if it has none: nobody could say which record it is."""
        try:
            key = _joined(raw, self.key, "/")
        except (BadValue, TypeError):
            raise Untranslatable([FieldError("value.no_key", "the record's id is not a plain value", "", self.key)]) from None
        if not key:
            raise Untranslatable([FieldError("value.no_key", "the record has no id", "", self.key)])
        return key

    def version_of(self, raw: Raw) -> str:
        """Read what orders two sightings of the record; "" if the system says nothing."""
        return _joined(raw, self.version, "")

    def hub_key_of(self, raw: Raw) -> str:
        """Read our own id that the system keeps; "" if there is none."""
        return _joined(raw, self.hub_key, "")


def _joined(raw: Raw, paths: str, separator: str) -> str:
    if not paths:
        return ""
    if "," not in paths and "." not in paths:
        return raw_text(raw.get(paths)) or ""
    parts: Sequence[str | None] = [raw_text(dig(raw, tuple(path.split(".")))) for path in paths.split(",")]
    return separator.join(part or "" for part in parts) if any(parts) else ""
