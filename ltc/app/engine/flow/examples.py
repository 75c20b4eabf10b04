"""Examples: what a flow file says that it derives, held against what it does derive; no store is needed for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ltc.app.engine.flow.compute import compute, slots
from ltc.app.engine.flow.dates import is_young
from ltc.app.engine.flow.roll_ups import aggregate
from ltc.app.engine.flow.ways import HUB_ID, Sight, View
from ltc.app.engine.state import GoldenState
from ltc.core.errors import Fault, Untranslatable
from ltc.core.mapping.leaf_place import place_of
from ltc.core.mapping.operations.codec import BadValue
from ltc.core.models import entities, paths, shape_of, validate
from ltc.core.models.leaves import flatten, unflatten
from ltc.core.yamlfile import Node, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.app.engine.flow.form import Chain, Example, Flow
    from ltc.app.engine.flow.ways import Hop

Leaves = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """One leaf of an example: what the file expects and what the flow gives; None is nothing."""

    leaf: str
    expected: Any
    found: Any
    line: int

    @property
    def is_right(self) -> bool:
        """Tell whether both are the same."""
        return bool(self.expected == self.found)


@dataclass(slots=True)
class Trial:
    """How one example went."""

    flow: Flow
    example: Example
    number: int
    compared: list[Compared] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Tell whether the flow does what the example says."""
        return not self.faults

    @property
    def node(self) -> Node:
        """Give the example as it stands in the file."""
        return self.example.node or Node("mapping", {}, self.flow.file, self.example.line, 1)

    def fault(self, code: str, message: str, remedy: str = "", path: str = "", *, below: str = "") -> None:
        """Note what is wrong, at the example or at a leaf of what is below one of its keys."""
        node = self.node
        child = node.get(below) if below else None
        entity = self.flow.source if below == "back" else self.flow.target
        at = place_of(child, path, shape_of(entity)) if child is not None else node
        self._note(at, code, message, remedy, path)

    def fault_in(self, home: Node, message: str, remedy: str, path: str, entity: str) -> None:
        """Note what is wrong with a record that stands in an example, at its key where there is no such path."""
        is_key = path in home.keys and path not in shape_of(entity)
        self._note(
            home if is_key else place_of(home, path, shape_of(entity)), "flow.example", message, remedy, path, is_key=is_key
        )

    def fault_at_key(self, home: Node, key: str, message: str, remedy: str) -> None:
        """Note what is wrong with one of the keys of an example."""
        self._note(home, "flow.example", message, remedy, key, is_key=True)

    def _note(self, at: Node, code: str, message: str, remedy: str, path: str, *, is_key: bool = False) -> None:
        head = f"Example {self.number}{f' ({self.example.note})' if self.example.note else ''}"
        said = remedy or "Correct the example, or the flow."
        self.faults.append(at.fault(code, f"{head}: {message}", said, key=path if is_key else "", path=path))


class _NoRecordError(Exception):
    """An example does not say what the flow starts from, or says it in a way that is no record."""


def try_examples(flow: Flow) -> list[Trial]:
    """Run every example of a flow."""
    return [_try(Trial(flow, example, number)) for number, example in enumerate(flow.examples, 1)]


def without_examples(flow: Flow) -> Iterator[Fault]:
    """Warn of a flow that shows nothing."""
    if not flow.examples:
        remedy = "Add `examples:` with `given` and `gives`, or `documents` and `back`."
        yield Fault("flow.no_example", f"{flow.name} has no example.", remedy, "warning", flow.file, flow.line, 1)


def _try(trial: Trial) -> Trial:
    try:
        if trial.example.back is not None:
            _compare(trial, trial.flow.source, trial.example.back, _goes_back(trial))
        else:
            _derives(trial)
    except _NoRecordError:
        return trial  # its faults say why
    except BadValue as error:
        trial.fault("flow.compute", f"{error.message}.", "Correct the expression, or what is given.")
    return trial


