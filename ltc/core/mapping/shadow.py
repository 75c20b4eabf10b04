"""Proposed lines run in the shadow: what they would read is reported, and nothing else sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from ltc.core.contract.records import Raw
from ltc.core.errors import FieldError
from ltc.core.mapping.mapping import Mapping
from ltc.core.mapping.reference import read_block
from ltc.core.mapping.rules import Block, Leaf, Rows

ShadowReader: TypeAlias = Callable[[Raw], tuple[dict[str, Any], list[FieldError]]]


def shadow(mapping: Mapping, raw: Raw) -> tuple[dict[str, Any], list[FieldError]]:
    """Read only what the proposed lines would give, and the problems that they would have."""
    return _reader(_proposed(mapping.block, whole=False))(raw)


def shadow_reader(mapping: Mapping) -> ShadowReader | None:
    """Make the function that reads what the proposed lines would give; None if the mapping has none."""
    block = _proposed(mapping.block, whole=False)
    return _reader(block) if _holds(block) else None


def _reader(block: Block) -> ShadowReader:
    def read(raw: Raw) -> tuple[dict[str, Any], list[FieldError]]:
        nested: dict[str, Any] = {}
        errors: list[FieldError] = []
        read_block(block, raw, raw, nested, "", errors)
        return nested, errors

    return read


def _proposed(block: Block, *, whole: bool) -> Block:
    """Keep the proposed lines of a block as if they were active, with the keys of the rows that they are in."""
    leaves = tuple(_active(leaf) for leaf in block.leaves if whole or leaf.line.state == "proposed")
    picks = tuple(replace(pick, block=inner) for pick in block.picks if _holds(inner := _proposed(pick.block, whole=whole)))
    lists = tuple(found for rows in block.lists if (found := _rows(rows, whole=whole)) is not None)
    return Block(leaves, lists, picks)


def _rows(rows: Rows, *, whole: bool) -> Rows | None:
    whole = whole or rows.line.state == "proposed"
    inner = _proposed(rows.block, whole=whole)
    if not _holds(inner):
        return None
    keys = [leaf for leaf in rows.block.leaves if leaf.target == (rows.key_name,) and leaf.line.state != "proposed"]
    leaves = inner.leaves if whole else (*keys, *inner.leaves)
    return replace(rows, line=replace(rows.line, state="active"), block=replace(inner, leaves=leaves))


def _holds(block: Block) -> bool:
    return bool(block.leaves or block.picks or block.lists)


def _active(leaf: Leaf) -> Leaf:
    return replace(leaf, line=replace(leaf.line, state="active"))
