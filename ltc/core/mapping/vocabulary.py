"""The vocabulary: which operations there are, for which canonical kinds, with which options, and how each becomes a codec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

from ltc.core.mapping.cel import Expression, compile_expression
from ltc.core.mapping.operations.amounts import Amount, Measure, Part, Price
from ltc.core.mapping.operations.calendar import DATE_FORMATS, TIME_FORMATS, Date, DayOfMoment, Moment, MomentOfDay
from ltc.core.mapping.operations.codec import Several, Single
from ltc.core.mapping.operations.codes import Codes
from ltc.core.mapping.operations.fixed import Computed
from ltc.core.mapping.operations.names import First, Join, Split
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.phone import Phone
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Alpha, Anything, Email, TaxId, Text
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec
from ltc.core.models.canonical import format_decimal
from ltc.core.models.isocodes import COUNTRIES, MINOR_UNITS
from ltc.core.yamlfile import Node, did_you_mean


@dataclass(slots=True)
class Built:
    """What a line came to: its codec and the fields that it reads; without a codec it is a constant."""

    operation: str
    codec: Single | Several | None
    sources: list[Source] = field(default_factory=list)
    single: bool = True
    one_way: bool = False
    constant: Any = None


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
    if spec.text("one_way") != "in":
        spec.fault("missing_key", "a day and a moment need a time zone to go both ways.", "Add `zone: Europe/Berlin` or `one_way: in`.")


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
    zone = zone or _utc()
    return MomentOfDay(form, zone, len(sources), blank) if raw_is_day else DayOfMoment(form, zone, blank)


def _utc() -> Any:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return ZoneInfo("UTC")


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


def _part(spec: Spec, name: str, sources: list[Source], codec: Single, constants: Callable[[str], bool], default: str = "") -> Part:
    """Read a currency, unit or price base: a constant, a field, or a field with options of its own."""
    node = spec.at(name)
    if node is None:
        if not default:
            spec.fault("missing_key", f"{name} is missing.", f"Add `{name}:` with a field or a constant.")
        return Part(name, constant=default or None)
    if node.kind == "scalar":
        if constants(node.text):
            return Part(name, constant=node.text)
        source = spec.source(node)
        sources.append(source)
        return Part(name, codec=codec, index=len(sources) - 1, writable=source.writable)
    inner = Spec(spec.desk, node, spec.path, spec.info, spec.place, spec.root)
    constant = inner.text("const")
    if constant:
        inner.unknown_keys(("const",), ())
        return Part(name, constant=constant)
    origin = inner.at("from")
    fallback_node = inner.at("else")
    one_way = inner.choice("one_way", ("in",), "") == "in"
    if origin is None:
        inner.fault("missing_key", f"{name} needs a field or a constant.", "Add `from:` or `const:`.")
        return Part(name, constant="?")
    fallback, fallback_index = None, 0
    codes = inner.node.get("codes")
    if codes is not None:
        codec = _codes_of(inner, choice=False)
    inner.unknown_keys(("from", "const", "else", "codes", "preferred", "one_way"), ())
    absent = fallback_node is not None and isinstance(spec.place.find(tuple(origin.text.split("."))), str)
    if fallback_node is not None and constants(fallback_node.text):
        fallback = fallback_node.text
        if absent:  # a system without several currencies has no such field
            return Part(name, constant=fallback)
    source = inner.source(origin)
    sources.append(source)
    index = len(sources) - 1
    if fallback_node is not None and fallback is None:
        sources.append(inner.source(fallback_node))
        fallback_index = len(sources) - 1
    return Part(name, None, codec, index, fallback, fallback_index, source.writable and not one_way)


def _is_unit(text: str) -> bool:
    return text in _UNITS


_UNITS: Final = frozenset(
    "C62 EA H87 PR SET KGM GRM TNE LBR ONZ MTR CMT MMT KMT FOT INH YRD MTK FTK MTQ LTR MLT GLL HUR MIN SEC DAY WEE MON ANN KWH MWH "
    "XBX XPK XCT XPX BX CT PK CS DZN HLT KTM P1 E48 E49 LS ROM XRO XBG XBO XCS ST 58 10 23 4L AD E34".split()
) - {"ST", "10", "23"}
"""Units of UN/CEFACT that a bare word may mean; any other is written as ``{const: …}``."""


def _is_currency(text: str) -> bool:
    return text in MINOR_UNITS


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _money(spec: Spec, sources: list[Source]) -> Several:
    units = spec.choice("units", ("major", "minor", "shifted"), "major")
    currency = _part(spec, "currency", sources, Currency(), _is_currency)
    if currency.constant and currency.constant != "?" and currency.constant not in MINOR_UNITS:
        spec.fault("bad_option", f"{currency.constant!r} is not a currency of ISO 4217.", "Use a code such as EUR.", key="currency")
    return Amount(currency, cast("Any", units), _as_text(spec), len(sources), spec.desk.blank)


def _unit(spec: Spec, sources: list[Source]) -> Part:
    return _part(spec, "unit", sources, Text(case="upper"), _is_unit)


def _quantity(spec: Spec, sources: list[Source]) -> Several:
    unit = _unit(spec, sources)
    return Measure(unit, _scale(spec), _as_text(spec), len(sources), spec.desk.blank)


def _unit_price(spec: Spec, sources: list[Source]) -> Several:
    currency = _part(spec, "currency", sources, Currency(), _is_currency)
    per = _part(spec, "per", sources, Number(), _is_number, "1")
    unit = _unit(spec, sources)
    return Price(currency, per, unit, _scale(spec), _as_text(spec), len(sources), spec.desk.blank)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "text": Operation(_kinds("text choice any"), ("trim", "case", "width", "overflow", "strip", "pad", "fill"), _text),
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


def _codes_of(spec: Spec, *, choice: bool = True) -> Codes:
    """Read a table of codes, and make sure that there is a way back."""
    node = spec.at("codes")
    preferred = spec.at("preferred")
    if node is not None and node.kind == "scalar":
        name = node.text
        table = spec.desk.codes(name)
        if table is None:
            remedy = did_you_mean(name, spec.desk.code_names) or "Put it into the folder mappings/codes."
            spec.fault("unknown_codes", f"there is no table of codes {name!r}.", remedy, node=node)
            return Codes({}, {}, keep=True)
        node = table.get("codes") or table
        preferred = preferred or table.get("preferred")
    if node is None or node.kind != "mapping":
        spec.fault("bad_option", "codes must be a table or the name of one.", "Write `codes: {A: active}`.", key="codes")
        return Codes({}, {}, keep=True)
    table_: dict[str, Any] = {}
    raw_of: dict[Any, list[str]] = {}
    for raw, ours in node.items():
        value = _canonical(spec, ours, choice=choice)
        table_[raw] = value
        raw_of.setdefault(value, []).append(raw)
    wanted = _preferred(spec, preferred, node, table_)
    one_way = spec.node.get("one_way")
    back: dict[Any, Any] = {}
    for value, raws in raw_of.items():
        chosen = [raw for raw in raws if raw in wanted]
        if len(raws) > 1 and len(chosen) != 1 and (one_way is None or one_way.text != "in"):
            spec.fault(
                "codes_not_invertible",
                f"{', '.join(map(repr, raws))} all mean {value!r}, and nothing says which to write.",
                f"Add `preferred: [{raws[0]}]` or `one_way: in`.",
                node=node.value[raws[0]] if spec.node.get("codes") is node else None,
                key="" if spec.node.get("codes") is node else "codes",
            )
        back[value] = _typed((chosen or raws)[0])
    keep = spec.choice("else", ("park", "keep"), "park") == "keep" if choice else False
    if keep and spec.info.type not in {"text", "any"}:
        spec.fault("type_clash", f"`else: keep` would let unknown codes into {spec.path}, which takes only its own.", "Use `else: park`.")
    return Codes(table_, back, keep, spec.desk.blank)


def _typed(raw: str) -> Any:
    """Say how a raw code is written back: true and false are truth values, all else is text."""
    return {"true": True, "false": False}.get(raw, raw)


def _canonical(spec: Spec, node: Node, *, choice: bool) -> Any:
    """Read a canonical value of a table or constant, and check that the model takes it."""
    kind = spec.info.type if choice else "text"
    value = node.value
    if node.kind != "scalar":
        spec.fault("type_clash", "must be a plain value.", "Write one word.", node=node)
        return None
    if value is None:
        return None
    if kind in {"text", "choice", "country", "currency", "language", "date", "time"}:
        value = node.text
    elif isinstance(value, Decimal) or (kind == "decimal" and isinstance(value, int)):
        value = format_decimal(value)
    elif isinstance(value, str) and kind == "decimal":
        value = node.text
    wrong = (
        (kind == "choice" and value not in spec.info.values)
        or (kind == "boolean" and not isinstance(value, bool))
        or (kind == "integer" and (isinstance(value, bool) or not isinstance(value, int)))
        or (kind == "country" and value not in COUNTRIES)
        or (kind == "currency" and value not in MINOR_UNITS)
        or kind in {"money", "quantity", "unit_price"}
    )
    if wrong:
        values = spec.info.values
        remedy = did_you_mean(str(value), values) or (f"Use one of: {', '.join(values)}." if values else f"It must be a {kind}.")
        spec.fault("type_clash", f"{spec.path} cannot be {node.text!r}.", remedy, node=node)
    return value


def _preferred(spec: Spec, node: Node | None, codes: Node, table: Mapping[str, Any]) -> set[str]:
    """Read which raw codes are written: a list of them, or a table from ours to theirs."""
    if node is None:
        return set()
    if node.kind == "mapping":
        named = list(node.value.values())
    else:
        named = node.value if node.kind == "sequence" else [node]
    for one in named:
        if one.kind != "scalar" or one.text not in table:
            remedy = did_you_mean(one.text, table) or "Name codes of the table."
            spec.fault("bad_option", f"{one.text!r} is not in the table.", remedy, node=one)
    del codes
    return {one.text for one in named}


def build(spec: Spec, *, options: tuple[str, ...]) -> Built:
    """Turn a line's node into a codec with its fields; note every fault in it."""
    ways = [key for key in ("from", "amount", "const", "compute", "split", "join", "first") if spec.has(key)]
    if spec.has("join") and spec.has("split") and spec.node.value["split"].kind == "scalar":
        ways.remove("split")
    if len(ways) != 1:
        message = f"{' and '.join(ways)} exclude each other." if ways else "says nothing about where the value comes from."
        spec.fault("one_source", message, "Give exactly one of: from, const, compute, split, join, first.", key=ways[1] if ways else "")
        return Built("none", None, one_way=True)
    builder = {"const": _constant, "compute": _computed, "split": _split, "join": _join, "first": _first}.get(ways[0], _from)
    built = builder(spec)
    if builder is not _from:
        spec.unknown_keys((ways[0], *options, *_OPTIONS_OF.get(ways[0], ())), ALL_OPTIONS)
    return built


