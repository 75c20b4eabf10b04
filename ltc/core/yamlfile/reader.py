"""Read YAML safely: size, depth and vocabulary are checked on the parser's events, before anything is built."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import yaml

from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile.node import Node, Place, Scalar

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
_MAX_FAULTS: Final = 100
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_LONGEST_NUMBER: Final = 60
_PLAIN_TAGS: Final = frozenset({None, "!"})


class _TooDeepError(Exception):
    """The nesting is deeper than anything that a person writes."""


def load(path: Path) -> Node:
    """Read one file; raise Misconfigured with every fault, each with its line and column."""
    file = str(path)
    try:
        found = path.stat()
    except OSError as error:
        raise _refused(
            "yaml.unreadable", f"cannot be read: {error.strerror or error}.", "Check the name and the rights.", file
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise _refused("yaml.not_a_file", "is not a file.", "Name a YAML file.", file)
    if found.st_size > MAX_BYTES:
        raise _refused("yaml.too_large", f"has {found.st_size} bytes; {MAX_BYTES} are allowed.", "Split the file.", file)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(
            "yaml.unreadable", f"cannot be read: {error.strerror or error}.", "Check the name and the rights.", file
        ) from error
    if len(content) > MAX_BYTES:
        raise _refused("yaml.too_large", f"has more than {MAX_BYTES} bytes.", "Split the file.", file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused("yaml.not_utf8", "is not written in UTF-8.", "Save the file as UTF-8.", file, line) from error
    return parse(text, file)


def parse(text: str, file: str = "") -> Node:
    """Read one YAML document from text; the empty document is an empty mapping.

    >>> parse("{a: 1, b: no, c: 2026-01-01, d: 007, e: [1.50, true]}").plain()
    {'a': 1, 'b': 'no', 'c': '2026-01-01', 'd': '007', 'e': [Decimal('1.50'), True]}
    """
    if len(text) > MAX_BYTES:
        raise _refused("yaml.too_large", f"has more than {MAX_BYTES} characters.", "Split the file.", file)
    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except _TooDeepError:
        raise Misconfigured(faults=builder.faults[-_MAX_FAULTS:]) from None
    except yaml.MarkedYAMLError as error:
        builder.faults.append(_syntax(error, file))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        builder.faults.append(
            Fault("yaml.character", "holds a character that YAML does not allow.", "Remove it.", file=file, line=line, column=1)
        )
    if builder.faults:
        raise Misconfigured(faults=builder.faults[:_MAX_FAULTS])
    return builder.root or Node("mapping", {}, file, 1, 1)


def _refused(code: str, message: str, remedy: str, file: str, line: int = 0) -> Misconfigured:
    return Misconfigured(faults=[Fault(code, message, remedy, file=file, line=line, column=1 if line else 0)])


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    what = error.problem or "this is not YAML"
    within = f" {error.context}" if error.context else ""
    return Fault(
        "yaml.syntax",
        f"not valid YAML: {what}{within}.",
        "Check indentation, colons and quotes here.",
        file=file,
        line=mark.line + 1 if mark else 1,
        column=mark.column + 1 if mark else 1,
    )


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
    root: Node | None = None
    faults: list[Fault] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def take(self, event: Any) -> None:
        """Use one event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._tagged(event)
            plain = event.style is None or event.style == ""
            value = scalar(event.value) if plain and event.implicit[0] else event.value
            self._place(replace(self._node("scalar", value, event, event.value), style=event.style or ""), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._tagged(event)
            mapping = isinstance(event, yaml.MappingStartEvent)
            node = self._node("mapping", {}, event) if mapping else self._node("sequence", [], event)
            if len(self.stack) >= MAX_DEPTH:
                self._fault("yaml.too_deep", f"is nested deeper than {MAX_DEPTH} levels.", "Flatten the file.", event)
                raise _TooDeepError
            self._place(node, event)
            self.stack.append(_Open(node))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fault("yaml.alias", "aliases (*name) are not allowed.", "Write the value out.", event)
            self._place(self._node("scalar", None, event), event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._fault("yaml.documents", "a file holds one document.", "Remove the line ---.", event)

    def _node(self, kind: Any, value: Any, event: Any, text: str = "") -> Node:
        mark = event.start_mark
        keys: dict[str, Place] = {}
        return Node(kind, value, self.file, mark.line + 1, mark.column + 1, text, keys)

    def _fault(self, code: str, message: str, remedy: str, event: Any) -> None:
        mark = event.start_mark
        self.faults.append(Fault(code, message, remedy, file=self.file, line=mark.line + 1, column=mark.column + 1))

    def _tagged(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            self._fault("yaml.tag", f"tags ({event.tag}) are not allowed.", "Write the plain value.", event)
        if event.anchor is not None:
            self._fault("yaml.anchor", f"anchors (&{event.anchor}) are not allowed.", "Remove it.", event)

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
        if node.kind != "scalar" or (node.value is None and not node.text):
            self._fault("yaml.key", "a key must be a plain text.", "Write one word, quoted if it is empty or special.", event)
            top.skip = True
            return "?"
        if node.text in home.value or node.text in home.keys:
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
