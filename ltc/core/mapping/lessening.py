"""A mapping without some of its lines: what the system lacks is left out, and all else goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ltc.core.errors import Misconfigured
from ltc.core.mapping.loading import build, code_folders, effective
from ltc.core.mapping.mapping import Mapping
from ltc.core.yamlfile import Node


def load_without(sources: Sequence[Path], gone: Collection[str], **options: Any) -> Mapping | None:
    """Load a mapping, with the options of ``load``, without the lines of these paths; None if no record could be made without.

    It keeps the fingerprint of the whole mapping, since it is the same as soon as the system has its fields again.
    """
    node = effective(sources)
    given = {**options, "codes_dirs": code_folders(sources, options.get("codes_dirs", ()))}
    bare = replace(node, value={key: child for key, child in node.value.items() if key != "examples"})
    try:
        return replace(build(without(bare, gone), **given), fingerprint=build(bare, **given).fingerprint)
    except Misconfigured:
        return None


def without(node: Node, gone: Collection[str]) -> Node:
    """Take the lines of some canonical paths out of a mapping's YAML.

    >>> from ltc.core.yamlfile import parse
    >>> text = "fields: {name: A, rating: B, lines: {each: R, fields: {x: C, y: D}}, billing_address: {city: E}}"
    >>> without(parse(text), {"rating", "lines[].y", "billing_address.city"}).plain()
    {'fields': {'name': 'A', 'lines': {'each': 'R', 'fields': {'x': 'C'}}, 'billing_address': {}}}
    """
    fields = node.get("fields")
    return node if fields is None else replace(node, value={**node.value, "fields": _fields(fields, "", frozenset(gone))})


def _fields(node: Node, prefix: str, gone: frozenset[str]) -> Node:
    kept: dict[str, Node] = {}
    for key, child in node.items():
        if key == "case":
            branches = {name: one if name == "on" else _fields(one, prefix, gone) for name, one in child.items()}
            kept[key] = replace(child, value=branches)
            continue
        path = prefix + key
        if path in gone:
            continue
        kept[key] = _inner(child, path, gone)
    return replace(node, value=kept)


def _inner(child: Node, path: str, gone: frozenset[str]) -> Node:
    if child.kind != "mapping" or not any(one.startswith((f"{path}.", f"{path}[].")) for one in gone):
        return child
    fields = child.get("fields")
    if fields is None:
        return _fields(child, f"{path}.", gone)
    below = f"{path}[]." if any(one.startswith(f"{path}[].") for one in gone) else f"{path}."
    return replace(child, value={**child.value, "fields": _fields(fields, below, gone)})