_OPTIONS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "split": ("width", "overflow"), "join": ("separator", "split"), "first": (), "const": (), "compute": (),
}  # fmt: skip

ALL_OPTIONS: Final = frozenset(
    {option for operation in OPERATIONS.values() for option in operation.options}
    | {"from", "amount", "const", "compute", "split", "join", "first", "as", "codes", "preferred", "else", "ref", "optional", "default"}
    | {"separator", "each", "where", "key", "id", "fields", "embed", "on", "one_way", "state", "note"}
)


def _from(spec: Spec) -> Built:
    node = spec.at("from") or spec.at("amount")
    if node is None or node.kind != "scalar":
        spec.fault("bad_source", "from must name one field.", "For several fields use split, join or first.", key="from")
        return Built("none", None, one_way=True)
    sources = [spec.source(node)]
    operation = spec.text("as") or _inferred(spec)
    allowed: tuple[str, ...] = ("from", "as", "default", "one_way", "state", "note")
    default = spec.at("default")
    if spec.has("codes"):
        operation, codec = "codes", cast("Single | Several", _codes_of(spec))
        spec.used.add("as")
        allowed += ("codes", "preferred", "else")
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
        value = _canonical(spec, default, choice=True)
        if single:
            from ltc.core.mapping.operations.fixed import Default  # noqa: PLC0415

            codec = Default(cast("Single", codec), value)
        else:
            spec.fault("key_does_not_apply", "default does not apply to a value of several fields.", "Remove it.", key="default")
    spec.unknown_keys(allowed, ALL_OPTIONS)
    return Built(operation, codec, sources, single)


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
        spec.fault("type_clash", f"{spec.path} refers to {spec.info.ref}, not to {named}.", f"Write `ref: {spec.info.ref}`.", key="ref")


