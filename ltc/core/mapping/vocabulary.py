"""The vocabulary: which operations there are, for which canonical kinds, with which options, and how each becomes a codec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from ltc.core.mapping.operations.amounts import Amount, Measure, Price
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS, Date, DayOfMoment, Moment, MomentOfDay, reads_back
from ltc.core.mapping.operations.codec import Several, Single
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.phone import Phone
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Alpha, Anything, Email, TaxId, Text
from ltc.core.mapping.parts import currency_part, per_part, unit_part
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec
from ltc.core.models.isocodes import COUNTRIES
from ltc.core.yamlfile import Node, did_you_mean


@dataclass(frozen=True, slots=True)
class Operation:
    """One word of ``as``: the canonical kinds that it gives, its options and its builder."""

    kinds: frozenset[str]
    options: tuple[str, ...]
    build: Callable[[Spec, list[Source]], Single | Several]


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _width(spec: Spec) -> int:
    described = spec.described(spec.node.get("from") or spec.node.get("amount"))
    return spec.whole("width") or (described.length if described is not None else 0)


def _text(spec: Spec, sources: list[Source]) -> Single:
    del sources
    strip = spec.letter("strip")
    pad, width = spec.whole("pad"), _width(spec)
    fill = spec.letter("fill", strip or " ")
    if spec.has("fill") and not spec.has("pad"):
        spec.fault("missing_key", "`fill` says what to pad with, but not how far.", "Add `pad: 10`.", key="fill")
    if pad and width and pad > width:
        message = f"`pad: {pad}` would make the text longer than the field, which holds {width}."
        spec.fault("bad_option", message, "Pad up to the width at most.", node=spec.node.get("pad"))
    return Text(
        trim=spec.flag("trim", default=True),
        case=cast("Any", spec.choice("case", ("upper", "lower"), "") or ""),
        width=width,
        truncate=spec.choice("overflow", ("park", "truncate"), "park") == "truncate",
        strip=strip,
        pad=pad,
        fill=fill,
        blank=spec.desk.blank,
        one_line=spec.flag("one_line"),
    )


def _alpha(spec: Spec, sources: list[Source]) -> Single:
    del sources
    width = spec.whole("alpha") if spec.has("alpha") else _width(spec)
    if not width and not (spec.has("alpha") or spec.has("width")):
        spec.fault("missing_key", "`alpha` needs the field's width.", "Add `width: 10`.")
    return Alpha(width or 1, blank=spec.desk.blank)


def _integer(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Integer(as_text=_as_text(spec), blank=spec.desk.blank)


_MOST_DIGITS: Final = 30


def _as_text(spec: Spec) -> bool:
    return spec.choice("write_as", ("number", "text"), "number") == "text"


def _scale(spec: Spec) -> int | None:
    return spec.whole("scale", -1, least=0, most=_MOST_DIGITS) if spec.has("scale") else None


def _number(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Number(_scale(spec), _as_text(spec), spec.desk.blank)


def _boolean(spec: Spec, sources: list[Source]) -> Single:
    del sources
    true, false = spec.at("true"), spec.node.value.get("false")
    spec.used.add("false")
    if true is None and false is None:
        return Boolean()
    token_true = true.value if true is not None else True
    token_false = false.value if false is not None else ""
    for node in (true, false):
        if node is not None and node.kind != "scalar":
            spec.fault("bad_option", "A token must be a plain value.", "Write for example `true: X`.", node=node)
            return Boolean()
    if token_true == token_false:
        message = "`true` and `false` have the same token, so nobody could tell them apart."
        spec.fault("codes_not_invertible", message, "Give each a token of its own.", node=false if false is not None else true)
    return Boolean(token_true, token_false, spec.desk.blank)


def _format(spec: Spec, formats: tuple[str, ...], default: str, sample: str) -> str:
    found = spec.text("format", default)
    if found in formats:
        return found
    node = spec.node.get("format")
    if "%" not in found:
        remedy = did_you_mean(found, formats) or f"Use one of {', '.join(formats)}, or a pattern such as {sample}."
        spec.fault("bad_option", f"There is no format {found!r}.", remedy, node=node)
        return default
    if not reads_back(found, with_time="%H" in sample):
        message = f"What the pattern {found!r} writes, it cannot read again."
        spec.fault("bad_option", message, f"Use a pattern such as {sample}.", node=node)
        return default
    return found


def _zone_needed(spec: Spec) -> None:
    if spec.needs_way_back:
        spec.fault(
            "missing_key", "A day and a moment need a time zone to go both ways.", "Add `zone: Europe/Berlin` or `one_way: in`."
        )


def _day(spec: Spec, sources: list[Source], *, raw_is_day: bool) -> Single | Several:
    """Build what gives a canonical date or moment, from a raw day or moment."""
    time = spec.at("time")
    if time is not None:
        sources.append(spec.source(time))
        raw_is_day = True
    form = _format(spec, *((DATE_FORMATS, "iso", "%d.%m.%Y") if raw_is_day else (TIME_FORMATS, "iso", "%d.%m.%Y %H:%M:%S")))
    zone = spec.zone()
    blank = "00000000" if raw_is_day and form == "sap" else spec.desk.blank
    if raw_is_day == (spec.info.type != "time"):
        return Date(form, blank) if raw_is_day else Moment(form, zone, spec.desk.blank)
    if zone is None:
        _zone_needed(spec)
    zone = zone or ZoneInfo("UTC")
    return MomentOfDay(form, zone, len(sources), blank) if raw_is_day else DayOfMoment(form, zone, blank)


def _date(spec: Spec, sources: list[Source]) -> Single | Several:
    return _day(spec, sources, raw_is_day=True)


def _datetime(spec: Spec, sources: list[Source]) -> Single | Several:
    return _day(spec, sources, raw_is_day=False)


def _country(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Country(cast("Any", spec.choice("form", ("alpha2", "alpha3", "name"), "alpha2")), spec.desk.blank)


def _currency(spec: Spec, sources: list[Source]) -> Single:
    del spec, sources
    return Currency()


def _language(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Language(spec.text("separator", "-"), spec.choice("case", ("upper", "lower"), "lower") == "upper", spec.desk.blank)


def _phone(spec: Spec, sources: list[Source]) -> Single:
    del sources
    region = spec.text("region")
    if region and region not in COUNTRIES:
        spec.fault("bad_option", f"There is no country {region!r}.", "Use two letters such as DE.", node=spec.node.get("region"))
    return Phone(region, _width(spec), spec.desk.blank)


def _email(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Email(_width(spec), spec.desk.blank)


def _tax_id(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return TaxId(_width(spec), spec.desk.blank)


def _anything(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Anything(spec.desk.blank)


def _money(spec: Spec, sources: list[Source]) -> Several:
    units = spec.choice("units", ("major", "minor", "stripe", "shifted"), "major")
    currency = currency_part(spec, sources)
    return Amount(currency, cast("Any", units), _as_text(spec), len(sources), spec.desk.blank)


def _quantity(spec: Spec, sources: list[Source]) -> Several:
    unit = unit_part(spec, sources)
    return Measure(unit, _scale(spec), _as_text(spec), len(sources), spec.desk.blank)


def _unit_price(spec: Spec, sources: list[Source]) -> Several:
    currency, per, unit = currency_part(spec, sources), per_part(spec, sources), unit_part(spec, sources)
    node = spec.node.get("scale")
    whole = node is not None and node.kind == "scalar" and node.text == "currency"
    scale = None if whole else _scale_or_currency(spec, node)
    spec.used.add("scale")
    return Price(currency, per, unit, scale, _as_text(spec), len(sources), spec.desk.blank, whole)


def _scale_or_currency(spec: Spec, node: Node | None) -> int | None:
    if node is not None and not isinstance(node.value, int):
        remedy = did_you_mean(node.text, ("currency",)) or "Write `scale: 2` or `scale: currency`."
        spec.fault("bad_option", f"`scale` cannot be {node.text!r}.", remedy, node=node)
        return None
    return _scale(spec)


_FORMS: Final = ("case", "width", "overflow", "strip", "pad", "fill")

OPERATIONS: Final[Mapping[str, Operation]] = {
    "text": Operation(_kinds("text choice any"), ("trim", "one_line", *_FORMS), _text),
    "alpha": Operation(_kinds("text any"), ("width", "alpha"), _alpha),
    "integer": Operation(_kinds("integer any"), ("write_as",), _integer),
    "decimal": Operation(_kinds("decimal any"), ("scale", "write_as"), _number),
    "boolean": Operation(_kinds("boolean any"), ("true", "false"), _boolean),
    "date": Operation(_kinds("date time any"), ("format", "zone", "time"), _date),
    "datetime": Operation(_kinds("time date"), ("format", "zone", "time"), _datetime),
    "country": Operation(_kinds("country text any"), ("form",), _country),
    "currency": Operation(_kinds("currency text any"), (), _currency),
    "language": Operation(_kinds("language text any"), ("separator", "case"), _language),
    "phone": Operation(_kinds("text any"), ("region", "width"), _phone),
    "email": Operation(_kinds("text any"), ("width",), _email),
    "tax_id": Operation(_kinds("text any"), ("width",), _tax_id),
    "money": Operation(_kinds("money"), ("currency", "units", "write_as"), _money),
    "quantity": Operation(_kinds("quantity"), ("unit", "scale", "write_as"), _quantity),
    "unit_price": Operation(_kinds("unit_price"), ("currency", "per", "unit", "scale", "write_as"), _unit_price),
    "custom": Operation(_kinds("any"), (), _anything),
}
"""Every word that ``as`` may say."""

INFERRED: Final[Mapping[str, str]] = {
    "text": "text", "choice": "text", "boolean": "boolean", "integer": "integer", "decimal": "decimal", "date": "date",
    "time": "datetime", "currency": "currency", "country": "country", "language": "language", "money": "money",
    "quantity": "quantity", "unit_price": "unit_price", "any": "custom",
}  # fmt: skip
"""What a line does when it does not say ``as``: what the canonical kind asks for."""

ALL_OPTIONS: Final = frozenset(
    {option for operation in OPERATIONS.values() for option in operation.options}
    | {
        "from",
        "amount",
        "const",
        "compute",
        "split",
        "join",
        "first",
        "as",
        "codes",
        "preferred",
        "else",
        "ref",
        "optional",
        "default",
    }
    | {"separator", "each", "where", "key", "id", "fields", "embed", "on", "one_way", "state", "note"}
)
"""Every key that a line may have."""
