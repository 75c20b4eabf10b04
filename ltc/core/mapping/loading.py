"""Loading a mapping: files are read and overlaid, every fault is found, and the rules are compiled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Table
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from ltc.core.contract.records import ObjectSchema
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping.blocks import Builder
from ltc.core.mapping.cel import Expression
from ltc.core.mapping.differing import comparer
from ltc.core.mapping.draft import Draft
from ltc.core.mapping.examples import read_examples
from ltc.core.mapping.generator import generate
from ltc.core.mapping.mapping import Mapping
from ltc.core.mapping.overlap import overlaps
from ltc.core.mapping.proof import proven
from ltc.core.mapping.rules import Block, Line, Pick, RawPath, RefLine, Rows, inherit
from ltc.core.mapping.spec import Desk, Place, Spec
from ltc.core.mapping.straight import generate_straight
from ltc.core.mapping.ways import expression_at
from ltc.core.mapping.writer import generate_writer
from ltc.core.models import PathInfo, Schema, entities, paths, shape_of, with_custom
from ltc.core.yamlfile import Node, did_you_mean, overlay
from ltc.core.yamlfile import load as load_yaml

ENGINE: Final = "1"
"""Part of every fingerprint: raised when the same YAML begins to mean something else."""

HEADER: Final = (
    "system", "object", "entity", "key", "version", "hub_key", "when", "create", "empty", "one_way", "fields", "examples",
    "title", "note",
)  # fmt: skip
REQUIRED: Final = ("system", "object", "entity", "key", "fields")


def load(
    sources: Sequence[Path], *, schema: ObjectSchema | None = None, codes_dirs: Sequence[Path] = (),
    declared: Table[str, Schema] | None = None, currency: str = "",
) -> Mapping:  # fmt: skip
    """Load a mapping; later sources overlay earlier ones key by key. Raise Misconfigured with every fault of every file.

    ``declared`` are the entities with the hub's own fields: then there are no others below ``custom``. Without it, any may be.
    ``currency`` is the organisation's own, which lines call `org`.
    """
    folders = code_folders(sources, codes_dirs)
    return build(effective(sources), schema=schema, codes_dirs=folders, declared=declared, currency=currency)


def effective(sources: Sequence[Path]) -> Node:
    """Read the files of a mapping, later ones over earlier ones; raise Misconfigured with every fault of every file."""
    if not sources:
        message = "A mapping needs at least one file."
        raise Misconfigured(message, code="mapping.no_file")
    nodes: list[Node] = []
    faults: list[Fault] = []
    for path in sources:
        try:
            nodes.append(load_yaml(path))
        except Misconfigured as fault:
            faults.extend(fault.faults)
    if faults:
        raise Misconfigured(faults=faults)
    return overlay(nodes)


def code_folders(sources: Sequence[Path], codes_dirs: Sequence[Path] = ()) -> list[Path]:
    """Give the folders in which tables of codes are looked for: beside the files, and those that are named."""
    beside = dict.fromkeys(folder for path in sources for folder in (path.parent.parent / "codes", path.parent / "codes"))
    return [*beside, *codes_dirs]


def build(
    node: Node, *, schema: ObjectSchema | None = None, codes_dirs: Sequence[Path] = (),
    declared: Table[str, Schema] | None = None, currency: str = "",
) -> Mapping:  # fmt: skip
    """Build a mapping from its effective YAML."""
    shelf = _Shelf(codes_dirs)
    empty = node.value.get("empty") if node.kind == "mapping" else None
    blank = "" if empty is not None and empty.value == "" else None
    way = node.get("one_way") if node.kind == "mapping" else None
    is_read_only = way is not None and way.text == "in"
    desk = Desk(shelf.table, shelf.names(), schema, blank, read_only=is_read_only, currency=currency)
    if node.kind != "mapping" or not node.value:
        empty_file = node.kind == "mapping" or node.value is None
        message = "The file is empty." if empty_file else "A mapping is a group of keys and values."
        desk.fault(node, "bad_file", message, "Begin with `system:`.")
        raise Misconfigured(faults=desk.faults)
    _header(node, desk)
    entity = node.get("entity")
    if entity is not None and entity.text not in entities():  # also what is no text
        desk.fault(
            entity,
            "unknown_entity",
            f"There is no entity {entity.text!r}." if entity.kind == "scalar" else "`entity` must be one word.",
            did_you_mean(entity.text, entities()) or _known(entities()),
        )
        entity = None
    if empty is not None and empty.value not in ("", None):
        desk.fault(empty, "bad_option", "`empty` can only be the empty text.", 'Write `empty: ""`, or leave it out.')
    fields = node.get("fields")
    if entity is None or fields is None:
        raise Misconfigured(faults=desk.faults)
    known = None if declared is None else declared.get(entity.text) or with_custom(entity.text, {})
    shape, all_paths = (shape_of(entity.text), paths(entity.text)) if known is None else (known.shape, known.paths)
    root = Place(schema.fields if schema is not None and schema.fields else None)
    builder = Builder(desk, root, all_paths)
    draft = Draft()
    builder.fields(fields, shape, root, draft)
    if fields.kind == "mapping":
        builder.required(fields, shape, draft)
    spec = Spec(desk, node, "", PathInfo("any"), root, root)
    block = inherit(draft.block(), "in" if spec.choice("one_way", ("in",), "") == "in" else "both", "active")
    names = {name: _raw_names(spec, name) for name in ("key", "version", "hub_key")}
    guard_node = node.get("when")
    guard = _guard(spec, guard_node) if guard_node is not None else None
    create = _create(spec, node)
    examples = read_examples(desk, node, shape)
    desk.faults.extend(shelf.faults)
    desk.faults.extend(overlaps(block))
    if desk.faults:
        raise Misconfigured(faults=sorted(desk.faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    is_proven = proven(block, all_paths)
    title = f"{node.value['system'].text}.{node.value['object'].text}"
    generated = generate(block, title)
    lines = tuple(_lines(block))
    infos = {line.path: _info(line.path, all_paths) for line in lines}
    plain = {key: value for key, value in node.plain().items() if key not in {"examples", "title", "note"}}
    own = {path: info.type for path, info in infos.items() if known is not None and "custom." in path}
    outside = {**({"declared": own} if own else {}), **({"org": currency} if desk.asked_for_currency else {})}
    return Mapping(
        system=node.value["system"].text,
        object=node.value["object"].text,
        entity=entity.text,
        declared=known,
        key=names["key"],
        version=names["version"],
        hub_key=names["hub_key"],
        file=node.file,
        fingerprint=_fingerprint({**plain, **outside}, shelf.used()),
        source_fields=tuple(dict.fromkeys(_source_fields(block, names, guard))),
        refs=tuple(
            RefLine(line.path, infos[line.path].ref, line.path not in _optional(fields)) for line in lines if infos[line.path].ref
        ),
        lines=lines,
        proven=is_proven,
        code=generated.text,
        block=block,
        examples=examples,
        node=node,
        _generated=generated,
        _straight=generate_straight(block, entity.text, shape, title) if is_proven else None,
        _writer=cache(partial(generate_writer, block, title)),
        _comparer=cache(partial(comparer, block)),
        _guard=guard,
        _guard_line=_guard_line(guard_node),
        _create=create,
    )


class _Shelf:
    """The tables of codes that files hold, read when a line asks for them."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._tables: dict[str, Node | None] = {}
        self.faults: list[Fault] = []

    def names(self) -> list[str]:
        """Name the tables that there are."""
        return sorted({path.stem for folder in self._folders if folder.is_dir() for path in folder.glob("*.yaml")})

    def table(self, name: str) -> Node | None:
        """Read a table, later folders over earlier ones."""
        if name not in self._tables:
            found: list[Node] = []
            for folder in self._folders:
                path = folder / f"{name}.yaml"
                if "/" not in name and path.is_file():
                    try:
                        found.append(load_yaml(path))
                    except Misconfigured as fault:
                        self.faults.extend(fault.faults)
            self._tables[name] = overlay(found) if found else None
        return self._tables[name]

    def used(self) -> Table[str, Any]:
        """Give the tables that were used, for the fingerprint."""
        return {name: table.plain() for name, table in sorted(self._tables.items()) if table is not None}


