"""What `ltc mapping show` tells: the effective mapping, with the file and line that each of its lines came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltc.core import resources
from ltc.core.yamlfile import load, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig
    from ltc.core.mapping import Mapping
    from ltc.core.yamlfile import Node, Place


def shown(config: HubConfig, name: str, mapping: Mapping, sources: Sequence[Path]) -> dict[str, Any]:
    """Describe the effective mapping, in the shape of `ltc mapping show --json`."""
    origins = Origins(config.dir, tuple(load(path) for path in sources))
    lines = [
        {
            "path": line.path, "source": line.source, "operation": line.operation, "direction": line.direction,
            "state": line.state, "personal": line.personal, "file": line.file, "line": line.line, "column": line.column,
        }
        for line in mapping.lines
    ]  # fmt: skip
    return {
        "mapping": name, "system": mapping.system, "object": mapping.object, "entity": mapping.entity,
        "files": [{"file": str(path), "origin": origins.name(str(path))} for path in sources], "lines": lines,
        "yaml": render(mapping.node, origins.remark), "code": mapping.code,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origins:
    """Says where lines came from, and over which lines of more general files they were laid."""

    hub: Path
    layers: tuple[Node, ...]

    def name(self, file: str) -> str:
        """Name a file: what ships by its place among the shipped mappings, the hub's own by its place in the hub."""
        path = Path(file)
        for folder, word in ((self.hub, ""), (resources.mappings().parent, "shipped ")):
            if path.is_relative_to(folder):
                return f"{word}{path.relative_to(folder)}"
        return file

    def remark(self, path: tuple[str, ...], place: Place) -> str:
        """Say where a line stands, and what it was laid over."""
        below = [where for layer in self.layers if (where := _place(layer, path)) is not None and where.file != place.file]
        over = f", over {self._at(below[-1])}" if below and self._is_above(place, below[-1]) else ""
        return f"{self._at(place)}{over}"

    def _at(self, place: Place) -> str:
        return f"{self.name(place.file)}:{place.line}"

    def _is_above(self, place: Place, below: Place) -> bool:
        files = [layer.file for layer in self.layers]
        return place.file in files and below.file in files and files.index(place.file) > files.index(below.file)


def _place(node: Node, path: tuple[str, ...]) -> Place | None:
    """Find where a file says a value; None where it does not, and where it only says what is below it."""
    for key in path[:-1]:
        below = node.value.get(key) if node.kind == "mapping" else None
        if below is None:
            return None
        node = below
    if node.kind != "mapping" or path[-1] not in node.value:
        return None
    return None if node.value[path[-1]].kind == "mapping" else node.key_place(path[-1])
