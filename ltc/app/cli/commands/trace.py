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
    for deal in document.get("deals", ()):
        frame.print(f"Deal {deal['label'] or deal['id']}: {standing(deal)}, since {str(deal['since'])[:10]}.")
    rows = []
    for one in document["documents"]:
        links = ", ".join(_link(link) for link in one["links"] if link["system"] != "hub")
        stones = ", ".join(f"{stone['state']} {str(stone['occurred_at'])[:10]}" for stone in one["milestones"])
        stuck = "; ".join(f"{held['system']}: {held['state']} {held['reason']}" for held in one.get("stuck", ()))
        rows.append((one["entity"], one.get("number") or one.get("label"), one["state"], links, stones, _origin(one), stuck))
    frame.table(("document", "number", "state", "where", "milestones", "derived by", "stuck"), rows)
    for one in document["documents"]:
        for fault in one.get("exceptions", ()):
            frame.print(
                f"! {one['entity']} {one.get('number') or one.get('label')}: {fault['message']} (exception {fault['id']})"
            )
    for step in document.get("next", ()):
        frame.print(f"Next: {step['message']}.")


def standing(deal: dict[str, Any]) -> str:
    """Say how far a deal is.

    >>> standing({"stage": "order", "is_lost": False}), standing({"stage": "quote", "is_lost": True})
    ('order', 'lost after quote')
    """
    return f"lost after {deal['stage']}" if deal["is_lost"] else str(deal["stage"])


def _link(link: dict[str, Any]) -> str:
    """Name a record of a system, with what that system says of it."""
    status = link.get("status")
    return f"{link['system']} {link['id']}" + (f" ({status})" if status else "")


def _origin(one: dict[str, Any]) -> str:
    """Name the flow that a document came from; one that was not derived has none."""
    origin = one.get("derived_from")
    if not origin:
        return ""
    slot = f" {origin['slot']}" if origin["slot"] else ""
    return f"{origin['flow']}{slot}" + (f" ({origin['state']})" if origin["state"] != "derived" else "")
