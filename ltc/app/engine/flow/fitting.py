"""Fitting: whether a derived value can hold what its rule gives, as far as that can be known before anything is derived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ltc.app.engine.flow.form import Const, FirstOf, Formula, OfRow, Take
from ltc.app.engine.flow.ways import HUB_ID
from ltc.core.mapping.cel import fits
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.engine.flow.form import Rule
    from ltc.core.models import PathInfo

TEXTS: Final = frozenset({"text", "choice", "date", "time", "currency", "country", "language", "decimal"})
"""Kinds that are written as text; what of it is right is seen when it is there."""

PLAIN: Final = {"boolean": bool, "integer": int}


def misfits(rule: Rule, info: PathInfo, row: PathInfo | None, source: str) -> Iterator[tuple[str, str]]:
    """Say what does not fit, each with what to do; ``row`` is the source's list that a derived row is made of."""
    if isinstance(rule, FirstOf):
        for one in rule.rules:
            yield from misfits(one, info, row, source)
    elif isinstance(rule, Const):
        yield from _fixed(rule, info)
    elif isinstance(rule, Formula):
        returns = rule.expression.returns
        if not fits(returns, info.type) and not (info.ref and returns.startswith("ltc.")):
            yield f"It is a {info.type}, and the expression gives a {returns}.", "Convert it."
    elif isinstance(rule, Take) and rule.way.path == HUB_ID:
        entity = rule.way.hops[-1].entity if rule.way.hops else source
        if info.ref != entity:
            wanted = f"a reference to {info.ref}" if info.ref else "no reference"
            yield f"It is {wanted}, and is given the hub id of a {entity}.", ""
    elif isinstance(rule, Take | OfRow):
        given = rule.way.info if isinstance(rule, Take) else (row.fields.get(rule.path) if row is not None else None)
        if given is not None:
            yield from _given(given, info)


def _fixed(rule: Const, info: PathInfo) -> Iterator[tuple[str, str]]:
    """Judge a fixed value."""
    if rule.value is None or info.type == "any":
        return
    if info.values:
        if rule.value not in info.values:
            known = ", ".join(info.values)
            yield (
                f"{rule.value!r} is not one of its values.",
                did_you_mean(str(rule.value), info.values) or f"Its values: {known}.",
            )
    elif type(rule.value) is not PLAIN.get(info.type, str if info.type in TEXTS else object):
        yield f"{rule.value!r} is no {info.type}.", "Write a text in quotes." if info.type in TEXTS else ""


def _given(given: PathInfo, info: PathInfo) -> Iterator[tuple[str, str]]:
    """Judge a value that comes from somewhere else."""
    if given.ref != info.ref and "any" not in (given.type, info.type):
        names = [f"a reference to {one.ref}" if one.ref else "no reference" for one in (info, given)]
        yield f"It is {names[0]}, and is given {names[1]}.", ""
    elif given.type != info.type and "any" not in (given.type, info.type) and not {given.type, info.type} <= TEXTS:
        yield f"It is a {info.type}, and is given a {given.type}.", ""
    elif given.values and info.values and not {*given.values} & {*info.values}:
        yield "None of the values that it is given is one of its own.", f"Its values: {', '.join(info.values)}."
