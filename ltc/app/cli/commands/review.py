"""`ltc review`: which records are the same thing."""

from __future__ import annotations

from typing import Any

import click

from ltc.app.cli.frame import Command, Frame, Group


@click.group("review", cls=Group, default="list")
def command() -> None:
    """Decide which records are the same thing; without a command: list what is to be decided."""


@command.command("list", cls=Command)
@click.option("--state", type=click.Choice(["open", "same", "different"]), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--after", type=int, default=0, help="Go on after this number.")
def listed(frame: Frame, state: str, limit: int, after: int) -> None:
    """List pairs that may be the same thing, with what speaks for it."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.reviews(state=state, limit=limit, after=after)
    rows = [(one["id"], one["entity"], _side(one["left"]), _side(one["right"]), one["evidence"]) for one in document["reviews"]]
    frame.emit(
        document, lambda: frame.table(("id", "entity", "one", "other", "evidence"), rows, empty="Nothing is to be decided.")
    )


def _side(side: dict[str, Any]) -> str:
    name = side["values"].get("name") or side["hub_id"]
    return f"{name} ({', '.join(record['system'] + ' ' + record['id'] for record in side['records'])})"


@command.command("same", cls=Command)
@click.argument("numbers", nargs=-1, required=True, type=int)
def same(frame: Frame, numbers: tuple[int, ...]) -> None:
    """Say that both sides of these pairs are the same thing: they are merged."""
    _decide(frame, numbers, "same")


@command.command("different", cls=Command)
@click.argument("numbers", nargs=-1, required=True, type=int)
def different(frame: Frame, numbers: tuple[int, ...]) -> None:
    """Say that these pairs are different things: they are kept apart for good."""
    _decide(frame, numbers, "different")


def _decide(frame: Frame, numbers: tuple[int, ...], verdict: str) -> None:
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = {"reviews": [engine.decide(number, verdict, actor=actor()) for number in numbers]}
    frame.emit(document, lambda: frame.print(f"{len(numbers)} decided: {verdict}."))
