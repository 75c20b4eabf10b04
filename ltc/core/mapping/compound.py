"""Generated code for numbers that mean nothing without what they count: money, quantities and unit prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ltc.core.mapping.operations.amounts import POINTS, Amount, Measure, Part, Price, amount_text, number_text
from ltc.core.mapping.operations.codec import MISSING, BadValue, Remembered
from ltc.core.mapping.operations.numbers import MOST_DIGITS, is_plain
from ltc.core.models.isocodes import MINOR_UNITS

if TYPE_CHECKING:
    from ltc.core.mapping.generator import Frame
    from ltc.core.mapping.rules import Leaf, Source

_TWO_DIGITS: Final = POINTS["EUR"]
"""Where the point stands in amounts of most currencies; systems leave a last zero out, which is put back."""


def parts_of(leaf: Leaf) -> list[Part]:
    """Name the parts beside the number of a line for which code can be written without a call."""
    if isinstance(leaf.codec, Amount):
        return [leaf.codec.currency] if leaf.codec.units == "major" else []
    if isinstance(leaf.codec, Measure):
        return [leaf.codec.unit]
    if isinstance(leaf.codec, Price) and leaf.codec.per.codec is None and leaf.codec.per.constant != "0":
        return [leaf.codec.currency, leaf.codec.per, leaf.codec.unit]
    return []


def part_fields(part: Part, leaf: Leaf) -> list[Source]:
    """Name the fields that a part is read from."""
    return [leaf.sources[index] for index in ((part.index, part.fallback_index) if part.fallback_index else (part.index,))]


def remembered(part: Part) -> Remembered:
    """Give a part for what its fields hold; it is None where there is something to explain."""

    def read(fields: Any) -> str | None:
        values = fields if fields.__class__ is tuple else (fields,)
        try:
            found = part.read(*(None if value is MISSING else value for value in values))
        except BadValue:
            return None
        return found if part.name != "currency" or found in MINOR_UNITS else None

    return Remembered(read)


def write_compound(leaf: Leaf, scope: Frame, values: list[str]) -> tuple[list[tuple[str, str]], str]:
    """Write the parts of a line, and give its usual cases, and the beginning of the call that reads all others.

    A case is a condition, and what the value is then. Usual is a number whose text is already in its canonical form.
    """
    parts = parts_of(leaf)
    names = [scope.part(part, leaf) for part in parts]
    if not names:
        return [], ""
    value = values[0]
    known = "".join(f"{name} and " for name in names if name[0] != "'")
    text = f"{value}.__class__ is Decimal and (text := str({value}))"
    short = f" and len(text) <= {MOST_DIGITS}"
    others = [(f"{value} is None", "None")]
    condition = f"{known}{text}[-1] != '0' and '.' in text and 'E' not in text{short}"
    if isinstance(leaf.codec, Amount):
        point = scope.point(parts[0], leaf)
        place = f"{point}:{point} + 1" if scope.getter else point  # a text may be too short, which ends the first attempt
        condition = f"{value} and {text}[{place}] == '.'{short}"
        result = f"{{'amount': text, 'currency': {names[0]}}}"
        lacks_one = f"{value} and {value}.__class__ is Decimal and {point} == {_TWO_DIGITS} and text[-2:-1] == '.'"
        others.insert(0, (f"{lacks_one} and len(text) < {MOST_DIGITS}", f"{{'amount': text + '0', 'currency': {names[0]}}}"))
    elif isinstance(leaf.codec, Measure):
        result = f"{{'value': text, 'unit': {names[0]}}}"
    else:
        result = f"{{'amount': text, 'currency': {names[0]}, 'per': {names[1]}, 'unit': {names[2]}}}"
    other = scope.source.keep("other", _READERS[leaf.codec.__class__](leaf.codec.decode))  # type: ignore[union-attr]  # has parts
    return [(condition, result), *others], f"{other}({', '.join(names)}, "


_Decode: TypeAlias = Callable[..., dict[str, str] | None]


def _amount_reader(decode: _Decode) -> _Decode:
    """Give the function that reads an amount that lacks digits or has too many; what is no number it leaves to the operation."""

    def read(currency: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        if number.__class__ is str and is_plain(number):
            number = Decimal(number)
        if currency and (number.__class__ is Decimal or number.__class__ is int):
            return {"amount": amount_text(number, currency), "currency": currency}
        return decode(number, *others)

    return read


def _quantity_reader(decode: _Decode) -> _Decode:
    def read(unit: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        if number.__class__ is str and is_plain(number):
            number = Decimal(number)
        if unit and (number.__class__ is Decimal or number.__class__ is int):
            return {"value": number_text(number), "unit": unit}
        return decode(number, *others)

    return read


def _price_reader(decode: _Decode) -> _Decode:
    def read(currency: str | None, per: str | None, unit: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        if number.__class__ is str and is_plain(number):
            number = Decimal(number)
        if currency and per and unit and (number.__class__ is Decimal or number.__class__ is int):
            return {"amount": number_text(number), "currency": currency, "per": per, "unit": unit}
        return decode(number, *others)

    return read


_READERS: Final[Mapping[type, Callable[[_Decode], _Decode]]] = MappingProxyType(
    {Amount: _amount_reader, Measure: _quantity_reader, Price: _price_reader}
)
