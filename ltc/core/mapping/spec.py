"""Reading one line of a mapping: its options, and the faults in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from ltc.core.contract.records import FieldSchema, ObjectSchema
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping.rules import RawPath, Source, Where
from ltc.core.models import PathInfo
from ltc.core.yamlfile import MAX_FAULTS, Node, did_you_mean

_UNNAMED: Final = ("?",)
MOST: Final = 100_000
"""No field is wider, and no number of an option larger."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(slots=True)
class Desk:
    """What is at hand while one mapping is read: the system's schema, tables of codes, and the faults so far.

    ``read_only`` says that nothing of the mapping has to find its way back; ``currency`` is the organisation's own.
    """

    codes: Callable[[str], Node | None]
    code_names: Sequence[str]
    schema: ObjectSchema | None
    blank: str | None = None
    read_only: bool = False
    currency: str = ""
    asked_for_currency: bool = False
    faults: list[Fault] = field(default_factory=list)

    def fault(self, node: Node, code: str, message: str, remedy: str = "", *, key: str = "", path: str = "") -> None:
        """Note a fault at a node or at one of its keys; with the hundredth it is enough."""
        self.faults.append(node.fault(f"mapping.{code}", message, remedy, key=key, path=path))
        if len(self.faults) >= MAX_FAULTS:
            raise Misconfigured(faults=self.faults)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the raw record a block's fields are: below which raw fields, in which described fields."""

    fields: Sequence[FieldSchema] | None
    raw: RawPath = ()
    row: bool = False

    def find(self, path: RawPath) -> FieldSchema | str | None:
        """Find a described field; a text is the first part that is not described; None where nothing is known."""
        fields = self.fields
        if fields is None:
            return None
        known = {one.name: one for one in fields}
        if ".".join(path) in known:
            return known[".".join(path)]
        found: FieldSchema | None = None
        for index, part in enumerate(path):
            if found is not None and not found.fields:
                return None
            names = {one.name: one for one in (found.fields if found is not None else fields)}
            if part not in names:
                return ".".join(path[: index + 1])
            found = names[part]
        return found

    def below(self, path: RawPath, *, row: bool) -> Place:
        """Go into an object or into the rows of a list."""
        found = self.find(path)
        fields = found.fields if isinstance(found, FieldSchema) and found.fields else None
        return Place(fields, () if row else (*self.raw, *path), row or self.row)

    def choices(self, path: RawPath) -> list[str]:
        """Name the described fields beside a path, for suggestions."""
        fields: Iterable[FieldSchema] = self.fields or ()
        prefix = ""
        for part in path[:-1]:
            found = next((one for one in fields if one.name == part), None)
            if found is None:
                break
            fields, prefix = found.fields, f"{prefix}{part}."
        return [prefix + one.name for one in fields]


