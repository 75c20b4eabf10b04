"""Names of roles and systems in the survivorship policy and in flows, held against those that there can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ltc.core import resources
from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import did_you_mean, load, overlay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ltc.app.config import HubConfig
    from ltc.core.errors import Fault
    from ltc.core.yamlfile import Node

HUB: Final = "hub"
_OWNERS: Final = ("owner", "from_status", "from_stage")


def owner_faults(config: HubConfig) -> Iterator[Fault]:
    """Find owners that are neither a role, nor a system, nor the hub: they would never decide anything."""
    try:
        policy = overlay([load(path) for path in config.survivorship])
    except Misconfigured:
        return  # told where the policy is checked
    known = _known(config)
    for node in _owners(policy):
        if node.text not in known:
            yield node.fault("survivorship.owner", f"No role and no system is named {node.text!r}.", _hint(node.text, known))


def adopt_faults(config: HubConfig, sources: Sequence[Path]) -> Iterator[Fault]:
    """Find names in `adopt` that are neither a role nor a system, and objects that such systems do not have."""
    adopt = overlay([load(path) for path in sources]).get("adopt")
    if adopt is None:
        return
    known = _known(config) | {*config.catalogue.entries}
    for name, node in adopt.items():
        if name not in known:
            message = f"No role and no system is named {name!r}."
            yield adopt.fault("flow.adopt", message, _hint(name, known), key=name, path=f"adopt.{name}")
            continue
        kinds = {system.kind for system in config.active.values() if name in {system.name, system.role}}
        objects = {one for kind in kinds for one in _objects(config, kind)}
        if objects and node.text not in objects:
            remedy = did_you_mean(node.text, objects) or f"Its objects: {', '.join(sorted(objects))}."
            yield node.fault("flow.adopt", f"{name} has no object {node.text!r}.", remedy, path=f"adopt.{name}")


def _objects(config: HubConfig, kind: str) -> Iterator[str]:
    try:
        yield from config.catalogue.find(kind).load().objects
    except Misconfigured:
        return  # told where its settings are checked


def _known(config: HubConfig) -> set[str]:
    """Name the hub, its systems and their roles, the roles of connectors, and those that the shipped policy knows."""
    systems = {name for system in config.systems.values() for name in (system.name, system.role)}
    shipped = {node.text for node in _owners(load(resources.config() / "survivorship.yaml"))}
    return {HUB, *systems, *shipped, *(entry.family for entry in config.catalogue.entries.values())}


def _hint(name: str, known: set[str]) -> str:
    return did_you_mean(name, known) or f"There are: {', '.join(sorted(known))}."


def _owners(policy: Node) -> Iterator[Node]:
    """Give every name of an owner that a policy has."""
    by_entity = policy.get("entities")
    for _, rules in by_entity.items() if by_entity is not None and by_entity.kind == "mapping" else ():
        fields = rules.get("fields")
        paths = fields.value.values() if fields is not None and fields.kind == "mapping" else ()
        for rule in (rules.get("default"), *paths):
            for key in _OWNERS:
                said = rule.get(key) if rule is not None else None
                yield from _names(said) if said is not None else ()


def _names(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for inner in () if node.kind == "scalar" else node.value.values() if node.kind == "mapping" else node.value:
        yield from _names(inner)
