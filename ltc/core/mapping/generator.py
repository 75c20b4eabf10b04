"""The fast engine: a mapping becomes Python functions, straight-line code that a person can read.

The first one is for records in which every field is there and texts are texts, as systems send them; where one is absent or of
another type, the second asks for each field. What neither can do at once is left to the readable engine, which then says what is
wrong; so all agree on errors, and a property test holds them together on results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from typing import Any, Final, TypeAlias

from ltc.core.mapping.compound import part_fields, parts_of, remembered, write_compound
from ltc.core.mapping.operations.amounts import POINTS, Amount, Part
from ltc.core.mapping.operations.calendar import Date
from ltc.core.mapping.operations.codec import Remembered, Single
from ltc.core.mapping.operations.codes import Codes
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Text
from ltc.core.mapping.reference import choose
from ltc.core.mapping.rules import Block, Leaf, Pick, RawPath, Rows, Target
from ltc.core.mapping.source_text import SourceText, not_an_object

_OF_FEW: Final = (Codes, Country, Currency, Date, Language)
"""Operations to which few different texts come, again and again."""
_MANY: Final = 8


@dataclass(slots=True)
class Frame:
    """One record or row while its code is written: which fields were looked up, which objects are being filled.

    ``getter`` is the variable that asks for a field and may find none; without one the fields are taken from ``record``, and one
    that is not there ends the attempt.
    """

    source: SourceText
    depth: int
    record: str
    getter: str
    root: Frame | None
    objects: dict[Target, str]
    seen: dict[RawPath, str] = field(default_factory=dict)
    parts: list[tuple[Any, Single, str]] = field(default_factory=list)
    points: dict[str, str] = field(default_factory=dict)

    def home(self, target: Target) -> str:
        """Say where a value goes."""
        return f"{self.objects[target[:-1]]}[{target[-1]!r}]"

    def look_up(self, path: RawPath, *, root: bool = False) -> str:
        """Write a look-up once, and name the variable that holds it."""
        if root and self.root is not None:
            return self.root.look_up(path)
        if path in self.seen:
            return self.seen[path]
        if len(path) == 1:
            found = f"{self.getter}({path[0]!r}, M)" if self.getter else f"{self.record}[{path[0]!r}]"
        else:
            parent = self.look_up(path[:-1])
            inside = f"{parent}.get({path[-1]!r}, M)" if self.getter else f"{parent}[{path[-1]!r}]"
            nothing = f"{parent} if {parent} is None or {parent} is M" if self.getter else f"None if {parent} is None"
            found = f"{inside} if {parent}.__class__ is dict else {nothing} else not_an_object({parent})"
        name = self.source.name("v")
        self.source.add(self.depth, f"{name} = {found}")
        self.seen[path] = name
        return name

    def part(self, part: Part, leaf: Leaf) -> str:
        """Write the reading of a currency or unit once; it is None where the part has to be explained."""
        if part.codec is None:
            return repr(part.constant)
        fields = part_fields(part, leaf)
        if self.root is not None and all(one.root for one in fields):
            return self.root.part(part, leaf)
        key = (tuple((one.root and self.root is not None, one.path) for one in fields), part.fallback)
        for known, codec, name in self.parts:
            if known == key and codec == part.codec:
                return name
        values = [self.look_up(one.path, root=one.root) for one in fields]
        name = self.source.name(part.name)
        known_parts = self.source.keep("known", remembered(part))
        self.source.add(self.depth, f"{name} = {known_parts}[{', '.join(values)}]")
        self.parts.append((key, part.codec, name))
        return name

    def point(self, part: Part, leaf: Leaf) -> str:
        """Write once where the point stands in amounts of a currency."""
        name = self.part(part, leaf)
        if part.codec is None:
            return str(POINTS.get(part.constant, 0))
        holder = self if name in [known for _, _, known in self.parts] or self.root is None else self.root
        if name not in holder.points:
            holder.points[name] = self.source.name("point")
            self.source.add(holder.depth, f"{holder.points[name]} = points[{name}]")
        return holder.points[name]


Reader: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Generated:
    """The functions that read a record, and their source text. Both raise where they cannot go on.

    ``get`` wants every field to be there; ``careful`` does without, and is made when it is first asked for.
    """

    get: Reader
    careful: Callable[[], Reader]
    text: str


def generate(block: Block, title: str) -> Generated:
    """Write and compile the functions that read a record."""
    quick, careful = _written(block, title, "get", ""), _written(block, title, "get_carefully", "field")
    make = cache(lambda: careful.function("get_carefully", f"mapping {title}"))
    return Generated(quick.function("get", f"mapping {title}"), make, f"{quick.text}\n\n{careful.text}")


def _written(block: Block, title: str, name: str, getter: str) -> SourceText:
    source = SourceText()
    source.add(0, f"def {name}(raw):")
    source.add(1, repr(f"Read {title}{', in which some field is absent' if getter else ''}."))
    source.add(1, "if raw.__class__ is not dict: not_an_object(raw)")
    if getter:
        source.add(1, f"{getter} = raw.get")
    source.add(1, f"out = {empty(block, source, getter)}")
    scope = Frame(source, 1, "raw", getter, None, {(): "out"})
    for leaf in inner_leaves(block):
        look_up_early(leaf, scope)
    _block(block, scope, None)
    source.add(1, "return out")
    return source


def empty(block: Block, source: SourceText, getter: str) -> str:
    """Write what a record begins as: with many values that it will have in any case, a copy which need not grow name by name."""
    sure = list(takewhile(is_sure, (leaf for leaf in block.leaves if leaf.reads and len(leaf.target) == 1)))
    if getter or len(sure) < _MANY:
        return "{}"
    return f"{source.keep('blank', dict.fromkeys(leaf.target[0] for leaf in sure))}.copy()"


def is_sure(leaf: Leaf) -> bool:
    """Tell whether a line gives a value whatever its fields hold, if they are there."""
    return leaf.codec is None or leaf.single or leaf.codec.primaries > 0  # type: ignore[union-attr]  # fields


def inner_leaves(block: Block) -> Iterator[Leaf]:
    """Walk the leaves of all rows."""
    for inner in [*(rows.block for rows in block.lists), *(pick.block for pick in block.picks)]:
        yield from inner.leaves
        yield from inner_leaves(inner)


def look_up_early(leaf: Leaf, scope: Frame) -> None:
    """Look up what rows read in the whole record before any loop begins."""
    for source in leaf.sources:
        if source.root:
            scope.look_up(source.path)
    for part in parts_of(leaf):
        if part.codec is not None and all(one.root for one in part_fields(part, leaf)):
            scope.part(part, leaf)
            if isinstance(leaf.codec, Amount):
                scope.point(part, leaf)


def _block(block: Block, scope: Frame, already: dict[Target, str] | None) -> None:
    """Write the code of a block's rules; objects on the way are made first and kept only if something is in them."""
    made: list[Target] = []
    if already is None:
        for target in _objects(block):
            name = scope.source.name("o")
            scope.objects[target] = name
            scope.source.add(scope.depth, f"{name} = {{}}")
            made.append(target)
    for leaf in block.leaves:
        if leaf.reads:
            write_leaf(leaf, scope)
    for pick in block.picks:
        _pick(pick, scope)
    for rows in block.lists:
        if rows.reads:
            _rows(rows, scope)
    for target in reversed(made):
        name, parent = scope.objects[target], scope.objects[target[:-1]]
        scope.source.add(scope.depth, f"if {name}: {parent}[{target[-1]!r}] = {name}")


