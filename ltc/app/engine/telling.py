"""Telling: the log lines of the work itself, about runs and about records that were written or could not go on.

What a record says is not told, nor what a system answered about it: that may be personal, and is in sync log and exceptions.
"""

from __future__ import annotations

import logging
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ltc.app.engine.bodies import without_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOG: Final = logging.getLogger("ltc.work")
LOG.addHandler(logging.NullHandler())  # a command that reports its result itself is not to write lines besides

TOLD: Final[Mapping[str, int]] = MappingProxyType({"created": logging.INFO, "updated": logging.INFO, "parked": logging.WARNING})
"""What is told of records, of all that the sync log holds."""

MOST: Final = 20
"""So many lines of a kind are written about one transaction: a page may hold thousands of records with one and the same fault."""


class Line(NamedTuple):
    """What became of one record."""

    action: str
    system: str
    object: str
    entity: str
    record: str
    key: Any
    detail: Any


def is_told(action: str) -> bool:
    """Say whether somebody reads lines about this."""
    return action in TOLD and LOG.isEnabledFor(TOLD[action])


def tell_of_records(lines: Sequence[Line]) -> None:
    """Write what became of records, now that it is kept."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        kind = (line.action, line.system, line.object)
        seen[kind] += 1
        if seen[kind] <= MOST:
            known = {"system": line.system, "object": line.object, "entity": line.entity, "record": line.record, "key": line.key}
            about = {name: value for name, value in known.items() if value}
            LOG.log(TOLD[line.action], "%s", _sentence(line), extra=about)
    for (action, system, obj), number in seen.items():
        if number > MOST:
            more = number - MOST
            LOG.log(TOLD[action], "%d more of %s.%s were %s.", more, system, obj, action, extra={"system": system, "object": obj})


def _sentence(line: Line) -> str:
    """Say it without a word of the record's own.

    >>> _sentence(Line("parked", "crm", "Account", "customer", "001", "C-7", {"stage": "translate", "code": "x", "error": "Ada"}))
    'A record of crm.Account was parked at translate: x.'
    """
    said = f"A record of {line.system}.{line.object} was {line.action}"
    if line.action == "parked" and isinstance(line.detail, dict):
        return f"{said} at {line.detail.get('stage')}: {line.detail.get('code')}."
    return f"{said}."


def tell_of_runs(runs: Sequence[Mapping[str, Any]]) -> None:
    """Write how the runs of a sync ended: those that failed, and those that did something."""
    for run in runs:
        about = {name: run[name] for name in ("system", "object", "entity") if run[name]} | {"run": run["id"]}
        if run["error"]:
            error = run["error"]
            LOG.warning(
                "%s.%s %s: %s", run["system"], run["object"], run["status"], without_bodies(error["message"]), extra=about
            )
        elif any(run[name] for name in ("read", "writes", "parked")):
            numbers = {name: run[name] for name in ("read", "unchanged", "writes", "parked", "waiting") if run[name]}
            told = ", ".join(f"{number} {name}" for name, number in numbers.items())
            LOG.info("%s.%s: %s.", run["system"], run["object"], told, extra=about | numbers)
