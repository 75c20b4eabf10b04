"""A record made up for a mapping that has no example: one value for every line that is written."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any, Final

from ltc.core.contract.records import Raw
from ltc.core.errors import Untranslatable
from ltc.core.mapping.laws import apply
from ltc.core.mapping.mapping import Mapping
from ltc.core.mapping.operations.amounts import Amount, Measure, Part, Price
from ltc.core.mapping.operations.codes import Codes, TupleCodes
from ltc.core.mapping.rules import Block, Leaf, bury, dig
from ltc.core.models import PathInfo, paths
from ltc.core.models.isocodes import MINOR_UNITS
from ltc.core.models.leaves import generic

_VALUES: Final[Table[str, Any]] = {
    "text": "Werk Nord", "integer": 7, "decimal": "7.5", "boolean": True, "date": "2026-01-31", "time": "2026-01-31T12:00:00Z",
    "currency": "EUR", "country": "DE", "language": "de", "any": "Werk Nord",
}  # fmt: skip


def made_up(mapping: Mapping) -> list[Raw]:
    """Make up what the system could hold; nothing if the mapping writes too little for that."""
    known = paths(mapping.entity)
    left_out: set[str] = set()
    for _ in mapping.lines:  # what cannot be written is left out, path by path
        try:
            patch = mapping.put(None, _canonical(mapping.block, known, left_out))
            break
        except Untranslatable as problem:
            left_out |= {generic(error.path) for error in problem.errors}
    else:
        return []
    raw = apply(mapping, None, patch)
    for leaf in mapping.block.leaves:
        for source in leaf.sources if leaf.reads and not leaf.writes else ():
            if dig(raw, source.path) is None:
                bury(raw, source.path, "1")
    return [raw]


def _canonical(block: Block, known: Table[str, PathInfo], left_out: set[str]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for leaf in [*block.leaves, *(leaf for pick in block.picks for leaf in pick.block.leaves)]:
        path = leaf.line.path
        if leaf.writes and path not in left_out:
            bury(nested, leaf.target, _value(leaf, known.get(path, PathInfo("any"))))
    for rows in block.lists:
        if rows.writes:
            bury(nested, rows.target, [_canonical(rows.block, known, left_out)])
    return nested


def _value(leaf: Leaf, info: PathInfo) -> Any:
    """Choose a value that the line can write."""
    codec = leaf.codec
    table = codec.codes if isinstance(codec, TupleCodes) else codec
    if isinstance(table, Codes):
        return next(iter(table.back), None)
    if isinstance(codec, Amount):
        currency = _part(codec.currency, "EUR")
        digits = MINOR_UNITS.get(currency, 2)
        return {"amount": f"10.{'0' * digits}" if digits else "10", "currency": currency}
    if isinstance(codec, Measure):
        return {"value": "3", "unit": _part(codec.unit, "C62")}
    if isinstance(codec, Price):
        per = _part(codec.per, "1")
        return {"amount": "12", "currency": _part(codec.currency, "EUR"), "per": per, "unit": _part(codec.unit, "C62")}
    return next(iter(info.values), _VALUES.get(info.type))


def _part(part: Part, otherwise: str) -> str:
    if part.codec is None:
        return part.constant or otherwise
    return str(next(iter(part.codec.back), otherwise)) if isinstance(part.codec, Codes) else otherwise
