"""The examples of a mapping, run both ways: what each expects, what came of it, and which line is answerable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ltc.core.contract.records import Raw
from ltc.core.errors import Fault, Untranslatable
from ltc.core.mapping.laws import apply, run_example
from ltc.core.mapping.mapping import Example, Mapping
from ltc.core.mapping.normal_form import explains
from ltc.core.mapping.reference import read_block
from ltc.core.mapping.rules import Line
from ltc.core.models.leaves import flatten, generic

ABSENT: Final = "absent"
"""What stands for a value that is not there at all."""

Way: TypeAlias = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One value of an example: read (``in``), or written into a new record and read again (``out``)."""

    way: Way
    path: str
    expected: Any
    found: Any
    line: Line | None

    @property
    def is_right(self) -> bool:
        """Tell whether it came out as expected; what was written may come back in the system's own spelling."""
        return bool(self.expected == self.found) or (self.way == "out" and explains(self.expected, self.found))


@dataclass(frozen=True, slots=True)
class Trial:
    """One example after it was run."""

    example: Example
    number: int
    note: str
    compared: tuple[Compared, ...]
    faults: tuple[Fault, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether the example holds both ways."""
        return not self.faults


def try_examples(mapping: Mapping) -> list[Trial]:
    """Run every example of a mapping both ways."""
    return [_tried(mapping, example, number) for number, example in enumerate(mapping.examples, 1)]


def without_examples(mapping: Mapping) -> Iterator[Fault]:
    """Warn of a mapping that has no example: nobody has said what it is to do."""
    if not mapping.examples:
        yield Fault(
            "mapping.no_example", f"{mapping.system}.{mapping.object} has no example.",
            "Add one below `examples:`; `ltc mapping preview` shows both sides of a record.", "warning", mapping.file, 1, 1,
        )  # fmt: skip


def _tried(mapping: Mapping, example: Example, number: int) -> Trial:
    note = example.node.get("note")
    faults = tuple(run_example(mapping, example))
    compared = (*_read(mapping, example), *_written(mapping, example))
    return Trial(example, number, note.text if note is not None else "", compared, faults)


def _read(mapping: Mapping, example: Example) -> Iterator[Compared]:
    """Compare what the system's side is read as with our side, leaf by leaf."""
    try:
        found = flatten(mapping.entity, mapping.get(example.system))
    except Untranslatable as problem:
        wrong = {error.path: f"✗ {error.message}" for error in problem.errors}
        found = flatten(mapping.entity, _readable(mapping, example.system)) | wrong
    for path, value in flatten(mapping.entity, dict(example.canonical)).items():
        yield Compared("in", path, value, found.get(path, ABSENT), line_of(mapping, path))


def _readable(mapping: Mapping, raw: Raw) -> dict[str, Any]:
    """Read what can be read of a record that does not fit as a whole."""
    nested: dict[str, Any] = {}
    read_block(mapping.block, raw, raw, nested, "", [])
    return nested


def _written(mapping: Mapping, example: Example) -> Iterator[Compared]:
    """Compare what a new record of the system would mean with our side, for all that the mapping writes."""
    canonical = dict(example.canonical)
    try:
        seen = mapping.get(apply(mapping, None, mapping.put(None, canonical)))
    except Untranslatable:
        return  # the laws say what is wrong, and of which line
    found = flatten(mapping.entity, seen)
    writes = {line.path for line in mapping.lines if line.direction == "both" and line.state == "active"}
    for path, value in flatten(mapping.entity, canonical).items():
        there = found.get(path, ABSENT)
        if generic(path) in writes and value is not None and path[-1] != "]":
            yield Compared("out", path, value, there, line_of(mapping, path))


def line_of(mapping: Mapping, path: str) -> Line | None:
    """Find the line that is answerable for a leaf: its own, or that of its list."""
    lines = {line.path: line for line in mapping.lines}
    name = generic(path)
    return lines.get(name) or lines.get(name.partition("[")[0])
