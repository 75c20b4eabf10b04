"""What can be found wrong with mappings before they run: their files, the connector's objects, their examples and their laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.cli.mapping_names import NOT_MAPPINGS
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
    """Check mappings one by one; ``whole`` says that they are all, so that folders which belong to nothing are told too."""
    done: set[tuple[Path, ...]] = set()
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
    if whole:
        yield from _stray_folders(config)


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


def _at(mapping: Mapping, key: str, code: str, message: str, remedy: str) -> Fault:
    node = mapping.node.get(key) or mapping.node
    return node.fault(code, message, remedy, path=key)


def _stray_folders(config: HubConfig) -> Iterator[Fault]:
    """Find folders of mappings that no connector and no system reads."""
    known = {*config.catalogue.entries, *config.systems}
    root = config.dir / "mappings"
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        file = next(iter(sorted(folder.glob("*.yaml"))), None)
        if folder.name not in known | NOT_MAPPINGS and file is not None:
            remedy = did_you_mean(folder.name, known) or "Name it as a connector or a system of systems.yaml."
            message = f"No connector and no system is named {folder.name!r}, so nothing reads this file."
            yield Fault("mapping.stray_folder", message, remedy, file=str(file), line=1, column=1)
