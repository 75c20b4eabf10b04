"""The vocabulary: which operations there are, for which canonical kinds, with which options, and how each becomes a codec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from ltc.core.mapping.operations.amounts import Amount, Measure, Price
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS, Date, DayOfMoment, Moment, MomentOfDay
from ltc.core.mapping.operations.codec import Several, Single
from ltc.core.mapping.operations.codes import TupleCodes
from ltc.core.mapping.operations.fixed import Default
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.phone import Phone
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Alpha, Anything, Email, TaxId, Text
from ltc.core.mapping.parts import currency_part, per_part, unit_part
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec
from ltc.core.mapping.tables import canonical_of, codes_of, tuple_codes_of
from ltc.core.mapping.ways import OPTIONS_OF, WAYS, Built
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
    strip = spec.text("strip")
    if len(strip) > 1:
        spec.fault("bad_option", "strip must be one character.", 'Write for example `strip: "0"`.', key="strip")
    pad = spec.whole("pad")
    fill = spec.text("fill", strip or " ")
    return Text(
        trim=spec.flag("trim", default=True),
        case=cast("Any", spec.choice("case", ("upper", "lower"), "") or ""),
        width=_width(spec),
        truncate=spec.choice("overflow", ("park", "truncate"), "park") == "truncate",
        strip=strip,
        pad=pad,
        fill=fill[:1],
        blank=spec.desk.blank,
        one_line=spec.flag("one_line"),
    )


def _alpha(spec: Spec, sources: list[Source]) -> Single:
    del sources
    width = spec.whole("alpha") if spec.has("alpha") else _width(spec)
    if not width:
        spec.fault("missing_key", "alpha needs the field's width.", "Add `width: 10`.")
    return Alpha(width or 1, blank=spec.desk.blank)


def _integer(spec: Spec, sources: list[Source]) -> Single:
    del sources
    return Integer(as_text=_as_text(spec), blank=spec.desk.blank)


def _as_text(spec: Spec) -> bool:
    return spec.choice("write_as", ("number", "text"), "number") == "text"


def _scale(spec: Spec) -> int | None:
    return spec.whole("scale", -1, least=0) if spec.has("scale") else None


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
            spec.fault("bad_option", "a token must be a plain value.", "Write for example `true: X`.", node=node)
            return Boolean()
    if token_true == token_false:
        spec.fault("codes_not_invertible", "true and false have the same token.", "Give each a token of its own.", key="true")
    return Boolean(token_true, token_false, spec.desk.blank)


def _format(spec: Spec, formats: tuple[str, ...], default: str) -> str:
    found = spec.text("format", default)
    if found not in formats and "%" not in found:
        remedy = did_you_mean(found, formats) or f"Use one of {', '.join(formats)}, or a pattern such as %d.%m.%Y."
        spec.fault("bad_option", f"there is no format {found!r}.", remedy, key="format")
    return found


def _zone_needed(spec: Spec) -> None:
    if spec.needs_way_back:
        spec.fault(
            "missing_key", "a day and a moment need a time zone to go both ways.", "Add `zone: Europe/Berlin` or `one_way: in`."
        )


def _day(spec: Spec, sources: list[Source], *, raw_is_day: bool) -> Single | Several:
    """Build what gives a canonical date or moment, from a raw day or moment."""
    time = spec.at("time")
    if time is not None:
        sources.append(spec.source(time))
        raw_is_day = True
    form = _format(spec, DATE_FORMATS if raw_is_day else TIME_FORMATS, "iso")
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
        spec.fault("bad_option", f"there is no country {region!r}.", "Use two letters such as DE.", key="region")
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
    scale = None if whole else _scale(spec)
    spec.used.add("scale")
    return Price(currency, per, unit, scale, _as_text(spec), len(sources), spec.desk.blank, whole)


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


def build(spec: Spec, *, options: tuple[str, ...]) -> Built:
    """Turn a line's node into a codec with its fields; note every fault in it."""
    ways = [key for key in ("from", "amount", "const", "compute", "split", "join", "first") if spec.has(key)]
    if spec.has("join") and spec.has("split") and spec.node.value["split"].kind == "scalar":
        ways.remove("split")
    if len(ways) != 1:
        message = f"{' and '.join(ways)} exclude each other." if ways else "says nothing about where the value comes from."
        spec.fault(
            "one_source", message, "Give exactly one of: from, const, compute, split, join, first.", key=ways[1] if ways else ""
        )
        return Built("none", None, one_way=True)
    builder = WAYS.get(ways[0], _from)
    built: Built = builder(spec)
    if builder is not _from:
        spec.unknown_keys((ways[0], *options, *OPTIONS_OF.get(ways[0], ())), ALL_OPTIONS)
    return built


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


