"""The fast engine: a mapping becomes one Python function, straight-line code that a person can read.

What it cannot do at once it leaves to the readable engine, which then says what is wrong; so both always agree on errors, and a
property test holds them together on results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias

from ltc.core.mapping.operations.amounts import Amount, Measure, Part, Price, amount_text, number_text
from ltc.core.mapping.operations.codec import MISSING, BadValue, Single
from ltc.core.mapping.reference import UNEXPECTED, choose, read_record
from ltc.core.mapping.rules import Block, Leaf, Pick, RawPath, Rows, Target, matches
from ltc.core.models.isocodes import MINOR_UNITS

_INDENT: Final = "    "


def not_an_object(value: Any) -> Any:
    """Stop the fast engine where an object was expected."""
    message = f"{type(value).__name__} instead of a group of fields"
    raise TypeError(message)


NAMES: Final[Mapping[str, Any]] = {
    "M": MISSING,
    "Decimal": Decimal,
    "not_an_object": not_an_object,
    "matches": matches,
    "amount_text": amount_text,
    "number_text": number_text,
}
"""What every generated function may call."""


@dataclass(slots=True)
class SourceText:
    """The source text as it grows, and the objects that it refers to by name."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=lambda: dict(NAMES))
    count: int = 0

    def add(self, depth: int, text: str) -> None:
        """Write one line."""
        self.lines.append(_INDENT * depth + text)

    def name(self, prefix: str) -> str:
        """Invent a name."""
        self.count += 1
        return f"{prefix}{self.count}"

    def keep(self, prefix: str, thing: Any) -> str:
        """Give an object a name in the generated module."""
        name = self.name(prefix)
        self.names[name] = thing
        return name


@dataclass(slots=True)
class Frame:
    """One record or row while its code is written: which fields were looked up, which objects are being filled."""

    source: SourceText
    depth: int
    getter: str
    root: Frame | None
    objects: dict[Target, str]
    seen: dict[RawPath, str] = field(default_factory=dict)
    parts: list[tuple[Any, Single, str]] = field(default_factory=list)

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
            name = self.source.name("v")
            self.source.add(self.depth, f"{name} = {self.getter}({path[0]!r}, M)")
        else:
            parent = self.look_up(path[:-1])
            name = self.source.name("v")
            self.source.add(
                self.depth,
                f"{name} = {parent}.get({path[-1]!r}, M) if {parent}.__class__ is dict "
                f"else {parent} if {parent} is None or {parent} is M else not_an_object({parent})",
            )
        self.seen[path] = name
        return name

    def part(self, part: Part, leaf: Leaf) -> str:
        """Write the reading of a currency or unit once; it is None where the part has to be explained."""
        if part.codec is None:
            return repr(part.constant)
        fields = [leaf.sources[index] for index in ((part.index, part.fallback_index) if part.fallback_index else (part.index,))]
        if fields[0].root and self.root is not None and len(fields) == 1:
            return self.root.part(part, leaf)
        key = (tuple((one.root, one.path) for one in fields), part.fallback)
        for known, codec, name in self.parts:
            if known == key and codec == part.codec:
                return name
        values = [self.look_up(one.path, root=one.root) for one in fields]
        name = self.source.name("part")
        self.source.add(self.depth, f"{name} = {self.source.keep('read', _soft(part))}({', '.join(values)})")
        self.parts.append((key, part.codec, name))
        return name


def _soft(part: Part) -> Callable[..., str | None]:
    @lru_cache(maxsize=1_000, typed=True)
    def read(*values: Any) -> str | None:
        try:
            found = part.read(*(None if value is MISSING else value for value in values))
        except BadValue:
            return None
        return found if part.name != "currency" or found in MINOR_UNITS else None

    return read


Reader: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


def generate(block: Block, title: str) -> tuple[Reader, str]:
    """Write and compile the function that reads a record; return it with its source text. It raises where it cannot go on."""
    source = SourceText()
    source.add(0, "def get(raw):")
    source.add(1, repr(f"Read {title}."))
    source.add(1, "if raw.__class__ is not dict: not_an_object(raw)")
    source.add(1, "field = raw.get")
    source.add(1, "out = {}")
    scope = Frame(source, 1, "field", None, {(): "out"})
    for leaf in inner_leaves(block):
        look_up_early(leaf, scope)
    _block(block, scope, None)
    source.add(1, "return out")
    text = "\n".join(source.lines) + "\n"
    compiled = compile(text, f"<mapping {title}>", "exec")
    names = dict(source.names)
    exec(compiled, names)  # noqa: S102  # the text is made above, from checked rules, with every literal quoted by repr
    fast: Reader = names["get"]
    return fast, text


