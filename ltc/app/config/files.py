"""Which files say what: shipped ones, the hub's own over them, those of the environment over both, key by key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ltc.core import resources
from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile import Node, load, overlay, to_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

Result = TypeVar("Result")
Model = TypeVar("Model", bound="BaseModel")

NAMES: Final = ("hub", "systems", "jobs", "survivorship", "custom_fields")
"""The files of `config/`."""
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What can name a system or a job."""


@dataclass
class Findings:
    """Faults while they are gathered: a step that fails leaves its faults here and the next step goes on."""

    faults: list[Fault] = field(default_factory=list)

    def attempt(self, step: Callable[[], Result]) -> Result | None:
        """Do a step; give None if it found faults."""
        try:
            return step()
        except Misconfigured as error:
            self.faults += error.faults or [Fault(error.code, error.message, error.remedy)]
            return None


@dataclass(frozen=True, slots=True)
class Layers:
    """The folders that say what a hub is, from the most general to the most special, and the environment."""

    hub: Path
    env: str = ""

    @property
    def config(self) -> tuple[Path, ...]:
        """Give the folders with settings."""
        return (resources.config(), self.hub / "config")

    @property
    def mappings(self) -> tuple[Path, ...]:
        """Give the folders with mappings."""
        return (resources.mappings(), self.hub / "mappings")

    def settings(self, name: str) -> list[Path]:
        """Give the files of one name that exist, the special ones last."""
        names = [f"{name}.yaml", *([f"{name}.{self.env}.yaml"] if self.env else [])]
        wanted = [self.config[0] / names[0], *(self.config[1] / one for one in names)]
        return [path for path in dict.fromkeys(wanted) if path.exists()]

    def environment_exists(self) -> bool:
        """Tell whether any file belongs to the environment."""
        pattern = f"*.{self.env}.yaml"
        return any(True for folder in ("config", "mappings") for _ in (self.hub / folder).rglob(pattern))

    def mapped(self, folder: str) -> dict[str, list[Path]]:
        """Give the files of one folder of the mappings by stem, the special ones last."""
        found: dict[str, list[Path]] = {}
        for root in self.mappings:
            files = sorted((root / folder).glob("*.yaml"), key=lambda path: (path.name.count("."), path.name))
            for path in files:
                stem, _, env = path.stem.partition(".")
                if env in {"", self.env}:
                    found.setdefault(stem, []).append(path)
        return found


def read(layers: Layers, name: str, findings: Findings) -> Node:
    """Read one file of the configuration with all that lies over it; what cannot be read is a fault and counts as empty."""
    empty = Node("mapping", {}, str(layers.hub / "config" / f"{name}.yaml"), 1, 1)
    nodes = [node for path in layers.settings(name) if (node := findings.attempt(partial(load, path))) is not None]
    for node in nodes:
        if node.kind != "mapping":
            message = "A file of settings is a group of keys and values."
            findings.faults.append(node.fault("config.not_a_mapping", message, "Write `key: value` lines."))
    return overlay([empty, *(node for node in nodes if node.kind == "mapping")]) if nodes else empty


def model_below(node: Node, model: type[Model], name: str) -> Model:
    """Read one named entry; the paths of its faults begin with its name."""
    try:
        return to_model(node, model)
    except Misconfigured as error:
        raise Misconfigured(faults=[replace(fault, path=f"{name}.{fault.path}".rstrip(".")) for fault in error.faults]) from None


def node_at(node: Node, *path: str | int) -> Node:
    """Follow a path as far as the file goes."""
    for part in path:
        if isinstance(part, int):
            below = node.value[part] if node.kind == "sequence" and part < len(node.value) else None
        else:
            below = node.get(part)
        if below is None:
            return node
        node = below
    return node
