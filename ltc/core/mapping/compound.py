"""Generated code for numbers that mean nothing without what they count: money, quantities and unit prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ltc.core.contract.json_number import JsonNumber
from ltc.core.mapping.operations.amounts import POINTS, Amount, Measure, Part, Price, amount_text, number_text
from ltc.core.mapping.operations.codec import MISSING, BadValue, Remembered
from ltc.core.mapping.operations.numbers import MOST_DIGITS, is_plain
from ltc.core.models.isocodes import MINOR_UNITS

if TYPE_CHECKING:
    from ltc.core.mapping.generator import Frame
    from ltc.core.mapping.rules import Leaf, Source

_TWO_DIGITS: Final = POINTS["EUR"]
"""Where the point stands in amounts of most currencies; with three digits what follows it could hide an exponent of JSON."""
_SHORT: Final = f" and len(text) <= {MOST_DIGITS}"


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

    A case is a condition, and what the value is then. Usual is a number whose text is already canonical, or nearly so.
    """
    parts = parts_of(leaf)
    names = [scope.part(part, leaf) for part in parts]
    if not names:
        return [], ""
    value = values[0]
    if isinstance(leaf.codec, Amount):
        cases = _amounts(value, scope.point(parts[0], leaf), names[0], careful=bool(scope.getter))
    elif isinstance(leaf.codec, Measure):
        cases = _numbers(value, names, lambda text: f"{{'value': {text}, 'unit': {names[0]}}}")
    else:
        currency, per, unit = names
        price = f"'currency': {currency}, 'per': {per}, 'unit': {unit}"
        cases = _numbers(value, names, lambda text: f"{{'amount': {text}, {price}}}")
    other = scope.source.keep("other", _READERS[leaf.codec.__class__](leaf.codec.decode))  # type: ignore[union-attr]  # has parts
    return [*cases, (f"{value} is None", "None")], f"{other}({', '.join(names)}, "


def _amounts(value: str, point: str, currency: str, *, careful: bool) -> list[tuple[str, str]]:
    """Give the cases of money: all digits of the currency are there, or JSON has left out the last zero of two."""
    json = f"{value}.__class__ is JsonNumber and {point} == {_TWO_DIGITS} and "
    place = f"{point}:{point} + 1" if careful else point  # a text may be too short, which ends the first attempt
    decimal = f"{value} and {value}.__class__ is Decimal and (text := str({value}))"
    whole, lacks_zero = (f"{{'amount': {text}, 'currency': {currency}}}" for text in ("text", "text + '0'"))
    return [
        (f"{json}(text := {value}.text)[-3] == '.' and text != '-0.00'{_SHORT}", whole),
        (f"{json}text[-2] == '.' and text != '-0.0' and len(text) < {MOST_DIGITS}", lacks_zero),
        (f"{decimal}[{place}] == '.'{_SHORT}", whole),
    ]


def _numbers(value: str, names: list[str], result: Callable[[str], str]) -> list[tuple[str, str]]:
    """Give the cases of a quantity or price: no zero is last, or JSON has written a whole number with one."""
    known = "".join(f"{name} and " for name in names if name[0] != "'")
    json = f"{known}{value}.__class__ is JsonNumber and "
    decimal = f"{known}{value}.__class__ is Decimal and (text := str({value}))"
    return [
        (f"{json}(text := {value}.text)[-1] != '0' and 'e' not in text and 'E' not in text{_SHORT}", result("text")),
        (f"{json}text[-2:] == '.0' and text != '-0.0'{_SHORT}", result("text[:-2]")),
        (f"{decimal}[-1] != '0' and '.' in text and 'E' not in text{_SHORT}", result("text")),
    ]


_Decode: TypeAlias = Callable[..., dict[str, str] | None]


def _exact(number: Any) -> Any:
    """Make a number of JSON's own text and of a text that is plainly one; all else stays what it is."""
    if number.__class__ is JsonNumber or (number.__class__ is str and is_plain(number)):
        return Decimal(str(number))
    return number


def _amount_reader(decode: _Decode) -> _Decode:
    """Give the function that reads an amount that lacks digits or has too many; what is no number it leaves to the operation."""

    def read(currency: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        number = _exact(number)
        if currency and (number.__class__ is Decimal or number.__class__ is int):
            return {"amount": amount_text(number, currency), "currency": currency}
        return decode(number, *others)

    return read


def _quantity_reader(decode: _Decode) -> _Decode:
    def read(unit: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        number = _exact(number)
        if unit and (number.__class__ is Decimal or number.__class__ is int):
            return {"value": number_text(number), "unit": unit}
        return decode(number, *others)

    return read


def _price_reader(decode: _Decode) -> _Decode:
    def read(currency: str | None, per: str | None, unit: str | None, number: Any, *others: Any) -> dict[str, str] | None:
        number = _exact(number)
        if currency and per and unit and (number.__class__ is Decimal or number.__class__ is int):
            return {"amount": number_text(number), "currency": currency, "per": per, "unit": unit}
        return decode(number, *others)

    return read


_READERS: Final[Mapping[type, Callable[[_Decode], _Decode]]] = MappingProxyType(
    {Amount: _amount_reader, Measure: _quantity_reader, Price: _price_reader}
)
