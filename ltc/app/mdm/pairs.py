"""Pairs in a file: each is judged, and the rows come back with what was found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from mdm.matching.given import Judgement, Reason, judge, read_pairs, unread
from mdm.matching.records import entity_named


def judged(file: Path, name: str) -> dict[str, Any]:
    """Judge every pair in a file: ``{entity, pairs, totals, unread}``; nothing is given out if the file is not sound."""
    entity = entity_named(name)
    rows = list(read_pairs(file, entity))
    found = [(row, judge(entity, row.left, row.right)) for row in rows]
    totals = Counter(judgement.decision for _, judgement in found)
    return {
        "entity": entity,
        "pairs": [{**row.said, **told(judgement)} for row, judgement in found],
        "totals": {decision: totals[decision] for decision in ("same", "review", "different")},
        "unread": unread(rows[0].said, entity),
    }


def told(judgement: Judgement) -> dict[str, Any]:
    """Write a judgement as a document."""
    return {
        "score": round(judgement.score, 6),
        "decision": judgement.decision,
        "why": [reason_document(one) for one in judgement.why],
        "doubts": list(judgement.doubts),
    }


def reason_document(one: Reason) -> dict[str, Any]:
    """Write down what one field says, in bits."""
    said = {"field": one.field, "level": one.level, "weight": round(one.weight, 4)}
    return said | {"detail": one.detail} if one.detail else said
