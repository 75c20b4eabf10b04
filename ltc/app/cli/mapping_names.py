"""How people name mappings: by system and file, by either alone, or by a file's path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ltc.app.config.mapped import codes_dirs, sources_of
from ltc.core.errors import Misconfigured
from ltc.core.mapping import load
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from ltc.app.config import HubConfig
    from ltc.core.contract import ObjectSchema
    from ltc.core.mapping import Mapping

NOT_MAPPINGS: Final = frozenset({"codes", "flows"})
"""The folders of `mappings/` that hold something else."""


@dataclass(frozen=True, slots=True)
class NamedMapping:
    """The files of one mapping under the name that people use; ``system`` is a connector's kind where no system uses it."""

    name: str
    system: str
    kind: str
    sources: tuple[Path, ...]

    def load(self, config: HubConfig, schema: ObjectSchema | None = None) -> Mapping:
        """Load the effective mapping; raise Misconfigured with every fault."""
        folders, currency = codes_dirs(config.layers), config.settings.currency
        return load(self.sources, schema=schema, codes_dirs=folders, declared=config.schemas, currency=currency)


def named_mappings(config: HubConfig) -> dict[str, NamedMapping]:
    """Name all mappings: those of the systems in use, and those of connectors that no system uses yet."""
    found: dict[str, NamedMapping] = {}
    for system in config.active.values():
        for stem, sources in sources_of(config.layers, system).items():
            name = f"{system.name}.{stem}"
            found[name] = NamedMapping(name, system.name, system.kind, sources)
    used = {system.kind for system in config.active.values()}
    for kind in config.catalogue.entries:
        for stem, paths in config.layers.mapped(kind).items() if kind not in used else ():
            found[f"{kind}.{stem}"] = NamedMapping(f"{kind}.{stem}", kind, kind, tuple(paths))
    return found


def chosen_mappings(config: HubConfig, name: str) -> list[NamedMapping]:
    """Find the mappings that a name means, all of them if it is empty; refuse a name that means none."""
    known = named_mappings(config)
    if not name:
        return list(known.values())
    if name.endswith((".yaml", ".yml")):
        return _of_file(known, Path(name).resolve())
    word = name.casefold()
    found = [one for one in known.values() if word in _words(one)]
    if found:
        return found
    words = {word: None for one in known.values() for word in _words(one)}
    remedy = did_you_mean(name, words) or f"Its mappings: {', '.join(known) or 'none'}."
    raise Misconfigured(f"The hub has no mapping {name!r}.", remedy=remedy, code="mapping.unknown")


def _words(one: NamedMapping) -> tuple[str, ...]:
    return one.name.casefold(), one.name.partition(".")[2].casefold(), one.system.casefold()


def _of_file(known: dict[str, NamedMapping], path: Path) -> list[NamedMapping]:
    """Find the mappings that a file is part of; a file of its own is checked by itself."""
    found = [one for one in known.values() if path in {source.resolve() for source in one.sources}]
    return found or [NamedMapping(f"{path.parent.name}.{path.stem}", path.parent.name, "", (path,))]


def one_mapping(config: HubConfig, name: str) -> NamedMapping:
    """Find the one mapping that a name means."""
    found = chosen_mappings(config, name)
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise Misconfigured(f"{name!r} means {len(found)} mappings.", remedy=f"Name one of: {names}.", code="mapping.several")
    return found[0]
