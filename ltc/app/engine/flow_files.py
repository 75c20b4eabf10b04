"""Flow files: YAML to flows that are ready to run; every fault with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ltc.app.engine.flows import Flow, Rows
from ltc.app.engine.roll_ups import RollUp
from ltc.core.errors import Fault, Misconfigured
from ltc.core.models import entities, paths
from ltc.core.yamlfile import did_you_mean, load, overlay, to_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ltc.core.models import PathInfo
    from ltc.core.yamlfile import Node

ROLL_UP = re.compile(r"^(sum|latest)\((\w+)\.([\w.]+)(?: *\* *(\w+))?\)$")


class ConstantValue(BaseModel):
    """A fixed value."""

    model_config = ConfigDict(extra="forbid")
    const: str | bool | int | None


class EachRow(BaseModel):
    """A derived list: one row for each row of the source's list."""

    model_config = ConfigDict(extra="forbid")
    each: str
    source_key: str = "id"
    step: int = Field(default=10, ge=1)
    fields: dict[str, str]


class FollowUntil(BaseModel):
    """The derived value follows its source until the document reaches one of these states."""

    model_config = ConfigDict(extra="forbid")
    follow_until: list[str]


class FlowFile(BaseModel):
    """One flow file as a person writes it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    source: str = Field(alias="from")
    target: str = Field(alias="to")
    when: str
    slot: str = ""
    live_from: str = ""
    adopt: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str | ConstantValue | EachRow]
    policy: dict[str, Literal["snapshot"] | FollowUntil] = Field(default_factory=dict)
    on_retract: Literal["ignore", "cancel", "exception"] = "exception"
    roll_up: dict[str, str] = Field(default_factory=dict)


def load_flow(sources: Sequence[Path], guard: Callable[[str, str], Callable[[Mapping[str, Any]], bool]]) -> Flow:
    """Load one flow, later files over earlier ones; ``guard`` compiles a CEL condition over an entity.

    Raises :class:`Misconfigured` with all faults.
    """
    node = overlay([load(path) for path in sources])
    written = to_model(node, FlowFile)
    faults = _faults(node, written)
    if faults:
        raise Misconfigured(faults=faults)
    lists: dict[str, Rows] = {}
    for name, rule in written.fields.items():
        if isinstance(rule, EachRow):
            lists[name] = Rows(rule.each, rule.source_key, paths(written.target)[name].list_key, rule.fields, rule.step)
    follow = {name: frozenset(rule.follow_until) for name, rule in written.policy.items() if isinstance(rule, FollowUntil)}
    return Flow(
        name=sources[-1].stem, file=node.file, source=written.source, target=written.target,
        when=guard(written.when, written.source), slot=written.slot, live_from=written.live_from, adopt=written.adopt,
        fields={name: rule for name, rule in written.fields.items() if isinstance(rule, str)},
        constants={name: rule.const for name, rule in written.fields.items() if isinstance(rule, ConstantValue)},
        lists=lists, follow_until=follow, on_retract=written.on_retract, line=node.line,
        roll_ups=[_roll_up(leaf, text) for leaf, text in written.roll_up.items()],
    )  # fmt: skip


def _roll_up(leaf: str, text: str) -> RollUp:
    match = ROLL_UP.match(text)
    function = TypeAdapter(Literal["sum", "latest"]).validate_python(match.group(1) if match else "")
    path, times = match.group(3, 4) if match else ("", "")
    return RollUp(leaf.partition(".")[2], function, path, times or "")


def _faults(node: Node, written: FlowFile) -> list[Fault]:
    """Check entities, canonical paths and roll-ups: what can be known without running the flow."""
    faults: list[Fault] = []
    for key, entity in (("from", written.source), ("to", written.target)):
        if entity not in entities():
            faults.append(node.fault("flow.entity", f"{entity!r} is not an entity.", did_you_mean(entity, entities()), key=key))
    if faults:
        return faults
    source, target = paths(written.source), paths(written.target)
    fields = node.get("fields") or node
    for name, rule in written.fields.items():
        if name not in target:
            faults.append(fields.fault("flow.path", f"{written.target} has no {name!r}.", did_you_mean(name, target), key=name))
        elif isinstance(rule, str) and rule not in source and rule != "hub_id":
            faults.append(fields.fault("flow.path", f"{written.source} has no {rule!r}.", did_you_mean(rule, source), key=name))
        elif isinstance(rule, EachRow):
            faults += _row_faults(fields, name, rule, source, target)
    for name in written.policy:
        if name not in written.fields:
            place = node.get("policy") or node
            faults.append(
                place.fault(
                    "flow.policy", f"{name!r} has a policy but is not derived.", did_you_mean(name, written.fields), key=name
                )
            )
    return faults + _roll_up_faults(node, written, source, target)


def _roll_up_faults(node: Node, written: FlowFile, source: Mapping[str, PathInfo], target: Mapping[str, PathInfo]) -> list[Fault]:
    faults = []
    known = {path.replace("[]", ""): info for path, info in target.items()}
    for leaf, text in written.roll_up.items():
        place = node.get("roll_up") or node
        entity, _, path = leaf.partition(".")
        match = ROLL_UP.match(text)
        if entity != written.source or path not in source:
            faults.append(
                place.fault("flow.roll_up", f"{leaf!r} is not a value of {written.source}.", did_you_mean(path, source), key=leaf)
            )
        elif match is None or match.group(2) != written.target:
            name = written.target
            remedy = f"Write latest({name}.path), sum({name}.path) or sum({name}.lines.quantity * unit_price)."
            faults.append(place.fault("flow.roll_up", f"{text!r} is not a roll-up of {name}.", remedy, key=leaf))
        elif match.group(3) not in known:
            message = f"{written.target} has no {match.group(3)!r}."
            faults.append(place.fault("flow.path", message, did_you_mean(match.group(3), known), key=leaf))
        elif match.group(1) == "sum" and not _is_sum_of_money(match, source[path], known):
            message = f"{text!r} is not a sum of money."
            remedy = "Sum an amount, or a quantity times the unit price of the same row, into an amount."
            faults.append(place.fault("flow.roll_up", message, remedy, key=leaf))
        elif match.group(1) == "latest" and (match.group(4) or match.group(3) not in target):
            faults.append(place.fault("flow.roll_up", f"{text!r} is not one value of a document.", "Name one path.", key=leaf))
    return faults


def _is_sum_of_money(match: re.Match[str], into: PathInfo, known: Mapping[str, PathInfo]) -> bool:
    """Tell whether a sum takes money, or a quantity and its price, and leads to money."""
    path, times = match.group(3, 4)
    if into.type != "money":
        return False
    if not times:
        return known[path].type == "money"
    price = known.get(f"{path.rpartition('.')[0]}.{times}")
    return known[path].type == "quantity" and price is not None and price.type == "unit_price"


def _row_faults(fields: Node, name: str, rule: EachRow, source: Mapping[str, Any], target: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if rule.each not in source or not source[rule.each].list_key:
        faults.append(
            fields.fault("flow.list", f"{rule.each!r} is not a list of the source.", did_you_mean(rule.each, source), key=name)
        )
    for inner, path in rule.fields.items():
        if f"{name}[].{inner}" not in target:
            choices = [known.rpartition(".")[2] for known in target if known.startswith(f"{name}[].")]
            faults.append(fields.fault("flow.path", f"Rows of {name} have no {inner!r}.", did_you_mean(inner, choices), key=name))
        if f"{rule.each}[].{path}" not in source and path != rule.source_key:
            choices = [known.rpartition(".")[2] for known in source if known.startswith(f"{rule.each}[].")]
            faults.append(
                fields.fault("flow.path", f"Rows of {rule.each} have no {path!r}.", did_you_mean(path, choices), key=name)
            )
    return faults
