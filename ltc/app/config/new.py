"""A new hub directory: commented files that say what can be said, and work as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltc.app.config.catalogue import find_connectors
from ltc.app.config.settings import HubSettings
from ltc.app.config.systems import secret_paths
from ltc.core.contract import Limits
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = Path(__file__).parent / "template"
_HIDDEN = {"gitignore": ".gitignore"}


def create_hub(folder: Path, settings: HubSettings) -> list[Path]:
    """Write a hub's files into a directory that has none yet, and name them."""
    if (folder / "config" / "hub.yaml").exists():
        raise Misconfigured(f"{folder} is a hub already.", remedy="Choose another directory.", code="hub.exists")
    words = {
        "HUB_ID": settings.id, "HUB_TITLE": json.dumps(settings.title, ensure_ascii=False), "HUB_CURRENCY": settings.currency,
        "HUB_TIME_ZONE": settings.time_zone,
    }  # fmt: skip
    written = []
    for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
        target = folder / source.relative_to(TEMPLATE).parent / _HIDDEN.get(source.name, source.name)
        if target.exists():
            continue
        text = source.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    return written


def add_systems(folder: Path, systems: Mapping[str, Mapping[str, Any]], *, env: str = "") -> Path:
    """Write systems as ``ltc sandbox up`` tells them; their secrets go to files that only their owner reads."""
    catalogue = find_connectors()
    lines = [
        "# yaml-language-server: $schema=../schemas/systems.json",
        "# The simulated systems of the sandbox, as they were up when this was written.",
    ]
    for name, told in systems.items():
        model = catalogue.find(str(told["connector"])).load().Settings
        said = {"base_url": told["base_url"], **told["credentials"], **told.get("settings", {})}
        lines += [f"{name}:", f"  connector: {told['connector']}", "  settings:"]
        for key, value in said.items():
            if key not in model.model_fields or value in {"", None}:
                continue
            shown = _hide(folder, f"{name}_{key}", str(value)) if key in secret_paths(model) else value
            lines.append(f"    {key}: {json.dumps(shown, ensure_ascii=False)}")
        if getattr(catalogue.find(str(told["connector"])).load(), "limits", Limits()).per_second:
            lines.append("  limits: {per_second: null} # a simulated system takes any pace")
        if told.get("entities"):
            lines.append(f"  entities: {json.dumps(told['entities'], ensure_ascii=False)}")
    path = folder / "config" / (f"systems.{env}.yaml" if env else "systems.yaml")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _hide(folder: Path, name: str, value: str) -> str:
    """Keep a secret in a file of its own and give the reference to it."""
    path = folder / "var" / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(value, encoding="utf-8")
    return f"${{file:var/secrets/{name}}}"
