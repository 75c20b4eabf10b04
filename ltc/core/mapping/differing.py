"""What differs between a record as its target holds it and as it should be: only that goes through the readable writer.

A line that means the same already writes nothing; it matters only where it shares a field with a line that is written, since no
two may disagree on it. Lines that are not read, and chosen rows, are always looked at. A property test holds this together with
the writer that looks at everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.reference import rows_at
from ltc.core.mapping.rules import Block, RawPath, Rows, matches

_REMEMBERED: Final = 500


class Difference(NamedTuple):
    """What is left of the rules, and of what is held, read and desired, when all that means the same is taken away."""

    block: Block
    old: dict[str, Any]
    seen: dict[str, Any]
    desired: Mapping[str, Any]


Comparer: TypeAlias = Callable[[dict[str, Any], dict[str, Any], Mapping[str, Any]], Difference]


def comparer(block: Block) -> Comparer:
    """Give what compares a record as it is read with what it should be, by these rules."""
    lists = {rows.target[0]: rows for rows in block.lists if _is_divisible(rows, block)}
    remaining = lru_cache(_REMEMBERED)(lambda names: _remaining(block, names, lists))

    def compare(old: dict[str, Any], seen: dict[str, Any], desired: Mapping[str, Any]) -> Difference:
        changed = {name for name, value in desired.items() if seen.get(name, MISSING) != value}
        rest = Difference(block, old, seen, desired)
        for name, rows in lists.items():
            if name not in desired:
                continue
            if not _tells_rows_apart(rows, seen.get(name), desired[name]):
                changed.add(name)  # two rows of one key are looked at even if nothing changed
            elif name in changed:
                rest = _without_equal_rows(rows, name, rest)
        return rest._replace(block=remaining(frozenset(changed)))

    return compare


def _is_divisible(rows: Rows, block: Block) -> bool:
    """Tell whether each row of a list can be looked at by itself: nothing is in it, or in its place, but values that are read."""
    places = [one.path for one in block.lists] + [pick.path for pick in block.picks]
    return (
        len(rows.target) == 1
        and rows.reads
        and rows.writes
        and sum(one.target[:1] == rows.target for one in block.lists) == 1
        and sum(_overlap(path, rows.path) for path in places) == 1
        and not (rows.block.lists or rows.block.picks)
        and all(leaf.reads for leaf in rows.block.leaves if leaf.writes)
    )


def _overlap(one: RawPath, other: RawPath) -> bool:
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def _tells_rows_apart(rows: Rows, seen: Any, wanted: Any) -> bool:
    """Tell whether both are lists in which every row has a key of its own."""
    return all(some.__class__ is list and len({row.get(rows.key_name) for row in some}) == len(some) for some in (seen, wanted))


def _without_equal_rows(rows: Rows, name: str, of: Difference) -> Difference:
    """Take away the rows that mean the same."""
    key = rows.key_name
    seen = of.seen[name]
    found = rows_at(of.old, rows.path)
    before = {row.get(key): row for row in seen}
    equal = {row.get(key) for row in of.desired[name] if before.get(row.get(key)) == row}
    selected = [matches(row, rows.where) for row in found]
    if not equal or sum(selected) != len(seen):
        return of
    keys = iter([row.get(key) for row in seen])
    kept = [row for row, is_meant in zip(found, selected, strict=True) if not is_meant or next(keys) not in equal]
    return of._replace(
        old=_with(of.old, rows.path, kept),
        seen={**of.seen, name: [row for row in seen if row.get(key) not in equal]},
        desired={**of.desired, name: [row for row in of.desired[name] if row.get(key) not in equal]},
    )


def _with(raw: dict[str, Any], path: RawPath, value: Any) -> dict[str, Any]:
    """Copy a raw record with another value at a path."""
    return {**raw, path[0]: value if len(path) == 1 else _with(raw[path[0]], path[1:], value)}


def _remaining(block: Block, changed: Collection[str], lists: Collection[str]) -> Block:
    """Keep the rules that have something to look at."""
    written = [leaf for leaf in block.leaves if leaf.writes and (leaf.target[0] in changed or not leaf.reads)]
    contested = block.shared.intersection(source.path for leaf in written for source in leaf.sources)
    kept = {id(leaf) for leaf in written}
    return Block(
        leaves=tuple(
            leaf
            for leaf in block.leaves
            if leaf.writes and (id(leaf) in kept or not contested.isdisjoint([source.path for source in leaf.sources]))
        ),
        lists=tuple(rows for rows in block.lists if rows.target[0] in changed or rows.target[0] not in lists),
        picks=block.picks,
        embeds=block.embeds,
        shared=block.shared,
    )
