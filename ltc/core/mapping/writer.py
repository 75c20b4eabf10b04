"""The fast writer of new records: a mapping becomes a function that writes a canonical record into raw fields, one by one.

Usual values it writes at once, rarer ones by the operation itself; at whatever does not fit it raises, and the readable writer
then gives the result, or every problem. A property test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NoReturn, TypeAlias

from ltc.core.mapping.encoding import in_short, plain_number, plain_price
from ltc.core.mapping.operations.amounts import Amount, Measure, Part, Price
from ltc.core.mapping.operations.codec import KEEP, MISSING, BadValue, Remembered
from ltc.core.mapping.operations.numbers import MOST_DIGITS
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
    ("odd", odd), ("K", KEEP), ("minor_units", MINOR_UNITS), ("nothing", {}.get), ("number", plain_number),
    ("price", plain_price), ("append_rows", append_rows), ("dig", dig),
)  # fmt: skip
"""What every generated writer may call."""


_PLAIN: Final = f"len(text) <= {MOST_DIGITS} and text.strip('0123456789') in '.'"
"""What tells a number of digits and a point, as canonical texts mostly are; of what is no text it raises."""


@dataclass(slots=True)
class _Sheet:
    """One record or row while its code is written: where values come from, and where raw fields go."""

    source: SourceText
    depth: int
    out: str
    block: Block
    getters: dict[Target, str]
    whole: _Sheet | None = None
    held: list[tuple[Any, str | None, RawPath, str]] = field(default_factory=list)
    kept: dict[RawPath, str] = field(default_factory=dict)
    values: dict[Target, str] = field(default_factory=dict)

    def add(self, text: str, more: int = 0) -> None:
        """Write one line."""
        self.source.add(self.depth + more, text)

    def value(self, target: Target) -> str:
        """Write the look-up of a canonical value once; what is absent is None, as good as empty in a new record."""
        if target in self.values:
            return self.values[target]
        for size in range(1, len(target)):
            group = target[:size]
            if group not in self.getters:
                found, getter = self.value(group), self.source.name("field")
                self.add(f"{getter} = nothing if {found} is None else {found}.get if {found}.__class__ is dict else odd({found})")
                self.getters[group] = getter
        name = self.source.name("v")
        self.add(f"{name} = {self.getters[target[:-1]]}({target[-1]!r})")
        self.values[target] = name
        return name

    def held_part(self, part: Part, leaf: Leaf) -> str:
        """Name the variable with what the whole record says of a part, "" if the part is not looked up there."""
        key = (part.codec, part.fallback, leaf.sources[part.index].path if leaf.sources[part.index].root else ())
        return next((known[3] for known in self.held if known[:3] == key), "")

    def keep(self, source: Source) -> None:
        """Write, before the first of several lines that write a field, the variable which knows what it holds."""
        if source.path in self.block.shared and source.path not in self.kept:
            self.kept[source.path] = self.source.name("kept")
            self.add(f"{self.kept[source.path]} = M")

    def store(self, source: Source, value: str, more: int) -> None:
        """Write a raw field; where several lines write it, they must mean the same."""
        home, name = self.out, source.path[-1]
        for part in source.path[:-1]:
            home += f".setdefault({part!r}, {{}})"
        if source.path in self.block.shared:
            self.add(f"if {home}.setdefault({name!r}, {value}) != {value}: odd({value})", more)
        self.add(f"{home}[{name!r}] = {value}", more)


def generate_writer(block: Block, title: str) -> Writer:
    """Write and compile the function that writes new records."""
    source = SourceText()
    source.names |= dict(_NAMES)
    source.add(0, "def put(record):")
    source.add(1, repr(f"Write a new {title}."))
    source.add(1, "if record.__class__ is not dict: odd(record)")
    source.add(1, "field = record.get")
    source.add(1, "out = {}")
    sheet = _Sheet(source, 1, "out", block, {(): "field"})
    _write(sheet, "record")
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
    value = sheet.value(leaf.target)
    plain = all(source.writable and not source.root for source in leaf.sources)
    if leaf.single and plain:
        _single(leaf, sheet, value)
        return
    root = (sheet.whole or sheet).out
    whole = sheet.source.keep("write", _leaf_writer(leaf, sheet.block.shared))
    call = f"{whole}({value}, {sheet.out}, {root})"
    if not _compound(leaf, sheet, value, call):
        sheet.add(f"if {value} is not None: {call}")


def _single(leaf: Leaf, sheet: _Sheet, value: str) -> None:
    """Write a value that has one field: at once where it is of the usual kind, else by its operation."""
    codec: Any = leaf.codec
    source = leaf.sources[0]
    short = in_short(codec)
    if isinstance(short, Remembered):
        sheet.add(f"if {value} is not None and (x := {sheet.source.keep('known', short)}[{value}]) is not None:")
        sheet.store(source, "x", 1)
        return
    first = "if"
    if short is not None:
        table = sheet.source.keep("t", short[2]) if short[2] is not None else ""
        condition, expression = (text.format(v=value, t=table) for text in short[:2])
        if source.path in sheet.block.shared or len(source.path) > 1:
            sheet.add(f"if {condition}:")
            sheet.add(f"x = {expression}", 1)
            sheet.store(source, "x", 1)
        else:
            sheet.add(f"if {condition}: {sheet.out}[{source.path[0]!r}] = {expression}")
        first = "elif"
    encode = sheet.source.keep("e", codec.encode)
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
            sheet.keep(leaf.sources[part.index])
    sheet.add(f"if {value} is not None:")
    if isinstance(codec, Price):
        sheet.add(f"if {value}['per'] != {codec.per.constant!r}: {call}", 1)
        sheet.add("else:", 1)
    more = 2 if isinstance(codec, Price) else 1
    for part in parts:
        _part(part, leaf, sheet, value, more)
    sheet.add(f"text = {value}[{'value' if isinstance(codec, Measure) else 'amount'!r}]", more)
    if isinstance(codec, Price):
        sheet.add(f"x = Decimal(text) if {_PLAIN} and (text[-1] != '0' or '.' not in text) else price(text)", more)
    else:
        sheet.add(f"x = Decimal(text) if {_PLAIN} else number(text)", more)
    sheet.store(leaf.sources[0], "x", more)
    return True


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
    name = sheet.source.name(part.name)
    sheet.add(f"{name} = {value}[{part.name!r}]", more)
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
    """Write a part into its field; what the field was found to hold before needs no second look."""
    codec: Any = part.codec
    if not isinstance(codec, Currency):
        if part.name == "currency":
            sheet.add(f"if {name} not in minor_units: odd({name})", more)
        sheet.add(f"{name} = {sheet.source.keep('known', Remembered(codec.encode))}[{name}]", more)
    kept = sheet.kept.get(source.path)
    there = [] if isinstance(codec, Currency) else [f"{name} is not None"]
    if conditions := there + ([f"{name} != {kept}"] if kept else []):
        sheet.add(f"if {' and '.join(conditions)}:", more)
        more += 1
    if isinstance(codec, Currency):
        sheet.add(f"if {name} not in minor_units: odd({name})", more)
    sheet.store(source, name, more)
    if kept:
        sheet.add(f"{kept} = {name}", more)


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
    inner.add(f"hash({inner.value((rows.key_name,))})")
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
