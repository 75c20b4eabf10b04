"""Records drawn from a mapping's examples: many fields changed at once; rows added, dropped and moved, at any depth."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from ltc.core.mapping import Mapping
from ltc.core.mapping.generated import variations
from ltc.core.mapping.rules import Block, Rows, bury, dig, matches

MOST_CHANGES = 4


@st.composite
def records(draw: Any, mapping: Mapping) -> dict[str, Any]:
    """Draw a record such as the mapping's system may hold."""
    example = draw(st.sampled_from(mapping.examples))
    raw = copy.deepcopy(example.system)
    for _ in range(draw(st.integers(0, MOST_CHANGES))):
        raw = draw(st.sampled_from(list(variations(mapping.block, raw))))
    raw = copy.deepcopy(raw)
    _rows(draw, mapping.block, raw)
    return raw


def _rows(draw: Any, block: Block, raw: dict[str, Any]) -> None:
    """Change the lists of a record or row, and those inside of their rows."""
    for rows in block.lists:
        held = _held(raw, rows.path)
        if not held:
            continue
        for row in held:
            if matches(row, rows.where):
                _rows(draw, rows.block, row)
        changed = draw(st.permutations(held))[draw(st.integers(0, 1)) :]
        bury(raw, rows.path, [*changed, *_more(draw, rows, held)])


def _more(draw: Any, rows: Rows, held: list[Any]) -> list[dict[str, Any]]:
    """Draw a further row, told from the others by its key."""
    fit = [row for row in held if matches(row, rows.where)]
    key = next((path for path in reversed(rows.key) if all(isinstance(dig(row, path), str) for row in fit)), None)
    if not fit or key is None or not draw(st.booleans()):
        return []
    row = copy.deepcopy(draw(st.sampled_from(fit)))
    old = str(dig(row, key))
    bury(row, key, "9" * len(old) if old.isdigit() else f"{old[:-1]}Z")
    if rows.id is not None:
        bury(row, rows.id, f"{dig(row, rows.id)}Z")
    taken = [[dig(one, path) for path in rows.key] for one in held]
    return [] if [dig(row, path) for path in rows.key] in taken else [row]


def _held(raw: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
    try:
        found = dig(raw, path)
    except TypeError:
        return []
    return found if isinstance(found, list) and all(isinstance(row, dict) for row in found) else []
