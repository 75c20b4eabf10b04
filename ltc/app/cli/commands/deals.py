"""`ltc deals`: how far deals are, and where they are stuck."""

from __future__ import annotations

from typing import Any

import click

from ltc.app.cli.commands.trace import standing
from ltc.app.cli.frame import Command, Frame, Group


@click.group("deals", cls=Group, default="list")
def command() -> None:
    """Show how far deals are, and where they are stuck; without a command: list them."""


@command.command("list", cls=Command)
@click.option("--stage", default="", help="Only deals that have come to this stage.")
@click.option("--stuck", is_flag=True, help="Only deals of which something does not go on.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--after", default="", help="Go on after this deal.")
def listed(frame: Frame, stage: str, stuck: bool, limit: int, after: str) -> None:  # noqa: FBT001 - click calls it so
    """List deals with the furthest stage that each has come to, the oldest first."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.deals(stage=stage, stuck=stuck, limit=limit, after=after)
    frame.emit(document, lambda: _show(frame, document))


def _show(frame: Frame, document: dict[str, Any]) -> None:
    rows = [
        (one["label"] or one["entity"], standing(one), str(one["since"])[:10], one["documents"], _stuck(one), one["id"])
        for one in document["deals"]
    ]
    frame.table(("deal", "stage", "since", "documents", "stuck", "id"), rows, empty="There are no such deals.")
    if document["after"]:
        frame.print(f"There may be more: --after {document['after']}")


def _stuck(deal: dict[str, Any]) -> str:
    return "; ".join(f"{one['entity']}, {one['system']}: {one['state']} {one['reason']}".rstrip() for one in deal["stuck"])


@command.command("rebuild", cls=Command)
def rebuild(frame: Frame) -> None:
    """Work out anew which documents belong to which deals, and how far these are.

    The hub keeps this up to date by itself, so that nobody needs it but to be sure.
    """
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = engine.rebuild_deals(actor=actor())
    frame.emit(document, lambda: frame.print(f"{document['deals']} deals of {document['documents']} documents."))
