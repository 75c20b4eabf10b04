"""A mapping as the engines see it: rules that are checked, with codecs in place of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from ltc.core.mapping.operations.codec import Several, Single

RawPath: TypeAlias = tuple[str, ...]
Target: TypeAlias = tuple[str, ...]
Direction: TypeAlias = Literal["both", "in", "out"]
State: TypeAlias = Literal["active", "proposed", "deprecated"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a mapping as people see it: a canonical path, where it comes from and what is done on the way."""

    path: str
    source: str
    operation: str
    direction: Direction
    state: State
    file: str
    line: int
    column: int
    personal: bool


@dataclass(frozen=True, slots=True)
class RefLine:
    """A line that holds a reference; one that is not required may be written in a second pass."""

    path: str
    entity: str
    required: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A raw field that a line reads; ``root`` fields are looked up in the whole record, not in the row."""

    path: RawPath
    root: bool = False
    writable: bool = True

    def __str__(self) -> str:
        """Write it as in the YAML."""
        return ("/" if self.root else "") + ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One canonical leaf: its fields and the codec between them; without a codec it is a constant."""

    line: Line
    target: Target
    sources: tuple[Source, ...]
    codec: Single | Several | None
    single: bool
    constant: Any = None

    @property
    def reads(self) -> bool:
        """Tell whether ``get`` has this value."""
        return self.line.direction != "out" and self.line.state != "proposed"

    @property
    def writes(self) -> bool:
        """Tell whether ``put`` writes this value."""
        return self.line.direction != "in" and self.line.state == "active"


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on a row: one of these values; the first is what a new row gets."""

    path: RawPath
    values: frozenset[Any]
    constant: Any


@dataclass(frozen=True, slots=True)
class Embed:
    """An object inside the record with a key of its own, which goes along when something in it is written."""

    path: RawPath
    keys: tuple[RawPath, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The rules of a record or of a row; ``shared`` are the raw fields that more than one line writes."""

    leaves: tuple[Leaf, ...] = ()
    lists: tuple[Rows, ...] = ()
    picks: tuple[Pick, ...] = ()
    embeds: tuple[Embed, ...] = ()
    shared: frozenset[RawPath] = frozenset()


@dataclass(frozen=True, slots=True)
class Rows:
    """A list by key: which raw rows, how they are told apart, and the rules of a row."""

    line: Line
    target: Target
    path: RawPath
    where: tuple[Where, ...]
    key: tuple[RawPath, ...]
    id: RawPath | None
    key_name: str
    block: Block

    @property
    def reads(self) -> bool:
        """Tell whether ``get`` has this list."""
        return self.line.direction != "out" and self.line.state != "proposed"

    @property
    def writes(self) -> bool:
        """Tell whether ``put`` writes this list."""
        return self.line.direction != "in" and self.line.state == "active"


@dataclass(frozen=True, slots=True)
class Pick:
    """The one row of a list that fulfils a condition; its rules fill the same canonical record."""

    line: Line
    path: RawPath
    where: tuple[Where, ...]
    key: tuple[RawPath, ...]
    id: RawPath | None
    block: Block
    empty: Mapping[str, Any] = field(default_factory=dict)


def inherit(block: Block, direction: Direction, state: State) -> Block:
    """Let the lines of a row have the direction and state of their list, where the list says one."""

    def under(line: Line) -> Line:
        way = line.direction if direction == "both" else direction
        return replace(line, direction=way, state=line.state if state == "active" else state)

    return replace(
        block,
        leaves=tuple(replace(leaf, line=under(leaf.line)) for leaf in block.leaves),
        lists=tuple(replace(one, line=under(one.line), block=inherit(one.block, direction, state)) for one in block.lists),
        picks=tuple(replace(one, line=under(one.line), block=inherit(one.block, direction, state)) for one in block.picks),
    )


def matches(row: Any, where: tuple[Where, ...]) -> bool:
    """Tell whether a raw row fulfils the conditions.

    >>> matches({"ROLE": "WE"}, (Where(("ROLE",), frozenset({"WE"}), "WE"),))
    True
    """
    for condition in where:
        found = dig(row, condition.path)
        if isinstance(found, list | dict) or found not in condition.values:
            return False
    return True


def dig(raw: Any, path: RawPath, missing: Any = None) -> Any:
    """Follow a raw path; what is inside None is None, what is not there is ``missing``.

    >>> dig({"A": {"B": 1}}, ("A", "B")), dig({"A": None}, ("A", "B")), dig({}, ("A", "B"), "?")
    (1, None, '?')
    """
    for part in path:
        if raw is None:
            return None
        if raw.__class__ is not dict:
            message = "is not a group of fields"
            raise TypeError(message)
        raw = raw.get(part, missing)
        if raw is missing:
            return missing
    return raw


def bury(raw: dict[str, Any], path: RawPath, value: Any) -> None:
    """Put a value at a raw path, making the objects on the way.

    >>> raw = {}
    >>> bury(raw, ("A", "B"), 1)
    >>> raw
    {'A': {'B': 1}}
    """
    for part in path[:-1]:
        raw = raw.setdefault(part, {})
    raw[path[-1]] = value