def _constant(spec: Spec) -> Built:
    node = spec.at("const")
    value = None if node is None else _canonical(spec, node, choice=True)
    if spec.info.type in {"money", "quantity", "unit_price", "object", "list"}:
        spec.fault("type_clash", f"{spec.path} cannot be a constant.", "Map it from fields.", key="const")
    return Built("constant", None, one_way=True, constant=value)


def _computed(spec: Spec) -> Built:
    node = spec.at("compute")
    expression = None if node is None else expression_at(spec, node)
    if expression is None:
        return Built("compute", None, one_way=True)
    if expression.returns and not expression.may_return(spec.info.type):
        spec.fault(
            "type_clash", f"the expression gives a {expression.returns}, but {spec.path} is a {spec.info.type}.", "Convert it.", node=node
        )
    sources = [_checked(spec, Source(path), node) for path in expression.fields]
    return Built("compute", Computed(expression.compute, len(sources)), sources, single=False, one_way=True)


def _checked(spec: Spec, source: Source, node: Node | None) -> Source:
    found = spec.place.find(source.path)
    if isinstance(found, str):
        remedy = did_you_mean(found, spec.place.choices(source.path)) or "Check the name in the system."
        spec.fault("unknown_source", f"the system has no field {found!r}.", remedy, node=node)
    return Source((*spec.place.raw, *source.path), writable=False)


