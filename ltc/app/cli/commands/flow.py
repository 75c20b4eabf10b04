"""`ltc flow`: how one document gives rise to the next: check it, try it, preview it, explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.frame import FAILED, WRONG, Command, Frame, Group

if TYPE_CHECKING:
    from ltc.app.engine.flow.examples import Trial


@click.group("flow", cls=Group)
def command() -> None:
    """Check flows and try their examples; preview what they would derive, and explain what they did and why."""


@command.command("check", cls=Command)
@click.argument("name", required=False, default="")
def check(frame: Frame, name: str) -> None:
    """Check the flow files, each by itself and all together, and print all faults with their places and remedies.

    NAME is a flow file without its ending; without it, all are checked. What flows do to one another is always looked at.
    """
    from ltc.app.cli.flow_checking import flow_faults, flow_warnings, known_flow
    from ltc.app.cli.verdicts import give_verdict

    config = frame.hub(sound=False)
    known_flow(config, name)
    own = {str(path) for path in config.flows.get(name, ())}
    found = [fault for fault in (*flow_faults(config), *flow_warnings(config)) if not own or fault.file in own]
    give_verdict(frame, "flow", [name] if name else list(config.flows), found)


@command.command("schema", cls=Command)
@click.option("--out", metavar="FILE", help="Write it to this file.")
def schema(frame: Frame, out: str | None) -> None:
    """Print the JSON Schema of flow files, for editors; `ltc schema` has those of all other files."""
    from pathlib import Path

    from ltc.app.cli.schemas import write_one

    write_one(frame, "flow", Path(out) if out else None)


@command.command("test", cls=Command)
@click.argument("name", required=False, default="")
def test(frame: Frame, name: str) -> None:
    """Run the examples of the flow files, and print what they expect and what was found, leaf by leaf.

    NAME is a flow file without its ending; without it, all are run. A flow without an example is a warning.
    """
    from ltc.app.cli.documents import fault_document
    from ltc.app.cli.flow_checking import trials
    from ltc.app.cli.verdicts import say_faults

    found, faults = trials(frame.hub(sound=False), name)
    broken = [fault for fault in faults if fault.severity == "error"]
    failed = [trial for trial in found if not trial.is_right]
    document = {
        "ok": not (broken or failed), "examples": [_trial(trial) for trial in found],
        "faults": [fault_document(fault) for fault in (*faults, *(fault for trial in failed for fault in trial.faults))],
    }  # fmt: skip
    say_faults(frame, faults)
    frame.emit(document, lambda: _show_trials(frame, found, failed))
    if broken:
        frame.fail(WRONG)
    if failed:
        frame.fail(FAILED)


@command.command("preview", cls=Command)
@click.argument("name")
@click.argument("any_id", metavar="ID")
def preview(frame: Frame, name: str, any_id: str) -> None:
    """Show what a flow would derive of a source now; nothing is written.

    ID is any id of any system, as for `ltc trace`; that of another document leads to the source in the same deal.
    """
    from ltc.app.cli.engine import opened
    from ltc.app.cli.flow_telling import show_preview

    with opened(frame) as engine:
        document = engine.preview(name, any_id)
    frame.emit(document, lambda: show_preview(frame, document))


@command.command("explain", cls=Command)
@click.argument("any_id", metavar="ID")
def explain(frame: Frame, any_id: str) -> None:
    """Explain what flows made of a record, or why they made nothing of it, and what it was made of.

    ID is any id of any system, as for `ltc trace`.
    """
    from ltc.app.cli.engine import opened
    from ltc.app.cli.flow_telling import show_explanation

    with opened(frame) as engine:
        document = engine.explain(any_id)
    frame.emit(document, lambda: show_explanation(frame, document))


def _trial(trial: Trial) -> dict[str, Any]:
    from ltc.app.cli.documents import fault_document

    return {
        "flow": trial.flow.name, "file": trial.flow.file, "line": trial.example.line, "number": trial.number,
        "note": trial.example.note, "ok": trial.is_right,
        "leaves": [
            {"leaf": one.leaf, "expected": one.expected, "found": one.found, "line": one.line, "ok": one.is_right}
            for one in trial.compared
        ],
        "faults": [fault_document(fault) for fault in trial.faults],
    }  # fmt: skip


def _show_trials(frame: Frame, found: list[Trial], failed: list[Trial]) -> None:
    rows = [
        (f"{trial.flow.name} {trial.number}", one.leaf, one.expected, one.found, one.line, " " if one.is_right else "✗")
        for trial in found
        for one in trial.compared
    ]
    if rows:
        frame.table(("example", "leaf", "expected", "found", "line", ""), rows)
    for trial in failed:
        for fault in trial.faults:
            if not fault.path or fault.code != "flow.example":
                frame.print(f"✗ {fault}")
    said = f"{len(found)} example{'' if len(found) == 1 else 's'}"
    frame.print(f"{said}: {f'{len(failed)} fail.' if failed else 'all hold.'}" if found else "There is no example.")
