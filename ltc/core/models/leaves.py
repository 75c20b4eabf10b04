"""Leaves: a record as one flat dict, so that comparing, merging and storing go value by value.

    {"name": "Acme", "billing_address": {"city": "Köln"}, "lines": [{"number": "10", "product": "7"}]}
    {"name": "Acme", "billing_address.city": "Köln", "lines[10]": True, "lines[10].product": "7"}

``lines[10]`` says that the row is there; the row's key is in the path only, with ``%``, ``[`` and ``]`` percent-encoded. A list
without rows is the leaf ``"lines": []``. Money, quantities, unit prices and every custom field are one leaf each.
A leaf that is absent is not covered by the record; a leaf that is None is empty in the system.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote

import msgspec

from ltc.core.models.registry import shape_of
from ltc.core.models.shape import PathInfo, walk

Leaves: TypeAlias = dict[str, Any]
Nested: TypeAlias = dict[str, Any]
Reference: TypeAlias = tuple[str, str, str]
"""A leaf that refers to something, the entity of that, and its id."""

DIGEST_BYTES: Final = 16
_SPECIAL: Final = re.compile(r"[%\[\]]")
_KEYS: Final = re.compile(r"\[[^\]]*\]")
_LONGEST_NUMBER: Final = 18
_REMEMBERED: Final = 65_536
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class _Paths(dict[str, str]):
    """The full paths of what is below one path, remembered name by name."""

    __slots__ = ("prefix",)

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def __missing__(self, name: str) -> str:
        path = self[name] = self.prefix + name
        return path


@lru_cache(maxsize=4096)
def _below(prefix: str) -> _Paths:
    return _Paths(prefix)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to take an entity, an object or a row apart: what is below the attributes that are not leaves."""

    below: Mapping[str, _Plan]
    names: tuple[str, ...] = ()
    key: str = ""  # of a list's rows; "" for an object


def _plan_of(shape: Mapping[str, PathInfo], key: str = "") -> _Plan:
    below = {name: _plan_of(info.fields, info.list_key) for name, info in shape.items() if not info.is_leaf}
    if "custom" in shape:
        below["custom"] = _Plan({})
    return _Plan(below, tuple(shape), key)


@cache
def _plan(entity: str) -> _Plan:
    return _plan_of(shape_of(entity))


def encode_key(key: str) -> str:
    """Make a row's key safe inside a path.

    >>> encode_key("10"), encode_key("a[1]")
    ('10', 'a%5B1%5D')
    """
    if _SPECIAL.search(key):
        return _SPECIAL.sub(lambda match: f"%{ord(match.group()):02X}", key)
    return key


def decode_key(key: str) -> str:
    """Undo :func:`encode_key`."""
    return unquote(key) if "%" in key else key


def natural(key: str) -> tuple[int, int, str]:
    """Order keys as people do: numbers by value, then text.

    >>> sorted(["10", "9", "A", "010"], key=natural)
    ['9', '010', '10', 'A']
    """
    if len(key) <= _LONGEST_NUMBER and key.isascii() and key.isdigit():
        return (0, int(key), key)
    return (1, 0, key)


def flatten(entity: str, nested: Nested) -> Leaves:
    """Take a canonical record apart into leaves.

    >>> flatten("order", {"number": "7", "lines": [{"number": "10", "product": "P"}], "custom": {"region": None}})
    {'number': '7', 'lines[10]': True, 'lines[10].product': 'P', 'custom.region': None}
    """
    leaves = dict(nested)
    for name, part in _plan(entity).below.items():
        if name in leaves:
            _spread(part, name, leaves.pop(name), leaves)
    return leaves


def _spread(part: _Plan, path: str, value: Any, leaves: Leaves) -> None:
    """Put an object or a list in the place of the path that it stands under."""
    if part.key:
        if not value:
            leaves[path] = []
            return
        for row in value:
            here = f"{path}[{encode_key(row[part.key])}]"
            leaves[here] = True
            _spread_names(part, here + ".", row, leaves)
    elif value is None:  # an empty object is an object of empty values
        leaves.update({f"{path}.{inner}": None for inner in part.names})
    else:
        _spread_names(part, path + ".", value, leaves)


