"""The fast writer of new records: a mapping becomes a function that writes a canonical record into raw fields, one by one.

Usual values it writes at once, rarer ones by the operation itself; at whatever does not fit it raises, and the readable writer
then gives the result, or every problem. A property test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NoReturn, TypeAlias

from ltc.core.mapping.encoding import EXACT, NOT_PLAIN, in_short, plain_price
from ltc.core.mapping.operations.amounts import Amount, Measure, Part, Price
from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue, Remembered
from ltc.core.mapping.operations.places import Currency
from ltc.core.mapping.rules import Block, Leaf, RawPath, Rows, Source, Target, bury, dig
from ltc.core.mapping.source_text import SourceText
from ltc.core.mapping.writing import append_rows, begun, encode_leaf, row_head, write_part
from ltc.core.models.isocodes import MINOR_UNITS

Writer: TypeAlias = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Writes a new record; raises where it cannot go on, as with what is no dict."""


def odd(value: Any) -> NoReturn:
    """Leave a record to the writer that can say what is wrong."""
    message = f"{type(value).__name__} is not written by short code"
    raise ValueError(message)


_NAMES: Final[tuple[tuple[str, Any], ...]] = (
    ("odd", odd), ("K", KEEP), ("minor_units", MINOR_UNITS), ("nothing", {}.get), ("exact", EXACT),
    ("price", plain_price), ("append_rows", append_rows), ("dig", dig),
)  # fmt: skip
"""What every generated writer may call."""


@dataclass(slots=True)
class _Sheet:
    """One record or row while its code is written: where values come from, and where raw fields go.

    ``kept`` are the variables that know what a field holds which several lines write, M as long as none has written it, and
    ``said`` those that know which part of a number was last found to be what it holds. ``counts`` tells that numbers are written,
    ``key`` by which value a row is found.
    """

    source: SourceText
    depth: int
    out: str
    block: Block
    getters: dict[Target, str]
    whole: _Sheet | None = None
    held: list[tuple[Any, str | None, RawPath, str]] = field(default_factory=list)
    kept: dict[RawPath, str] = field(default_factory=dict)
    said: list[tuple[RawPath, str, Any, str]] = field(default_factory=list)
    counts: bool = False
    key: Target = ()
    values: dict[Target, str] = field(default_factory=dict)

    def add(self, text: str, more: int = 0) -> None:
        """Write one line."""
        self.source.add(self.depth + more, text)

    def value(self, target: Target) -> str:
        """Write the look-up of a canonical value once; what is absent is None, as good as empty in a new record."""
        if target in self.values:
            return self.values[target]
        if target[:-1]:
            self.getter(target[:-1])
        self.values[target] = name = self.source.name("v")
        self.add(f"{name} = {self.getters[target[:-1]]}({target[-1]!r})")
        return name

    def value_of(self, leaf: Leaf) -> str:
        """Write the look-up of a line's value; what no other line asks for shares one variable, since each costs a little."""
        if leaf.target in self.values or sum(other.target == leaf.target for other in self.block.leaves) > 1:
            return self.value(leaf.target)
        if leaf.target[:-1]:
            self.getter(leaf.target[:-1])
        self.add(f"v = {self.getters[leaf.target[:-1]]}({leaf.target[-1]!r})")
        return "v"

    def getter(self, group: Target) -> None:
        """Write what gives the values of a group, once."""
        if group not in self.getters:
            found, getter = self.value(group), self.source.name("field")
            self.add(f"{getter} = nothing if {found} is None else {found}.get if {found}.__class__ is dict else odd({found})")
            self.getters[group] = getter

    def held_part(self, part: Part, leaf: Leaf) -> str:
        """Name the variable with what the whole record says of a part, "" if the part is not looked up there."""
        key = (part.codec, part.fallback, leaf.sources[part.index].path if leaf.sources[part.index].root else ())
        return next((known[3] for known in self.held if known[:3] == key), "")

    def said_of(self, part: Part, source: Source) -> str:
        """Name the variable with the last part of this kind in a field, "" if there is none."""
        return next((said[3] for said in self.said if said[:3] == (source.path, part.name, part.codec)), "")

    def keep(self, source: Source) -> None:
        """Write, before the first of several lines that write a field, the variable which knows what it holds."""
        if source.path in self.block.shared and source.path not in self.kept:
            self.kept[source.path] = self.source.name("kept")
            self.add(f"{self.kept[source.path]} = M")

    def look_again(self, leaf: Leaf, more: int) -> None:
        """Write that a call has written the line's fields, of which several lines write some."""
        for path in dict.fromkeys(source.path for source in leaf.sources if source.path in self.kept and not source.root):
            self.add(f"{self.kept[path]} = dig({self.out}, {path!r}, M)", more)

    def store(self, source: Source, value: str, more: int) -> None:
        """Write a raw field; where several lines write it, they must mean the same."""
        home, name, kept = self.out, source.path[-1], self.kept.get(source.path)
        for part in source.path[:-1]:
            home += f".setdefault({part!r}, {{}})"
        if kept is None:
            self.add(f"{home}[{name!r}] = {value}", more)
            return
        self.add(f"if {kept} is M: {home}[{name!r}] = {kept} = {value}", more)
        self.add(f"elif {kept} != {value}: odd({value})", more)

    def store_number(self, source: Source, text: str, number: str, more: int) -> None:
        """Write a number, and note the text that it is made of."""
        (self.whole or self).counts = True
        self.add(f"numbers.append({text})", more)
        if source.path in self.kept:
            self.add(f"x = {number}", more)
            number = "x"
        self.store(source, number, more)


