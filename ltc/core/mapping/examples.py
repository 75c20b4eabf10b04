"""The examples in a mapping's own file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ltc.core.mapping.mapping import Example
from ltc.core.mapping.spec import Desk
from ltc.core.models import PathInfo
from ltc.core.yamlfile import Node, did_you_mean

_EXAMPLE: Final = ("system", "canonical", "note")


def read_examples(desk: Desk, node: Node, shape: Mapping[str, PathInfo]) -> tuple[Example, ...]:
    """Read a mapping's examples; every path in them must be one of the entity."""
    found: list[Example] = []
    examples = node.get("examples")
    if examples is not None and examples.kind != "sequence":
        desk.fault(examples, "bad_example", "`examples` must be a list.", "Write `- system: {…}` and `canonical: {…}`.")
        return ()
    for one in examples.value if examples is not None else ():
        strange = [key for key in one.value if key not in _EXAMPLE] if one.kind == "mapping" else []
        for key in strange:
            remedy = did_you_mean(key, _EXAMPLE) or "Use system and canonical."
            desk.fault(one, "unknown_key", f"{key!r} is not a known key.", remedy, key=key)
        system, canonical = one.get("system"), one.get("canonical")
        if strange:
            continue
        if system is None or canonical is None or system.kind != "mapping" or canonical.kind != "mapping":
            desk.fault(one, "bad_example", "An example needs `system` and `canonical`.", "Add both, as groups of fields.")
        else:
            _check_paths(desk, canonical, shape, "")
            found.append(Example(system.plain(), canonical.plain(), one))
    return tuple(found)


def _check_paths(desk: Desk, node: Node, shape: Mapping[str, PathInfo], prefix: str) -> None:
    """Note every path that the entity does not have; values and custom fields are compared when the example is run."""
    for key, child in node.items():
        path, info = prefix + key, shape.get(key)
        if info is None:
            remedy = did_you_mean(key, shape) or f"Known here: {', '.join(shape)}."
            desk.fault(node, "unknown_path", f"{path!r} is not a canonical path.", remedy, key=key, path=path)
        elif info.type in {"object", "any"} and child.kind != "mapping" and child.value is not None:
            desk.fault(child, "bad_example", f"{path} is a group of fields.", "Write `{field: value}`.", path=path)
        elif info.type == "object":
            _check_paths(desk, child, info.fields, f"{path}.")
        elif info.type == "list" and child.value is not None:
            _check_rows(desk, child, info, path)


def _check_rows(desk: Desk, node: Node, info: PathInfo, path: str) -> None:
    """Note what is no list of rows, and rows that nothing tells apart."""
    if node.kind != "sequence":
        desk.fault(node, "bad_example", f"{path} is a list.", "Write `[{…}, {…}]`.", path=path)
        return
    for row in node.value:
        key = row.get(info.list_key)
        if key is None or not isinstance(key.value, str):
            remedy = f"Write `{{{info.list_key}: '10', …}}`, the key as a text in quotes."
            desk.fault(row, "bad_example", f"A row of {path} needs its `{info.list_key}`.", remedy, path=path)
        else:
            _check_paths(desk, row, info.fields, f"{path}[].")
