"""Files of a hub that nothing reads, though somebody wrote them: misspelt, in the wrong folder, or with another ending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.cli.mapping_names import NOT_MAPPINGS
from ltc.app.config.files import NAMES
from ltc.core.errors import Fault
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ltc.app.config import HubConfig


def stray_mappings(config: HubConfig) -> Iterator[Fault]:
    """Find what stands in the folder of mappings and is no mapping, no flow and no table of codes to anybody."""
    known = {*config.catalogue.entries, *config.systems}
    root = config.dir / "mappings"
    for path in _yaml_in(root):
        yield _stray(path, "Nothing reads a file that stands directly in mappings/.", "Put it into the folder of its connector.")
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        files = _yaml_in(folder)
        if files and folder.name not in known | NOT_MAPPINGS:
            remedy = did_you_mean(folder.name, known) or "Name it as a connector or a system of systems.yaml."
            message = f"No connector and no system is named {folder.name!r}, so nothing reads this file."
            yield _stray(files[0], message, remedy, "mapping.stray_folder")
            continue
        for path in files:
            yield from _other_ending(path)


def stray_settings(config: HubConfig) -> Iterator[Fault]:
    """Find what stands in the folder of settings and has none of their names."""
    for path in _yaml_in(config.dir / "config"):
        name = path.name.partition(".")[0]
        if name not in NAMES:
            remedy = did_you_mean(name, NAMES) or f"Files of config/ are: {', '.join(f'{one}.yaml' for one in NAMES)}."
            yield _stray(path, f"No file of settings is named {name!r}, so nothing reads this one.", remedy, "config.stray_file")
        else:
            yield from _other_ending(path, "config.stray_file")


def _yaml_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix.casefold() in {".yaml", ".yml"} and path.is_file())


def _other_ending(path: Path, code: str = "mapping.stray_file") -> Iterator[Fault]:
    if path.suffix != ".yaml":
        yield _stray(path, f"Nothing reads a file that ends with {path.suffix!r}.", f"Name it {path.stem}.yaml.", code)


def _stray(path: Path, message: str, remedy: str, code: str = "mapping.stray_file") -> Fault:
    return Fault(code, message, remedy, file=str(path), line=1, column=1)
