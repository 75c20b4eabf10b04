"""`ltc schema`: what an editor needs to know of a hub's files."""

from __future__ import annotations

from pathlib import Path

import click

from ltc.app.cli.frame import Command, Frame


@click.command("schema", cls=Command)
@click.argument("kind", required=False, default="")
@click.option("--out", metavar="PATH", help="Write to this file; without KIND, all schemas into this directory.")
def command(frame: Frame, kind: str, out: str | None) -> None:
    """Print the JSON Schema of one kind of files, for editors that complete and check YAML.

    KIND is mapping, flow, hub, systems, jobs, survivorship or custom_fields. `ltc init` writes all of them into the hub's folder
    `schemas`; write them anew after an update: ltc schema --out schemas.
    """
    from ltc.app.cli.schemas import write_all, write_one

    if kind:
        write_one(frame, kind, Path(out) if out else None)
    else:
        write_all(frame, Path(out or frame.folder() / "schemas"))
