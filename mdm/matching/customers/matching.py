"""Match customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

from mdm.identity import STRONG, Key, contradictions
from mdm.matching.customers.comparisons import COMMON, CUSTOMERS
from mdm.matching.customers.keys import keys
from mdm.matching.customers.standard import columns
from mdm.matching.linkage import Kind, match_by
from mdm.matching.model import Columns
from mdm.matching.records import MatchRecord, Pair, ScoredPair, Task

_UNKNOWN: Final = 1000
_PROOFS: Final = frozenset(STRONG["customer"])


def weigh_words(rows: Sequence[Columns]) -> list[Columns]:
    """Write before each word of a name how rare it is among all names, from 1 to 1000: rare words say more than common ones.

    >>> weigh_words([{"words": ("acme", "group")}, {"words": ("bolt", "group")}])[0]
    {'words': ('1000 acme', '0369 group'), 'worth': 1369}
    """
    counts = Counter(word for row in rows for word in row["words"])
    most = log(1 + len(rows))
    weights = {word: max(1, round(_UNKNOWN * log((1 + len(rows)) / count) / most)) for word, count in counts.items()}
    return [_weighed(row, weights) for row in rows]


def _weighed(row: Columns, weights: Mapping[str, int]) -> Columns:
    words = tuple(f"{weights.get(word, _UNKNOWN):04d} {word}" for word in row["words"])
    return {**row, "words": words, "worth": sum(int(word[:4]) for word in words)}


def contradicting(left: Columns, right: Columns) -> bool:
    """Say whether a strong identifier of one customer contradicts that of the other.

    >>> contradicting({"identifiers": ("duns 150483782",)}, {"identifiers": ("duns 150483783", "vat_id DE:1")})
    True
    """
    return bool(contradictions(proofs(left), proofs(right)))


def proofs(row: Columns) -> list[Key]:
    """List a customer's strong identifiers.

    >>> proofs({"identifiers": ("duns 150483782", "vat_id DE:1")})
    [('duns', '150483782')]
    """
    return [(kind, value) for kind, value in map(_split, row["identifiers"]) if kind in _PROOFS]


def _split(identifier: str) -> Key:
    kind, _, value = identifier.partition(" ")
    return kind, value


KIND: Final = Kind(columns, weigh_words, keys, CUSTOMERS, COMMON, contradicting)
"""How customers are matched."""


def match(
    records: Sequence[MatchRecord], entity: str, task: Task, free: frozenset[str], labels: Mapping[Pair, bool]
) -> list[ScoredPair]:
    """Score the pairs of customers that may be the same."""
    del entity, labels  # the weights are learned without labels
    return match_by(KIND, records, task, free)