@dataclass(slots=True)
class Spec:
    """One line's node, read option by option; what was not read is an unknown key."""

    desk: Desk
    node: Node
    path: str
    info: PathInfo
    place: Place
    root: Place
    used: set[str] = field(default_factory=set)

    def fault(self, code: str, message: str, remedy: str = "", *, key: str = "", node: Node | None = None) -> None:
        """Note a fault at one of the line's keys, or at the line."""
        self.desk.fault(node or self.node, code, message, remedy, key=key, path=self.path)

    def at(self, key: str) -> Node | None:
        """Take an option; a key that is null counts as not given."""
        self.used.add(key)
        return self.node.get(key)

    def has(self, key: str) -> bool:
        """Tell whether an option is given, without taking it."""
        return self.node.get(key) is not None

    def text(self, key: str, default: str = "") -> str:
        """Take a text."""
        node = self.at(key)
        if node is None:
            return default
        if node.kind != "scalar":
            self.fault("not_a_text", f"`{key}` must be a text.", "Write one word or a quoted text.", node=node)
            return default
        return node.text

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        """Take one of some words."""
        found = self.text(key, default)
        node = self.node.get(key)
        if node is not None and found not in choices:
            remedy = did_you_mean(found, choices) or f"Use one of: {', '.join(choices)}."
            self.fault("bad_option", f"`{key}` cannot be {found!r}.", remedy, node=node)
            return default
        return found

    def whole(self, key: str, default: int = 0, *, least: int = 1, most: int = MOST) -> int:
        """Take a whole number."""
        node = self.at(key)
        if node is None:
            return default
        if isinstance(node.value, bool) or not isinstance(node.value, int) or not least <= node.value <= most:
            message = f"`{key}` cannot be {node.text!r}." if node.kind == "scalar" else f"`{key}` must be a number."
            self.fault("bad_option", message, f"Write a whole number from {least} to {most}.", node=node)
            return default
        return node.value

    def letter(self, key: str, default: str = "") -> str:
        """Take one character, or none."""
        found = self.text(key, default)
        if len(found) > 1:
            remedy = f'Write for example `{key}: "0"`.'
            self.fault("bad_option", f"`{key}` must be one character.", remedy, node=self.node.get(key))
        return found[:1]

    @property
    def needs_way_back(self) -> bool:
        """Tell whether the line has to say how its value is written."""
        way = self.node.get("one_way")
        return not self.desk.read_only and (way is None or way.text != "in")

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Take true or false."""
        node = self.at(key)
        if node is None:
            return default
        if not isinstance(node.value, bool):
            self.fault("bad_option", f"`{key}` must be true or false.", "Write true or false.", node=node)
            return default
        return node.value

    def zone(self) -> ZoneInfo | None:
        """Take a time zone."""
        name = self.text("zone")
        if not name:
            return None
        if name not in _zones():
            remedy = did_you_mean(name, _zones()) or "Use a name such as Europe/Berlin."
            self.fault("bad_option", f"There is no time zone {name!r}.", remedy, node=self.node.get("zone"))
            return None
        return ZoneInfo(name)

    def source(self, node: Node) -> Source:
        """Read a raw path and check it against the described fields."""
        text = node.text
        root = text.startswith("/")
        path = tuple(text.removeprefix("/").split("."))
        if node.kind != "scalar" or not isinstance(node.value, str) or not all(path):
            self.fault("bad_source", "This must name a field of the system.", _how_to_name(node), node=node)
            return Source(_UNNAMED, writable=False)
        place = self.root if root else self.place
        found = place.find(path)
        if isinstance(found, str):
            remedy = did_you_mean(".".join(path), place.choices(path)) or "Check the name in the system."
            self.fault("unknown_source", f"The system has no field {found!r}.", remedy, node=node)
        writable = not isinstance(found, FieldSchema) or found.writable
        inside_row = root and self.place.row
        return Source(path if root else (*self.place.raw, *path), inside_row, writable and not inside_row)

    def described(self, node: Node | None) -> FieldSchema | None:
        """Find what the system says of the field that a node names."""
        if node is None or node.kind != "scalar" or not isinstance(node.value, str):
            return None
        found = self.place.find(tuple(node.text.split(".")))
        return found if isinstance(found, FieldSchema) else None

    def conditions(self, node: Node | None) -> tuple[Where, ...]:
        """Read which rows are meant: fields of a row and the values that they must have."""
        found: list[Where] = []
        if node is not None and node.kind != "mapping":
            self.fault("bad_option", "`where` must be a group of fields and values.", "Write `where: {ROLE: WE}`.", node=node)
        for key, value in node.items() if node is not None else ():
            allowed = value.value if value.kind == "sequence" else [value]
            if not allowed or any(one.kind != "scalar" for one in allowed):
                message = "A condition is a plain value, or a list of them."
                self.fault("bad_option", message, "Write `where: {ROLE: [WE, RE]}`.", node=value)
                continue
            place = node.key_place(key) if node is not None else self.node.place
            source = self.source(Node("scalar", key, place.file, place.line, place.column, key))
            known = frozenset(said for one in allowed for said in (one.value, one.text))
            first = allowed[0]
            found.append(Where(source.path, known, first.value if isinstance(first.value, bool) else first.text))
        return tuple(found)

    def several(self, node: Node, *, least: int = 1) -> list[Source]:
        """Read one or several raw paths, each once."""
        named = node.value if node.kind == "sequence" else [node]
        if len(named) < least:
            self.fault("bad_source", f"This needs at least {least} field{'s' * (least > 1)}.", "Write `[A, B]`.", node=node)
        found: list[Source] = []
        for one in named:
            source = self.source(one)
            if source in found and source.path != _UNNAMED:
                self.fault("bad_source", f"{str(source)!r} is named twice.", "Keep one of them.", node=one)
            found.append(source)
        return found

    def notes(self) -> None:
        """Take the note, which is for people only."""
        self.text("note")

    def unknown_keys(self, allowed: Collection[str], everywhere: Mapping[str, Any] | Collection[str]) -> None:
        """Note every key that was not read."""
        for key in self.node.value if self.node.kind == "mapping" else ():
            if key in self.used:
                continue
            if key in everywhere:
                self.fault("key_does_not_apply", f"`{key}` does not apply here.", "Remove it, or change the operation.", key=key)
            else:
                remedy = did_you_mean(key, allowed) or f"Known here: {', '.join(sorted(allowed))}."
                self.fault("unknown_key", f"{key!r} is not a known key.", remedy, key=key)


def _how_to_name(node: Node) -> str:
    if node.kind == "scalar" and (node.value is None or not isinstance(node.value, str)):
        return f"Write a field's name, or `{{const: {node.text or '…'}}}` for a constant."
    return "Write a field's name, with dots into related objects."


_KINDS: Final[Mapping[str, str]] = {
    "time": "moment", "unit_price": "price of a unit", "any": "custom field", "object": "group of fields",
}  # fmt: skip
"""Kinds that people call otherwise."""


def article(kind: str) -> str:
    """Write a kind or an entity as people say it.

    >>> article("integer"), article("time"), article("money"), article("legal_entity")
    ('an integer', 'a moment', 'money', 'a legal entity')
    """
    word = _KINDS.get(kind, kind.replace("_", " "))
    if word == "money":
        return word
    return f"{'an' if word[:1] in 'aeio' else 'a'} {word}"
