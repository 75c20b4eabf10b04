"""Values that no field holds: constants, defaults, branches and what is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue, Inline, Several, Single, raw_text


@dataclass(frozen=True, slots=True)
class Default:
    """Another operation, with a value for when the system holds none.

    >>> from ltc.core.mapping.operations.text import Text
    >>> Default(Text(), "standard").decode(""), Default(Text(), "standard").encode("other")
    ('standard', 'other')
    """

    inner: Single
    value: Any
    inline: Inline | None = None

    def decode(self, value: Any) -> Any:
        """Read the value, or take the default."""
        found = self.inner.decode(value)
        return self.value if found is None else found

    def encode(self, value: Any) -> Any:
        """Write as the inner operation does."""
        return self.inner.encode(value)


@dataclass(frozen=True, slots=True)
class Computed:
    """A value computed from the record by an expression; it has no way back."""

    compute: Callable[[Sequence[Any]], Any]
    primaries: int

    def decode(self, *values: Any) -> Any:
        """Compute the value."""
        return self.compute(values)

    def encode(self, value: Any, old: Sequence[Any]) -> Sequence[Any]:
        """Refuse: nobody can say which field to write."""
        del value, old
        raise BadValue("one_way", "is computed and has no way back")


@dataclass(frozen=True, slots=True)
class Branch:
    """What one branch of a case reads: some of the line's fields, by one operation, or a constant."""

    codec: Single | Several | None
    single: bool
    fields: tuple[int, ...]
    constant: Any = None


@dataclass(frozen=True, slots=True)
class Case:
    """One of several operations, chosen by the first field.

    >>> from ltc.core.mapping.operations.text import Text
    >>> name = Case({"true": Branch(Text(), True, (1,)), "false": Branch(Text(), True, (2,))}, 3)
    >>> name.decode(True, "Muster", None), name.encode("Acme", (False, None, "Old"))
    ('Muster', [<Mark.KEEP: 'keep'>, <Mark.KEEP: 'keep'>, 'Acme'])
    """

    branches: Mapping[str, Branch]
    fields: int
    blank: str | None = None
    primaries: int = 0

    def branch(self, on: Any) -> str:
        """Choose the branch for a value of the field that decides."""
        key = "" if on is MISSING else raw_text(on) or ""
        if key in self.branches:
            return key
        if "else" in self.branches:
            return "else"
        raise BadValue("no_branch", "has no branch for what decides it")

    def decode(self, *values: Any) -> Any:
        """Read by the branch that the record chooses."""
        if values[0] is MISSING:
            return MISSING
        branch = self.branches[self.branch(values[0])]
        if branch.codec is None:
            return branch.constant
        inner = [values[index] for index in branch.fields]
        if inner[0] is MISSING:
            return MISSING
        return branch.codec.decode(*(None if value is MISSING else value for value in inner))

    def encode(self, value: Any, old: Sequence[Any]) -> list[Any]:
        """Write by the branch that the record chooses, or by the one whose constant the value is."""
        new: list[Any] = [KEEP] * self.fields
        on = old[0] if old else MISSING
        here = None if on is MISSING else self.branch(on)
        name = self._fitting(value, here)
        if name != here and not (here is None and name == "else"):
            new[0] = {"else": self.blank, "": self.blank, "true": True, "false": False}.get(name, name)
        branch = self.branches[name]
        if branch.codec is None:
            return new
        if branch.single:
            written = [branch.codec.encode(value)]  # type: ignore[call-arg]  # a single codec takes no old values
        else:
            before = [None if old[index] is MISSING else old[index] for index in branch.fields] if old else ()
            written = list(branch.codec.encode(value, before))  # type: ignore[call-arg]
        for index, raw in zip(branch.fields, written, strict=True):
            new[index] = raw
        return new

    def _fitting(self, value: Any, here: str | None) -> str:
        """Name the branch that can hold the value: the present one unless a constant there or elsewhere speaks against it."""
        constant = next((name for name, one in self.branches.items() if one.codec is None and one.constant == value), None)
        if constant is not None:
            return constant
        if here is not None and (self.branches[here].codec is not None or self.branches[here].constant is MISSING):
            return here
        others = [name for name, one in self.branches.items() if one.codec is not None]
        if "else" in others or len(others) == 1:
            return "else" if "else" in others else others[0]
        raise BadValue("no_branch", "cannot be written before the field is known that decides where")
