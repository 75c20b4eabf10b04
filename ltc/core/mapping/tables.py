"""Tables of codes and constants, checked against what the model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.codes import ANY, Codes
from ltc.core.mapping.spec import Spec
from ltc.core.models import PathInfo
from ltc.core.models.canonical import format_decimal
from ltc.core.models.check import EXPECTED, PATTERNS
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
            spec.fault("unknown_codes", f"There is no table of codes {name!r}.", remedy, node=node)
            return Codes({}, {}, keep=True), ()
        _strays(spec, table)
        node = table.get("codes") or table
        preferred = preferred or table.get("preferred")
    if node is None or node.kind != "mapping" or not node.value:
        spec.fault("bad_option", "`codes` must be a table or the name of one.", "Write `codes: {A: active}`.", node=node)
        return Codes({}, {}, keep=True), ()
    table_: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    raw_of: dict[Any, list[str]] = {}
    for raw, ours in node.items():
        value = canonical_of(spec, ours)
        if _is_pattern(spec, raw):
            patterns[raw] = value
            raw_of.setdefault(value, [])
        else:
            table_[raw] = value
            raw_of.setdefault(value, []).append(raw)
    back = _back(spec, node, raw_of, _preferred(spec, preferred, table_))
    keep = spec.choice("else", ("park", "keep"), "park") == "keep" if choice else False
    if keep and spec.info.type not in {"text", "any"}:
        message = f"`else: keep` would let unknown codes into {spec.path}, which takes only its own."
        spec.fault("type_clash", message, "Use `else: park`.", node=spec.node.get("else"))
    return Codes(
        table_,
        back,
        keep,
        spec.desk.blank,
        patterns.get(ANY, MISSING),
        languages=choice and spec.info.type == "language",
        width=spec.whole("width") if keep else 0,
    ), tuple((tuple(raw.split("/")), value) for raw, value in patterns.items())


def _strays(spec: Spec, table: Node) -> None:
    """Note rows of a file that stand beside its table, where nothing reads them."""
    for key in table.value if table.get("codes") is not None else ():
        if key not in _OF_A_FILE:
            remedy = did_you_mean(key, _OF_A_FILE) or "Write the row below `codes:`."
            spec.desk.fault(table, "unknown_key", f"{key!r} stands beside `codes`, where no row is read.", remedy, key=key)


_OF_A_FILE: Final = ("codes", "preferred", "title", "note")
"""What a file with a table of codes may say."""


def _is_pattern(spec: Spec, raw: str) -> bool:
    """Tell whether a row of the table stands for other codes: ``*`` alone, or as a part where several fields make a code."""
    origin = spec.node.get("from")
    return ANY in raw.split("/") if origin is not None and origin.kind == "sequence" else raw == ANY


def _back(spec: Spec, node: Node, raw_of: Mapping[Any, list[str]], wanted: Mapping[str, Node]) -> dict[Any, Any]:
    """Say which raw code is written for each canonical one; note a fault where nothing says it."""
    back: dict[Any, Any] = {}
    for value, raws in raw_of.items():
        chosen = [raw for raw in raws if raw in wanted]
        if len(raws) != 1 and len(chosen) != 1 and spec.needs_way_back:
            _no_way_back(spec, node, value, raws, [wanted[raw] for raw in chosen])
        if raws:
            back[value] = _typed((chosen or raws)[0])
    return back


def _no_way_back(spec: Spec, node: Node, value: Any, raws: Sequence[str], chosen: Sequence[Node]) -> None:
    """Note that nothing says which of several codes is written: at the second one, preferred or not, or at the star."""
    said = "null" if value is None else repr(value)
    inline = node is spec.node.get("codes")
    if chosen:
        message = f"{' and '.join(repr(one.text) for one in chosen)} are both preferred for {said}."
        spec.fault("codes_not_invertible", message, "Keep one of them.", node=chosen[1])
        return
    if raws:
        message = f"{' and '.join(map(repr, raws))} all mean {said}, and nothing says which to write."
        remedy = f"Add `preferred: [{raws[0]}]` or `one_way: in`."
        at = node.value[raws[1]]
    else:
        message = f"{said} is only read by a pattern, and nothing says which code to write."
        remedy = "Add a code without `*`, or `one_way: in`."
        at = next(child for raw, child in node.items() if ANY in raw.split("/") and child.text == str(value or child.text))
    spec.fault("codes_not_invertible", message, remedy, node=at if inline else spec.node.get("codes"))


def _typed(raw: str) -> Any:
    """Say how a raw code is written back: true and false are truth values, all else is text."""
    return {"true": True, "false": False}.get(raw, raw)


def canonical_of(spec: Spec, node: Node) -> Any:
    """Read a canonical value of a table or constant, and check that the model takes it."""
    kind = spec.info.type
    value = node.value
    if node.kind != "scalar":
        spec.fault("type_clash", "This must be a plain value.", "Write one word.", node=node)
        return None
    if value is None:
        return None
    if kind in _TEXTS:
        value = node.text
    elif isinstance(value, Decimal) or (kind == "decimal" and isinstance(value, int)):
        value = format_decimal(value)
    if not _takes(spec.info, kind, value):
        values = spec.info.values
        near = did_you_mean(str(value), values) or (f"Use one of: {', '.join(values)}." if values else "")
        remedy = near or ("Write null for what is empty." if node.text == "" else f"It must be {EXPECTED.get(kind, 'a text')}.")
        spec.fault("type_clash", f"{spec.path} cannot be {node.text!r}.", remedy, node=node)
    return value


_TEXTS: Final = frozenset({"text", "choice", "country", "currency", "language", "date", "time"})
MADE_OF_SEVERAL: Final = frozenset({"money", "quantity", "unit_price", "object", "list"})
"""Kinds whose values are more than one word, so that no table and no constant gives them."""


def _takes(info: PathInfo, kind: str, value: Any) -> bool:
    """Tell whether the model takes a value."""
    if kind == "any":
        return True
    if kind == "choice":
        return value in info.values
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in {"country", "currency"}:
        return value in (COUNTRIES if kind == "country" else MINOR_UNITS)
    pattern = PATTERNS.get(kind, r"(?s)^.+$")
    return kind not in MADE_OF_SEVERAL and isinstance(value, str) and re.search(pattern, value) is not None


def _preferred(spec: Spec, node: Node | None, table: Mapping[str, Any]) -> Mapping[str, Node]:
    """Read which raw codes are written: a list of them, or a table from ours to theirs."""
    if node is None:
        return {}
    values = list(node.value.values()) if node.kind == "mapping" else node.value
    named: list[Node] = [node] if node.kind == "scalar" else values
    for one in named:
        if one.kind != "scalar" or one.text not in table:
            remedy = did_you_mean(one.text, table) or f"The table has: {', '.join(table)}."
            spec.fault("bad_option", f"The table has no code {one.text!r}.", remedy, node=one)
    return {one.text: one for one in named}
