"""Reading: the parts of a flow file to rules, with a fault for every path that leads nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from ltc.app.engine.flow.expressions import TRUTH, alone, faults_of, joint
from ltc.app.engine.flow.fitting import misfits
from ltc.app.engine.flow.form import Const, EachRow, FirstOf, FixedRows, Formula, ListRule, OfRow, Rule, Slot, Take
from ltc.app.engine.flow.roll_ups import RollUp
from ltc.app.engine.flow.ways import CUSTOM, NoWay, Way, resolve
from ltc.app.engine.flow.written import ComputedValue, ConstantValue, FirstList, RolledUp
from ltc.app.engine.flow.written import EachRow as WrittenEach
from ltc.app.engine.flow.written import FixedRows as WrittenRows
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping.declared import HUB
from ltc.core.models import PathInfo, entities, paths
from ltc.core.yamlfile import MAX_FAULTS, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ltc.app.engine.flow.written import FlowFile, Value
    from ltc.core.yamlfile import Node

ROLL_UP = re.compile(r"^(sum|latest)\((\w+)\.([\w.]+)(?: *\* *(\w+))?\)$")

ANY = "any"
"""Says that a flow sees every relative of an entity."""


class Reader:
    """Reads one flow file part by part and gathers its faults; ``rows_of`` are the values that each list's rows have."""

    def __init__(self, node: Node, written: FlowFile) -> None:
        """Take the file, as nodes with their places and as a person wrote it."""
        self._node = node
        self._written = written
        self.faults: list[Fault] = []
        self.rows_of: dict[str, dict[str, None]] = {}

    def fault(self, code: str, message: str, remedy: str, node: Node, key: str = "", *, value: str | None = None) -> None:
        """Note a fault at a node, at one of its keys, or at the very value below that key which is wrong."""
        child = node.value.get(key) if node.kind == "mapping" and value is not None else None
        at = child.holding(value) if child is not None and value is not None else None
        self.faults.append(at.fault(code, message, remedy) if at is not None else node.fault(code, message, remedy, key=key))
        if len(self.faults) >= MAX_FAULTS:
            raise Misconfigured(faults=self.faults)

    def relatives(self) -> dict[str, Callable[[Mapping[str, Any]], bool] | None]:
        """Read which further entities the flow sees, and what a relative has to fulfil."""
        place = self._node.get("with") or self._node
        out: dict[str, Callable[[Mapping[str, Any]], bool] | None] = {}
        for entity, text in self._written.relatives.items():
            if entity not in entities() or entity == self._written.source:
                self.fault("flow.entity", f"{entity!r} is no other entity.", _near(entity, entities()), place, entity)
            elif text == ANY:
                out[entity] = None
            elif text.isidentifier() and text not in {entity, "true", "false"}:
                message = f"{text!r} does not say which {entity} the flow sees."
                remedy = did_you_mean(text, (ANY,)) or f"Write `{ANY}`, or a condition such as \"{entity}.status == 'active'\"."
                self.fault("flow.condition", message, remedy, place, entity, value=text)
            else:
                out[entity] = self._condition(text, entity, place, entity)
        return out

    def _condition(self, text: str, entity: str, place: Node, key: str) -> Callable[[Mapping[str, Any]], bool] | None:
        found = alone(text, entity)
        if isinstance(found, tuple):
            self.faults += faults_of(found, place, key, text)
            return None
        if found.returns not in TRUTH:
            message = "The condition is neither true nor false."
            self.fault("flow.condition", message, "Compare something.", place, key, value=text)
            return None
        return found.holds

    def formula(self, text: str, key: str, place: Node | None = None) -> Formula | None:
        """Read an expression over the source, its relatives and the hub."""
        if not text:
            return None
        at = place or self._node
        found = joint(text, self._written.source, self._written.relatives)
        if isinstance(found, tuple):
            self.faults += faults_of(found, at, key, text)
            return None
        if place is None and found.returns not in TRUTH:
            self.fault("flow.condition", f"{key!r} is neither true nor false.", "Compare something.", at, key, value=text)
        ways: list[Way | None] = []
        for variable, *path in found.fields:
            if variable == HUB:
                ways.append(None)
            else:
                ways.append(self._way(".".join((variable, *path)), at, key))
        return Formula(found, tuple(ways))

    def _way(self, text: str, place: Node, key: str) -> Way:
        found = resolve(text, self._written.source, self._written.relatives)
        if isinstance(found, NoWay):
            remedy = found.remedy or f"Name a path of {self._written.source}, or of a relative that stands below `with`."
            self.fault("flow.path", found.message, remedy, place, key, value=text)
            return Way((), text)
        return found

    def slot(self) -> Slot | None:
        """Read what tells the documents of one source apart."""
        text = self._written.slot
        if not text:
            return None
        whole, inside, row_path = text.partition("[].")
        way = self._way(whole, self._node, "slot")
        if inside and way.info is not None and row_path not in way.info.fields:
            remedy = did_you_mean(row_path, way.info.fields)
            message = f"Rows of {whole} have no {row_path!r}."
            self.fault("flow.path", message, remedy, self._node, "slot", value=text)
        return Slot(way, row_path)

    def fields(self) -> dict[str, Rule]:
        """Read the rules of single values."""
        place = self._node.get("fields") or self._node
        target = paths(self._written.target)
        out: dict[str, Rule] = {}
        for name, value in self._written.fields.items():
            info = PathInfo("any") if name.startswith(f"{CUSTOM}.") else target.get(name)
            if info is None:
                self.fault("flow.path", f"{self._written.target} has no {name!r}.", _near(name, target), place, name)
            elif not isinstance(value, WrittenEach | WrittenRows | FirstList):
                if info.list_key:
                    remedy = "Say `{each: LIST, fields: {…}}` or `{rows: […]}`."
                    self.fault("flow.list", f"{name!r} is a list.", remedy, place, name)
                else:
                    out[name] = self._fitting(self._rule(value, place, name), info, None, place, name)
        return out

    def _fitting(self, rule: Rule, info: PathInfo | None, row: PathInfo | None, place: Node, key: str) -> Rule:
        """Tell what a derived value cannot hold; a path that leads nowhere was told already."""
        fixed = str(rule.value) if isinstance(rule, Const) else None
        for message, remedy in misfits(rule, info, row, self._written.source) if info is not None else ():
            self.fault("flow.type", message, remedy or "Choose another value.", place, key, value=fixed)
        return rule

    def _rule(self, value: Value, place: Node, key: str, row: PathInfo | None = None) -> Rule:
        """Read one value; inside of rows a path is first one of the row."""
        if isinstance(value, list):
            return FirstOf(tuple(self._rule(one, place, key, row) for one in value))
        if isinstance(value, ConstantValue):
            return Const(value.const)
        if isinstance(value, ComputedValue):
            formula = self.formula(value.compute, key, place)
            return formula if formula is not None else Const(None)
        if row is not None and value.partition(".")[0] in row.fields:
            return OfRow(value)
        if row is not None and "." not in value:
            self.fault("flow.path", f"Its rows have no {value!r}.", _near(value, row.fields), place, key, value=value)
            return Const(None)
        return Take(self._way(value, place, key))

    def lists(self) -> dict[str, ListRule]:
        """Read the rules of lists."""
        place = self._node.get("fields") or self._node
        target = paths(self._written.target)
        out: dict[str, ListRule] = {}
        for name, value in self._written.fields.items():
            if name not in target or not isinstance(value, WrittenEach | WrittenRows | FirstList):
                continue
            if not target[name].list_key:
                self.fault("flow.list", f"{name!r} is not a list.", "Write the path of one value.", place, name)
                continue
            node = place.get(name) or place
            several = node.get("first_of") if isinstance(value, FirstList) else None
            choices = value.first_of if isinstance(value, FirstList) else [value]
            nodes = several.value if several is not None else [node]
            self.rows_of[name] = {}
            out[name] = tuple(self._list(name, one, target[name], at) for one, at in zip(choices, nodes, strict=True))
        return out

    def _list(self, name: str, value: WrittenEach | WrittenRows, info: PathInfo, place: Node) -> EachRow | FixedRows:
        if isinstance(value, WrittenRows):
            nodes = (place.get("rows") or place).value
            rows = tuple(self._row(name, row, info, at, None) for row, at in zip(value.rows, nodes, strict=True))
            return FixedRows(rows, tuple(_lines(at) for at in nodes))
        way = self._way(value.each, place, "each")
        if way.info is None or not way.info.list_key:
            if way.info is not None:
                message = f"{value.each!r} is not a list."
                self.fault("flow.list", message, "Name a list, such as `quote.lines`.", place, "each", value=value.each)
            return EachRow(way, value.source_key, value.step, {})
        key = value.source_key or way.info.list_key
        if key not in way.info.fields:
            message = f"Its rows have no {key!r}."
            self.fault("flow.path", message, _near(key, way.info.fields), place, "source_key", value=key)
        inner = place.get("fields") or place
        return EachRow(way, key, value.step, self._row(name, value.fields, info, inner, way.info), _lines(inner))

    def _row(
        self, name: str, fields: Mapping[str, Value], info: PathInfo, place: Node, row: PathInfo | None
    ) -> dict[str, Rule]:  # fmt: skip
        out: dict[str, Rule] = {}
        if row is None and info.list_key not in fields:
            remedy = f"Add `{info.list_key}: …`."
            self.fault("flow.row", f"A row of {name} needs its {info.list_key!r}.", remedy, place)
        for field, value in fields.items():
            if field.partition(".")[0] not in info.fields:
                remedy = _near(field, info.fields)
                self.fault("flow.path", f"Rows of {name} have no {field!r}.", remedy, place, field)
                continue
            self.rows_of[name][field] = None
            out[field] = self._fitting(self._rule(value, place, field, row), info.fields.get(field), row, place, field)
        return out

    def roll_ups(self) -> list[RollUp]:
        """Read what goes back to the source."""
        place = self._node.get("roll_up") or self._node
        out = []
        for leaf, value in self._written.roll_up.items():
            said = RolledUp(of=value) if isinstance(value, str) else value
            match = ROLL_UP.match(said.of)
            before = len(self.faults)
            self._check_roll_up(leaf, said, match, place)
            if match is None or len(self.faults) > before:
                continue
            where = self._condition(said.where, self._written.target, place, leaf) if said.where else None
            function: Literal["sum", "latest"] = "sum" if match.group(1) == "sum" else "latest"
            times = match.group(4) or ""
            out.append(RollUp(leaf.partition(".")[2], function, match.group(3), times, said.codes, where))
        return out

    def _check_roll_up(self, leaf: str, said: RolledUp, match: re.Match[str] | None, place: Node) -> None:
        source, name = paths(self._written.source), self._written.target
        known = {path.replace("[]", ""): info for path, info in paths(name).items()}
        entity, _, path = leaf.partition(".")
        if entity != self._written.source or path not in source:
            text = f"{leaf!r} is not a value of {self._written.source}."
            meant = f"Write `{self._written.source}.{leaf}`." if leaf in source else _near(path or leaf, source)
            self.fault("flow.roll_up", text, meant, place, leaf)
        elif match is None or match.group(2) != name:
            remedy = f"Write latest({name}.path), sum({name}.path) or sum({name}.lines.quantity * unit_price)."
            self.fault("flow.roll_up", f"{said.of!r} is not a roll-up of {name}.", remedy, place, leaf, value=said.of)
        elif match.group(3) not in known:
            text = f"{name} has no {match.group(3)!r}."
            self.fault("flow.path", text, _near(match.group(3), known), place, leaf, value=said.of)
        elif match.group(1) == "sum" and not _is_sum_of_money(match, source[path], known):
            remedy = "Sum an amount, or a quantity times the unit price of the same row, into an amount."
            self.fault("flow.roll_up", f"{said.of!r} is not a sum of money.", remedy, place, leaf, value=said.of)
        elif match.group(1) == "latest" and (match.group(4) or match.group(3) not in paths(name)):
            message = f"{said.of!r} is not one value of a document."
            self.fault("flow.roll_up", message, "Name one path.", place, leaf, value=said.of)
        else:
            self._check_codes(leaf, said, source[path], known[match.group(3)], place)

    def _check_codes(self, leaf: str, said: RolledUp, into: PathInfo, of: PathInfo, place: Node) -> None:
        """Insist that codes translate what there is into what may be."""
        rolled = place.get(leaf)
        table = (rolled.get("codes") if rolled is not None else None) or place
        for old, new in (said.codes or {}).items():
            if of.values and old not in of.values:
                self.fault("flow.code", f"{old!r} is no value of {said.of}.", _near(old, of.values), table, old)
            if new is not None and into.values and new not in into.values:
                self.fault("flow.code", f"{new!r} is no value of {leaf}.", _near(new, into.values), place, leaf, value=new)


def _near(word: str, choices: Iterable[str]) -> str:
    """Suggest the nearest choice, or list them all."""
    known = list(choices)
    return did_you_mean(word, known) or f"There are: {', '.join(known)}."


def _lines(node: Node) -> dict[str, int]:
    return {key: place.line for key, place in node.keys.items()}


def _is_sum_of_money(match: re.Match[str], into: PathInfo, known: Mapping[str, PathInfo]) -> bool:
    """Tell whether a sum takes money, or a quantity and its price, and leads to money."""
    path, times = match.group(3, 4)
    if into.type != "money":
        return False
    if not times:
        return known[path].type == "money"
    price = known.get(f"{path.rpartition('.')[0]}.{times}")
    return known[path].type == "quantity" and price is not None and price.type == "unit_price"