def _objects(block: Block) -> list[Target]:
    """Name the canonical objects that a block fills, outer ones first."""
    found: dict[Target, None] = {}
    targets = [leaf.target for leaf in block.leaves] + [rows.target for rows in block.lists]
    for target in targets:
        found.update(dict.fromkeys(target[:size] for size in range(1, len(target))))
    for pick in block.picks:
        found.update(dict.fromkeys(_objects(pick.block)))
    return sorted(found, key=len)


def write_leaf(leaf: Leaf, scope: Frame) -> None:
    """Write the code that puts a line's value into its place, if the record has it."""
    home = scope.home(leaf.target)
    source = scope.source
    if leaf.codec is None:
        source.add(scope.depth, f"{home} = {leaf.constant!r}")
        return
    values = [scope.look_up(one.path, root=one.root) for one in leaf.sources]
    decode = source.keep("d", leaf.codec.decode)
    if not leaf.single:
        _several(leaf, scope, home, values, decode)
        return
    value = values[0]
    if not scope.getter and isinstance(leaf.codec, _OF_FEW):
        source.add(scope.depth, f"{home} = {source.keep('known', Remembered(leaf.codec.decode))}[{value}]")
        return
    if not scope.getter and isinstance(leaf.codec, Text) and leaf.codec.inline is not None:
        source.add(scope.depth, f"{home} = None if {value} is None else strip({value}) or None")
        return
    inline = leaf.codec.inline  # type: ignore[union-attr]  # a single codec
    cases: list[tuple[str, str]] = []
    if inline is not None:
        table = source.keep("t", getattr(leaf.codec, "lookup", None)) if "{t}" in inline[0] + inline[1] else ""
        condition, expression = (part.format(v=value, t=table) for part in inline)
        cases.append((condition, expression))
    if leaf.codec.decode(None) is None:
        cases.append((f"{value} is None", "None"))
    write_cases(scope, home, cases, (f"{value} is not M", f"{decode}({value})"))


