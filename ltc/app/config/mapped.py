"""The effective mappings of each system: shipped for its kind, the user's for the kind, the user's for this one system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ltc.core.errors import Misconfigured
from ltc.core.mapping import load
from ltc.core.mapping.lessening import load_without
from ltc.core.models import entities
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ltc.app.config.files import Findings, Layers
    from ltc.app.config.systems import SystemConfig
    from ltc.core.contract import ObjectSchema
    from ltc.core.errors import Fault
    from ltc.core.mapping import Mapping as ObjectMapping
    from ltc.core.models import Schema

    Declared: TypeAlias = Mapping[str, Schema]

UNKNOWN_FIELD: Final = "mapping.unknown_source"


@dataclass(frozen=True, slots=True)
class Mapped:
    """One object of one system: its mapping, the files that it was laid together from, the hub's own fields and currency."""

    system: str
    sources: tuple[Path, ...]
    mapping: ObjectMapping
    declared: Declared
    currency: str


def codes_dirs(layers: Layers) -> tuple[Path, ...]:
    """Give the folders with shared code tables."""
    return tuple(folder for root in layers.mappings if (folder := root / "codes").is_dir())


def sources_of(layers: Layers, system: SystemConfig) -> dict[str, tuple[Path, ...]]:
    """Give the files of a system's objects by stem, its own over its kind's, the environment's over both."""
    found = layers.mapped(system.kind)
    if system.name != system.kind:
        for stem, paths in layers.mapped(system.name).items():
            found.setdefault(stem, []).extend(paths)
    return {stem: tuple(sorted(paths, key=lambda path: "." in path.stem)) for stem, paths in found.items()}


def load_mappings(
    layers: Layers, systems: Mapping[str, SystemConfig], declared: Declared, currency: str, findings: Findings
) -> dict[tuple[str, str], Mapped]:  # fmt: skip
    """Load the mappings of all systems that are used; a fault of a file that two systems share is told once."""
    loaded: dict[tuple[str, str], Mapped] = {}
    known: dict[tuple[Path, ...], ObjectMapping | None] = {}
    codes = codes_dirs(layers)
    for system in systems.values():
        if not system.enabled:
            continue
        for sources in sources_of(layers, system).values():
            if sources not in known:
                known[sources] = findings.attempt(partial(load, sources, codes_dirs=codes, declared=declared, currency=currency))
            mapping = known[sources]
            if mapping is not None and (system.entities is None or mapping.entity in system.entities):
                loaded[system.name, mapping.object] = Mapped(system.name, sources, mapping, declared, currency)
    return loaded


def against_schema(mapped: Mapped, layers: Layers, schema: ObjectSchema) -> None:
    """Load a mapping once more with what the system says that it has; raise Misconfigured with what it lacks."""
    load(mapped.sources, schema=schema, **_options(mapped, layers))


def missing_fields(mapped: Mapped, layers: Layers, schema: ObjectSchema) -> list[Fault]:
    """List the fields that a mapping names and the system does not have, each with its line."""
    try:
        against_schema(mapped, layers, schema)
    except Misconfigured as error:
        return [fault for fault in error.faults if fault.code == UNKNOWN_FIELD]
    return []


def without_lines(mapped: Mapped, layers: Layers, faults: Sequence[Fault]) -> ObjectMapping | None:
    """Give a mapping without the lines that these faults are about; None if no record could be made without them."""
    if not all(fault.path for fault in faults):
        return None  # what the record is known by, or its guard, is among them
    gone = {fault.path for fault in faults}
    return load_without(mapped.sources, gone, **_options(mapped, layers))


def _options(mapped: Mapped, layers: Layers) -> dict[str, Any]:
    """Give what a mapping was loaded with besides its files, for loading it again."""
    return {"codes_dirs": codes_dirs(layers), "declared": mapped.declared, "currency": mapped.currency}


def cross_faults(system: SystemConfig, mapped: Mapping[tuple[str, str], Mapped]) -> Iterator[Fault]:
    """Check the entities that a system takes part in against its mappings."""
    covered = {one.mapping.entity for (name, _), one in mapped.items() if name == system.name}
    for entity in system.entities or {}:
        place = system.node.get("entities") or system.node
        path = f"{system.name}.entities.{entity}"
        if entity not in entities():
            remedy = did_you_mean(entity, entities()) or f"Entities are: {', '.join(entities())}."
            yield place.fault("config.unknown_entity", f"There is no entity {entity!r}.", remedy, key=entity, path=path)
        elif entity not in covered:
            remedy = f"Write mappings/{system.kind}/….yaml with `entity: {entity}`, or remove the line."
            message = f"No mapping of {system.kind} is for {entity!r}."
            yield place.fault("config.unmapped_entity", message, remedy, key=entity, path=path)
