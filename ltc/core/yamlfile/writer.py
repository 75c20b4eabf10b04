"""Write nodes as YAML for people to read and to load again, with a remark beside each line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, TypeAlias

from ltc.core.yamlfile.node import Node, Place, Scalar
from ltc.core.yamlfile.reader import scalar

Remark: TypeAlias = Callable[[tuple[str, ...], Place], str]
"""Says what stands beside a line, by the path of its key and the place where the key came from; "" is nothing."""

_WIDTH: Final = 100
_COLUMN: Final = 60
_PLAIN: Final = re.compile(r"[\w./+(][\w ./+()%$&*@'’-]*[\w./+()%$*'’]|[\w./+]")
_NUMERIC: Final = re.compile(r"[-+.]?[0-9][-+.0-9:eExo]*|[yYnN]|[yY]es|[nN]o|[oO]n|[oO]ff|YES|NO|ON|OFF")
"""Words that other readers of YAML do not take for text."""
_BLOCKS: Final = frozenset({"fields", "examples"})


def render(node: Node, remark: Remark) -> str:
    """Write a group of keys and values, one line each where it fits.

    >>> node = Node("mapping", {"name": Node("scalar", "Name"), "codes": Node("mapping", {"": Node("scalar", None)})})
    >>> print(render(node, lambda path, place: "here" if path == ("name",) else ""), end="")
    name: Name                                                  # here
    codes: {"": null}
    """
    return "".join(f"{line}\n" for line in _mapping(node, remark, (), ""))


def write_scalar(value: Scalar, text: str = "") -> str:
    """Write one plain value so that it is read as the same again.

    >>> [write_scalar(value) for value in ("Name", "007", "a: b", "", True, None, Decimal("1.50"))]
    ['Name', '"007"', '"a: b"', '""', 'true', 'null', '1.50']
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return text if text and scalar(text) == value else format(value, "f") if isinstance(value, Decimal) else str(value)
    plain = _PLAIN.fullmatch(value) and scalar(value).__class__ is str and not _NUMERIC.fullmatch(value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if key in {"true", "false"} else write_scalar(key)


def _mapping(node: Node, remark: Remark, path: tuple[str, ...], indent: str) -> Iterator[str]:
    for key, child in node.items():
        here = (*path, key)
        head = f"{indent}{_key(key)}:"
        beside = remark(here, node.key_place(key))
        flow = None if _is_block(key, child) else _flow(child)
        if flow is not None and len(head) + len(flow) < _WIDTH:
            yield _line(f"{head} {flow}", beside)
            continue
        yield _line(head, beside)
        yield from _below(child, remark, here, indent + "  ")


def _below(child: Node, remark: Remark, path: tuple[str, ...], indent: str) -> Iterator[str]:
    if child.kind == "mapping":
        yield from _mapping(child, remark, path, indent)
        return
    for one in child.value if child.kind == "sequence" else [child]:
        flow = _flow(one)
        if child.kind == "scalar":
            yield f"{indent}{flow}"
        elif one.kind == "mapping" and one.value and len(indent) + len(flow) >= _WIDTH:
            first, *rest = _mapping(one, _silent, path, indent + "  ")
            yield f"{indent}- {first.strip()}"
            yield from rest
        else:
            yield f"{indent}- {flow}"


def _silent(path: tuple[str, ...], place: Place) -> str:
    """Say nothing."""
    del path, place
    return ""


def _is_block(key: str, node: Node) -> bool:
    """Tell whether a value is written over several lines even where it would fit on one: its parts may have other remarks."""
    if not node.value or node.kind == "scalar":
        return False
    return key in _BLOCKS or len(_files(node)) > 1 or (node.kind == "mapping" and any(key in _BLOCKS for key in node.value))


def _files(node: Node) -> set[str]:
    if node.kind == "mapping":
        return {place.file for place in node.keys.values()}.union(*(_files(one) for one in node.value.values()))
    if node.kind == "sequence":
        return {node.file}.union(*(_files(one) for one in node.value))
    return {node.file}


def _flow(node: Node) -> str:
    if node.kind == "mapping":
        return "{" + ", ".join(f"{_key(key)}: {_flow(one)}" for key, one in node.items()) + "}"
    if node.kind == "sequence":
        return "[" + ", ".join(_flow(one) for one in node.value) + "]"
    return write_scalar(node.value, node.text)


def _line(text: str, beside: str) -> str:
    return f"{text.ljust(_COLUMN - 1)} # {beside}" if beside else text
