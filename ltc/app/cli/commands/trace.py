"""`ltc trace`: a deal's whole story."""

from __future__ import annotations

from typing import Any

import click

from ltc.app.cli.frame import Command, Frame


@click.command("trace", cls=Command)
@click.argument("any_id", metavar="ID")
def command(frame: Frame, any_id: str) -> None:
    """Tell a deal's whole story; ID is a hub id, any system's own id, or a document's number."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.trace(any_id)
    frame.emit(document, lambda: show(frame, document))


def show(frame: Frame, document: dict[str, Any]) -> None:
    """Print a trace; the hub's own record of a derived document is nothing that people can look up."""
    rows = []
    for one in document["documents"]:
        links = ", ".join(f"{link['system']} {link['id']}" for link in one["links"] if link["system"] != "hub")
        stones = ", ".join(f"{stone['state']} {str(stone['occurred_at'])[:10]}" for stone in one["milestones"])
        stuck = "; ".join(f"{held['system']}: {held['state']} {held['reason']}" for held in one.get("stuck", ()))
        rows.append((one["entity"], one.get("number") or one.get("label"), one["state"], links, stones, stuck))
    frame.table(("document", "number", "state", "where", "milestones", "stuck"), rows)
