"""The line that a guess becomes: which operation a field needs so that its values come to be what the path holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ltc.core.mapping.expectations import family
from ltc.core.mapping.guessing import Guess
from ltc.core.mapping.likeness import alike

_AS: Final[Mapping[str, str]] = {"email": "email", "tax_id": "tax_id", "vat_id": "tax_id", "country": "country"}
_AMOUNTS: Final = frozenset({"money", "quantity", "unit_price"})
_EPOCH: Final = 10**11
_ALIKE_CODES: Final = 0.7


@dataclass(slots=True)
class Surroundings:
    """What lines need beside their own field: the currency of amounts, and tables of codes that are there already."""

    currency: Any
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def line_of(guess: Guess, values: Sequence[Any], around: Surroundings, name: str) -> tuple[dict[str, Any] | None, bool]:
    """Write the line of a guess, and say whether it is sure; None if nobody can write one."""
    filled = [value for value in values if value not in (None, "")]
    line, sure = _operation(guess, filled, around, name)
    if line is not None and not guess.field.writable:
        line["one_way"] = "in"
    return line, sure


def _operation(guess: Guess, values: Sequence[Any], around: Surroundings, name: str) -> tuple[dict[str, Any] | None, bool]:
    info, tail = guess.info, guess.path.rpartition(".")[2]
    line: dict[str, Any] = {"from": name}
    if not info.ref and info.type in {"choice", "language"}:
        return _codes(guess, values, around, line)
    more: dict[str, Any] = {}
    sure = True
    if info.ref:
        more = {"ref": info.ref, **({} if info.required else {"optional": True})}
    elif info.type in {"date", "time"}:
        more, sure = _calendar(guess, values), bool(values)
    elif info.type in _AMOUNTS:
        measure = {"unit": {"const": "C62"}} if info.type != "money" else {}
        more = {"as": info.type, **({"currency": around.currency} if info.type != "quantity" else {}), **measure}
        sure = info.type == "money"
    elif info.type == "boolean" and family(guess.field.type) != "boolean":
        more, sure = {"as": "boolean", "true": "X", "false": ""}, {str(value) for value in values} <= {"X"}
    elif word := _AS.get(tail) or _AS.get(info.type):
        more = {"as": word}
    return {**line, **more}, sure


def _codes(guess: Guess, values: Sequence[Any], around: Surroundings, line: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """Bring theirs to ours: by a table that is there, by their names, or as truth values."""
    theirs = list(dict.fromkeys([*guess.field.values, *(str(value) for value in values if not isinstance(value, bool))]))
    wanted = guess.info.values
    if guess.info.type == "language":
        table = next((name for name, codes in around.tables.items() if theirs and set(theirs) <= set(codes)), "")
        known = all(len(text) in (2, 5) for text in theirs)
        return {**line, **({} if known else {"codes": table})} if known or table else None, known or bool(table)
    if family(guess.field.type) == "boolean":
        flags = {"true": "active", "false": "inactive"} if {"active", "inactive"} <= set(wanted) else {}
        return ({**line, "codes": flags}, True) if flags else (None, False)
    codes = {raw: ours for raw in theirs if (ours := _nearest(raw, wanted))}
    back: dict[str, str] = {}
    for raw, ours in codes.items():
        back.setdefault(ours, raw)
    if not codes:
        return None, False
    doubled = len(back) < len(codes)
    return {**line, "codes": codes, **({"preferred": list(back.values())} if doubled else {})}, len(codes) == len(theirs)


def _nearest(raw: str, wanted: Sequence[str]) -> str:
    score, ours = max(((alike(raw, one), one) for one in wanted), default=(0.0, ""))
    return ours if score >= _ALIKE_CODES else ""


def _calendar(guess: Guess, values: Sequence[Any]) -> dict[str, Any]:
    """Find out how days and moments are written, by what the records hold."""
    texts = [str(value) for value in values]
    raw_is_day = family(guess.field.type) == "date" or (
        bool(texts) and all(re.fullmatch(r"\d{4}-\d\d-\d\d|\d{8}", one) for one in texts)
    )
    form = next((form for pattern, form in _FORMS if texts and all(re.fullmatch(pattern, one) for one in texts)), "iso")
    if form == "epoch_s" and any(int(one) > _EPOCH for one in texts):
        form = "epoch_ms"
    line = {"as": "date" if raw_is_day else "datetime", **({"format": form} if form != "iso" else {})}
    if raw_is_day is (guess.info.type == "date"):
        return line if len(line) > 1 or raw_is_day is False else {}
    return {**line, "zone": "UTC"}


_FORMS: Final = (
    (r"\d{8}", "sap"), (r"\d{9,13}", "epoch_s"), (r"/Date\(-?\d+\)/", "ms_date"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", "salesforce"),
)  # fmt: skip