def _from(spec: Spec) -> Built:
    node = spec.at("from") or spec.at("amount")
    if node is not None and node.kind == "sequence" and len(node.value) > 1 and spec.has("codes"):
        return _tuple_codes(spec, node)
    if node is None or node.kind != "scalar":
        spec.fault("bad_source", "from must name one field.", "For several fields use codes, split, join or first.", key="from")
        return Built("none", None, one_way=True)
    sources = [spec.source(node)]
    operation = spec.text("as") or _inferred(spec)
    allowed: tuple[str, ...] = ("from", "as", "default", "one_way", "state", "note")
    default = spec.at("default")
    if spec.has("codes"):
        operation, codec = "codes", cast("Single | Several", codes_of(spec))
        spec.used.add("as")
        allowed += ("codes", "preferred", "else", "width")
    elif operation not in OPERATIONS:
        remedy = did_you_mean(operation, OPERATIONS) or f"Use one of: {', '.join(OPERATIONS)}."
        spec.fault("unknown_operation", f"there is no operation {operation!r}.", remedy, key="as")
        return Built(operation, None, sources, one_way=True)
    else:
        found = OPERATIONS[operation]
        if spec.info.type not in found.kinds:
            fitting = [name for name, one in OPERATIONS.items() if spec.info.type in one.kinds]
            spec.fault(
                "type_clash",
                f"{operation} does not give a {spec.info.type}, which {spec.path} is.",
                f"Use one of: {', '.join(fitting)}." if fitting else "Map the paths below it.",
                key="as",
            )
            return Built(operation, None, sources, one_way=True)
        codec = found.build(spec, sources)
        allowed += found.options
    if spec.has("ref") or spec.info.ref:
        operation = "ref"
        allowed += ("ref", "optional", "alpha", "width")
        _check_ref(spec)
    single = not hasattr(codec, "primaries")
    if default is not None:
        value = canonical_of(spec, default, choice=True)
        if single:
            codec = Default(cast("Single", codec), value)
        else:
            spec.fault("key_does_not_apply", "default does not apply to a value of several fields.", "Remove it.", key="default")
    spec.unknown_keys(allowed, ALL_OPTIONS)
    return Built(operation, codec, sources, single)


def _tuple_codes(spec: Spec, node: Node) -> Built:
    """Read a table over several fields; each of its keys has a part for each field."""
    sources = [spec.source(one) for one in node.value]
    codes, patterns = tuple_codes_of(spec)
    table = spec.node.value["codes"]
    for key in [*codes.table, *("/".join(pattern) for pattern, _ in patterns)]:
        if key.count("/") != len(sources) - 1:
            message = f"{key!r} does not have a part for each of the {len(sources)} fields."
            spec.fault(
                "bad_option",
                message,
                "Write the parts with slashes: `A/B: ours`.",
                node=table.value[key] if table.kind == "mapping" else None,
            )
    spec.unknown_keys(("from", "codes", "preferred", "one_way", "state", "note"), ALL_OPTIONS)
    return Built("codes", TupleCodes(codes, len(sources), spec.desk.blank, patterns), sources, single=False)


def _inferred(spec: Spec) -> str:
    if spec.has("alpha"):
        return "alpha"
    if spec.info.type == "date" and spec.has("zone"):
        return "datetime"
    if spec.info.type in {"text", "any"} and spec.has("currency"):
        return "money"
    return INFERRED.get(spec.info.type, "text")


def _check_ref(spec: Spec) -> None:
    named = spec.text("ref")
    spec.flag("optional")
    if named and not spec.info.ref:
        spec.fault("type_clash", f"{spec.path} is not a reference.", "Remove `ref`.", key="ref")
    elif named and named != spec.info.ref:
        spec.fault(
            "type_clash", f"{spec.path} refers to {spec.info.ref}, not to {named}.", f"Write `ref: {spec.info.ref}`.", key="ref"
        )
