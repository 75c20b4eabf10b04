"""`ltc exceptions`: records that could not go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.documents import place
from ltc.app.cli.frame import FAILED, Command, Frame, Group

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group("exceptions", cls=Group, default="list")
def command() -> None:
    """Show, mend and retry records that could not go on; without a command: list them."""


@command.command("list", cls=Command)
@click.option("--system", default="", help="Only this system.")
@click.option("--entity", default="", help="Only this entity.")
@click.option("--state", type=click.Choice(["open", "retrying", "resolved", "all"]), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--after", type=int, default=0, help="Go on after this number.")
def listed(frame: Frame, system: str, entity: str, state: str, limit: int, after: int) -> None:
    """List them, with the field and the line of the mapping that are to blame."""
    from ltc.app.cli.commands.sync import known_entities
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        if system:
            engine.config.system(system)
        known_entities((entity,) if entity else ())
        document = engine.exceptions(system=system, entity=entity, state=state, limit=limit, after=after)
    rows = [
        (
            one["id"], one["system"], one["object"], one["record_id"], one["entity"], one["stage"], one["field"],
            _said(one["error"]), place(one.get("mapping")), one["state"],
        )
        for one in document["exceptions"]
    ]  # fmt: skip
    columns = ("id", "system", "object", "record", "entity", "stage", "field", "error", "mapping", "state")
    frame.emit(document, lambda: frame.table(columns, rows, empty="Nothing is parked."))


def _said(error: object) -> object:
    """Say what is wrong and what to do about it."""
    return f"{error.get('message')} {error.get('remedy') or ''}".strip() if isinstance(error, dict) else error


@command.command("retry", cls=Command)
@click.argument("numbers", nargs=-1, required=True, type=int)
def retry(frame: Frame, numbers: tuple[int, ...]) -> None:
    """Let records go on, by the numbers of their exceptions."""
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = engine.retry(numbers, actor=actor())
    _tell(frame, document)


@command.command("edit", cls=Command)
@click.argument("number", type=int)
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
def edit(frame: Frame, number: int, fields: tuple[str, ...]) -> None:
    """Mend raw fields of a record that does not fit its mapping, and retry it.

    The edit holds until the record changes in its system. VALUE is text; `null`, `true`, `false` and numbers in JSON are
    themselves.
    """
    from ltc.app.cli.engine import actor, opened
    from ltc.app.cli.values import assigned

    mended = dict(assigned(text) for text in fields)
    with opened(frame) as engine:
        document = engine.edit(number, mended, actor=actor())
    _tell(frame, document)


def _tell(frame: Frame, document: dict[str, Any]) -> None:
    """Say what goes on, and fail for what is parked again."""
    parked = document.get("parked") or []
    frame.emit(document, lambda: frame.print(_words(document["retried"] - len(parked), parked)))
    if parked:
        frame.fail(FAILED)


def _words(going: int, parked: Sequence[int]) -> str:
    """Put it into words.

    >>> _words(2, [7])
    '2 go on; `ltc sync` writes what follows. Parked again: 7; `ltc exceptions` says why.'
    """
    said = f"{going} go on; `ltc sync` writes what follows." if going or not parked else ""
    again = f"Parked again: {', '.join(map(str, parked))}; `ltc exceptions` says why." if parked else ""
    return " ".join(filter(None, (said, again)))
