"""`ltc backup`: the hub in one file, while it works."""

from __future__ import annotations

from pathlib import Path

import click

from ltc.app.cli.frame import Command, Frame


@click.command("backup", cls=Command)
@click.argument("file", type=click.Path(dir_okay=False))
def command(frame: Frame, file: str) -> None:
    """Write the store and the hub's YAML to one new FILE, while the hub works; secrets are not in it.

    The file is read again and proven before it gets its name. It holds the hub's data: only its owner may read it.
    """
    from datetime import UTC, datetime

    from ltc.app.engine.backups import write
    from ltc.app.engine.opening import open_store

    config = frame.hub()
    store = open_store(config)
    try:
        manifest = write(config, store, Path(file).absolute(), datetime.now(UTC))
    finally:
        store.close()
    rows = sum(manifest["rows"].values())
    told = f"{file}: {rows} rows of {len(manifest['rows'])} tables and {len(manifest['sha256']) - 1} files, checked."
    frame.emit({"file": file, **manifest}, lambda: frame.print(told))
