"""Match contacts and other persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mdm.matching.contacts.comparisons import COMMON, CONTACTS
from mdm.matching.contacts.keys import keys
from mdm.matching.contacts.standard import columns
from mdm.matching.linkage import Kind, match_by
from mdm.matching.model import Columns
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task


def contradicting(left: Columns, right: Columns) -> bool:
    """Persons have no identifier that is free of typing errors: a national number that differs is evidence, and no veto."""
    del left, right
    return False


def no_doubts(left: Columns, right: Columns) -> list[str]:
    """Persons have no doubts beyond those of the levels."""
    del left, right
    return []


KIND: Final = Kind(columns, list, keys, CONTACTS, COMMON, contradicting, no_doubts)
"""How persons are matched."""


def match(
    records: Sequence[MatchRecord], entity: str, task: Task, free: frozenset[str], labels: Mapping[Pair, bool]
) -> list[ScoredPair]:
    """Score the pairs of persons that may be the same."""
    del entity, labels  # the weights are learned without labels
    return match_by(KIND, records, task, free)
