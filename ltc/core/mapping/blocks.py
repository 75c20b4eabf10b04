"""From YAML to rules: every canonical path of `fields` becomes a leaf, a list, a picked row or an embedded object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from ltc.core.mapping.draft import Draft, flat
from ltc.core.mapping.line import build
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.fixed import Branch, Case
from ltc.core.mapping.operations.names import RowKey
from ltc.core.mapping.operations.text import Text
from ltc.core.mapping.rules import Block, Direction, Embed, Leaf, Line, Pick, RawPath, Rows, Source, State, Target, Where, inherit
from ltc.core.mapping.spec import Desk, Place, Spec
from ltc.core.mapping.vocabulary import ALL_OPTIONS
from ltc.core.mapping.ways import Built
from ltc.core.models import PathInfo
from ltc.core.yamlfile import Node, did_you_mean

STATES: Final = ("active", "proposed", "deprecated")
_COMMON: Final = ("one_way", "state", "note", "default")
_LEAF_KEYS: Final = frozenset({"from", "amount", "const", "compute", "split", "join", "first", "case", "each"})


@dataclass(slots=True)
class Builder:
    """Builds the rules of one mapping; faults go to the desk."""

    desk: Desk
    root: Place
    all_paths: Mapping[str, PathInfo]

    def fields(self, node: Node, shape: Mapping[str, PathInfo], place: Place, draft: Draft) -> None:
        """Read a group of fields into a draft."""
        if node.kind != "mapping":
            self.desk.fault(node, "bad_fields", "`fields` must be a group of `path: field` lines.", "Write `name: Name`.")
            return
        for key, child in node.items():
            if child.kind == "scalar" and child.value is None:
                continue  # an overlay took this line away
            if key == "case" and "case" not in shape:
                self._cases(child, shape, place, draft)
            else:
                self._path(key, child, node, shape, place, draft)

    def _path(self, key: str, child: Node, home: Node, shape: Mapping[str, PathInfo], place: Place, draft: Draft) -> None:
        """Read one path, which may have dots."""
        name, _, rest = key.partition(".")
        path = draft.prefix + key
        info = shape.get(name)
        if info is not None and info.type == "any" and rest:
            self._one(child, home, key, replace(info, description=""), place, draft.at(name), rest)
        elif info is not None and info.type == "any" and child.kind == "mapping" and not _LEAF_KEYS & child.value.keys():
            for inner, spec in child.items():
                self._one(spec, child, inner, info, place, draft.at(name), inner)
        elif info is not None and info.type == "any":
            remedy = f"Write `{name}.region: {child.text or 'Field'}`."
            self.desk.fault(child, "type_clash", f"{path} is a group of fields.", remedy, path=path)
        elif info is not None and rest and info.type == "object":
            inner_draft = replace(draft, prefix=f"{draft.prefix}{name}.", target=(*draft.target, name))
            self._path_below(rest, key, child, home, info.fields, place, inner_draft)
        elif info is None or rest:
            self._unknown(home, key, path, shape, draft, info)
        else:
            self._one(child, home, key, info, place, draft, name)

    def _path_below(
        self, rest: str, key: str, child: Node, home: Node, shape: Mapping[str, PathInfo], place: Place, draft: Draft
    ) -> None:
        if rest in shape:
            self._one(child, home, key, shape[rest], place, draft, rest)
        else:
            self._unknown(home, key, draft.prefix + rest, shape, draft, None)

    def _unknown(
        self, home: Node, key: str, path: str, shape: Mapping[str, PathInfo], draft: Draft, info: PathInfo | None
    ) -> None:
        """Note a path that there is not; the one that was meant is not missed as well."""
        near = [draft.prefix + one for one in shape]
        own = "custom" in path.split(".")[:-1]
        meant = did_you_mean(path, near)
        if own and not did_you_mean(path.rpartition(".")[2], shape):
            meant = ""  # only the word `custom` is alike
        draft.meant.update(one for one in near if repr(one) in meant)
        if info is not None and info.type == "list":
            remedy = f"Write `{key.partition('.')[0]}: {{each: Rows, key: Id, fields: {{…}}}}`."
        elif own:
            remedy = meant or "Declare it below its entity in config/custom_fields.yaml, such as `region: text`."
        else:
            remedy = meant or did_you_mean(path, self.all_paths) or f"Known here: {', '.join(near)}."
        self.desk.fault(home, "unknown_path", f"{path!r} is not a canonical path.", remedy, key=key, path=path)

    def _one(self, node: Node, home: Node, key: str, info: PathInfo, place: Place, draft: Draft, name: str) -> None:
        """Read what gives one path of known kind."""
        path = draft.prefix + name
        where = home.key_place(key)
        if path in draft.taken:
            message = f"{path} is already mapped in line {draft.taken[path]}."
            self.desk.fault(home, "duplicate_target", message, "Keep one of them; see `first` and `case`.", key=key, path=path)
            return
        draft.taken[path] = where.line
        here = (*draft.target, name)
        if info.type == "list":
            self._list(node, info, place, draft, path, here)
        elif info.type == "object":
            self._object(node, info, place, draft, path, here)
        elif node.kind == "mapping" and node.get("each") is not None:
            self._picked_leaf(node, info, place, draft, path, here)
        else:
            leaf = self.leaf(node, info, place, path, here)
            if leaf is not None:
                draft.leaves.append(leaf)

    def _object(self, node: Node, info: PathInfo, place: Place, draft: Draft, path: str, here: Target) -> None:
        """Read an object: its paths nested, or embedded under a raw object, or in one row of a list."""
        inner = replace(draft, prefix=path + ".", target=here)
        if node.kind != "mapping":
            self.desk.fault(node, "type_clash", f"{path} is a group of fields.", "Map the paths below it.", path=path)
        elif node.get("embed") is not None:
            spec = Spec(self.desk, node, path, info, place, self.root)
            source = spec.source(cast("Node", spec.at("embed")))
            below = place.below(tuple(str(node.value["embed"].text).split(".")), row=False)
            keys = self._keys(spec, below)
            fields = spec.at("fields")
            spec.notes()
            spec.unknown_keys(("embed", "key", "fields", "note"), ())
            draft.embeds.append(Embed(source.path, tuple((*source.path, *key) for key in keys)))
            self._inner(fields, node, info, below, inner, path)
        elif node.get("each") is not None:
            self._pick(node, info, place, inner, path)
        else:
            self.fields(node, info.fields, place, inner)

    def _inner(self, fields: Node | None, node: Node, info: PathInfo, place: Place, draft: Draft, path: str) -> None:
        if fields is None:
            self.desk.fault(node, "missing_key", f"{path} needs `fields`.", "Add `fields:`.", path=path)
        else:
            self.fields(fields, info.fields, place, draft)

    def _keys(self, spec: Spec, below: Place) -> tuple[RawPath, ...]:
        """Read the raw fields that tell rows or objects apart."""
        node = spec.at("key")
        if node is None:
            return ()
        inner = replace(spec, place=Place(below.fields, (), row=True))
        return tuple(source.path for source in inner.several(node))

    def _selection(self, node: Node, info: PathInfo, place: Place, path: str) -> tuple[Spec, RawPath, Place, tuple[Any, ...]]:
        """Read what lists and picked rows have in common: each, where, key and id."""
        spec = Spec(self.desk, node, path, info, place, self.root)
        each = cast("Node", spec.at("each"))
        source = spec.source(each)
        rows = place.below(tuple(each.text.split(".")), row=True)
        keys = self._keys(spec, rows)
        inner = replace(spec, place=rows)
        id_node = spec.at("id")
        row_id = inner.source(id_node).path if id_node is not None else None
        return spec, source.path, rows, (inner.conditions(spec.at("where")), keys, row_id)

    def _list(self, node: Node, info: PathInfo, place: Place, draft: Draft, path: str, here: Target) -> None:
        if node.kind != "mapping" or node.get("each") is None:
            self.desk.fault(node, "type_clash", f"{path} is a list.", "Write `{each: Rows, key: Id, fields: {…}}`.", path=path)
            return
        spec, raw, rows, (where, keys, row_id) = self._selection(node, info, place, path)
        fields = spec.at("fields")
        direction, state = self._way(spec, one_way=False)
        spec.notes()
        spec.unknown_keys(("each", "where", "key", "id", "fields", "one_way", "state", "note"), ())
        inner = Draft(prefix=f"{path}[].")
        self._inner(fields, node, info, rows, inner, path)
        key_path = f"{path}[].{info.list_key}"
        key_leaf = next((leaf for leaf in inner.leaves if leaf.line.path == key_path), None)
        if key_leaf is None and fields is not None and not any(key_path == taken for taken in inner.taken):
            key_leaf = self._key_leaf(spec, info, keys, key_path)
            if key_leaf is not None:
                inner.leaves.insert(0, key_leaf)
        if not keys and key_leaf is not None:
            keys = tuple(source.path for source in key_leaf.sources)
        line = self._line(node, path, ".".join(raw), "each", direction, state, info)
        draft.lists.append(Rows(line, here, raw, where, keys, row_id, info.list_key, inherit(inner.block(), direction, state)))
        if fields is not None:
            others = {name: one for name, one in info.fields.items() if name != info.list_key}
            self._required(node, others if key_leaf is None else info.fields, inner, f"{path}[].", direction)

    def _key_leaf(self, spec: Spec, info: PathInfo, keys: tuple[RawPath, ...], path: str) -> Leaf | None:
        """Take the row's canonical key from the raw key when no line gives it."""
        node = spec.node
        if not keys:
            message = f"{path} tells the rows apart and is not mapped."
            self.desk.fault(node, "no_row_key", message, f"Add `key:`, or map {info.list_key} below fields.", path=path)
            return None
        line = self._line(
            node, path, ", ".join(".".join(key) for key in keys), "key", "both", "active", info.fields[info.list_key]
        )
        if len(keys) == 1:
            return Leaf(line, (info.list_key,), (Source(keys[0]),), Text(blank=self.desk.blank), single=True)
        codec = RowKey(len(keys), blank=self.desk.blank)
        return Leaf(line, (info.list_key,), tuple(Source(key) for key in keys), codec, single=False)

    def _picked_leaf(self, node: Node, info: PathInfo, place: Place, draft: Draft, path: str, here: Target) -> None:
        """Read a leaf that comes from one row of a list."""
        spec, raw, rows, (where, keys, row_id) = self._selection(node, info, place, path)
        rest = {key: child for key, child in node.items() if key not in {"each", "where", "key", "id"}}
        leaf = self.leaf(replace(node, value=rest), info, rows, path, here)
        if leaf is None:
            return
        self._where_needed(spec, where)
        draft.picks.append(_pick(leaf.line, raw, where, keys, row_id, Block((leaf,))))

    def _pick(self, node: Node, info: PathInfo, place: Place, draft: Draft, path: str) -> None:
        """Read an object whose fields are in one row of a list."""
        spec, raw, rows, (where, keys, row_id) = self._selection(node, info, place, path)
        fields = spec.at("fields")
        spec.notes()
        spec.unknown_keys(("each", "where", "key", "id", "fields", "note"), ())
        self._where_needed(spec, where)
        inner = replace(draft, leaves=[], lists=[], picks=[], embeds=[])
        self._inner(fields, node, info, rows, inner, path)
        line = self._line(node, path, ".".join(raw), "each", "both", "active", info)
        draft.picks.append(_pick(line, raw, where, keys, row_id, inner.block()))

    def _where_needed(self, spec: Spec, where: tuple[Where, ...]) -> None:
        if not where:
            spec.fault("missing_key", f"{spec.path} is one value, so one row must be chosen.", "Add `where: {ROLE: WE}`.")

    def leaf(self, node: Node, info: PathInfo, place: Place, path: str, here: Target) -> Leaf | None:
        """Read one leaf."""
        if node.kind == "scalar":
            node = Node("mapping", {"from": node}, node.file, node.line, node.column, keys={"from": node.place})
        if node.kind != "mapping":
            self.desk.fault(
                node,
                "bad_line",
                f"{path} is one value.",
                "Write a field's name; for several use first, join or split.",
                path=path,
            )
            return None
        spec = Spec(self.desk, node, path, info, place, self.root)
        state_ok = len(self.desk.faults)
        chosen = node.value.get("case")
        if chosen is not None and chosen.kind == "mapping":
            spec.used.add("case")
            built = self._case(spec, chosen, info, place, path, here)
            spec.used.update(("one_way", "state", "note"))
            spec.unknown_keys(("case", "one_way", "state", "note"), ALL_OPTIONS)
        else:
            spec.used.update(("one_way", "state", "note"))
            built = build(spec, options=_COMMON)
        writable = (
            not built.sources or built.sources[0].writable or (not built.single and any(one.writable for one in built.sources))
        )
        spec.notes()
        direction, state = self._way(spec, one_way=built.one_way or not writable)
        if len(self.desk.faults) > state_ok and built.codec is None and built.operation != "constant":
            return None
        source = ", ".join(map(str, built.sources))
        line = self._line(node, path, source, built.operation, direction, state, info)
        return Leaf(line, here, tuple(built.sources), built.codec, built.single, built.constant)

    def _case(self, spec: Spec, node: Node, info: PathInfo, place: Place, path: str, here: Target) -> Built:
        """Read a case: a field that decides, and a line for each of its values."""
        on = node.get("on")
        if on is None:
            spec.fault("missing_key", "`case` needs the field that decides.", "Add `on: Field`.", node=node)
            return Built("case", None, one_way=True)
        sources = [spec.source(on)]
        branches: dict[str, Branch] = {}
        one_way = True
        for key, child in node.items():
            if key == "on":
                continue
            if child.kind == "scalar" and child.value is None:
                branches[key] = Branch(None, single=True, fields=(), constant=MISSING)
                continue
            leaf = self.leaf(child, info, place, path, here)
            if leaf is None:
                continue
            fields = tuple(range(len(sources), len(sources) + len(leaf.sources)))
            sources += leaf.sources
            branches[key] = Branch(leaf.codec, leaf.single, fields, leaf.constant)
            one_way = one_way and leaf.line.direction == "in"
        if not branches:
            spec.fault("missing_key", "`case` has no branches.", "Add one line per value of the field.", node=node)
        return Built("case", Case(branches, len(sources), self.desk.blank), sources, single=False, one_way=one_way)

    def _cases(self, node: Node, shape: Mapping[str, PathInfo], place: Place, draft: Draft) -> None:
        """Read a case over groups of fields: each path becomes a case of its own."""
        on = node.get("on")
        if on is None:
            self.desk.fault(node, "missing_key", "`case` needs the field that decides.", "Add `on: Field`.")
            return
        branches = [key for key in node.value if key != "on"]
        lines: dict[str, dict[str, Node]] = {}
        places: dict[str, Node] = {}
        for branch in branches:
            if node.value[branch].kind != "mapping":
                self.desk.fault(
                    node.value[branch], "bad_fields", "A branch is a group of `path: field` lines.", "Write `name: Name`."
                )
            for path, (child, home, key) in flat(node.value[branch], shape, self.desk).items():
                lines.setdefault(path, {})[branch] = child
                places.setdefault(path, Node("scalar", None, *_place_of(home, key)))
        for path, by_branch in lines.items():
            at = places[path]
            value = {"on": on, **{key: by_branch.get(key, Node("scalar", None)) for key in branches}}
            case = Node("mapping", value, at.file, at.line, at.column)
            line = Node("mapping", {"case": case}, at.file, at.line, at.column)
            self._path(path, line, Node("mapping", {path: line}, at.file, at.line, at.column), shape, place, draft)

    def _way(self, spec: Spec, *, one_way: bool) -> tuple[Direction, State]:
        """Read direction and state."""
        wanted = spec.choice("one_way", ("in", "out"), "")
        state = spec.choice("state", STATES, "active")
        if wanted == "out" and (one_way or self.desk.read_only):
            why = "This line has no way back" if one_way else "Nothing of this mapping is written"
            spec.fault("one_way", f"{why}, so it cannot be `one_way: out`.", "Remove it.", key="one_way")
        direction = wanted or ("in" if one_way else "both")
        return cast("Direction", direction), cast("State", state)

    def _line(self, node: Node, path: str, source: str, operation: str, direction: str, state: str, info: PathInfo) -> Line:
        return Line(
            path,
            source,
            operation,
            cast("Direction", direction),
            cast("State", state),
            node.file,
            node.line,
            node.column,
            info.personal,
        )

    def _required(self, node: Node, shape: Mapping[str, PathInfo], draft: Draft, prefix: str, direction: str) -> None:
        """Make sure that what the model requires is there when records are read."""
        if direction == "out":
            return
        for name, info in shape.items():
            path = prefix + name
            if not info.required or info.type in {"object", "list"}:
                continue
            leaf = next((one for one in draft.all_leaves() if one.line.path == path), None)
            if leaf is None and path not in draft.taken and path not in draft.meant:
                self.desk.fault(node, "required_path", f"{path} is required and not mapped.", f"Add `{name}: …`.", path=path)
            elif leaf is not None and not leaf.reads:
                proposed = leaf.line.state == "proposed"
                message = f"{path} is required, and this line is {'only proposed' if proposed else 'only written'}."
                remedy = "Make it active." if proposed else "Remove `one_way: out`."
                at = replace(node, line=leaf.line.line, column=leaf.line.column, file=leaf.line.file)
                self.desk.fault(at, "required_path", message, remedy, path=path)

    def required(self, node: Node, shape: Mapping[str, PathInfo], draft: Draft) -> None:
        """Make sure that the record's required paths are mapped."""
        self._required(node, shape, draft, "", "both")


def _place_of(node: Node, key: str) -> tuple[str, int, int]:
    place = node.key_place(key)
    return place.file, place.line, place.column


def _pick(
    line: Line, raw: RawPath, where: tuple[Where, ...], keys: tuple[RawPath, ...], row_id: RawPath | None, block: Block
) -> Pick:
    """Make a picked row; where no row is chosen, all its fields are empty."""
    empty = {source.path[0]: None for leaf in block.leaves for source in leaf.sources if not source.root}
    return Pick(line, raw, where, keys, row_id, block, empty)
