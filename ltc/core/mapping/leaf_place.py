"""Where a canonical leaf stands in a file that shows a record."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ltc.core.models import PathInfo
from ltc.core.models.leaves import decode_key
from ltc.core.yamlfile import Node


def place_of(node: Node, path: str, shape: Mapping[str, PathInfo]) -> Node:
    """Find the node of a leaf path, as deep as the file goes; rows are found by their key."""
    for name, key in re.findall(r"([^.\[\]]+)(?:\[([^\]]*)\])?", path):
        below = node.value.get(name) if node.kind == "mapping" else None
        if below is None:
            break
        node, info = below, shape.get(name)
        shape = info.fields if info is not None else {}
        if key and info is not None and node.kind == "sequence":
            rows = (row for row in node.value if (found := row.get(info.list_key)) is not None and found.text == decode_key(key))
            node = next(rows, node)
    return node
