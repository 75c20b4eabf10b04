"""Drafting a mapping from a described object: sure lines, unsure ones as proposals, and what nobody knows as remarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ltc.core.contract.records import FieldSchema, ObjectSchema, Raw
from ltc.core.errors import Misconfigured
from ltc.core.mapping.drafted_lines import Surroundings, line_of
from ltc.core.mapping.expectations import family
from ltc.core.mapping.glossary import SAP
from ltc.core.mapping.guessing import Guess, chosen, guesses
from ltc.core.mapping.likeness import alike
from ltc.core.mapping.loading import build
from ltc.core.models import PathInfo, shape_of
from ltc.core.yamlfile import Node, Place, parse, render
from ltc.core.yamlfile import load as load_yaml

_SURE: Final = 0.72
_LIKELY: Final = 0.5
_SHOWN: Final = 3
_ROWS: Final = 0.6
_MOST_KEYS: Final = 4
_KINDS: Final = frozenset({"object", "list", "any"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drafted: an object of a system for an entity, with its key fields and some of its records.

    ``own`` are fields that the hub keeps for itself, which no line may have.
    """

    system: str
    schema: ObjectSchema
    entity: str
    key: str
    version: str = ""
    hub_key: str = ""
    currency: str = "EUR"
    samples: Sequence[Raw] = ()
    own: Sequence[str] = ()


@dataclass(slots=True)
class Draft:
    """The drafted mapping as text, with the lines that were sure, those that are only proposed, and fields that nothing reads."""

    text: str = ""
    sure: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def draft(wanted: Wanted, *, codes_dirs: Sequence[Path] = ()) -> Draft:
    """Draft a mapping that loads without faults against the described object."""
    drafter = _Drafter(wanted, _tables(codes_dirs))
    document = drafter.document()
    while True:
        text = drafter.write(document)
        try:
            build(parse(text), schema=wanted.schema, codes_dirs=codes_dirs)
        except Misconfigured as error:
            if not _drop(document["fields"], [fault.path for fault in error.faults]):
                raise
            continue
        return drafter.result(document, text)


