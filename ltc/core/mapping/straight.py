"""The straight reader: a mapping becomes one Python function that writes leaves at once, without the nested record in between.

It is for proven mappings of plain shape, and gives up where a record is not as simple as most are: it then is read in its nested
form and looked at in full. A property test holds both ways together, down to the order of the leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NoReturn, TypeAlias

from ltc.core.mapping.generator import Frame, chooser, empty, inner_leaves, is_sure, look_up_early, write_leaf, write_loop
from ltc.core.mapping.rules import Block, Leaf, Rows, Target
from ltc.core.mapping.source_text import SourceText
from ltc.core.models.leaves import Leaves, Reference, encode_key, refers_to
from ltc.core.models.shape import PathInfo

StraightReader: TypeAlias = Callable[[dict[str, Any]], tuple[Leaves, list[Reference]]]
"""Gives a record's leaves and the references among them."""

_REMEMBERED: Final = 4_096


def give_up() -> NoReturn:
    """Leave a record to the reader that can say what is wrong."""
    message = "a required value is missing, or a row has no key of its own"
    raise ValueError(message)


class _RowPaths(dict[str, tuple[str, ...]]):
    """The paths of a row and of all that is in it, remembered by the row's key: records come with the same few keys."""

    __slots__ = ("name", "names")

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        super().__init__()
        self.name, self.names = name, names

    def __missing__(self, key: str) -> tuple[str, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        row = f"{self.name}[{encode_key(key)}]"
        paths = self[key] = (row, *(f"{row}.{name}" for name in self.names))
        return paths


@dataclass(slots=True)
class _Leaves(Frame):
    """A record or row whose values go into the leaves; ``paths`` are variables that hold the paths of a row's values."""

    entity: str = ""
    paths: dict[Target, str] = field(default_factory=dict)

    referring: str = ""

    def home(self, target: Target) -> str:
        """Say where a value goes: into the leaves, or into the variable of a row's key; a reference also into one of its own."""
        name = self.paths.get(target, "")
        if name.startswith("key"):
            return name
        return f"{self.referring}out[{name or repr('.'.join(target))}]"

    def write(self, leaf: Leaf, generic: str) -> None:
        """Write a leaf, and note it if it is a reference."""
        target = refers_to(self.entity, generic)
        sure = bool(target) and not self.getter and is_sure(leaf)
        self.referring = "referred = " if sure else ""
        write_leaf(leaf, self)
        self.referring = ""
        if target:
            path = self.paths.get(leaf.target) or repr(".".join(leaf.target))
            found = "referred" if sure else f"(referred := out.get({path}))"
            self.source.add(self.depth, f"if {found} is not None: refer(({path}, {target!r}, referred))")


@dataclass(frozen=True, slots=True)
class Straight:
    """The functions that read a record into leaves: ``quick`` wants every field to be there, ``careful`` does without."""

    quick: StraightReader
    careful: Callable[[], StraightReader]


def generate_straight(block: Block, entity: str, shape: Mapping[str, PathInfo], title: str) -> Straight | None:
    """Write and compile the functions; None if the mapping's shape is not plain."""
    if not _is_plain(block, shape):
        return None
    quick, careful = _written(block, entity, shape, ""), _written(block, entity, shape, "field")
    make = cache(lambda: careful.function("leaves", f"leaves {title}"))
    return Straight(quick.function("leaves", f"leaves {title}"), make)


def _written(block: Block, entity: str, shape: Mapping[str, PathInfo], getter: str) -> SourceText:
    source = SourceText()
    source.names |= {"give_up": give_up}
    source.add(0, "def leaves(raw):")
    source.add(1, "if raw.__class__ is not dict: not_an_object(raw)")
    if getter:
        source.add(1, f"{getter} = raw.get")
    source.add(1, f"out, references = {empty(block, source, getter)}, []")
    source.add(1, "refer = references.append")
    frame = _Leaves(source, 1, "raw", getter, None, {}, entity=entity)
    for leaf in inner_leaves(block):
        look_up_early(leaf, frame)
    picks = [_pick(pick, frame) for pick in block.picks]
    for name in _groups(shape):
        _write_group(name, [(frame, block), *picks], frame)
        for rows in block.lists:
            if rows.target == (name,) and rows.reads:
                _write_rows(rows, frame, shape[name])
    for name, info in shape.items():
        if info.required:
            source.add(1, f"if out.get({name!r}) is None: give_up()")
    source.add(1, "return out, references")
    return source


def _is_plain(block: Block, shape: Mapping[str, PathInfo]) -> bool:
    """Tell whether there are only values, groups of values and lists of values; that is nearly every mapping."""
    targets = [leaf.target for leaf in block.leaves] + [leaf.target for pick in block.picks for leaf in pick.block.leaves]
    lists = [rows for rows in block.lists if rows.reads]
    return (
        all(len(target) <= len(("group", "name")) and not _is_list(shape, target[0]) for target in targets)
        and not any(pick.block.lists or pick.block.picks for pick in block.picks)
        and not any(inner.required for info in shape.values() if info.type == "object" for inner in info.fields.values())
        and len({rows.target for rows in lists}) == len(lists)
        and all(_is_plain_list(rows, shape) for rows in lists)
    )


def _is_list(shape: Mapping[str, PathInfo], name: str) -> bool:
    return name in shape and shape[name].type == "list"


def _is_plain_list(rows: Rows, shape: Mapping[str, PathInfo]) -> bool:
    inner = [leaf for leaf in rows.block.leaves if leaf.reads]
    key = (shape[rows.target[0]].list_key,) if len(rows.target) == 1 else ()
    return (
        bool(key)
        and not (rows.block.lists or rows.block.picks)
        and all(len(leaf.target) == 1 for leaf in inner)
        and sum(leaf.target == key for leaf in inner) == 1
    )


def _groups(shape: Mapping[str, PathInfo]) -> Iterator[str]:
    """Name what is written in turn, in the order of leaves: plain values (""), then groups and lists, custom fields last."""
    yield ""
    yield from (name for name, info in shape.items() if not info.is_leaf)
    if "custom" in shape:
        yield "custom"


def _write_group(name: str, parts: list[tuple[_Leaves, Block]], whole: _Leaves) -> None:
    for frame, block in parts:
        wanted = [leaf for leaf in block.leaves if leaf.reads and _group_of(leaf) == name]
        if frame is not whole and wanted:
            whole.source.add(whole.depth, f"if {frame.getter} is not None:")
        for leaf in wanted:
            frame.write(leaf, ".".join(leaf.target))


def _group_of(leaf: Leaf) -> str:
    return leaf.target[0] if len(leaf.target) > 1 else ""


def _pick(pick: Any, frame: _Leaves) -> tuple[_Leaves, Block]:
    """Write the choice of a row; what reads it stands under a condition."""
    rows = frame.look_up(pick.path)
    getter, find = frame.source.name("field"), frame.source.keep("pick", chooser(pick))
    frame.source.add(frame.depth, f"{getter} = None if {rows} is M else {find}({rows}).get")
    return _Leaves(frame.source, frame.depth + 1, "", getter, frame, {}, entity=frame.entity), pick.block


def _write_rows(rows: Rows, frame: _Leaves, info: PathInfo) -> None:
    """Write the loop over a list: each row's key first, from which the paths of its values follow."""
    source, depth, name = frame.source, frame.depth, rows.target[0]
    found = frame.look_up(rows.path)
    row, before, key, here = (source.name(word) for word in ("row", "size", "key", "path"))
    getter = source.name("field") if frame.getter else ""
    inner = [leaf for leaf in rows.block.leaves if leaf.reads]
    [key_leaf] = [leaf for leaf in inner if leaf.target == (info.list_key,)]
    others = [leaf for leaf in inner if leaf is not key_leaf]
    places = dict.fromkeys(leaf.target for leaf in others)
    paths = {target: source.name("path") for target in places}
    known = source.keep("paths", _RowPaths(name, tuple(target[0] for target in places)))
    source.add(depth, f"if {found} is None: out[{name!r}] = []")
    source.add(depth, f"elif {found} is not M:")
    source.add(depth + 1, f"if {found}.__class__ is not list: not_an_object({found})")
    source.add(depth + 1, f"{before} = len(out)")
    write_loop(rows, source, depth + 1, (found, row, getter))
    source.add(depth + 2, f"{key} = None")
    one = _Leaves(source, depth + 2, row, getter, frame, {}, entity=frame.entity, paths={key_leaf.target: key, **paths})
    write_leaf(key_leaf, one)
    source.add(depth + 2, f"if {key} is None: give_up()")
    source.add(depth + 2, f"{', '.join((here, *paths.values()))}, = {known}[{key}]")
    source.add(depth + 2, f"if {here} in out: give_up()")
    source.add(depth + 2, f"out[{here}] = True")
    if refers_to(frame.entity, f"{name}[]"):
        source.add(depth + 2, f"refer(({here}, {refers_to(frame.entity, f'{name}[]')!r}, {key}))")
    for leaf in others:
        one.write(leaf, f"{name}[].{leaf.target[0]}")
    for field_name, inner_info in info.fields.items():
        if inner_info.required and field_name != info.list_key:
            path = paths.get((field_name,))
            source.add(depth + 2, f"if out.get({path}) is None: give_up()" if path else "give_up()")
    source.add(depth + 1, f"if len(out) == {before}: out[{name!r}] = []")
