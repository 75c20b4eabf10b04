"""`ltc sandbox`: simulated systems on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.frame import Command, Frame, Group
from ltc.app.sandbox.programmes import PROGRAMMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.service import RunningSandbox


@click.group("sandbox", cls=Group)
def command() -> None:
    """Run simulated systems on this machine: nothing leaves it, and time in it is virtual."""


@command.command("up", cls=Command)
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same world.")
@click.option("--scale", type=click.FloatRange(0.001, 100), default=1.0, show_default=True, help="1 is 1,000 customers.")
@click.option(
    "--profile", type=click.Choice(["calm", "hostile"]), default="calm", show_default=True, help="With faults or without."
)
@click.option("--state", "state_dir", type=click.Path(file_okay=False), help="Keep the state in this directory.")
@click.option("--hooks", default="", metavar="URL", help="Post webhooks to URL/SYSTEM, such as http://127.0.0.1:8420/hooks.")
@click.option("--detach", is_flag=True, help="Run in the background; `ltc sandbox down` stops it.")
def up(frame: Frame, seed: int, scale: float, profile: str, state_dir: str | None, hooks: str, *, detach: bool) -> None:
    """Start the simulated systems; in the foreground until Ctrl-C, unless --detach."""
    _insist_on_address(hooks)
    folder = Path(state_dir) if state_dir else None
    if detach:
        from ltc.app.sandbox.detached import up_detached

        remote = up_detached(_var(frame), seed, scale, profile, state_dir=folder, hooks=hooks)
        _tell(frame, remote.systems())
        return
    from ltc.app.sandbox.service import up as bring_up

    with bring_up(seed, scale, "hostile" if profile == "hostile" else "calm", folder, hooks=hooks) as sandbox:
        _serve(frame, sandbox)


def _insist_on_address(url: str) -> None:
    """Refuse an address to which nobody can post."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment):
        raise click.BadParameter("say where the hub takes webhooks, such as http://127.0.0.1:8420/hooks.", param_hint="--hooks")


def _var(frame: Frame) -> Path:
    return frame.folder().resolve() / "var"


def _tell(frame: Frame, systems: dict[str, Any]) -> None:
    where = ", ".join(f"{name} at {told['base_url']}" for name, told in systems.items())
    frame.emit({"systems": systems}, lambda: frame.print(f"The sandbox is up: {where}"))


def _serve(frame: Frame, sandbox: RunningSandbox) -> None:
    """Tell where it is, to people and to the other commands, and wait for the end."""
    import json
    import os
    import sys

    from ltc.app.cli.signals import stopping, wait_for
    from ltc.app.sandbox.detached import FILE

    file = _var(frame) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        json.dumps({"pid": os.getpid(), "control": sandbox.base_urls["sandbox"], "systems": sandbox.systems()}), encoding="utf-8"
    )
    try:
        with stopping(sandbox.stopping):
            _tell(frame, sandbox.systems())
            sys.stdout.flush()
            wait_for(sandbox.stopping)
    finally:
        file.unlink(missing_ok=True)


@command.command("down", cls=Command)
def down(frame: Frame) -> None:
    """Stop the sandbox that runs in the background."""
    from ltc.app.sandbox.detached import down as take_down

    take_down(_var(frame))
    frame.emit({"stopped": True}, lambda: frame.print("The sandbox is down."))


@command.command("connect", cls=Command)
def connect(frame: Frame) -> None:
    """Write the sandbox's systems into the hub's systems.yaml, or with --env NAME into systems.NAME.yaml.

    A file that names systems already is left alone.
    """
    from ltc.app.config.new import add_systems
    from ltc.app.sandbox.detached import find
    from ltc.core.errors import Misconfigured
    from ltc.core.yamlfile import load

    folder = frame.folder().resolve()
    path = folder / "config" / (f"systems.{frame.env}.yaml" if frame.env else "systems.yaml")
    if path.exists() and load(path).value:
        remedy = "Use an environment of its own: --env sandbox."
        raise Misconfigured(f"{path} names systems already.", remedy=remedy, code="hub.systems")
    systems = find(_var(frame)).systems()
    add_systems(folder, systems, env=frame.env or "")
    frame.emit({"file": str(path), "systems": list(systems)}, lambda: frame.print(f"{path} names {', '.join(systems)} now."))


