"""What can be found wrong with mappings before they run: their files, the connector's objects, their examples and their laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.cli.stray_files import stray_mappings
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping import prove
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ltc.app.cli.mapping_names import NamedMapping
    from ltc.app.config import HubConfig
    from ltc.core.mapping import Mapping


def faults_of_mappings(config: HubConfig, chosen: Sequence[NamedMapping], *, whole: bool) -> Iterator[Fault]:
    """Check mappings one by one; ``whole`` says that they are all, so that files which belong to nothing are told too."""
    done: set[tuple[Path, ...]] = set()
    first: dict[tuple[str, str], Mapping] = {}
    for named in chosen:
        if named.sources in done:
            continue  # two systems of one kind share these files
        done.add(named.sources)
        try:
            mapping = named.load(config)
        except Misconfigured as error:
            yield from error.faults or [Fault(error.code, error.message, error.remedy)]
            continue
        yield from prove(mapping)
        if named.kind:
            yield from object_faults(config, named.kind, mapping)
            yield from _twice(first.setdefault((named.system, mapping.object), mapping), mapping)
    if whole:
        yield from stray_mappings(config)


def object_faults(config: HubConfig, kind: str, mapping: Mapping) -> Iterator[Fault]:
    """Check that a mapping is for its connector, and for an object that the connector knows."""
    if mapping.system != kind:
        remedy = f"Write `system: {kind}`, or move the file."
        yield _at(mapping, "system", "mapping.system", f"{mapping.system!r} is not {kind!r}.", remedy)
    try:
        objects = config.catalogue.find(kind).load().objects
    except Misconfigured:
        return  # told where its settings are checked
    if mapping.object not in objects:
        remedy = did_you_mean(mapping.object, objects) or f"Its objects: {', '.join(objects)}."
        yield _at(mapping, "object", "mapping.unknown_object", f"{kind} has no object {mapping.object!r}.", remedy)


def _twice(first: Mapping, mapping: Mapping) -> Iterator[Fault]:
    """Find an object that two mappings are for: only one of them could be used."""
    if first is not mapping:
        place = first.node.get("object") or first.node
        message = f"{mapping.object} is mapped by {place.file}:{place.line} too, and an object has one mapping."
        yield _at(mapping, "object", "mapping.object_twice", message, "Lay one file over the other by its name, or remove one.")


def _at(mapping: Mapping, key: str, code: str, message: str, remedy: str) -> Fault:
    node = mapping.node.get(key) or mapping.node
    return node.fault(code, message, remedy, path=key)
