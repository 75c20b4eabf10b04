"""Coverage: what the lines of a mapping did over many records, and which of them never did anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from ltc.core.contract.records import Raw
from ltc.core.mapping.expectations import codes_of_field
from ltc.core.mapping.looking import Look, look
from ltc.core.mapping.mapping import Mapping as ObjectMapping
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.rules import Block, Leaf, Line, Pick, Rows
from ltc.core.models.check import mask

Verdict: TypeAlias = Literal["", "never_there", "always_null", "always_default", "always_same_code", "never_fits", "no_record"]
"""What is odd about a line; empty if nothing is."""

_MOST_VALUES: Final = 100
_SAMPLES: Final = 3


@dataclass(slots=True)
class Covered:
    """What one line did: in how many records and rows it was tried, what it gave, and which codes came."""

    line: Line
    codes: frozenset[str] = frozenset()
    tried: int = 0
    fired: int = 0
    null: int = 0
    missing: int = 0
    defaulted: int = 0
    faults: int = 0
    changes: int = 0
    values: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Say what is odd about the line."""
        if not self.tried:
            return "no_record"
        if self.faults == self.tried:
            return "never_fits"
        if self.missing == self.tried:
            return "never_there"
        if not self.fired:
            return "always_null"
        if self.defaulted == self.fired and not self.null:
            return "always_default"
        return "always_same_code" if self.line.operation == "codes" and len(self.came) == 1 and self.tried > 1 else ""

    @property
    def unused(self) -> list[str]:
        """Name the codes of the line's table that never came."""
        return sorted(code for code in self.codes if code and code not in self.came) if self.came else []

    def add(self, one: Look, record: str, known: Any) -> None:
        """Count what the line did with a record; ``known`` is what the hub knows for the path."""
        self.tried += 1
        if one.faults:
            self.faults += 1
        elif one.value is MISSING:
            self.missing += 1
        elif one.value is None:
            self.null += 1
        else:
            self.fired += 1
            self.defaulted += one.defaulted
            self._value(one, record, known)

    def _value(self, one: Look, record: str, known: Any) -> None:
        if len(self.values) < _MOST_VALUES:
            self.values[str(one.value)] += 1
        if self.codes and len(self.came) < _MOST_VALUES:
            self.came[str(next(iter(one.found.values()), ""))] += 1
        if self.line.state == "active":
            return
        differs = known is not MISSING and known != one.value
        self.changes += differs
        if len(self.samples) < _SAMPLES and (differs or known is MISSING):
            hide = mask if self.line.personal else lambda value: value
            before = None if known is MISSING else known
            self.samples.append({"record": record, "path": one.path, "value": hide(one.value), "known": hide(before)})


class Coverage:
    """Gathers what the lines of a mapping do, record by record."""

    def __init__(self, mapping: ObjectMapping) -> None:
        """Take the mapping, with all its lines that read."""
        self._mapping = mapping
        self.records = 0
        self.out_of_scope = 0
        codes = {leaf.line.path: frozenset(codes_of_field(leaf.codec, 0) or ()) for leaf in _leaves(mapping.block) if leaf.single}
        self.lines = {
            (line.path, line.line): Covered(line, codes.get(line.path, frozenset()))
            for line in mapping.lines
            if line.direction != "out"
        }  # fmt: skip

    def add(self, record: str, raw: Raw, known: Mapping[str, Any] | None = None) -> None:
        """Look at a record; ``known`` are the leaves that the hub knows of the same thing, for proposed lines."""
        self.records += 1
        for one in look(self._mapping, raw):
            covered = self.lines.get((one.line.path, one.line.line))
            if covered is not None:
                alien = known is None or one.line.operation == "ref"  # the hub knows references by ids of its own
                covered.add(one, record, MISSING if known is None or alien else known.get(one.path))


def _leaves(block: Block) -> list[Leaf]:
    tables: list[Rows | Pick] = [*block.lists, *block.picks]
    return [*block.leaves, *(leaf for rows in tables for leaf in _leaves(rows.block))]
