"""The part beside a number: its currency, unit or price base, as a constant, a field, or a field with options."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ltc.core.mapping.operations.amounts import Part
from ltc.core.mapping.operations.codec import Single
from ltc.core.mapping.operations.codes import Codes
from ltc.core.mapping.operations.numbers import Number
from ltc.core.mapping.operations.places import Currency
from ltc.core.mapping.operations.text import Text
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec
from ltc.core.mapping.tables import codes_of
from ltc.core.models import PathInfo
from ltc.core.models.check import PATTERNS
from ltc.core.models.isocodes import MINOR_UNITS
from ltc.core.yamlfile import Node

_UNITS: Final = """
    C62 EA H87 PR SET KGM GRM TNE LBR ONZ MTR CMT MMT KMT FOT INH YRD MTK FTK MTQ LTR MLT GLL HUR MIN SEC DAY WEE MON ANN
    KWH MWH XBX XPK XCT XPX BX CT PK CS DZN HLT KTM P1 E48 E49 LS ROM XRO XBG XBO XCS 58 4L AD E34
"""
"""Units of UN/CEFACT that a bare word may mean; any other is written as ``{const: …}``."""

KNOWN_UNITS: Final = frozenset(_UNITS.split())

ORG: Final = "org"
"""What a line calls the organisation's own currency."""


def currency_part(spec: Spec, sources: list[Source]) -> Part:
    """Read a currency."""
    part = _part(spec, "currency", sources, Currency(), MINOR_UNITS.__contains__)
    if part.codec is None and part.constant and part.constant not in MINOR_UNITS:
        message = f"{part.constant!r} is not a currency of ISO 4217."
        spec.fault("bad_option", message, "Use a code such as EUR.", node=_constant_at(spec, "currency"))
    return part


def unit_part(spec: Spec, sources: list[Source]) -> Part:
    """Read a unit."""
    part = _part(spec, "unit", sources, Text(case="upper"), KNOWN_UNITS.__contains__)
    if part.codec is None and part.constant and re.search(PATTERNS["unit"], part.constant) is None:
        message = f"{part.constant!r} is not a unit of UN/CEFACT."
        spec.fault("bad_option", message, "Use a code such as C62 or KGM.", node=_constant_at(spec, "unit"))
    return part


def per_part(spec: Spec, sources: list[Source]) -> Part:
    """Read a price base; a price is for one unit unless the line says otherwise."""
    part = _part(spec, "per", sources, Number(), str.isdecimal, "1")
    if part.codec is None and part.constant and not (part.constant.isdecimal() and int(part.constant)):
        message = f"A price cannot be for {part.constant!r} units."
        spec.fault("bad_option", message, "Write a whole number of at least 1.", node=_constant_at(spec, "per"))
    return part


def _constant_at(spec: Spec, name: str) -> Node | None:
    """Find where a constant stands: alone, or below `const`."""
    node = spec.node.get(name)
    return (node.get("const") or node) if node is not None else None


def _part(
    spec: Spec, name: str, sources: list[Source], codec: Single, is_constant: Callable[[str], bool], default: str = ""
) -> Part:
    node = spec.at(name)
    if node is None:
        if not default:
            spec.fault("missing_key", f"{spec.path} needs `{name}`.", f"Add `{name}:` with a field or a constant.")
        return Part(name, constant=default)
    if node.kind == "mapping":
        return _part_with_options(spec, name, node, sources, codec, is_constant)
    constant = _constant(spec, name, node, is_constant)
    if constant is not None:
        return Part(name, constant=constant)
    source = spec.source(node)
    sources.append(source)
    return Part(name, codec=codec, index=len(sources) - 1, writable=source.writable)


def _constant(spec: Spec, name: str, node: Node, is_constant: Callable[[str], bool]) -> str | None:
    """Take a word that is no field but a constant, or the organisation's own currency."""
    if name != "currency" or node.text != ORG:
        return node.text if is_constant(node.text) else None
    spec.desk.asked_for_currency = True
    if not spec.desk.currency:
        remedy = "Say `currency: EUR` in config/hub.yaml."
        spec.fault("bad_option", "Nobody says what the organisation's own currency is.", remedy, node=node)
    return spec.desk.currency


def _check_units(spec: Spec, codec: Codes, name: str) -> None:
    table = spec.node.value["codes"]
    for raw, unit in codec.table.items() if name == "unit" else ():
        if unit is not None and re.search(PATTERNS["unit"], unit) is None:
            at = table.get(raw) or table
            spec.fault("type_clash", f"{unit!r} is not a unit of UN/CEFACT.", "Use a code such as C62 or KGM.", node=at)


def _part_with_options(
    spec: Spec, name: str, node: Node, sources: list[Source], codec: Single, is_constant: Callable[[str], bool]
) -> Part:
    inner = Spec(spec.desk, node, spec.path, PathInfo("currency" if name == "currency" else "text"), spec.place, spec.root)
    constant = inner.text("const")
    origin = inner.at("from")
    otherwise = inner.at("else")
    one_way = inner.choice("one_way", ("in",), "") == "in"
    if (origin is None) == (not constant):
        inner.fault("one_source", f"`{name}` needs a field or a constant.", "Give either `from:` or `const:`.")
    if inner.has("codes"):
        codec = codes_of(inner, choice=False)
        _check_units(inner, codec, name)
    inner.unknown_keys(("from", "const", "else", "codes", "preferred", "one_way"), ())
    if origin is None:
        return Part(name, constant=constant)
    fallback = _constant(inner, name, otherwise, is_constant) if otherwise is not None else None
    if fallback is not None and isinstance(spec.place.find(tuple(origin.text.split("."))), str):
        return Part(name, constant=fallback)  # a system without several currencies has no such field
    source = inner.source(origin)
    sources.append(source)
    index = len(sources) - 1
    fallback_index = 0
    if otherwise is not None and fallback is None:
        sources.append(inner.source(otherwise))
        fallback_index = len(sources) - 1
    return Part(name, None, codec, index, fallback, fallback_index, source.writable and not one_way)