def _spread_names(part: _Plan, prefix: str, group: Nested, leaves: Leaves) -> None:
    paths, below, key = _below(prefix), part.below, part.key
    if not below:
        leaves.update([(paths[name], value) for name, value in group.items() if name != key])
        return
    for name, value in group.items():
        if name in below:
            _spread(below[name], prefix + name, value, leaves)
        elif name != key:
            leaves[paths[name]] = value


class _Places(dict[str, tuple[str, str]]):
    """Where a leaf belongs, remembered leaf by leaf: the path of its object or row, and its name there; a row's own has none."""

    __slots__ = ()

    def __missing__(self, path: str) -> tuple[str, str]:
        if len(self) >= _REMEMBERED:
            self.clear()
        parent, _, name = path.rpartition(".")
        place = self[path] = (path, "") if path[-1] == "]" else (parent, name)
        return place


@cache
def _places() -> _Places:
    return _Places()


class _Row(NamedTuple):
    """What the path of a row says: its list, where that stands, and its key, which also says its turn among the rows."""

    table: str
    parent: str
    name: str
    key: str
    turn: tuple[int, int, str]


@lru_cache(maxsize=_REMEMBERED)
def _row(path: str) -> _Row:
    table = list_of(path)
    parent, _, name = table.rpartition(".")
    key = decode_key(path[len(table) + 1 : -1])
    return _Row(table, parent, name, key, natural(key))


class _Assembly:
    """A record while it is put together: where the leaves below each path belong."""

    __slots__ = ("homes", "keys", "tables")

    def __init__(self, entity: str, nested: Nested) -> None:
        self.keys = _list_keys(entity)
        self.homes: dict[str, Nested] = {"": nested}
        self.tables: dict[str, tuple[Nested, str, dict[tuple[int, int, str], Nested]]] = {}  # list path -> home, name, rows

    def home(self, path: str) -> Nested:
        """Find or make the object or row at a path."""
        found = self.homes.get(path)
        if found is None:
            if path[-1] == "]":
                found = self._row(_row(path))
            else:
                parent, _, name = path.rpartition(".")
                found = self.home(parent).setdefault(name, {})
            self.homes[path] = found
        return found

    def _row(self, row: _Row) -> Nested:
        table = self.tables.get(row.table)
        if table is None:
            nested = self.home(row.parent)
            nested.setdefault(row.name, [])  # keeps the attribute's place
            table = self.tables[row.table] = (nested, row.name, {})
        return table[2].setdefault(row.turn, {self.keys[generic(row.table)]: row.key})


def unflatten(entity: str, leaves: Mapping[str, Any]) -> Nested:
    """Put leaves together again; rows come in the natural order of their keys.

    >>> unflatten("order", {"lines[10].product": "P", "lines[10]": True, "lines[9]": True, "custom.region": None})
    {'lines': [{'number': '9'}, {'number': '10', 'product': 'P'}], 'custom': {'region': None}}
    """
    nested: Nested = {}
    assembly = _Assembly(entity, nested)
    places = _places()
    here, home = "", nested
    for path, value in leaves.items():
        parent, name = places[path]
        if parent != here:  # neighbours mostly belong together
            here, home = parent, assembly.home(parent)
        if name:
            home[name] = value
    for home, name, rows in assembly.tables.values():
        home[name] = [rows[turn] for turn in sorted(rows)]
    return nested


@cache
def _list_keys(entity: str) -> Mapping[str, str]:
    return {path: info.list_key for path, info in walk(shape_of(entity)) if info.list_key}


@lru_cache(maxsize=65536)
def generic(path: str) -> str:
    """Name the canonical path of a leaf, without the keys of rows; a row's own leaf belongs to its list.

    >>> generic("lines[10].product"), generic("lines[10]"), generic("name"), generic("lines")
    ('lines[].product', 'lines', 'name', 'lines')
    """
    if "[" not in path:
        return path
    if path.startswith("custom."):
        return path
    return _KEYS.sub("[]", path).removesuffix("[]")


def row_of(path: str) -> str:
    """Name the innermost row that a leaf is in or says the presence of; "" if it is in none.

    >>> row_of("lines[10].product"), row_of("lines[10]"), row_of("name")
    ('lines[10]', 'lines[10]', '')
    """
    if path.startswith("custom."):
        return ""
    return path[: path.rfind("]") + 1]


def list_of(row: str) -> str:
    """Name the list that a row is in.

    >>> list_of("lines[10]")
    'lines'
    """
    return row[: row.rfind("[")]