def generate_writer(block: Block, title: str) -> Writer:
    """Write and compile the function that writes new records."""
    source = SourceText()
    source.names |= dict(_NAMES)
    source.add(0, "def put(record):")
    source.add(1, repr(f"Write a new {title}."))
    source.add(1, "if record.__class__ is not dict: odd(record)")
    source.add(1, "field = record.get")
    source.add(1, "out = {}")
    head = len(source.lines)
    sheet = _Sheet(source, 1, "out", block, {(): "field"})
    _write(sheet, "record")
    if sheet.counts:
        source.lines.insert(head, "    numbers = []")
        source.add(1, "text = ''.join(numbers)")
        source.add(1, f"if {NOT_PLAIN}: odd(text)")
    source.add(1, "return out")
    writer: Writer = source.function("put", f"writer {title}")
    return writer


def _write(sheet: _Sheet, record: str) -> None:
    for leaf in sheet.block.leaves:
        if leaf.writes and leaf.codec is not None:
            _leaf(leaf, sheet)
    root = (sheet.whole or sheet).out
    for pick in sheet.block.picks:
        sheet.add(f"{sheet.source.keep('pick', partial(write_part, pick))}({record}, {sheet.out}, {root})")
    for rows in sheet.block.lists:
        if rows.writes and (sheet.whole is not None or len(rows.target) > 1):
            sheet.add(f"{sheet.source.keep('rows', partial(write_part, rows))}({record}, {sheet.out}, {root})")
        elif rows.writes:
            _rows(rows, sheet)


def _leaf(leaf: Leaf, sheet: _Sheet) -> None:
    value = sheet.value_of(leaf)
    for source in leaf.sources:
        if source.writable and not source.root:
            sheet.keep(source)
    if _is_plain(leaf):
        _single(leaf, sheet, value)
        return
    root = (sheet.whole or sheet).out
    whole = sheet.source.keep("write", _leaf_writer(leaf, sheet.block.shared))
    call = f"{whole}({value}, {sheet.out}, {root})"
    if not _compound(leaf, sheet, value, call):
        sheet.add(f"if {value} is not None:")
        sheet.add(call, 1)
        sheet.look_again(leaf, 1)


def _is_plain(leaf: Leaf) -> bool:
    """Tell whether a value has one field, which may be written."""
    return leaf.single and all(source.writable and not source.root for source in leaf.sources)


def _encode_key(encode: Callable[[Any], Any], value: Any) -> Any:
    """Write the key of a row, by which rows are found: what cannot be one is left to the writer that says so."""
    hash(value)
    return encode(value)


