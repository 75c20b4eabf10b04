"""`ltc mdm`: who is who."""

from __future__ import annotations

from pathlib import Path

import click

from ltc.app.cli.frame import Command, Frame, Group


@click.group("mdm", cls=Group)
def command() -> None:
    """Say which records are the same customer, contact or product, and why."""


@command.command("pairs", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--entity", required=True, metavar="NAME", help="What the records are: customer, contact or product.")
def pairs(frame: Frame, file: Path, entity: str) -> None:
    """Judge pairs of records: a CSV file in UTF-8 with columns `a.FIELD` and `b.FIELD`.

    Each row gets `score` (0 to 1), `decision` (same, review or different), `why` (what each field says, in bits: above nought for
    the same thing, below it against) and `doubts` (why a person should look). Other columns are passed through. No hub is needed.
    """
    from ltc.app.cli.mdm_showing import pairs_table
    from ltc.app.mdm.pairs import judged

    document = judged(file, entity)
    if document["unread"]:
        frame.say(f"warning: these columns say nothing about a {document['entity']}: {', '.join(document['unread'])}.")
    frame.emit(document, lambda: pairs_table(frame, document))
