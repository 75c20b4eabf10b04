"""The connectors that are installed: found by their places and entry points, imported only when one is used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from ltc.core.errors import Misconfigured
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.core.contract import Connector

GROUP: Final = "ltc.connectors"
_WORDS: Final = ("kind", "title", "Settings", "objects")


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector: its kind, the family that gives its role, and where its class is ("" = the module's only one)."""

    kind: str
    family: str
    module: str
    attribute: str = ""

    def load(self) -> type[Connector]:
        """Import the connector's class; only now are a vendor's libraries needed."""
        try:
            module = importlib.import_module(self.module)
        except ImportError as error:
            raise Misconfigured(
                f"The connector {self.kind!r} cannot be loaded: {error}.",
                remedy=f"Install what it needs: pip install 'ltc-hub[{self.kind}]'.",
                code="connector.not_installed",
            ) from error
        found = [getattr(module, self.attribute)] if self.attribute else list(_connectors_of(module))
        if len(found) != 1 or found[0].kind != self.kind:
            raise Misconfigured(
                f"{self.module} declares {len(found)} connectors of kind {self.kind!r}.",
                remedy="Declare exactly one class, whose `kind` is the name of its folder.",
                code="connector.kind",
            )
        return cast("type[Connector]", found[0])


def _connectors_of(module: Any) -> Iterator[Any]:
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and all(hasattr(value, word) for word in _WORDS):
            yield value


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All connectors by kind."""

    entries: Mapping[str, Entry]

    def find(self, kind: str) -> Entry:
        """Find a connector."""
        if kind not in self.entries:
            raise Misconfigured(f"There is no connector {kind!r}.", remedy=self.hint(kind), code="config.unknown_connector")
        return self.entries[kind]

    def hint(self, kind: str) -> str:
        """Say what could have been meant."""
        known = ", ".join(sorted(self.entries)) or "none"
        return did_you_mean(kind, self.entries) or f"Installed connectors: {known}."


def find_connectors() -> Catalogue:
    """Look into the folders of the connectors and the entry points of other packages."""
    found = {entry.kind: entry for entry in _from_folders()}
    for point in entry_points(group=GROUP):
        family = point.module.split(".")[0]
        found.setdefault(point.name, Entry(point.name, family, point.module, point.attr))
    return Catalogue(found)


def _from_folders() -> Iterator[Entry]:
    spec = find_spec("connectors")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(place).glob("*/*/connector.py")):
            kind, family = file.parent.name, file.parent.parent.name
            yield Entry(kind, family, f"connectors.{family}.{kind}.connector")
