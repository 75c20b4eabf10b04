"""A flow as it runs: rules that say what is derived, when, and what becomes of it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ltc.app.engine.flow.roll_ups import RollUp
from ltc.app.engine.flow.ways import Hop, View, Way
from ltc.core.mapping.cel import JointExpression
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.yamlfile import Node, Place

Chain: TypeAlias = tuple[Hop, ...]
Retraction: TypeAlias = Literal["ignore", "cancel", "exception"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A CEL expression over what a flow sees; a way of None stands for the roles of the hub's systems."""

    expression: JointExpression
    ways: tuple[Way | None, ...]

    def compute(self, view: View) -> Any:
        """Compute from what is seen; what cannot be computed because of a null is null.

        Raises :class:`BadValue` for what cannot be computed of values that are there.
        """
        try:
            return self.expression.compute(self.reads(view))
        except BadValue as error:
            raise BadValue("compute", f"`{self.expression.text}` {error.message}") from None

    def holds(self, view: View) -> bool:
        """Tell whether a condition holds; one that cannot be decided because of a null does not."""
        return self.compute(view) is True

    def reads(self, view: View) -> list[Any]:
        """List the values that the expression reads."""
        return [list(view.roles) if way is None else view.value(way) for way in self.ways]


@dataclass(frozen=True, slots=True)
class Take:
    """The value at the end of a way."""

    way: Way


@dataclass(frozen=True, slots=True)
class Const:
    """A fixed value."""

    value: Any


@dataclass(frozen=True, slots=True)
class OfRow:
    """A value of the source's row that a derived row is made of."""

    path: str


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values that is there."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Take | Const | OfRow | FirstOf | Formula


@dataclass(frozen=True, slots=True)
class EachRow:
    """One derived row for each row of a list; new rows are numbered in steps, and keep their numbers."""

    way: Way
    source_key: str
    step: int
    fields: Mapping[str, Rule]
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FixedRows:
    """Rows that the flow file writes out, each with its key."""

    rows: tuple[Mapping[str, Rule], ...]
    lines: tuple[Mapping[str, int], ...] = field(default=(), compare=False)


ListRule: TypeAlias = tuple[EachRow | FixedRows, ...]
"""How a list is derived: by the first of these that gives a row when the document is begun."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What tells the documents of one source apart: a value of its own, or one of its rows, which then go each to its own."""

    way: Way
    row_path: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much there is of each row of a list: what change orders share out."""

    list: str
    field: str


@dataclass(frozen=True, slots=True)
class Following:
    """Until when a value follows its source: up to one of these states of the document; what comes later is told, or let be."""

    until: frozenset[str]
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """What a flow is to derive of given records, None for nothing; or with ``documents`` what these are to give back."""

    line: int
    given: Mapping[str, Any]
    gives: Mapping[str, Any] | None
    note: str = ""
    roles: tuple[str, ...] = ()
    slot: str | None = None
    documents: tuple[Mapping[str, Any], ...] = ()
    back: Mapping[str, Any] | None = None
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow file, ready to run.

    Without ``when`` nothing is derived: the flow only says that documents which refer to a source belong to it. ``policies``
    name, per derived value, until when the source is followed; None is a snapshot.
    With a ``quantity`` what comes too late becomes a change order; else it is told to a person. ``relatives`` are the further
    entities that it sees, with what a relative has to fulfil. ``watched`` are the chains of hops whose ends, when they change,
    let the flow look at its source again. ``places`` say where the file's own keys stand, those of roll-ups as `roll_up.LEAF`.
    """

    name: str
    file: str
    source: str
    target: str
    when: Formula | None = None
    stays: Formula | None = None
    slot: Slot | None = None
    live_from: str = ""
    adopt: Mapping[str, str] = field(default_factory=dict)
    relatives: Mapping[str, Callable[[Mapping[str, Any]], bool] | None] = field(default_factory=dict)
    fields: Mapping[str, Rule] = field(default_factory=dict)
    lists: Mapping[str, ListRule] = field(default_factory=dict)
    policies: Mapping[str, Following | None] = field(default_factory=dict)
    quantity: Quantity | None = None
    on_retract: Retraction = "exception"
    roll_ups: Sequence[RollUp] = ()
    chains: Sequence[Chain] = ()
    watched: Sequence[Chain] = ()
    roles: tuple[str, ...] = ()
    examples: Sequence[Example] = ()
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def begins(self) -> Formula:
        """The condition under which a document is derived."""
        if self.when is None:
            message = f"The flow {self.name} derives nothing."
            raise LookupError(message)
        return self.when

    def line_of(self, leaf: str) -> int:
        """Give the line of the flow file that a derived leaf comes from."""
        whole = leaf.partition("[")[0]
        return self.lines.get(whole) or self.lines.get(whole.partition(".")[0], self.line)

    def place(self, key: str) -> Place:
        """Say where a key of the flow file stands; one that is not there stands where the file begins."""
        return self.places.get(key) or Place(self.file, self.line, 1)