def _known(names: Sequence[str]) -> str:
    return f"Use one of: {', '.join(names)}."


def _header(node: Node, desk: Desk) -> None:
    for key in node.value:
        if key not in HEADER:
            desk.fault(node, "unknown_key", f"{key!r} is not a known key.", did_you_mean(key, HEADER) or _known(HEADER), key=key)
    for key in REQUIRED:
        if node.get(key) is None:
            desk.fault(node, "missing_key", f"{key!r} is missing.", f"Add `{key}: …`.", key=key)
    for key in ("system", "object", "title", "note"):
        child = node.get(key)
        if child is not None and child.kind != "scalar":
            desk.fault(child, "not_a_text", f"`{key}` must be a text.", "Write one word or a quoted text.")


def _raw_names(spec: Spec, name: str) -> str:
    node = spec.at(name)
    if node is None:
        return ""
    return ",".join(map(str, spec.several(node)))


def _guard(spec: Spec, node: Node) -> Expression | None:
    expression = expression_at(spec, node)
    if expression is None:
        return None
    if expression.returns not in {"BOOL", "DYN"}:
        spec.fault("bad_cel", f"The guard gives a {expression.returns}, not true or false.", "Compare something.", node=node)
    return expression


def _guard_line(node: Node | None) -> Line | None:
    if node is None:
        return None
    return Line("", "when", "when", "in", "active", node.file, node.line, node.column, personal=False)


