"""Rows that two lines claim: what one of them writes, the other would take back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeAlias

from ltc.core.errors import Fault
from ltc.core.mapping.rules import Block, Pick, RawPath, Rows, Where

Claim: TypeAlias = Rows | Pick


def overlaps(block: Block) -> Iterator[Fault]:
    """Find lists and picked rows that write the same fields of the same rows; the later line is to blame."""
    claims: list[Claim] = [*block.lists, *block.picks]
    for one, other in combinations(sorted(claims, key=lambda claim: (claim.line.line, claim.line.column)), 2):
        if one.path == other.path and not _are_disjoint(one.where, other.where) and _collide(one, other):
            yield _fault(one, other)
    for claim in claims:
        yield from overlaps(claim.block)


def _are_disjoint(one: tuple[Where, ...], other: tuple[Where, ...]) -> bool:
    """Tell whether no row can fulfil both conditions."""
    values = {where.path: where.values for where in one}
    return any(where.path in values and not values[where.path] & where.values for where in other)


def _collide(one: Claim, other: Claim) -> bool:
    """Tell whether both write: two lists let rows come and go, else it takes a field that both write."""
    if isinstance(one, Rows) and isinstance(other, Rows):
        return one.writes and other.writes
    return bool(_written(one) & _written(other))


def _written(claim: Claim) -> frozenset[RawPath]:
    if isinstance(claim, Rows) and not claim.writes:
        return frozenset()
    leaves = (leaf for leaf in claim.block.leaves if leaf.writes)
    return frozenset(source.path for leaf in leaves for source in leaf.sources if not source.root)


def _fault(one: Claim, other: Claim) -> Fault:
    line = other.line
    message = f"{line.path} claims rows of {'.'.join(other.path)} that {one.line.path} in line {one.line.line} claims too."
    remedy = "Give each a `where` with values of its own, or say `one_way: in`."
    return Fault("mapping.rows_overlap", message, remedy, file=line.file, line=line.line, column=line.column, path=line.path)