def expression_at(spec: Spec, node: Node) -> Expression | None:
    """Compile an expression of a line; note a fault at the very column of the expression."""
    if node.kind != "scalar":
        spec.fault("bad_cel", "must be an expression.", "Write CEL in quotes.", node=node)
        return None
    expression = compile_expression(node.text)
    if isinstance(expression, Expression):
        return expression
    spec.fault("bad_cel", f"the expression is not right: {expression.message}", expression.remedy, node=expression.at(node))
    return None


def _several(spec: Spec, key: str) -> list[Source]:
    node = spec.at(key)
    if node is None or node.kind != "sequence" or len(node.value) < 2:
        spec.fault("bad_source", f"{key} needs a list of at least two fields.", f"Write `{key}: [A, B]`.", key=key)
        return []
    return [spec.source(one) for one in node.value]


def _text_like(spec: Spec, key: str) -> None:
    if spec.info.type not in {"text", "any"}:
        spec.fault("type_clash", f"{key} gives a text, but {spec.path} is a {spec.info.type}.", "Use from.", key=key)


def _split(spec: Spec) -> Built:
    _text_like(spec, "split")
    sources = _several(spec, "split")
    overflow = spec.choice("overflow", ("park", "truncate"), "park")
    node = spec.node.get("split")
    width = spec.whole("width", least=2)
    widths = [width] * len(sources)
    if not width and node is not None and node.kind == "sequence":
        described = [spec.described(one) for one in node.value]
        widths = [found.length if found is not None else 0 for found in described]
        if not all(widths):
            spec.fault("missing_key", "split needs the width of the fields.", "Add `width: 40`.")
    codec = Split(tuple(width or 40 for width in widths), overflow == "truncate", spec.desk.blank)
    return Built("split", codec, sources, single=False)


def _join(spec: Spec) -> Built:
    _text_like(spec, "join")
    sources = _several(spec, "join")
    separator = spec.text("separator", " ")
    back = spec.choice("split", ("last", "first"), "")
    if back and len(sources) != 2:
        spec.fault("bad_option", "the way back needs exactly two fields.", "Leave `split` out.", key="split")
    return Built("join", Join(len(sources), separator, cast("Any", back), spec.desk.blank), sources, single=False, one_way=not back)


def _first(spec: Spec) -> Built:
    _text_like(spec, "first")
    sources = _several(spec, "first")
    return Built("first", First(len(sources), spec.desk.blank), sources, single=False)