def write_cases(scope: Frame, home: str, cases: list[tuple[str, str]], last: tuple[str, str]) -> None:
    """Write what a value is in which case; the condition of the last one is that the value is there at all."""
    source, depth = scope.source, scope.depth
    if not scope.getter:
        source.add(depth, f"{home} = " + "".join(f"{value} if {condition} else " for condition, value in cases) + last[1])
        return
    for index, (condition, value) in enumerate([*cases, last]):
        source.add(depth, f"{'elif' if index else 'if'} {condition}: {home} = {value}")


def _several(leaf: Leaf, scope: Frame, home: str, values: list[str], decode: str) -> None:
    source = scope.source
    primaries: int = leaf.codec.primaries  # type: ignore[union-attr]  # a codec of several fields
    if not values:
        source.add(scope.depth, f"{home} = {decode}()")
    elif primaries == 0:
        name = source.name("x")
        source.add(scope.depth, f"{name} = {decode}({', '.join(values)})")
        source.add(scope.depth, f"if {name} is not M: {home} = {name}")
    else:
        cases, other = write_compound(leaf, scope, values)
        there = " or ".join(f"{value} is not M" for value in values[:primaries])
        certain = len(values) if not scope.getter else 1 if primaries == 1 else 0
        given = [value if index < certain else f"None if {value} is M else {value}" for index, value in enumerate(values)]
        write_cases(scope, home, cases, (there, f"{other or decode + '('}{', '.join(given)})"))


def _pick(pick: Pick, scope: Frame) -> None:
    source = scope.source
    rows = scope.look_up(pick.path)
    find = source.keep("pick", chooser(pick))
    source.add(scope.depth, f"if {rows} is not M:")
    getter = source.name("field")
    source.add(scope.depth + 1, f"{getter} = {find}({rows}).get")
    inner = Frame(source, scope.depth + 1, "", getter, scope.root or scope, scope.objects)
    _block(pick.block, inner, scope.objects)


def chooser(pick: Pick) -> Callable[[Any], Any]:
    """Make the function that finds a pick's row among all."""

    def find(rows: Any) -> Any:
        if rows is None:
            return pick.empty
        if rows.__class__ is not list:
            not_an_object(rows)
        row = choose(rows, pick)
        return pick.empty if row is None else row

    return find


def _rows(rows: Rows, scope: Frame) -> None:
    source, depth = scope.source, scope.depth
    found = scope.look_up(rows.path)
    home = scope.home(rows.target)
    result, row, out = source.name("rows"), source.name("row"), source.name("out")
    getter = source.name("field") if scope.getter else ""
    source.add(depth, f"if {found} is None: {home} = []")
    source.add(depth, f"elif {found} is not M:")
    source.add(depth + 1, f"if {found}.__class__ is not list: not_an_object({found})")
    source.add(depth + 1, f"{home} = {result} = []")
    write_loop(rows, source, depth + 1, (found, row, getter))
    source.add(depth + 2, f"{out} = {empty(rows.block, source, getter)}")
    inner = Frame(source, depth + 2, row, getter, scope.root or scope, {(): out})
    _block(rows.block, inner, None)
    source.add(depth + 2, f"{result}.append({out})")


def write_loop(rows: Rows, source: SourceText, depth: int, names: tuple[str, str, str]) -> None:
    """Write the head of the loop over a list's rows, which passes over those that are not meant."""
    found, row, getter = names
    source.add(depth, f"for {row} in {found}:")
    source.add(depth + 1, f"if {row}.__class__ is not dict: not_an_object({row})")
    if getter:
        source.add(depth + 1, f"{getter} = {row}.get")
    for condition in rows.where:
        if len(condition.path) == 1:
            allowed = source.keep("w", condition.values)
            source.add(depth + 1, f"if {row}.get({condition.path[0]!r}) not in {allowed}: continue")
        else:
            whole = source.keep("w", (condition,))
            source.add(depth + 1, f"if not matches({row}, {whole}): continue")