def guarded(fast: Reader, block: Block) -> Reader:
    """Let the readable engine look at what the fast one could not read: it gives the result, or every problem."""

    def get(raw: dict[str, Any]) -> dict[str, Any]:
        try:
            return fast(raw)
        except UNEXPECTED:
            return read_record(block, raw)

    return get


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
    for part in _parts(leaf):
        if part.codec is not None and leaf.sources[part.index].root and not part.fallback_index:
            scope.part(part, leaf)


def _parts(leaf: Leaf) -> list[Part]:
    if isinstance(leaf.codec, Amount):
        return [leaf.codec.currency] if leaf.codec.units == "major" else []
    if isinstance(leaf.codec, Measure):
        return [leaf.codec.unit]
    if isinstance(leaf.codec, Price) and leaf.codec.per.codec is None and leaf.codec.per.constant != "0":
        return [leaf.codec.currency, leaf.codec.per, leaf.codec.unit]
    return []


def _compound(leaf: Leaf, scope: Frame, home: str, value: str) -> str:
    """Write money, a quantity or a price without a call where the number is a number and its parts are known."""
    names = [scope.part(part, leaf) for part in _parts(leaf)]
    if not names:
        return "if"
    known = [name for name in names if name[0] != "'"]
    number = f"({value}.__class__ is Decimal or {value}.__class__ is int)"
    if isinstance(leaf.codec, Amount):
        result = f"{{'amount': amount_text({value}, {names[0]}), 'currency': {names[0]}}}"
    elif isinstance(leaf.codec, Measure):
        result = f"{{'value': number_text({value}), 'unit': {names[0]}}}"
    else:
        result = f"{{'amount': number_text({value}), 'currency': {names[0]}, 'per': {names[1]}, 'unit': {names[2]}}}"
    scope.source.add(scope.depth, f"if {' and '.join([number, *known])}: {home} = {result}")
    scope.source.add(scope.depth, f"elif {value} is None: {home} = None")
    return "elif"


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
    inline = leaf.codec.inline  # type: ignore[union-attr]  # a single codec
    first = "if"
    if inline is not None:
        table = source.keep("t", getattr(leaf.codec, "lookup", None)) if "{t}" in inline[0] + inline[1] else ""
        condition, expression = (part.format(v=value, t=table) for part in inline)
        source.add(scope.depth, f"if {condition}: {home} = {expression}")
        first = "elif"
    if leaf.codec.decode(None) is None:
        source.add(scope.depth, f"{first} {value} is None: {home} = None")
        first = "elif"
    source.add(scope.depth, f"{first} {value} is not M: {home} = {decode}({value})")


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
        first = _compound(leaf, scope, home, values[0])
        there = " or ".join(f"{value} is not M" for value in values[:primaries])
        certain = 1 if primaries == 1 else 0
        given = [value if index < certain else f"None if {value} is M else {value}" for index, value in enumerate(values)]
        source.add(scope.depth, f"{first} {there}: {home} = {decode}({', '.join(given)})")


def _pick(pick: Pick, scope: Frame) -> None:
    source = scope.source
    rows = scope.look_up(pick.path)
    find = source.keep("pick", chooser(pick))
    source.add(scope.depth, f"if {rows} is not M:")
    getter = source.name("field")
    source.add(scope.depth + 1, f"{getter} = {find}({rows}).get")
    inner = Frame(source, scope.depth + 1, getter, scope.root or scope, scope.objects)
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
    result, row, getter, out = source.name("rows"), source.name("row"), source.name("field"), source.name("out")
    source.add(depth, f"if {found} is None: {home} = []")
    source.add(depth, f"elif {found} is not M:")
    source.add(depth + 1, f"if {found}.__class__ is not list: not_an_object({found})")
    source.add(depth + 1, f"{home} = {result} = []")
    write_loop(rows, source, depth + 1, (found, row, getter))
    source.add(depth + 2, f"{out} = {{}}")
    inner = Frame(source, depth + 2, getter, scope.root or scope, {(): out})
    _block(rows.block, inner, None)
    source.add(depth + 2, f"{result}.append({out})")


def write_loop(rows: Rows, source: SourceText, depth: int, names: tuple[str, str, str]) -> None:
    """Write the head of the loop over a list's rows, which passes over those that are not meant."""
    found, row, getter = names
    source.add(depth, f"for {row} in {found}:")
    source.add(depth + 1, f"if {row}.__class__ is not dict: not_an_object({row})")
    source.add(depth + 1, f"{getter} = {row}.get")
    for condition in rows.where:
        if len(condition.path) == 1:
            allowed = source.keep("w", condition.values)
            source.add(depth + 1, f"if {getter}({condition.path[0]!r}) not in {allowed}: continue")
        else:
            whole = source.keep("w", (condition,))
            source.add(depth + 1, f"if not matches({row}, {whole}): continue")
