"""`ltc log`: what happened to records."""

from __future__ import annotations

import click

from ltc.app.cli.frame import Command, Frame


@click.command("log", cls=Command)
@click.argument("record", default="")
@click.option("--system", default="", help="Only this system.")
@click.option("--object", "obj", default="", help="Only this object.")
@click.option("--run", type=int, default=0, help="Only this run.")
@click.option("--action", default="", help="Only this action, such as created, updated or parked.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--after", type=int, default=0, help="Go on after this number.")
def command(frame: Frame, record: str, system: str, obj: str, run: int, action: str, limit: int, after: int) -> None:
    """Show what happened to records: all, or one RECORD by its hub id or any system's own id."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        if system:
            engine.config.system(system)
        document = engine.log(system=system, obj=obj, record_id=record, run=run, action=action, limit=limit, after=after)
    columns = ("at", "system", "object", "record_id", "entity", "action", "label", "detail")
    rows = [[entry.get(column) for column in columns] for entry in document["entries"]]
    frame.emit(document, lambda: frame.table(columns, rows, empty="The log holds nothing of that kind."))