def _create(spec: Spec, node: Node) -> dict[RawPath, Any]:
    """Read the raw constants that only a new record gets."""
    constants = node.get("create")
    if constants is None:
        return {}
    if constants.kind != "mapping":
        message = "`create` must be a group of fields and constants."
        spec.fault("bad_option", message, "Write `create: {Status: Draft}`.", node=constants)
        return {}
    found: dict[RawPath, Any] = {}
    for key, child in constants.items():
        place = constants.key_place(key)
        source = spec.source(Node("scalar", key, place.file, place.line, place.column, key))
        if child.kind != "scalar":
            spec.fault("bad_option", "This must be a plain value.", "Write one word or number.", node=child)
        found[source.path] = child.value
    return found


def _info(path: str, all_paths: Table[str, PathInfo]) -> PathInfo:
    return all_paths.get(path, PathInfo("any"))


def _lines(block: Block) -> Iterator[Line]:
    for leaf in block.leaves:
        yield leaf.line
    for pick in block.picks:
        yield from _lines(pick.block)
    for rows in block.lists:
        yield rows.line
        yield from _lines(rows.block)


def _optional(fields: Node, prefix: str = "") -> frozenset[str]:
    """Name the references that may be written in a second pass."""
    found: set[str] = set()
    for key, child in fields.items():
        flag = child.get("optional")
        if flag is not None and flag.value is True:
            found.add(prefix + key)
        inner = child.get("fields")
        if inner is not None:
            found |= _optional(inner, f"{prefix}{key}[]." if child.get("each") is not None else f"{prefix}{key}.")
    return frozenset(found)


def _source_fields(block: Block, names: Table[str, str], guard: Expression | None) -> Iterator[str]:
    for name in ("key", "version", "hub_key"):
        yield from (path for path in names[name].split(",") if path)
    if guard is not None:
        yield from (".".join(path) for path in guard.fields)
    yield from _fields_of(block, "")


def _fields_of(block: Block, prefix: str) -> Iterator[str]:
    for leaf in block.leaves:
        for source in leaf.sources:
            yield ".".join(source.path) if source.root else prefix + ".".join(source.path)
    for embed in block.embeds:
        yield from (prefix + ".".join(key) for key in embed.keys)
    tables: list[Rows | Pick] = [*block.picks, *block.lists]
    for rows in tables:
        inner = f"{prefix}{'.'.join(rows.path)}."
        yield from (inner + ".".join(path) for path in _row_names(rows))
        yield from _fields_of(rows.block, inner)


def _row_names(rows: Rows | Pick) -> Iterator[RawPath]:
    if rows.id is not None:
        yield rows.id
    yield from rows.key
    yield from (one.path for one in rows.where)


def _fingerprint(plain: Any, codes: Table[str, Any]) -> str:
    text = json.dumps([ENGINE, plain, codes], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