class _Drafter:
    """Gathers lines and what is to be said about them."""

    def __init__(self, wanted: Wanted, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self.wanted = wanted
        self.tables = tables
        self.remarks: dict[tuple[str, ...], str] = {}
        self.open: list[str] = []
        self.used: set[str] = set()
        self.flat = [one for one in _flat(wanted.schema.fields) if family(one.type) != "list"]

    def document(self) -> dict[str, Any]:
        """Put the mapping together."""
        one = self.wanted
        shape = shape_of(one.entity)
        head: dict[str, Any] = {"system": one.system, "object": one.schema.name, "entity": one.entity, "key": _names(one.key)}
        described = {known.name for known in self.flat}
        for name in ("version", "hub_key"):
            said = getattr(one, name)
            if said and set(said.split(",")) <= described:
                head[name] = _names(said)
        if any("" in raw.values() for raw in one.samples) and not any(None in raw.values() for raw in one.samples):
            head["empty"] = ""
        own = {*one.own, one.version, one.hub_key, *([] if "number" in shape else one.key.split(","))}
        fields = [known for known in self.flat if known.name not in own and known.type != "id"]
        samples = {known.name: [_dig(raw, known.name) for raw in one.samples] for known in fields}
        lines = self._group(fields, list(_leaves(shape)), samples, ("fields",), "")
        for name, info in shape.items():
            if info.type == "list":
                lines |= self._rows(name, info)
        self._required(shape, lines)
        return {**head, "fields": lines}

    def _group(
        self, fields: Sequence[FieldSchema], shape: list[tuple[str, PathInfo]], samples: Mapping[str, Sequence[Any]],
        above: tuple[str, ...], prefix: str,
    ) -> dict[str, Any]:  # fmt: skip
        """Draft the lines of a record or of a row."""
        keys = frozenset() if prefix else frozenset(self.wanted.key.split(","))
        scored = guesses(fields, shape, samples, "" if prefix else self.wanted.entity)
        found = [one for one in scored if one.field.name not in keys or one.path == "number"]
        lines: dict[str, Any] = {}
        taken = {one.path: one for one in chosen(found, least=_LIKELY)}
        currency = next((one.field.name for one in taken.values() if one.info.type == "currency"), "")
        around = Surroundings(currency or {"const": self.wanted.currency}, self.tables)
        for path, _ in shape:
            guess = taken.get(path)
            others = [one for one in found if one.path == path and one is not guess][:_SHOWN]
            if guess is None:
                self._left(prefix + path, others)
                continue
            line, certain = line_of(guess, samples.get(guess.field.name, ()), around, guess.field.name)
            if line is None:
                self._left(prefix + path, [guess, *others])
                continue
            sure = certain and guess.score >= _SURE
            self.used.add(guess.field.name)
            self.remarks[(*above, path)] = _remark(guess, [] if sure else others)
            plain = line["from"] if len(line) == 1 and sure else line
            lines[path] = plain if sure else {**line, "state": "proposed"}
        return lines

    def _rows(self, name: str, info: PathInfo) -> dict[str, Any]:
        """Draft a list, if the object has rows whose name or fields are like it."""
        best: tuple[float, str, Sequence[FieldSchema]] = (0.0, "", ())
        for path, fields in _lists(self.wanted.schema.fields):
            score = max(alike(meaning, name) for meaning in (path.split(".")[0], *_meanings(path)))
            best = max(best, (score, path, fields), key=lambda one: one[0])
        score, path, fields = best
        if score < _ROWS:
            return {}
        lists = [[row for row in _dig(raw, path) or () if isinstance(row, dict)] for raw in self.wanted.samples]
        rows = [row for some in lists for row in some]
        flat = [one for one in _flat(fields) if family(one.type) != "list"]
        samples = {one.name: [_dig(row, one.name) for row in rows] for one in flat}
        inner = self._group(flat, list(_leaves(info.fields)), samples, ("fields", name, "fields"), f"{name}[].")
        key = inner.get(info.list_key)
        if isinstance(key, dict):
            key.pop("state", None)  # without it no row could be read
        raw_key = key if isinstance(key, str) else key["from"] if key else _telling_apart(flat, lists)
        if not inner or not raw_key:
            return {}
        self.remarks["fields", name] = f"{score:.2f}"
        self.used.add(path.split(".")[0])
        return {name: {"each": path, "key": raw_key, "fields": inner}}

    def _required(self, shape: Mapping[str, PathInfo], lines: dict[str, Any]) -> None:
        """Give what the model requires: a proposal becomes a line, and where no field is like it, the key must do for now."""
        for name, info in shape.items():
            if not info.required or info.type in _KINDS:
                continue
            line = lines.get(name)
            if isinstance(line, dict) and line.pop("state", "") == "proposed":
                self.remarks["fields", name] = f"required, and not sure: {self.remarks.get(('fields', name), '')}"
            elif line is None:
                lines[name] = {"from": self.wanted.key.split(",")[0], "one_way": "in", **({"ref": info.ref} if info.ref else {})}
                self.remarks["fields", name] = "required, and no field is like it: correct this line"

    def _left(self, path: str, candidates: Sequence[Guess]) -> None:
        told = ", ".join(f"{one.field.name} ({one.score:.2f})" for one in candidates)
        if told:
            self.open.append(f"#   {path}: {told}")

    def write(self, document: Mapping[str, Any]) -> str:
        """Write it with a remark beside each line: how sure it is, and what else it might be."""
        body = render(_node(document), self._beside)
        unused = self.unused(document)
        notes = ["", "# Nobody knows yet; candidates with how likely they are:", *self.open] if self.open else []
        notes += ["", "# No line reads these fields:", *_wrapped(unused)] if unused else []
        read = len(self.wanted.samples)
        head = f"# Drafted from {read} records. Numbers say how sure a line is; `proposed` ones are not read yet."
        return "\n".join([head, body.rstrip("\n"), *notes]) + "\n"

    def _beside(self, path: tuple[str, ...], place: Place) -> str:
        del place
        return self.remarks.get(path, "")

    def unused(self, document: Mapping[str, Any]) -> list[str]:
        """Name the described fields that no line reads."""
        read = set(_sources(document["fields"])) | {*str(document["key"]).split(","), self.wanted.version, self.wanted.hub_key}
        return [one.name for one in self.flat if one.name not in read]

    def result(self, document: Mapping[str, Any], text: str) -> Draft:
        """Sum it up."""
        lines = dict(_lines(document["fields"]))
        proposed = [path for path, line in lines.items() if isinstance(line, dict) and line.get("state") == "proposed"]
        return Draft(text, [path for path in lines if path not in proposed], proposed, self.unused(document))


def _leaves(shape: Mapping[str, PathInfo], prefix: str = "") -> Iterator[tuple[str, PathInfo]]:
    for name, info in shape.items():
        if info.type == "object":
            yield from _leaves(info.fields, f"{prefix}{name}.")
        elif info.type not in _KINDS:
            yield prefix + name, info


def _flat(fields: Sequence[FieldSchema], prefix: str = "") -> Iterator[FieldSchema]:
    for one in fields:
        if one.fields and family(one.type) != "list":
            yield from _flat(one.fields, f"{prefix}{one.name}.")
        elif family(one.type) != "object" and not (one.type == "reference" and not one.length):
            yield FieldSchema(prefix + one.name, one.type, one.required, one.writable, one.length, one.decimals, one.values)


def _lists(fields: Sequence[FieldSchema], prefix: str = "") -> Iterator[tuple[str, Sequence[FieldSchema]]]:
    for one in fields:
        if family(one.type) == "list" and one.fields:
            inner = [below for below in one.fields if family(below.type) == "list" and below.fields]
            yield from (
                _lists(inner, f"{prefix}{one.name}.") if len(inner) == len(one.fields) else [(prefix + one.name, one.fields)]
            )


def _meanings(path: str) -> list[str]:
    return [SAP[path]] if path in SAP else []


def _telling_apart(fields: Sequence[FieldSchema], lists: Sequence[Sequence[Raw]]) -> Any:
    """Find the fewest first fields by which the rows of every record differ."""
    names = [one.name for one in fields if family(one.type) == "text"][:_MOST_KEYS]
    for size in range(1, len(names) + 1):
        if all(len({tuple(str(row.get(name)) for name in names[:size]) for row in rows}) == len(rows) for rows in lists):
            return names[0] if size == 1 else names[:size]
    return names[0] if names else ""


def _names(text: str) -> Any:
    return text.split(",") if "," in text else text


def _dig(raw: Any, path: str) -> Any:
    for part in path.split("."):
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def _remark(guess: Guess, others: Sequence[Guess]) -> str:
    more = ", ".join(f"{one.field.name} {one.score:.2f}" for one in others)
    return f"{guess.score:.2f}{f'; or {more}' if more else ''}"


def _tables(folders: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    """Read the tables of codes that are there already."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            try:
                plain = load_yaml(path).plain()
            except Misconfigured:
                continue  # told by `ltc mapping check`
            found[path.stem] = plain.get("codes", plain)
    return found


def _sources(fields: Mapping[str, Any]) -> Iterator[str]:
    for line in fields.values():
        if isinstance(line, str):
            yield line
        elif "fields" in line:
            yield from (f"{line['each']}.{name}" for name in _sources(line["fields"]))
        else:
            yield from (str(line[key]) for key in ("from", "currency") if isinstance(line.get(key), str))


def _lines(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for path, line in fields.items():
        if isinstance(line, dict) and "fields" in line:
            yield from _lines(line["fields"], f"{prefix}{path}[].")
        else:
            yield prefix + path, line


def _drop(fields: dict[str, Any], paths: Sequence[str]) -> bool:
    """Take lines out that do not load; tell whether any was."""
    dropped = False
    for path in paths:
        home, name = fields, path
        if "[]." in path:
            head, _, name = path.partition("[].")
            home = fields.get(head, {}).get("fields", {})
        dropped |= home.pop(name, None) is not None or fields.pop(path.partition("[")[0], None) is not None
    return dropped


def _wrapped(names: Sequence[str]) -> Iterator[str]:
    line = "#  "
    for name in names:
        if len(line) + len(name) > 118:
            yield line
            line = "#  "
        line += f" {name}"
    yield line


def _node(value: Any) -> Node:
    if isinstance(value, Mapping):
        return Node("mapping", {key: _node(one) for key, one in value.items()})
    if isinstance(value, list):
        return Node("sequence", [_node(one) for one in value])
    return Node("scalar", value)
