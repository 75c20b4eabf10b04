"""`ltc status`: how things stand."""

from __future__ import annotations

from typing import Any

import click

from ltc.app.cli.frame import Command, Frame


@click.command("status", cls=Command)
def command(frame: Frame) -> None:
    """Show systems, modes, open work and the last runs."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.status()
    frame.emit(document, lambda: _show(frame, document))


def _show(frame: Frame, document: dict[str, Any]) -> None:
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            columns = list(value[0])
            frame.print(f"\n{name}")
            frame.table(columns, [[row.get(column) for column in columns] for row in value])
        elif not isinstance(value, list):
            from ltc.app.cli.documents import plain

            frame.print(f"{name}: {plain(value)}")
