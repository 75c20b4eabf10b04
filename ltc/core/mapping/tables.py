"""Tables of codes and constants, checked against what the model takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.codes import ANY, Codes
from ltc.core.mapping.spec import Spec
from ltc.core.models.canonical import format_decimal
from ltc.core.models.isocodes import COUNTRIES, MINOR_UNITS
from ltc.core.yamlfile import Node, did_you_mean

Patterns: TypeAlias = tuple[tuple[tuple[str, ...], Any], ...]


def codes_of(spec: Spec, *, choice: bool = True) -> Codes:
    """Read a table of codes, and make sure that there is a way back."""
    return _read(spec, choice=choice)[0]


def tuple_codes_of(spec: Spec) -> tuple[Codes, Patterns]:
    """Read a table of codes that several fields make together, and its rows in which a part may be any."""
    return _read(spec, choice=True)


def _read(spec: Spec, *, choice: bool) -> tuple[Codes, Patterns]:
    node = spec.at("codes")
    preferred = spec.at("preferred")
    if node is not None and node.kind == "scalar":
        name = node.text
        table = spec.desk.codes(name)
        if table is None:
            remedy = did_you_mean(name, spec.desk.code_names) or "Put it into the folder mappings/codes."
            spec.fault("unknown_codes", f"there is no table of codes {name!r}.", remedy, node=node)
            return Codes({}, {}, keep=True), ()
        node = table.get("codes") or table
        preferred = preferred or table.get("preferred")
    if node is None or node.kind != "mapping":
        spec.fault("bad_option", "codes must be a table or the name of one.", "Write `codes: {A: active}`.", key="codes")
        return Codes({}, {}, keep=True), ()
    table_: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    raw_of: dict[Any, list[str]] = {}
    for raw, ours in node.items():
        value = canonical_of(spec, ours, choice=choice)
        if _is_pattern(spec, raw):
            patterns[raw] = value
            raw_of.setdefault(value, [])
        else:
            table_[raw] = value
            raw_of.setdefault(value, []).append(raw)
    back = _back(spec, node, raw_of, _preferred(spec, preferred, table_))
    keep = spec.choice("else", ("park", "keep"), "park") == "keep" if choice else False
    if keep and spec.info.type not in {"text", "any"}:
        spec.fault(
            "type_clash", f"`else: keep` would let unknown codes into {spec.path}, which takes only its own.", "Use `else: park`."
        )
    return Codes(
        table_,
        back,
        keep,
        spec.desk.blank,
        patterns.get(ANY, MISSING),
        languages=choice and spec.info.type == "language",
        width=spec.whole("width") if keep else 0,
    ), tuple((tuple(raw.split("/")), value) for raw, value in patterns.items())


def _is_pattern(spec: Spec, raw: str) -> bool:
    """Tell whether a row of the table stands for other codes: ``*`` alone, or as a part where several fields make a code."""
    origin = spec.node.get("from")
    return ANY in raw.split("/") if origin is not None and origin.kind == "sequence" else raw == ANY


def _back(spec: Spec, node: Node, raw_of: Mapping[Any, list[str]], wanted: set[str]) -> dict[Any, Any]:
    """Say which raw code is written for each canonical one; note a fault where nothing says it."""
    table = spec.node.get("codes")
    back: dict[Any, Any] = {}
    for value, raws in raw_of.items():
        chosen = [raw for raw in raws if raw in wanted]
        if len(raws) != 1 and len(chosen) != 1 and spec.needs_way_back:
            message = f"{', '.join(map(repr, raws))} all mean {value!r}" if raws else f"{value!r} is only read by a pattern"
            spec.fault(
                "codes_not_invertible",
                f"{message}, and nothing says which to write.",
                f"Add `preferred: [{raws[0]}]` or `one_way: in`." if raws else "Add a code without `*`, or `one_way: in`.",
                node=node.value[raws[0]] if raws and table is node else None,
                key="" if raws and table is node else "codes",
            )
        if raws:
            back[value] = _typed((chosen or raws)[0])
    return back


def _typed(raw: str) -> Any:
    """Say how a raw code is written back: true and false are truth values, all else is text."""
    return {"true": True, "false": False}.get(raw, raw)


def canonical_of(spec: Spec, node: Node, *, choice: bool) -> Any:
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


def _preferred(spec: Spec, node: Node | None, table: Mapping[str, Any]) -> set[str]:
    """Read which raw codes are written: a list of them, or a table from ours to theirs."""
    if node is None:
        return set()
    values = list(node.value.values()) if node.kind == "mapping" else node.value
    named: list[Node] = [node] if node.kind == "scalar" else values
    for one in named:
        if one.kind != "scalar" or one.text not in table:
            remedy = did_you_mean(one.text, table) or "Name codes of the table."
            spec.fault("bad_option", f"{one.text!r} is not in the table.", remedy, node=one)
    return {one.text for one in named}
