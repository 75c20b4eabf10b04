"""Read YAML safely: size, depth and vocabulary are checked on the parser's events, before anything is built."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import yaml

from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile.node import MAX_FAULTS, Node, Place, Scalar
from ltc.core.yamlfile.syntax import syntax_fault

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 50_000
LONGEST_TEXT: Final = 20_000
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_LONGEST_NUMBER: Final = 60
_PLAIN_TAGS: Final = frozenset({None, "!"})


_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MERGE: Final = "<<"


class _EnoughError(Exception):
    """The file is larger or stranger than anything that a person writes: reading on would only cost time."""


def load(path: Path) -> Node:
    """Read one file; raise Misconfigured with every fault, each with its line and column."""
    file = str(path)
    try:
        found = path.stat()
    except OSError as error:
        raise _refused(
            "yaml.unreadable", f"The file cannot be read: {error.strerror or error}.", "Check the name and the rights.", file
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise _refused("yaml.not_a_file", "This is not a file.", "Name a YAML file.", file)
    if found.st_size > MAX_BYTES:
        raise _refused("yaml.too_large", f"The file has {found.st_size} bytes; {MAX_BYTES} are allowed.", "Split the file.", file)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(
            "yaml.unreadable", f"The file cannot be read: {error.strerror or error}.", "Check the name and the rights.", file
        ) from error
    if len(content) > MAX_BYTES:
        raise _refused("yaml.too_large", f"The file has more than {MAX_BYTES} bytes.", "Split the file.", file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig").split("\n")
        place = (len(before), len(before[-1]) + 1)
        raise _refused("yaml.not_utf8", "The file is not written in UTF-8.", "Save it as UTF-8.", file, *place) from error
    return parse(text, file)


def parse(text: str, file: str = "") -> Node:
    """Read one YAML document from text; the empty document is an empty mapping.

    >>> parse("{a: 1, b: no, c: 2026-01-01, d: 007, e: [1.50, true]}").plain()
    {'a': 1, 'b': 'no', 'c': '2026-01-01', 'd': '007', 'e': [Decimal('1.50'), True]}
    """
    if len(text) > MAX_BYTES:
        raise _refused("yaml.too_large", f"The file has more than {MAX_BYTES} characters.", "Split the file.", file)
    strange = _FORBIDDEN.search(text)
    if strange is not None:
        before = text[: strange.start()].split("\n")
        message = f"YAML does not allow the character U+{ord(strange.group()):04X}."
        raise _refused("yaml.character", message, "Remove it.", file, len(before), len(before[-1]) + 1)
    builder = _Builder(file, text)
    try:
        for event in _events(text):
            builder.take(event)
    except _EnoughError:
        raise Misconfigured(faults=builder.faults[-MAX_FAULTS:]) from None
    except yaml.MarkedYAMLError as error:
        builder.faults.append(syntax_fault(error, text, file))
    if builder.faults:
        raise Misconfigured(faults=builder.faults)
    return builder.root or Node("mapping", {}, file, 1, 1)


def _refused(code: str, message: str, remedy: str, file: str, line: int = 1, column: int = 1) -> Misconfigured:
    return Misconfigured(faults=[Fault(code, message, remedy, file=file, line=line, column=column)])


def _events(text: str) -> Iterator[Any]:  # the events of PyYAML have no common useful type
    yield from yaml.parse(text, Loader=yaml.CSafeLoader)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    node: Node
    key: str | None = None
    skip: bool = False


@dataclass(slots=True)
class _Builder:
    """Builds nodes from events, without recursion."""

    file: str
    text: str
    root: Node | None = None
    values: int = 0
    faults: list[Fault] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def take(self, event: Any) -> None:
        """Use one event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._tagged(event)
            self._place(self._scalar(event), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._tagged(event)
            mapping = isinstance(event, yaml.MappingStartEvent)
            node = self._node("mapping", {}, event) if mapping else self._node("sequence", [], event)
            if len(self.stack) >= MAX_DEPTH:
                self._fault("yaml.too_deep", f"This is nested deeper than {MAX_DEPTH} levels.", "Flatten the file.", event)
                raise _EnoughError
            self._place(node, event)
            self.stack.append(_Open(node))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fault("yaml.alias", f"The alias *{event.anchor} is not allowed.", "Write the value out.", event)
            self._place(self._node("scalar", None, event), event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._fault(
                    "yaml.documents",
                    "A file holds one document, and here a second one begins.",
                    "Remove the line `---`, or write two files.",
                    event,
                )

    def _scalar(self, event: Any) -> Node:
        """Make the node of a scalar; what is written in another way than it reads keeps how it is written."""
        if len(event.value) > LONGEST_TEXT:
            self._fault("yaml.too_long", f"A text of {len(event.value)} characters is too long.", "Shorten it.", event)
        plain = event.style is None or event.style == ""
        value = scalar(event.value) if plain and event.implicit[0] else event.value
        begin, end = event.start_mark, event.end_mark
        written = "" if plain and begin.line == end.line else self.text[begin.index : end.index]
        return self._node("scalar", value, event, event.value, written)

    def _node(self, kind: Any, value: Any, event: Any, text: str = "", source: str = "") -> Node:
        mark = event.start_mark
        keys: dict[str, Place] = {}
        self.values += 1
        if self.values > MAX_VALUES:
            self._fault("yaml.too_many", f"The file holds more than {MAX_VALUES} values.", "Split the file.", event)
            raise _EnoughError
        return Node(kind, value, self.file, mark.line + 1, mark.column + 1, text, keys, source)

    def _fault(self, code: str, message: str, remedy: str, event: Any) -> None:
        mark = event.start_mark
        self.faults.append(Fault(code, message, remedy, file=self.file, line=mark.line + 1, column=mark.column + 1))
        if len(self.faults) >= MAX_FAULTS:
            raise _EnoughError

    def _tagged(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._fault("yaml.tag", f"The tag {tag} is not allowed.", "Write the plain value.", event)
        if event.anchor is not None:
            self._fault("yaml.anchor", f"The anchor &{event.anchor} is not allowed.", "Remove it.", event)

    def _place(self, node: Node, event: Any) -> None:
        """Put a finished or just opened node where it belongs."""
        if not self.stack:
            if self.root is None:
                self.root = node
            return
        top = self.stack[-1]
        if top.node.kind == "sequence":
            top.node.value.append(node)
        elif top.key is None:
            top.key = self._key(top.node, node, event)
        else:
            if not top.skip:
                top.node.value[top.key] = node
            top.key, top.skip = None, False

    def _key(self, home: Node, node: Node, event: Any) -> str:
        """Check a mapping's key: its text counts, whatever it looks like, so that ``no`` and ``01`` are themselves."""
        top = self.stack[-1]
        if node.kind != "scalar" or node.value is None:
            remedy = "Put the text in quotes." if node.kind != "scalar" else 'Write one word; "" is the empty text.'
            self._fault("yaml.key", "A key must be a plain text.", remedy, event)
            top.skip = True
            return "?"
        if node.text == _MERGE and not node.source:
            self._fault("yaml.merge", "Merge keys (<<) are not allowed.", "Write the lines out.", event)
            top.skip = True
            return _MERGE
        if node.text in home.keys:
            first = home.keys[node.text].line
            self._fault("yaml.duplicate_key", f"{node.text!r} is already given in line {first}.", "Keep one of them.", event)
            top.skip = True
            return node.text
        home.keys[node.text] = node.place  # type: ignore[index]  # the builder owns the node until it is done
        return node.text


def scalar(text: str) -> Scalar:
    """Read an unquoted scalar as YAML 1.2 people expect: dates, yes/no and numbers with leading zeros stay text.

    >>> [scalar(text) for text in ("true", "yes", "12", "012", "1.50", "1e5", "null", "2026-01-01")]
    [True, 'yes', 12, '012', Decimal('1.50'), '1e5', None, '2026-01-01']
    """
    if text in {"", "~", "null"}:
        return None
    if text == "true":
        return True
    if text == "false":
        return False
    if len(text) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
    return text
