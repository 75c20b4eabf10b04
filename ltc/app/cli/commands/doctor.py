"""`ltc doctor`: what the hub stands on."""

from __future__ import annotations

import click

from ltc.app.cli.frame import WRONG, Command, Frame


@click.command("doctor", cls=Command)
def command(frame: Frame) -> None:
    """Check what the hub stands on: Python, database, broker, disk, clock, connectors, credentials."""
    from ltc.app.cli.health import examine

    findings = list(examine(frame))
    wrong = [one for one in findings if not one["ok"]]
    rows = [("ok" if one["ok"] else "WRONG", one["name"], one["message"], one["remedy"]) for one in findings]
    frame.emit({"ok": not wrong, "checks": findings}, lambda: frame.table(("", "what", "found", "remedy"), rows))
    if wrong:
        frame.fail(WRONG)
