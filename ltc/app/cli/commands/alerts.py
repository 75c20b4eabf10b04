"""`ltc alerts`: what is wrong now, what people were told, and whether they can be told at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.alerts import show_alerts, show_undelivered
from ltc.app.cli.frame import FAILED, Command, Frame, Group

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group("alerts", cls=Group, default="list")
def command() -> None:
    """List what is wrong now, or try the channels by which people are told; without a command: list."""


@command.command("list", cls=Command)
@click.option("--over", is_flag=True, help="Also what was wrong within the last 30 days.")
def listed(frame: Frame, *, over: bool) -> None:
    """List what is wrong now, since when, and what to do; docs/reference/alerts.md explains each code."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.alerts.listed(over=over)
    frame.emit(document, lambda: _show(frame, document))


def _show(frame: Frame, document: Mapping[str, Any]) -> None:
    show_alerts(frame, document["alerts"], empty="Nothing is wrong that the hub watches.")
    show_undelivered(frame, document["undelivered"])
    if not document["channels"]:
        frame.print("Nobody is told: name a channel in config/hub.yaml, under `alerts.channels`.")


@command.command("test", cls=Command)
@click.argument("channels", nargs=-1)
def test(frame: Frame, channels: tuple[str, ...]) -> None:
    """Send a test to these channels, or to all, and say whether it went out; nothing else is changed."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.alerts.test(channels)
    rows = [(one["channel"], "delivered" if one["delivered"] else "not delivered", one["error"]) for one in document["channels"]]
    frame.emit(document, lambda: frame.table(("channel", "", "error"), rows))
    if not all(one["delivered"] for one in document["channels"]):
        frame.fail(FAILED)
