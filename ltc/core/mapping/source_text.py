"""The Python source of generated functions while it is written, and the objects that it refers to by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from ltc.core.contract.json_number import JsonNumber
from ltc.core.mapping.operations.amounts import POINTS, amount_text, number_text
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.rules import matches

_INDENT: Final = "    "


def not_an_object(value: Any) -> Any:
    """Stop the fast engine where an object was expected."""
    message = f"{type(value).__name__} instead of a group of fields"
    raise TypeError(message)


NAMES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "M": MISSING,
        "Decimal": Decimal,
        "JsonNumber": JsonNumber,
        "not_an_object": not_an_object,
        "matches": matches,
        "points": POINTS,
        "amount_text": amount_text,
        "number_text": number_text,
        "strip": str.strip,
    }
)
"""What every generated function may call."""


@dataclass(slots=True)
class SourceText:
    """The source text as it grows, and the objects that it refers to by name."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=lambda: dict(NAMES))
    count: int = 0

    def add(self, depth: int, text: str) -> None:
        """Write one line."""
        self.lines.append(_INDENT * depth + text)

    def name(self, prefix: str) -> str:
        """Invent a name."""
        self.count += 1
        return f"{prefix}{self.count}"

    def keep(self, prefix: str, thing: Any) -> str:
        """Give an object a name in the generated module."""
        name = self.name(prefix)
        self.names[name] = thing
        return name

    @property
    def text(self) -> str:
        """The text, to be looked at and compiled."""
        return "\n".join(self.lines) + "\n"

    def function(self, name: str, title: str) -> Callable[..., Any]:
        """Compile the text, and give the function of this name."""
        names = dict(self.names)
        exec(compile(self.text, f"<{title}>", "exec"), names)  # noqa: S102  # made here, from checked rules, every literal by repr
        function: Callable[..., Any] = names[name]
        return function
