"""`ltc restore`: a hub as it was when it was backed up, which then comes to know again what it did since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ltc.app.cli.frame import Command, Frame

if TYPE_CHECKING:
    from ltc.app.engine.backups import Opened


@click.command("restore", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--check", "check_only", is_flag=True, help="Only prove that the backup is whole.")
@click.option("--replace", is_flag=True, help="Also if the store is not empty: what it holds is gone then.")
@click.option("--files", is_flag=True, help="Let the backup's YAML take the place of files that differ.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(frame: Frame, file: str, *, check_only: bool, replace: bool, files: bool, yes: bool) -> None:
    """Put the backup FILE in the place of the hub's store, on either database, and its YAML where there is none.

    All processes of the hub must be stopped. The next sync reads every system in full, twice, before anything is written:
    records that the hub made after the backup are found and known again.
    """
    from ltc.app.engine.backups import opened

    with opened(Path(file)) as backup:
        manifest = backup.manifest
        if check_only:
            told = f"{file} is whole: the hub {manifest['hub']} as of {manifest['at']}, {sum(manifest['rows'].values())} rows."
            frame.emit({"file": file, **manifest}, lambda: frame.print(told))
            return
        frame.confirm(f"Put the store of {frame.folder()} back to {manifest['at']}?", yes=yes)
        document = _restore(frame, backup, replace=replace, files=files)
    frame.emit(document, lambda: _show(frame, document))


def _restore(frame: Frame, backup: Opened, *, replace: bool, files: bool) -> dict[str, object]:
    from datetime import UTC, datetime

    from ltc.app.cli.engine import actor
    from ltc.app.engine.backups import insist_on_own, placed, restore
    from ltc.app.engine.opening import open_store

    folder = frame.folder()
    with placed(backup, folder, over=False) as (missing, differing):
        insist_on_own(frame.hub(sound=False), backup)  # before the backup's own hub.yaml may take the place of this one
        with placed(backup, folder, over=files) as (replaced, _):
            config = frame.hub()
            store = open_store(config)
            try:
                rows = restore(config, store, backup, datetime.now(UTC), actor=actor(), replace=replace)
            finally:
                store.close()
    written = sorted(missing + replaced)
    kept = [] if files else differing
    return {"hub": backup.manifest["hub"], "at": backup.manifest["at"], "rows": rows, "written": written, "kept": kept}


def _show(frame: Frame, document: dict[str, object]) -> None:
    frame.print(f"The store of {document['hub']} is as it was at {document['at']}.")
    for name in document["kept"] if isinstance(document["kept"], list) else ():
        frame.say(f"warning: {name} differs from the backup and was left as it is; --files takes the backup's.")
    frame.print("Next: `ltc check`, then `ltc sync`, which reads everything before it writes anything.")