def _derives(trial: Trial) -> None:
    """Derive what is given, and hold it against what the example gives."""
    flow, example = trial.flow, trial.example
    if flow.when is None:
        trial.fault("flow.example", "the flow derives nothing.", "Show `documents` and what goes `back`.")
        return
    view = view_of(trial)
    found = _documents(flow, view)
    if example.gives is None:
        if found:
            text = f"one {flow.target} is derived, and none is expected."
            trial.fault("flow.example", text, "Correct `when`, or say what it gives.")
        return
    if not found:
        remedy = "Correct `when`, `while` or `live_from`, or say `gives: null`."
        trial.fault("flow.example", f"no {flow.target} is derived.", remedy)
        return
    slot = example.slot if example.slot is not None else next(iter(found))
    if slot not in found or (example.slot is None and len(found) > 1):
        known = ", ".join(repr(name) for name in found)
        trial.fault("flow.example", f"the source gives {len(found)} documents: {known}.", "Say which with `slot`.")
        return
    _compare(trial, flow.target, example.gives, found[slot])
    if compute(flow, view, {}, slot) != found[slot]:
        trial.fault("flow.example", "deriving it twice gives two results.", "Let `compute` depend on what it reads only.")


def _documents(flow: Flow, view: View) -> dict[str, Leaves]:
    """Derive the documents of a source, by slot."""
    leaves = flatten(flow.source, dict(view.source.nested))
    holds = flow.begins.holds(view) and (flow.stays is None or flow.stays.holds(view))
    if not holds or not is_young(flow, leaves):
        return {}
    return {slot: compute(flow, view, {}, slot) for slot in slots(flow, view)}


def _goes_back(trial: Trial) -> Leaves:
    """Roll up what the documents of an example say."""
    flow = trial.flow
    places = trial.node.get("documents") or trial.node
    homes = places.value if places.kind == "sequence" else [places] * len(trial.example.documents)
    nested = [
        _record(trial, flow.target, dict(document), home)[1]
        for document, home in zip(trial.example.documents, homes, strict=True)
    ]
    goldens = [
        GoldenState(f"{number:06}", flow.target, leaves=flatten(flow.target, document)) for number, document in enumerate(nested)
    ]
    values = {roll.leaf: aggregate(roll, goldens) for roll in flow.roll_ups}
    return {leaf: value for leaf, value in values.items() if value is not None}


def _compare(trial: Trial, entity: str, wanted: Mapping[str, Any], found: Leaves) -> None:
    """Hold an expected record against a found one, leaf by leaf; a leaf that is null is one that is not there."""
    below = "gives" if trial.example.back is None else "back"
    expected = flatten(entity, _record(trial, entity, dict(wanted), trial.node.get(below) or trial.node)[1])
    expected = {leaf: value for leaf, value in expected.items() if value is not None}
    for leaf in [*expected, *(name for name in found if name not in expected)]:
        line = trial.flow.line_of(leaf) if trial.example.back is None else trial.flow.place(f"roll_up.{entity}.{leaf}").line
        one = Compared(leaf, expected.get(leaf), found.get(leaf), line)
        trial.compared.append(one)
        if not one.is_right:
            text = f"{leaf} should be {_shown(one.expected)} and is {_shown(one.found)}."
            remedy = f"Correct it, or line {line}, which it comes from." if leaf in found else ""
            trial.fault("flow.example", text, remedy, leaf, below=below)
    for path, message in _wrong(entity, unflatten(entity, found)):
        trial.fault("flow.invalid", f"the {entity} that is made is not right: {path} {message}.", "", path)


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)


