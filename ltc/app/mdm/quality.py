"""Data quality as figures: how complete and how valid fields are, and how often a system has one thing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ltc.app.engine.state import from_json
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from mdm import standardise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

_AT_ONCE: Final = 2_000
_DIGITS: Final = 6

CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "email": standardise.email,
    "phone": standardise.phone,
    "duns": standardise.duns,
    "lei": standardise.lei,
    "registration_id": standardise.uscc,
    "gtin": standardise.gtin,
    "website": standardise.domain,
}
"""Fields of which more can be said than that they are there; what the function makes nothing of is not valid."""


@dataclass(slots=True)
class Tally:
    """What was counted over some records: how often a field is filled, and how often what stands there is not valid."""

    records: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)

    def add(self, leaves: Mapping[str, Any]) -> None:
        """Count a record; rows of lists are left out."""
        self.records += 1
        country = next((leaves[name] for name in ("billing_address.country", "country") if leaves.get(name)), "")
        for leaf, value in leaves.items():
            if "[" in leaf or value in (None, "", []):
                continue
            self.filled[leaf] += 1
            if isinstance(value, str) and not _valid(leaf, value, str(country)):
                self.invalid[leaf] += 1

    def document(self, names: list[str]) -> list[dict[str, Any]]:
        """Write the figures of some fields; only of checked fields is it said how many are not valid."""
        return [
            {
                "field": name, "filled": self.filled[name], "completeness": _share(self.filled[name], self.records),
                "invalid": self.invalid[name] if is_checked(name) else None,
                "validity": _share(self.filled[name] - self.invalid[name], self.filled[name]) if is_checked(name) else None,
            }
            for name in names
        ]  # fmt: skip


def is_checked(leaf: str) -> bool:
    """Say whether more is known of a field than that it is there.

    >>> is_checked("email"), is_checked("vat_id"), is_checked("name")
    (True, True, False)
    """
    return leaf in CHECKS or leaf == "vat_id"


def _valid(leaf: str, value: str, country: str) -> bool:
    if leaf == "vat_id":
        return standardise.is_vat_number(value, country) is not False
    if leaf == "phone":  # without a country, a number of that country cannot be told from another
        local = not country and not value.lstrip().startswith(("+", "00"))
        return sum(map(str.isdigit, value)) >= _DIGITS if local else bool(standardise.phone(value, country))
    check = CHECKS.get(leaf)
    return check is None or bool(check(value))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def quality(ctx: Context, entity: str) -> dict[str, Any]:
    """Measure an entity: ``{entity, golden, fields, systems, reviews}``; nothing personal is in it."""
    scopes = {scope.id: scope.system for scope in ctx.scopes.values() if scope.entity == entity and not scope.is_hub}
    if not scopes:
        known = ", ".join(sorted({scope.entity for scope in ctx.scopes.values() if not scope.is_hub}))
        raise Misconfigured(
            f"No system holds {entity!r}.", remedy=f"Known: {known or 'nothing yet'}.", code="config.unknown_entity"
        )
    whole, by_system, linked = Tally(), {system: Tally() for system in scopes.values()}, Counter[tuple[str, str]]()
    with ctx.store.reading() as tx:
        for leaves in _goldens(tx, entity):
            whole.add(leaves)
        for scope_id in sorted(scopes):
            for hub_id, leaves in _records(tx, scope_id):
                by_system[scopes[scope_id]].add(leaves)
                if hub_id:
                    linked[scopes[scope_id], hub_id] += 1
        r = t.review.c
        rows = tx.execute(select(r.state, func.count()).where(r.entity == entity).group_by(r.state)).all()
    names = sorted({*whole.filled, *(name for tally in by_system.values() for name in tally.filled)})
    return {
        "entity": entity,
        "golden": whole.records,
        "fields": whole.document(names),
        "systems": [_system(system, tally, linked, names) for system, tally in sorted(by_system.items())],
        "reviews": dict(sorted((row[0], row[1]) for row in rows)),
    }


def _system(system: str, tally: Tally, linked: Mapping[tuple[str, str], int], names: list[str]) -> dict[str, Any]:
    """Say how many of a system's records are one too many, and how good its fields are."""
    own = [count for (name, _), count in linked.items() if name == system]
    surplus = sum(count - 1 for count in own)
    return {
        "system": system, "records": tally.records, "things": len(own), "duplicates": surplus,
        "duplicate_share": _share(surplus, tally.records),
        "fields": tally.document([name for name in names if tally.filled[name]]),
    }  # fmt: skip


def _goldens(tx: Tx, entity: str) -> Iterator[Mapping[str, Any]]:
    g, last = t.golden.c, ""
    while True:
        live = (g.entity == entity, g.state == "live", g.hub_id > last)
        rows = tx.execute(select(g.hub_id, g.leaves).where(*live).order_by(g.hub_id).limit(_AT_ONCE)).all()
        for row in rows:
            yield from_json(row[1])
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]


def _records(tx: Tx, scope_id: int) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    r, last = t.record.c, ""
    while True:
        live = (r.scope_id == scope_id, r.state == "live", r.ext_id > last)
        rows = tx.execute(select(r.ext_id, r.hub_id, r.leaves).where(*live).order_by(r.ext_id).limit(_AT_ONCE)).all()
        for row in rows:
            yield row[1], from_json(row[2])
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]
