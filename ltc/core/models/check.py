"""Check canonical records, fast: the models' shapes compiled to patterns that run in Rust, without building any object.

What passes here is exactly what the models read and write back unchanged; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from ltc.core.errors import FieldError, Untranslatable
from ltc.core.models.isocodes import COUNTRIES, LANGUAGE, MINOR_UNITS, UNIT
from ltc.core.models.leaves import encode_key
from ltc.core.models.money import format_amount
from ltc.core.models.registry import shape_of
from ltc.core.models.shape import PathInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER: Final = r"-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]|0"
_YEAR: Final = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP_YEAR: Final = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26]|0[48])00)"
_DATE: Final = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{_LEAP_YEAR}-02-29)"
)
_MICROSECONDS: Final = "|".join(f"[0-9]{{{5 - zeros}}}[1-9]0{{{zeros}}}" for zeros in range(6))  # six digits, not all zero
_LONGEST_NUMBER: Final = 60

PATTERNS: Final[Mapping[str, str]] = {
    "decimal": f"^(?:{_NUMBER})$",
    "date": f"^{_DATE}$",
    "time": rf"^{_DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.(?:{_MICROSECONDS}))?Z$",
    "language": LANGUAGE,
    "unit": UNIT,
}
"""The canonical text of each kind, as a regular expression that Rust's engine and Python's both read."""

EXPECTED: Final[Mapping[str, str]] = {
    "text": "a text that is not empty",
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a decimal number as text, such as 10.5",
    "date": "a date such as 2026-01-31",
    "time": "a moment in UTC such as 2026-01-31T12:00:00Z",
    "currency": "a currency code of ISO 4217 such as EUR",
    "country": "a country code of ISO 3166 such as DE",
    "language": "a language code such as de or zh-Hant-TW",
    "unit": "a unit code of UN/CEFACT such as C62 or KGM",
    "choice": "one of the codes of this field",
    "money": "an amount with its currency",
    "quantity": "a number with its unit",
    "unit_price": "an amount with currency, per and unit",
    "any": "a group of custom fields",
    "object": "a group of fields",
    "list": "a list of rows",
}
"""What each kind must look like, for people."""


def amount_pattern(digits: int) -> str:
    """Build the pattern of an amount in a currency with so many minor digits; there is no negative zero."""
    if not digits:
        return "^(?:0|-?[1-9][0-9]*)$"
    negative = "|".join(f"0{{{zeros}}}[1-9][0-9]{{{digits - zeros - 1}}}" for zeros in range(digits))
    return rf"^(?:-?[1-9][0-9]*\.[0-9]{{{digits}}}|0\.[0-9]{{{digits}}}|-0\.(?:{negative}))$"


def _text(pattern: str, longest: int | None = None) -> CoreSchema:
    return core_schema.str_schema(strict=True, pattern=pattern, max_length=longest)


def _record(fields: Mapping[str, CoreSchema], required: Sequence[str] | None = None, ref: str | None = None) -> CoreSchema:
    return core_schema.typed_dict_schema(
        {
            name: core_schema.typed_dict_field(schema, required=required is None or name in required)
            for name, schema in fields.items()
        },
        extra_behavior="forbid",
        ref=ref,
    )


@cache
def _values() -> tuple[CoreSchema, ...]:
    """Build the schemas of value types once; fields refer to them by name."""
    number = _text(PATTERNS["decimal"], _LONGEST_NUMBER)
    unit = _text(PATTERNS["unit"])
    currency = core_schema.literal_schema(list(MINOR_UNITS))
    name = "money of {} digits".format
    amounts = [
        _record(
            {"amount": _text(amount_pattern(digits), _LONGEST_NUMBER), "currency": core_schema.str_schema()}, ref=name(digits)
        )
        for digits in sorted(set(MINOR_UNITS.values()))
    ]
    by_currency: dict[Any, Mapping[str, Any]] = {
        code: core_schema.definition_reference_schema(name(digits)) for code, digits in MINOR_UNITS.items()
    }
    money = core_schema.tagged_union_schema(by_currency, "currency", ref="money")
    quantity = _record({"value": number, "unit": unit}, ref="quantity")
    price = _record({"amount": number, "currency": currency, "per": number, "unit": unit}, ref="unit_price")
    return (*amounts, money, quantity, price)


_PLAIN: Final[Mapping[str, CoreSchema]] = {
    "text": core_schema.str_schema(strict=True, min_length=1),
    "boolean": core_schema.bool_schema(strict=True),
    "integer": core_schema.int_schema(strict=True),
    "decimal": _text(PATTERNS["decimal"], _LONGEST_NUMBER),
    "date": _text(PATTERNS["date"]),
    "time": _text(PATTERNS["time"]),
    "language": _text(PATTERNS["language"]),
    "currency": core_schema.literal_schema(list(MINOR_UNITS)),
    "country": core_schema.literal_schema(sorted(COUNTRIES)),
    "any": core_schema.dict_schema(core_schema.str_schema(strict=True, pattern="^[a-z][a-z0-9_]*$")),
}


def _schema(info: PathInfo) -> CoreSchema:
    if info.type in {"money", "quantity", "unit_price"}:
        inner: CoreSchema = core_schema.definition_reference_schema(info.type)
    elif info.type == "choice":
        inner = core_schema.literal_schema(list(info.values))
    elif info.type == "object":
        inner = _fields(info.fields)
    elif info.type == "list":
        inner = core_schema.list_schema(_fields(info.fields), strict=True)
    else:
        inner = _PLAIN[info.type]
    return inner if info.required or info.type == "any" else core_schema.nullable_schema(inner)


def _fields(shape: Mapping[str, PathInfo]) -> CoreSchema:
    return _record({name: _schema(info) for name, info in shape.items()}, [name for name, info in shape.items() if info.required])


class Checker:
    """Checks the canonical records of one shape."""

    __slots__ = ("_lists", "_needs", "_shape", "_validate")

    def __init__(self, shape: Mapping[str, PathInfo]) -> None:
        """Compile the shape."""
        self._shape = shape
        self._lists = tuple((name, info.list_key) for name, info in shape.items() if info.type == "list")
        self._needs = _needs_of(shape)
        self._validate = SchemaValidator(core_schema.definitions_schema(_fields(shape), list(_values()))).validate_python

    def __call__(self, nested: dict[str, Any]) -> None:
        """Raise Untranslatable with one field error per problem; personal values are masked."""
        try:
            self._validate(nested)
        except ValidationError as error:
            problems = [self._explain(nested, detail) for detail in error.errors(include_url=False, include_context=False)]
            raise Untranslatable(problems) from None
        for name, key in self._lists:
            rows = nested.get(name)
            if rows and len({row[key] for row in rows}) != len(rows):
                raise Untranslatable(_doubles(name, key, rows))

    def is_complete(self, nested: Mapping[str, Any]) -> bool:
        """Tell whether everything required is there and rows have keys of their own; what the values are is not looked at."""
        return _complete(self._needs, nested)

    def _explain(self, nested: dict[str, Any], detail: Any) -> FieldError:  # pydantic's ErrorDetails
        path, info = self._locate(nested, detail["loc"])
        code, message = _sentence(detail["type"], path, info)
        if code == "value.not_money" and detail["loc"][-1] == "amount" and detail["loc"][-2] in MINOR_UNITS:
            currency = str(detail["loc"][-2])
            code, message = (
                "value.not_minor_units",
                f"must be an amount such as {format_amount(_TEN_AND_A_HALF, currency)} {currency}",
            )
        value = detail["input"]
        if info is None or detail["type"] in {"missing", "extra_forbidden"}:
            shown = ""
        elif info.personal:
            shown = mask(value)
        else:
            shown = "" if isinstance(value, dict | list) and not info.is_leaf else str(value)[:_SHOWN]
        return FieldError(code=code, message=message, path=path, value=shown)

    def _locate(self, nested: dict[str, Any], loc: tuple[int | str, ...]) -> tuple[str, PathInfo | None]:
        """Turn pydantic's location into a leaf path, rows by key, and find what is known of it."""
        shape: Mapping[str, PathInfo] = self._shape
        info: PathInfo | None = None
        value: Any = nested
        path = ""
        for part in loc:
            if isinstance(part, int):
                value = value[part]
                key = value.get(info.list_key) if info is not None and isinstance(value, dict) else None
                path += f"[{encode_key(key)}]" if isinstance(key, str) and key else f"[#{part + 1}]"
                continue
            if info is not None and info.is_leaf and info.type != "any":
                break  # inside money and the like: the leaf is the whole value
            path += f".{part}" if path else part
            value = value.get(part) if isinstance(value, dict) else None
            if info is not None and info.type == "any":
                return path, info
            info = shape.get(part)
            shape = info.fields if info is not None else {}
        return path, info


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a group of fields must have: required names, and the same of the groups and lists in it."""

    names: tuple[str, ...]
    groups: tuple[tuple[str, _Needs], ...]
    lists: tuple[tuple[str, str, _Needs], ...]


def _needs_of(shape: Mapping[str, PathInfo]) -> _Needs:
    groups = ((name, _needs_of(info.fields)) for name, info in shape.items() if info.type == "object")
    return _Needs(
        tuple(name for name, info in shape.items() if info.required),
        tuple((name, needs) for name, needs in groups if needs.names or needs.groups or needs.lists),
        tuple((name, info.list_key, _needs_of(info.fields)) for name, info in shape.items() if info.type == "list"),
    )


def _complete(needs: _Needs, nested: Mapping[str, Any]) -> bool:
    for name in needs.names:
        if nested.get(name) is None:
            return False
    for name, inner in needs.groups:
        group = nested.get(name)
        if group is not None and not _complete(inner, group):
            return False
    for name, key, inner in needs.lists:
        rows = nested.get(name)
        if rows:
            if len({row.get(key) for row in rows}) != len(rows):
                return False
            for row in rows:
                if not _complete(inner, row):
                    return False
    return True


_SHOWN: Final = 200
_TEN_AND_A_HALF: Final = Decimal("10.5")


def mask(value: object) -> str:
    """Show that there is a value and how long it is, but not what it says.

    >>> mask("Erika"), mask(""), mask(None)
    ('••••• (5 characters)', '', '')
    """
    if value is None or value == "":
        return ""
    size = len(str(value))
    return f"••••• ({size} characters)"


def _sentence(kind: str, path: str, info: PathInfo | None) -> tuple[str, str]:
    """Say what is wrong with a value in the product's words."""
    if kind == "extra_forbidden" and (info is None or not info.is_leaf):
        return "value.unknown_path", f"{path} is not a path of this entity"
    if info is None:
        return "value.not_a_record", "a record is a group of fields"
    if kind == "missing" and not (info.is_leaf and info.type in {"money", "quantity", "unit_price"}):
        return "value.missing", f"{path} is required and is not there"
    if kind == "string_unicode":
        return "value.not_unicode", "the text holds half a character and cannot be stored"
    expected = f"one of {', '.join(info.values)}" if info.values else EXPECTED[info.type]
    if kind == "none_required":
        return "value.empty", f"is empty and must be {expected}"
    return f"value.not_{info.type}", f"must be {expected}"


def _doubles(name: str, key: str, rows: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    seen: set[str] = set()
    double = dict.fromkeys(row[key] for row in rows if row[key] in seen or seen.add(row[key]))  # type: ignore[func-returns-value]
    return [
        FieldError("value.double_row", f"two rows have the same {key}", path=f"{name}[{encode_key(value)}]", value=value)
        for value in double
    ]


@cache
def checker(entity: str) -> Checker:
    """Compile the checker of an entity, once."""
    return Checker(shape_of(entity))


def is_complete(entity: str, nested: Mapping[str, Any]) -> bool:
    """Tell whether a canonical record has everything required and rows with keys of their own."""
    return checker(entity).is_complete(nested)


def validate(entity: str, nested: dict[str, Any]) -> None:
    """Check a canonical record; raise Untranslatable with one field error per problem."""
    checker(entity)(nested)