@command.command("state", cls=Command)
def state(frame: Frame) -> None:
    """Print the systems' objects in normal form and the journal of what people and programs did: what checkers read."""
    from ltc.app.sandbox.detached import find

    document = find(_var(frame)).state()
    frame.emit(document)


@command.command("hooks", cls=Command)
def hooks(frame: Frame) -> None:
    """Count the webhooks of each system: accepted by the hub, waiting to be posted again, given up."""
    from ltc.app.sandbox.detached import find

    document = find(_var(frame)).hooks()
    rows = [(name, *counts.values()) for name, counts in document.items()]
    frame.emit(document, lambda: frame.table(("system", "accepted", "waiting", "given up"), rows))


@command.command("act", cls=Command)
@click.option("--days", type=click.IntRange(1, 1000), default=1, show_default=True, help="For so many virtual days.")
@click.option("--programme", type=click.Choice(PROGRAMMES), default="everything", show_default=True, help="What people do.")
def act(frame: Frame, days: int, programme: str) -> None:
    """Let the business happen: deals are won, lost and amended, goods shipped, invoices paid."""
    from ltc.app.sandbox.detached import find

    document = find(_var(frame)).act(days, programme)
    frame.emit(document, lambda: _show_deeds(frame, document))


def _show_deeds(frame: Frame, document: Mapping[str, Any]) -> None:
    """Print what people did, and which day it is now."""
    rows = sorted((name.replace("_", " "), count) for name, count in document["done"].items() if count)
    frame.table(("what", "how often"), rows, empty="Nobody did anything.")
    frame.print(f"It is {document['now']} in the sandbox now.")


@command.command("clock", cls=Command)
@click.option("--days", type=click.FloatRange(0), default=0.0, help="Move forward by so many days.")
@click.option("--seconds", type=click.FloatRange(0), default=0.0, help="Move forward by so many seconds.")
def clock(frame: Frame, days: float, seconds: float) -> None:
    """Tell the sandbox's virtual time, after moving it forward if asked."""
    from ltc.app.sandbox.detached import find

    document = find(_var(frame)).clock(days, seconds)
    frame.emit(document, lambda: frame.print(document["now"]))


@command.command("schema", cls=Command)
@click.argument("system")
@click.argument("obj", metavar="OBJECT")
@click.argument("field")
@click.option("--remove", is_flag=True, help="Take the field away.")
@click.option("--rename", default="", metavar="NEW", help="Give it another name.")
@click.option("--type", "kind", default="", metavar="TYPE", help="Give it another type, such as string, currency or date.")
@click.option("--length", type=click.IntRange(1), metavar="N", help="Let it hold so many characters.")
@click.option("--values", default="", metavar="A,B", help="Let it take these values only.")
@click.option("--required", is_flag=True, help="Let nobody make a record without it.")
@click.option("--read-only", is_flag=True, help="Let nobody write it.")
@click.option("--add", default="", metavar="TYPE", help="Add it, as a field of this type.")
def schema(
    frame: Frame, system: str, obj: str, field: str, rename: str, kind: str, length: int | None, values: str, add: str, *,
    remove: bool, required: bool, read_only: bool,
) -> None:  # fmt: skip
    """Change a field of a simulated system as its admin would, to see what `ltc mapping drift` and a sync make of it."""
    from ltc.app.sandbox.detached import find

    said: dict[str, Any] = {
        "remove": remove, "rename": rename, "type": kind, "length": length, "values": [one for one in values.split(",") if one],
        "required": required, "add": add,
    }  # fmt: skip
    change = {word: value for word, value in said.items() if value} | ({"writable": False} if read_only else {})
    if not change:
        raise click.UsageError("Say what is to change.")
    document = find(_var(frame)).reshape(system, obj, field, change)
    frame.emit(document, lambda: frame.print(f"{system}: {document['changed']} is changed."))