def view_of(trial: Trial) -> View:
    """Build what the flow sees of the records that an example gives.

    A reference is the hub id of a record, or that record itself; what stands under its entity's name is what a reference leads
    to, and the relative. A record's hub id is its `hub_id`, else the name of its entity.
    """
    flow, given = trial.flow, trial.example.given
    _insist_on_known(trial)
    if flow.source not in given:
        trial.fault("flow.example", f"`given` has no {flow.source}.", f"Give the {flow.source} that the flow starts at.")
        raise _NoRecordError
    placed: dict[Chain, dict[str, Any]] = {}
    seen: dict[Chain, Sight] = {}
    seen[()], placed[()] = _sight(trial, flow.source, given[flow.source], "")
    for chain in flow.chains:
        *before, hop = chain
        if tuple(before) in seen:
            found = _lead(trial, hop, seen[tuple(before)], placed[tuple(before)])
            if found is not None:
                seen[chain], placed[chain] = found
    return View(flow.source, seen[()], {chain: one for chain, one in seen.items() if chain}, trial.example.roles)


def _insist_on_known(trial: Trial) -> None:
    """Refuse what the flow never looks at: it would only seem to matter."""
    flow = trial.flow
    near = {flow.source, *flow.relatives, *(hop.entity for chain in flow.chains for hop in chain)}
    known = near | {info.ref for entity in near for info in paths(entity).values() if info.ref}
    for entity in trial.example.given:
        if entity not in known:
            remedy = did_you_mean(entity, known) or (f"Name it below `with`: `{entity}: any`." if entity in entities() else "")
            home = trial.node.get("given") or trial.node
            trial.fault_at_key(home, entity, f"the flow sees no {entity!r}.", remedy)


def _lead(trial: Trial, hop: Hop, origin: Sight, placed: Mapping[str, Any]) -> tuple[Sight, dict[str, Any]] | None:
    """Follow a hop to what is given there."""
    other = trial.example.given.get(hop.entity)
    if hop.is_relative:
        condition = trial.flow.relatives[hop.name]
        if other is None:
            return None
        found = _sight(trial, hop.entity, other, "")
        return found if condition is None or condition(found[0].nested) else None
    if hop.name in placed:
        return _sight(trial, hop.entity, placed[hop.name], "")
    target = origin.nested.get(hop.name)
    if target is None or other is None or other.get(HUB_ID, target) != target:
        return None
    return _sight(trial, hop.entity, other, target)


def _sight(trial: Trial, entity: str, said: Mapping[str, Any], hub_id: str) -> tuple[Sight, dict[str, Any]]:
    """Look at a given record; what was written in place of references comes beside it."""
    given = trial.node.get("given")
    home = (given.get(entity) if given is not None else None) or trial.node
    own, nested = _record(trial, entity, dict(said), home)
    placed = {name: value for name, value in said.items() if _is_placed(entity, name, value)}
    return Sight(own or hub_id or entity, nested), placed


def _is_placed(entity: str, name: str, value: Any) -> bool:
    info = paths(entity).get(name)
    return isinstance(value, dict) and info is not None and bool(info.ref)


def _record(trial: Trial, entity: str, said: dict[str, Any], home: Node) -> tuple[str, dict[str, Any]]:
    """Take a record of an example apart: its hub id, and its canonical form with hub ids for references."""
    hub_id = str(said.pop(HUB_ID, ""))
    nested = {
        name: value.get(HUB_ID, paths(entity)[name].ref) if _is_placed(entity, name, value) else value
        for name, value in said.items()
    }
    wrong = list(_wrong(entity, nested))
    for path, message in wrong:
        known = did_you_mean(path, paths(entity)) if path not in paths(entity) else ""
        trial.fault_in(home, f"{path} of the {entity} {message}.", known, path, entity)
    if wrong:
        raise _NoRecordError
    return hub_id, nested


def _wrong(entity: str, nested: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what is not canonical in a record; it need not be whole, but rows need their keys."""
    try:
        validate(entity, nested)
    except Untranslatable as error:
        for one in error.errors:
            if one.code != "value.missing" or "[#" in one.path:
                yield one.path, one.message.removeprefix(f"{one.path} ")
