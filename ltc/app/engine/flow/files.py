"""Flow files: YAML to flows that are ready to run; every fault with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.engine.flow.documents import ENDINGS
from ltc.app.engine.flow.form import Chain, EachRow, Example, FirstOf, Flow, Following, Formula, ListRule, Quantity, Slot, Take
from ltc.app.engine.flow.reading import Reader
from ltc.app.engine.flow.written import FOLLOW, FlowFile, FollowUntil
from ltc.core.errors import Misconfigured
from ltc.core.models import entities, paths
from ltc.core.models.states import MACHINES, reachable
from ltc.core.yamlfile import did_you_mean, load, overlay, to_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ltc.app.engine.flow.form import Rule
    from ltc.core.yamlfile import Node, Place


def load_flow(sources: Sequence[Path], roles: Iterable[str] = ()) -> Flow:
    """Load one flow, later files over earlier ones; ``roles`` are those of the hub's systems, for its conditions.

    Raises :class:`Misconfigured` with all faults.
    """
    node = overlay([load(path) for path in sources])
    written = to_model(node, FlowFile)
    reader = Reader(node, written)
    for key, entity in (("from", written.source), ("to", written.target)):
        if entity not in entities():
            remedy = did_you_mean(entity, entities()) or f"Entities are: {', '.join(entities())}."
            reader.fault("flow.entity", f"{entity!r} is not an entity.", remedy, node, key, value=entity)
    if reader.faults:
        raise Misconfigured(faults=reader.faults)
    flow = _read(node, written, reader, tuple(sorted(set(roles))), sources[-1].stem.partition(".")[0])
    if reader.faults:
        raise Misconfigured(faults=reader.faults)
    return flow


def _read(node: Node, written: FlowFile, reader: Reader, roles: tuple[str, ...], name: str) -> Flow:
    relatives = reader.relatives()
    when, stays = reader.formula(written.when, "when"), reader.formula(written.stays, "while")
    slot = reader.slot()
    fields, lists = reader.fields(), reader.lists()
    policies = _policies(node, written, reader)
    quantity = _quantity(node, written, reader, policies)
    _complete(node, written, reader)
    watched = dict.fromkeys(_chains(when, stays, slot, _followed(fields, lists, policies)))
    places = (node.get("fields") or node).keys
    return Flow(
        name=name, file=node.file, line=node.line, source=written.source, target=written.target, when=when, stays=stays,
        slot=slot, live_from=written.live_from, adopt=written.adopt, relatives=relatives, fields=fields, lists=lists,
        policies=policies, quantity=quantity, on_retract=written.on_retract, roll_ups=reader.roll_ups(), roles=roles,
        chains=sorted({*_chains(when, stays, slot, [*fields.values(), *lists.values()])}, key=len), watched=list(watched),
        examples=_examples(node, written), lines={field: place.line for field, place in places.items()},
        places=_key_places(node),
    )  # fmt: skip


def _policies(node: Node, written: FlowFile, reader: Reader) -> dict[str, Following | None]:
    """Read what follows until when; a row's value may be named alone if only one list has it."""
    place = node.get("policy") or node
    inner = {
        f"{name}.{field}" for name, choices in reader.rows_of.items() for field in choices
    }  # fmt: skip
    out: dict[str, Following | None] = {}
    for name, rule in written.policy.items():
        found = [name] if name in written.fields or name in inner else [one for one in inner if one.partition(".")[2] == name]
        if len(found) != 1:
            remedy = did_you_mean(name, [*written.fields, *inner]) or "Name a value of `fields`."
            reader.fault("flow.policy", f"{name!r} has a policy but is not derived.", remedy, place, name)
            continue
        out[found[0]] = _following(written.target, name, rule, place, reader)
    return {**out, **_amended(node, written, reader, out)}


def _amended(
    node: Node, written: FlowFile, reader: Reader, policies: Mapping[str, Following | None]
) -> dict[str, Following | None]:  # fmt: skip
    """Read until when lists follow that have no policy of their own."""
    state, place = written.amend.until, node.get("amend") or node
    lists = [name for name in reader.rows_of if name not in policies]
    if state and not lists:
        message = "Every list has a policy of its own." if reader.rows_of else "The flow derives no list."
        reader.fault("flow.amend", f"`until` says nothing. {message}", "Leave it out, and say it below `policy`.", place, "until")
    if not state or not lists:
        return {}
    return dict.fromkeys(lists, _following(written.target, "until", f"follow until {state}", place, reader, at=state))


