"""`ltc status`: how things stand."""

from __future__ import annotations

from typing import Any

import click

from ltc.app.cli.alerts import show_alerts, show_undelivered
from ltc.app.cli.commands.jobs import COLUMNS, row_of
from ltc.app.cli.documents import place
from ltc.app.cli.frame import FAILED, Command, Frame
from ltc.app.cli.quotas import show_quotas
from ltc.app.cli.times import ago

LAST = 10
"""Runs that people are shown; `--json` has more."""


@click.command("status", cls=Command)
def command(frame: Frame) -> None:
    """Show systems, modes, open work, jobs and the last runs; exit with 1 if a job is late."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.status()
    frame.emit(document, lambda: _show(frame, document))
    if any(job["late"] is not None for job in document.get("schedule") or ()):
        frame.fail(FAILED)


def _show(frame: Frame, document: dict[str, Any]) -> None:
    """Show what an operator looks for first: what is stopped, late, parked or waiting."""
    if document.get("recovering"):
        said = (
            f"The hub was restored from a backup, and makes nothing until it knows again what there is: {document['recovering']}."
        )
        frame.print(f"{said} `ltc sync` goes on with it, as every sync of all systems does.\n")
    columns = ["system", "object", "entity", "mode", "read", "exceptions", "changes", "waiting", "reviews", "stopped"]
    frame.table(columns, [_scope(scope) for scope in sorted(document["scopes"], key=_by_name)])
    if document.get("exceptions"):
        frame.print("\nparked, by cause")
        names = list(document["exceptions"][0])
        frame.table(names, [_cause(row) for row in document["exceptions"]])
    if document.get("deals"):
        frame.print("\ndeals, by the stage that they have come to")
        frame.table(["stage", "deals", "lost", "stuck"], [list(row.values()) for row in document["deals"]])
    if document.get("hooks"):
        frame.print("\nwebhooks that wait or are parked")
        names = ["system", "object", "pending", "parked", "attempts", "age", "error"]
        frame.table(names, [[ago(row[name]) if name == "age" else row[name] for name in names] for row in document["hooks"]])
    if document.get("alerts"):
        frame.print("\nwhat is wrong")
        show_alerts(frame, document["alerts"])
    show_undelivered(frame, document.get("undelivered") or ())
    show_quotas(frame, document.get("quotas") or ())
    jobs = [job for job in document.get("schedule") or () if job["status"] != "never"]
    if jobs:
        frame.print("\njobs")
        frame.table(COLUMNS, [row_of(job) for job in jobs])
    runs = [run for run in document["runs"] if _did_something(run)][:LAST]
    frame.print("\nlast runs that did something" if runs else "\nNo run has done anything yet.")
    if runs:
        frame.table(["id", "job", "status", "began", "read", "writes", "parked", "error"], [_run(run) for run in runs])
    if document.get("reviews"):
        frame.print(f"\n{document['reviews']} pairs wait for a decision: `ltc review list`.")


def _cause(row: dict[str, Any]) -> list[Any]:
    return [place(value) if name == "mapping" else value for name, value in row.items()]


def _by_name(scope: dict[str, Any]) -> tuple[str, str]:
    return str(scope["system"]), str(scope["object"])


def _scope(scope: dict[str, Any]) -> list[Any]:
    changes = sum((scope.get("changes") or {}).values())
    numbers = [scope.get("exceptions"), changes, scope.get("waiting"), scope.get("reviews")]
    names = [scope[name] for name in ("system", "object", "entity", "mode")]
    return [*names, ago(scope.get("read_age")), *numbers, scope.get("stopped")]


def _did_something(run: dict[str, Any]) -> bool:
    counts = run["counts"] if isinstance(run["counts"], dict) else {}
    return bool(run["error"]) or any(counts.get(name) for name in ("read", "writes", "parked"))


def _run(run: dict[str, Any]) -> list[Any]:
    counts = run["counts"] if isinstance(run["counts"], dict) else {}
    numbers = [counts.get(name, 0) for name in ("read", "writes", "parked")]
    return [run["id"], run["job"], run["status"], str(run["started_at"] or "")[:19].replace("T", " "), *numbers, run["error"]]
