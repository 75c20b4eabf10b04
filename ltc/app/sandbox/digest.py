"""A digest of the final state of all systems, without ids and times: two runs came to the same end if theirs are equal."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}([T ].*)?$")


def digest(states: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Give one line per system and object: how many rows there are, and a hash of what they say.

    ``states`` are what the simulators' ``state()`` gives: rows by object.
    """
    lines = {}
    for system, objects in sorted(states.items()):
        for name, rows in sorted(objects.items()):
            said = sorted(_rows(rows))
            hashed = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
            lines[f"{system}.{name}"] = f"{len(said)} rows {hashed}"
    return lines


def differences(one: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]], limit: int = 20) -> list[str]:
    """Say which rows are in one state only, for a person who wonders why two digests differ."""
    found = []
    for system in sorted(set(one) | set(other)):
        names = set(one.get(system, {})) | set(other.get(system, {}))
        for name in sorted(names):
            first = Counter(_rows(one.get(system, {}).get(name, ())))
            second = Counter(_rows(other.get(system, {}).get(name, ())))
            found += [f"- {system}.{name} {row}" for row in sorted(first - second)]
            found += [f"+ {system}.{name} {row}" for row in sorted(second - first)]
    return found[:limit]


def _rows(rows: object) -> Iterable[str]:
    listed = rows.values() if isinstance(rows, dict) else rows
    if not isinstance(listed, (list, tuple)) and not hasattr(listed, "__iter__"):
        return [json.dumps(_timeless(listed), sort_keys=True, default=str)]
    return [json.dumps(_timeless(row), sort_keys=True, ensure_ascii=False, default=str) for row in listed]


def _timeless(value: object) -> object:
    """Leave out dates and times, which differ when a retry takes an hour."""
    if isinstance(value, dict):
        return {name: _timeless(inner) for name, inner in value.items() if not _is_moment(inner)}
    if isinstance(value, (list, tuple)):
        return [_timeless(inner) for inner in value]
    return value


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and _MOMENT.match(value) is not None
