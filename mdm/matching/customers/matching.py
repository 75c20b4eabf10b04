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
from mdm.names.compare import SURE, compare
from mdm.names.parse import EASTERN, parse
from mdm.names.scripts import script_of

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


def named_apart(left: Columns, right: Columns) -> list[str]:
    """Say by what a careful reader of two names takes them for two companies, or cannot be sure that they are one.

    Of names in Latin letters only numbers are looked at, also Roman ones and those in words: the levels know the rest. In eastern
    scripts one character is a word, and how a name reads in Latin letters proves nothing.

    >>> named_apart({"said": "上海华新科技有限公司"}, {"said": "上海华兴科技有限公司"})
    ['name: other core: 华新 and 华兴']
    >>> named_apart({"said": "Growth Fund Two LP"}, {"said": "Growth Fund III LP"})
    ['name: other number: 2 and 3']
    """
    one, other = left["said"], right["said"]
    if not one or not other:
        return []
    if script_of(one) in EASTERN or script_of(other) in EASTERN:
        likeness = compare(one, other)
        return [f"name: {'; '.join(likeness.why)}"] if likeness.score < SURE else []
    numbers, others = ({number for part in parse(name) for number in part.numbers} for name in (one, other))
    if numbers <= others or others <= numbers:
        return []
    return [f"name: other number: {' '.join(sorted(numbers))} and {' '.join(sorted(others))}"]


KIND: Final = Kind(columns, weigh_words, keys, CUSTOMERS, COMMON, contradicting, named_apart)
"""How customers are matched."""


def match(
    records: Sequence[MatchRecord], entity: str, task: Task, free: frozenset[str], labels: Mapping[Pair, bool]
) -> list[ScoredPair]:
    """Score the pairs of customers that may be the same."""
    del entity, labels  # the weights are learned without labels
    return match_by(KIND, records, task, free)
