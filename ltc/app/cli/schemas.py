"""Schemas for editors: printed, or written to files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ltc.app.config import find_connectors
from ltc.app.config.editor import schema_of, write_schemas

if TYPE_CHECKING:
    from pathlib import Path

    from ltc.app.cli.frame import Frame


def write_one(frame: Frame, kind: str, out: Path | None) -> None:
    """Print the schema of one kind of files, or write it to a file."""
    schema = schema_of(kind, find_connectors())
    if out is None:
        frame.print(json.dumps(schema, ensure_ascii=False, indent=None if frame.as_json else 2))
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(schema, ensure_ascii=False) + "\n", encoding="utf-8")
    frame.emit({"kind": kind, "file": str(out)}, lambda: frame.print(f"{out} is the schema of kind {kind}."))


def write_all(frame: Frame, folder: Path) -> None:
    """Write all schemas into a directory."""
    written = write_schemas(folder, find_connectors())
    frame.emit({"files": [str(path) for path in written]}, lambda: frame.print(f"{len(written)} schemas are in {folder}."))