def _single(leaf: Leaf, sheet: _Sheet, value: str) -> None:
    """Write a value that has one field: at once where it is of the usual kind, else by its operation."""
    codec: Any = leaf.codec
    source = leaf.sources[0]
    short = in_short(codec)
    if isinstance(short, Remembered):
        sheet.add(f"if (x := {sheet.source.keep('recall', short.get)}({value})) is not None:")
        sheet.store(source, "x", 1)
        sheet.add(f"elif {value} is not None and (x := {sheet.source.keep('known', short)}[{value}]) is not None:")
        sheet.store(source, "x", 1)
        return
    first = "if"
    if short is not None:
        table = sheet.source.keep("t", short[2]) if short[2] is not None else ""
        condition, expression = (text.format(v=value, t=table) for text in short[:2])
        if short.thing is EXACT:
            sheet.add(f"if {condition}:")
            sheet.store_number(source, value, expression, 1)
        elif source.path in sheet.kept or len(source.path) > 1:
            sheet.add(f"if {condition}:")
            sheet.add(f"x = {expression}", 1)
            sheet.store(source, "x", 1)
        else:
            sheet.add(f"if {condition}: {sheet.out}[{source.path[0]!r}] = {expression}")
        first = "elif"
    encode = sheet.source.keep("e", codec.encode if leaf.target != sheet.key else partial(_encode_key, codec.encode))
    sheet.add(f"{first} {value} is not None and (x := {encode}({value})) is not None and x is not K:")
    sheet.store(source, "x", 1)


def _compound(leaf: Leaf, sheet: _Sheet, value: str, call: str) -> bool:
    """Write money, a quantity or a price into its fields, where its number is written as a number and its parts are plain."""
    codec: Any = leaf.codec
    if not isinstance(codec, Amount | Measure | Price) or codec.as_text or leaf.sources[0].root:
        return False
    parts = _written_parts(codec)
    if not parts or not leaf.sources[0].writable:
        return False
    for part in parts:
        if _is_written(part):
            _say(part, leaf.sources[part.index], sheet)
    sheet.add(f"if {value} is not None:")
    more = 1
    if isinstance(codec, Price):
        sheet.add(f"if {value}['per'] != {codec.per.constant!r}:", 1)
        sheet.add(call, 2)
        sheet.look_again(leaf, 2)
        sheet.add("else:", 1)
        more = 2
    for part in parts:
        _part(part, leaf, sheet, value, more)
    sheet.add(f"text = {value}[{'value' if isinstance(codec, Measure) else 'amount'!r}]", more)
    number = "exact(text) if text[-1] in '123456789' or text.isdigit() else price(text)" if more > 1 else "exact(text)"
    sheet.store_number(leaf.sources[0], "text", number, more)
    return True


def _say(part: Part, source: Source, sheet: _Sheet) -> None:
    """Write, before the first part of its kind in a field that several lines write, the variable which knows the last one."""
    if source.path in sheet.kept and not sheet.said_of(part, source):
        said = sheet.source.name("said")
        sheet.said.append((source.path, part.name, part.codec, said))
        sheet.add(f"{said} = M")


def _written_parts(codec: Any) -> list[Part]:
    """Name the parts of a line whose number is written as it is; none if it is not."""
    if isinstance(codec, Amount):
        return [codec.currency] if codec.units == "major" else []
    if codec.scale is not None:
        return []
    if isinstance(codec, Measure):
        return [codec.unit]
    return [codec.currency, codec.unit] if codec.per.codec is None and not codec.whole else []


def _is_written(part: Part) -> bool:
    return part.codec is not None and part.writable


def _part(part: Part, leaf: Leaf, sheet: _Sheet, value: str, more: int) -> None:
    """Write a currency or unit into its field, or make sure that it is there already."""
    name = part.name
    sheet.add(f"{name} = {value}[{name!r}]", more)
    if _is_written(part):
        _written_part(part, leaf.sources[part.index], sheet, name, more)
        return
    held = sheet.held_part(part, leaf)
    if held and isinstance(part.codec, Currency):
        sheet.add(f"if {name} != {held} and ({held} is not M or {name} not in minor_units): odd({name})", more)
        return
    if part.name == "currency":
        sheet.add(f"if {name} not in minor_units: odd({name})", more)
    if held:
        sheet.add(f"if {held} is not M and {held} != {name}: odd({name})", more)
        return
    here = part.constant if part.codec is None else _or(part.codec.decode(None), part.fallback)
    if here is not None:
        sheet.add(f"if {name} != {here!r}: odd({name})", more)