def _following(
    target: str, name: str, rule: str | FollowUntil, place: Node, reader: Reader, *, at: str = ""
) -> Following | None:  # fmt: skip
    """Read until when a value follows its source: up to the states named, or up to one, all after it and every end.

    ``at`` is what stands in the file, if it is not the rule.
    """
    match = FOLLOW.fullmatch(rule) if isinstance(rule, str) else None
    if rule == "snapshot":
        return None
    state = match.group(3) if match is not None else ""
    named = rule.follow_until if isinstance(rule, FollowUntil) else [state] if state else []
    known = reachable(target, "") if target in MACHINES else frozenset()
    for one in named:
        if one not in known:
            remedy = did_you_mean(one, known) or f"States of {target}: {', '.join(sorted(known)) or 'none'}."
            value = at or (rule if isinstance(rule, str) else one)
            reader.fault("flow.state", f"{one!r} is not a state of {target}.", remedy, place, name, value=value)
    if isinstance(rule, FollowUntil) or any(one not in known for one in named):
        return Following(frozenset(named))
    until = frozenset(named).union(known & set(ENDINGS), *(reachable(target, one) for one in named))
    return Following(until, is_told=rule.startswith("follow"))


def _quantity(
    node: Node, written: FlowFile, reader: Reader, policies: Mapping[str, Following | None]
) -> Quantity | None:  # fmt: skip
    """Find what a change order orders more of: the one quantity of the one list that follows its source for a while."""
    if written.amend.then != "change_order":
        return None
    known = paths(written.target)
    found = [
        (name, field) for name, inner in reader.rows_of.items() for field in inner
        if f"{name}[].{field}" in known and known[f"{name}[].{field}"].type == "quantity"
    ]  # fmt: skip
    if len(found) != 1 or not _is_shared_out(policies.get(found[0][0])):
        message = "A change order needs one list with one quantity, which follows its source until a state."
        reader.fault("flow.amend", message, "Say e.g. `policy: {lines: follow until partially_delivered}`.", node, "amend")
        return None
    return Quantity(*found[0])


def _is_shared_out(policy: Following | None) -> bool:
    """Tell whether a list follows its source for a while, so that there is a late that a change order can be for."""
    return policy is not None and bool(policy.until) and policy.is_told


def _complete(node: Node, written: FlowFile, reader: Reader) -> None:
    """Insist that a flow either derives something or rolls something up."""
    if written.fields and not written.when:
        reader.fault("flow.when", "`when` is missing.", "Say when a document is derived.", node)
    if written.when and not written.fields:
        reader.fault("flow.fields", "`fields` is missing.", "Say what is derived.", node, "when")
    if not written.when and not written.fields and not written.roll_up:
        remedy = "Give it `roll_up`, or `when` and `fields`."
        reader.fault("flow.empty", "The flow neither derives anything nor rolls anything up.", remedy, node)


def _followed(
    fields: Mapping[str, Rule], lists: Mapping[str, ListRule], policies: Mapping[str, Following | None]
) -> list[Rule | ListRule]:
    """List the rules whose values a document may take over later."""
    follows = {name.partition(".")[0] for name, following in policies.items() if following is not None}
    return [rule for name, rule in (*fields.items(), *lists.items()) if name.partition(".")[0] in follows]


def _chains(
    when: Formula | None, stays: Formula | None, slot: Slot | None, rules: Iterable[Rule | ListRule]
) -> Iterator[Chain]:  # fmt: skip
    """Name every chain of hops that these lead along, and the chains that lead there."""
    formulas: list[Rule] = [formula for formula in (when, stays) if formula is not None]
    slots: list[Rule] = [Take(slot.way)] if slot is not None else []
    for rule in (*formulas, *slots, *rules):
        for chain in _hops(rule):
            yield from (chain[:length] for length in range(1, len(chain) + 1))


def _hops(rule: Rule | ListRule) -> Iterator[Chain]:
    if isinstance(rule, Take):
        yield rule.way.hops
    elif isinstance(rule, Formula):
        yield from (way.hops for way in rule.ways if way is not None)
    elif isinstance(rule, FirstOf):
        for one in rule.rules:
            yield from _hops(one)
    elif isinstance(rule, tuple):
        for choice in rule:
            if isinstance(choice, EachRow):
                yield choice.way.hops
            rows = [choice.fields] if isinstance(choice, EachRow) else choice.rows
            for row in rows:
                for one in row.values():
                    yield from _hops(one)


def _examples(node: Node, written: FlowFile) -> list[Example]:
    places = node.get("examples")
    nodes = places.value if places is not None else []
    return [
        Example(
            node.line, example.given, example.gives, example.note, tuple(example.roles), example.slot,
            tuple(example.documents or ()), example.back, node,
        )
        for node, example in zip(nodes, written.examples, strict=True)
    ]  # fmt: skip


def _key_places(node: Node) -> dict[str, Place]:
    """Say where the keys of a flow file stand, and those of its roll-ups."""
    back = node.get("roll_up")
    return {**node.keys, **({f"roll_up.{leaf}": place for leaf, place in back.keys.items()} if back is not None else {})}