class _Targets(dict[str, str]):
    """Which entity a leaf refers to ("" if it is no reference), remembered leaf by leaf: rows come with the same few keys."""

    __slots__ = ("by_key", "by_leaf")

    def __init__(self, entity: str) -> None:
        super().__init__()
        self.by_leaf: dict[str, str] = {}
        self.by_key: dict[str, str] = {}
        for path, info in walk(shape_of(entity)):
            if info.type == "list":
                self.by_key[path] = info.fields[info.list_key].ref
            elif info.ref:
                self.by_leaf[path] = info.ref

    def __missing__(self, path: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        target = self[path] = (self.by_key if path[-1] == "]" else self.by_leaf).get(generic(path), "")
        return target


@cache
def _targets(entity: str) -> _Targets:
    return _Targets(entity)


def refers_to(entity: str, path: str) -> str:
    """Name the entity that a leaf refers to, "" if it is no reference; the row of a list may refer by its key.

    >>> refers_to("order", "lines[].product"), refers_to("payment", "allocations[]"), refers_to("order", "number")
    ('product', 'invoice', '')
    """
    return _targets(entity)[path]


def references(entity: str, leaves: Mapping[str, Any]) -> list[Reference]:
    """List every reference as (leaf, entity that it refers to, id); a row whose key is a reference gives its own leaf.

    >>> references("payment", {"customer": "C1", "reference": "x", "allocations[90]": True, "allocations[90].amount": None})
    [('customer', 'customer', 'C1'), ('allocations[90]', 'invoice', '90')]
    """
    targets = _targets(entity)
    return [
        (path, target, decode_key(path[path.rfind("[") + 1 : -1]) if path[-1] == "]" else leaves[path])
        for path in leaves
        if (target := targets[path]) and leaves[path] is not None
    ]


def by_target(refers: Iterable[Reference]) -> dict[str, str]:
    """Map what a record refers to to the first leaf that names it.

    >>> by_target([("customer", "customer", "C1"), ("payer", "customer", "C1"), ("contract", "contract", "K1")])
    {'C1': 'customer', 'K1': 'contract'}
    """
    found: dict[str, str] = {}
    for leaf, _, target in refers:
        found.setdefault(target, leaf)
    return found


def replace_references(
    leaves: Mapping[str, Any], refers: Iterable[Reference], ids: Callable[[str, str], str | None]
) -> tuple[Leaves, list[str]]:
    """Replace each reference of the list by ``ids(entity, id)``; leave out what it does not know, and name those leaves.

    A row whose key is a reference that is not known is left out with all its leaves.

    >>> known = {("customer", "C1"): "h1", ("invoice", "90"): "h2"}
    >>> leaves = {"customer": "C1", "allocations[90]": True}
    >>> replace_references(leaves, references("payment", leaves), lambda entity, id: known.get((entity, id)))
    ({'customer': 'h1', 'allocations[h2]': True}, [])
    """
    unknown: list[str] = []
    values: Leaves = {}
    rows: dict[str, str] = {}  # row -> the same row under its new key, "" if that is not known
    for path, target, local in refers:
        new = ids(target, local)
        if new is None:
            unknown.append(path)
        if path[-1] == "]":
            rows[path] = "" if new is None else f"{list_of(path)}[{encode_key(new)}]"
        elif new is not None:
            values[path] = new
    if not rows:
        replaced: Leaves = {**leaves, **values}
        for path in unknown:
            del replaced[path]
        return replaced, unknown
    lost = frozenset(unknown)
    replaced = {}
    for path, value in leaves.items():
        row = row_of(path)
        if path in lost or (row in rows and not rows[row]):
            continue
        here = rows[row] + path[len(row) :] if row in rows else path
        replaced[here] = values.get(path, value)
    for path in {list_of(row) for row in rows} - {list_of(row) for row, new in rows.items() if new}:
        replaced[path] = []
    return replaced, unknown


def digest(leaves: Mapping[str, Any]) -> bytes:
    """Hash leaves, whatever their order.

    >>> digest({"a": 1, "b": {"value": "1", "unit": "C62"}}) == digest({"b": {"unit": "C62", "value": "1"}, "a": 1})
    True
    """
    return blake2b(_ENCODER.encode(leaves), digest_size=DIGEST_BYTES).digest()