def _written_part(part: Part, source: Source, sheet: _Sheet, name: str, more: int) -> None:
    """Write a part into its field; what was found to be what the field holds needs no second look."""
    codec: Any = part.codec
    said = sheet.said_of(part, source)
    if said:
        sheet.add(f"if {said} is M or {name} != {said}:", more)
        more += 1
    if part.name == "currency":
        sheet.add(f"if {name} not in minor_units: odd({name})", more)
    if isinstance(codec, Currency):
        sheet.store(source, name, more)
    else:
        sheet.add(f"x = {sheet.source.keep('known', Remembered(codec.encode))}[{name}]", more)
        sheet.add("if x is not None:", more)
        sheet.store(source, "x", more + 1)
    if said:
        sheet.add(f"{said} = {name}", more)


def _hold_parts(rows: Rows, sheet: _Sheet, inner: _Sheet) -> None:
    """Write, before any row, what the whole record says of parts which its rows cannot write."""
    for leaf in rows.block.leaves:
        codec: Any = leaf.codec
        for part in (getattr(codec, name, None) for name in ("currency", "unit")):
            if isinstance(part, Part) and part.codec is not None and not part.writable and not inner.held_part(part, leaf):
                source = leaf.sources[part.index]
                if source.root and leaf.writes:
                    name = sheet.source.name("held")
                    root = (sheet.whole or sheet).out
                    raw = f"{root}.get({source.path[0]!r})" if len(source.path) == 1 else f"dig({root}, {source.path!r})"
                    sheet.add(f"{name} = {sheet.source.keep('known', Remembered(_reader(part)))}[{raw}]", 1)
                    inner.held.append((part.codec, part.fallback, source.path, name))


def _reader(part: Part) -> Callable[[Any], Any]:
    """Give what reads a part from its raw field; MISSING if neither the field nor anything in its place says it."""

    def read(raw: Any) -> Any:
        return _or(part.fallback if part.codec is None else _or(part.codec.decode(raw), part.fallback), MISSING)

    return read


def _or(found: Any, fallback: Any) -> Any:
    return fallback if found is None else found


def _leaf_writer(leaf: Leaf, shared: frozenset[RawPath]) -> Callable[[Any, dict[str, Any], dict[str, Any]], None]:
    """Give the function that writes a line of any kind."""

    def write(value: Any, out: dict[str, Any], root: dict[str, Any]) -> None:
        before = [dig(root, one.path, MISSING) if one.root else MISSING for one in leaf.sources]
        for source, raw in zip(leaf.sources, encode_leaf(leaf, value, before, out), strict=True):
            if raw is KEEP or raw is None or source.root:
                continue
            if source.path in shared and dig(out, source.path, raw) != raw:
                raise BadValue("contradiction", "means a field to hold another value than another line does")
            if not source.writable:
                raise BadValue("read_only", "cannot be written")
            bury(out, source.path, raw)

    return write


def _rows(rows: Rows, sheet: _Sheet) -> None:
    """Write the loop over a list: every row of a new record is new."""
    source, depth = sheet.source, sheet.depth
    wanted = sheet.value(rows.target)
    row, getter, out, made = (source.name(word) for word in ("row", "field", "out", "made"))
    sheet.add(f"if {wanted}:")
    sheet.add(f"{made} = []", 1)
    inner = _Sheet(source, depth + 2, out, rows.block, {(): getter}, sheet)
    _hold_parts(rows, sheet, inner)
    sheet.add(f"for {row} in {wanted} if {wanted}.__class__ is list else odd({wanted}):", 1)
    sheet.add(f"if {row}.__class__ is not dict: odd({row})", 2)
    sheet.add(f"{getter} = {row}.get", 2)
    inner.key = (rows.key_name,)
    keyed = [leaf for leaf in rows.block.leaves if leaf.target == inner.key and leaf.writes and leaf.codec is not None]
    if not any(map(_is_plain, keyed)):
        inner.add(f"hash({inner.value(inner.key)})")
    head = row_head(rows)
    plain = not rows.where and (
        rows.id is None or not any(rows.id[0] == one.path[0] for leaf in rows.block.leaves for one in leaf.sources)
    )
    sheet.add(f"{out} = {head if plain else {}!r}", 2)
    _write(inner, row)
    done = out if plain else f"{source.keep('begin', partial(begun, rows))}({out})"
    sheet.add(f"{made}.append({done})", 2)
    others = [*(other.path for other in sheet.block.lists), *(pick.path for pick in sheet.block.picks)]
    if others.count(rows.path) == 1:
        sheet.store(Source(rows.path), made, 1)
    else:
        sheet.add(f"append_rows(out, {rows.path!r}, {made})", 1)
