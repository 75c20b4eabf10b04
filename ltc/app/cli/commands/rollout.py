"""`ltc rollout`: from observing to live, slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.frame import Command, Frame, Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltc.app.cli.engine import Engine


@click.group("rollout", cls=Group, default="status")
def command() -> None:
    """Move systems from observing to live; release brakes; apply changed mappings.

    The way of a system: observe (it is read and matched) → shadow (what would be written is planned) → live. Differences
    that exist when it goes live are accepted as its baseline, unless --correct is said.
    """


@command.command("status", cls=Command)
def status(frame: Frame) -> None:
    """Show how far each object of each system is, and what holds it."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        document = engine.rollout_status()
    columns = ("system", "object", "entity", "mode", "full_read_at", "baseline_at", "open_reviews", "changes", "stopped")
    rows = [[scope.get(column) for column in columns] for scope in document["scopes"]]
    frame.emit(document, lambda: frame.table(columns, rows, empty="No system is mapped."))


def _act(
    frame: Frame, system: str, act: Callable[[Engine], dict[str, Any]], said: str | Callable[[dict[str, Any]], str],
    question: str = "", *, yes: bool = True,
) -> None:  # fmt: skip
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        if system:
            engine.config.system(system)
        if question:
            frame.confirm(question, yes=yes)
        document = act(engine)
    frame.emit(document, lambda: frame.print(said if isinstance(said, str) else said(document)))


@command.command("observe", cls=Command)
@click.argument("system", default="")
@click.argument("entity", default="")
def observe(frame: Frame, system: str, entity: str) -> None:
    """Only read and match; nothing is planned. Without SYSTEM: all of them."""
    from ltc.app.cli.engine import actor

    _act(
        frame, system, lambda engine: engine.rollout_mode("observe", system=system, entity=entity, actor=actor()),
        f"{system or 'All systems'}: observing.",
    )  # fmt: skip


@command.command("shadow", cls=Command)
@click.argument("system", default="")
@click.argument("entity", default="")
def shadow(frame: Frame, system: str, entity: str) -> None:
    """Plan what would be written, and write nothing."""
    from ltc.app.cli.engine import actor

    _act(
        frame, system, lambda engine: engine.rollout_mode("shadow", system=system, entity=entity, actor=actor()),
        f"{system or 'All systems'}: planning in the shadow; `ltc status` shows what would be written.",
    )  # fmt: skip


@command.command("live", cls=Command)
@click.argument("system", default="")
@click.argument("entity", default="")
@click.option("--only", "leaves", multiple=True, metavar="PATH", help="Only this attribute, such as phone; may be repeated.")
@click.option("--correct", is_flag=True, help="Correct the differences that exist, instead of accepting them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def live(frame: Frame, system: str, entity: str, leaves: tuple[str, ...], *, correct: bool, yes: bool) -> None:
    """Write from the next sync on. Refused until everything that the entity is matched across was read in full."""
    from ltc.app.cli.engine import actor

    _act(
        frame, system,
        lambda engine: engine.rollout_mode(
            "live", system=system, entity=entity, leaves=leaves, baseline=not correct, actor=actor()
        ),
        f"{system or 'All systems'}: live.", f"Let the hub write to {system or 'all systems'}?", yes=yes,
    )  # fmt: skip


@command.command("apply", cls=Command)
@click.argument("system", default="")
@click.argument("entity", default="")
@click.option("--preview", is_flag=True, help="Only say what would be planned.")
def apply(frame: Frame, system: str, entity: str, *, preview: bool) -> None:
    """Bring records that an older mapping translated under the present one."""
    from ltc.app.cli.engine import opened

    with opened(frame) as engine:
        if system:
            engine.config.system(system)
        document = engine.rollout_apply(system=system, entity=entity, preview=preview)
    rows = [[scope.get(column) for column in ("system", "object", "records", "planned")] for scope in document["scopes"]]
    frame.emit(document, lambda: frame.table(("system", "object", "records", "planned"), rows, empty="Nothing is older."))


@command.command("release", cls=Command)
@click.argument("system")
@click.argument("entity", default="")
def release(frame: Frame, system: str, entity: str) -> None:
    """Let through, once, what a brake holds now."""
    from ltc.app.cli.engine import actor

    _act(frame, system, lambda engine: engine.rollout_release(system, entity, actor=actor()), _let_through(system))


def _let_through(system: str) -> Callable[[dict[str, Any]], str]:
    """Say what a release lets through, or that there was nothing to release."""

    def told(document: dict[str, Any]) -> str:
        kinds = {"creates": "to create", "amends": "to change", "disappeared": "disappeared"}
        held = [
            f"{scope[name]} {scope['object']} {words}"
            for scope in document["released"]
            for name, words in kinds.items()
            if scope.get(name)
        ]
        return (
            f"{system}: released for one sync: {', '.join(held)}."
            if held
            else f"{system}: nothing is held, nothing was released."
        )

    return told


@command.command("resume", cls=Command)
@click.argument("system")
@click.argument("entity", default="")
def resume(frame: Frame, system: str, entity: str) -> None:
    """Start again what stopped by itself, once its reason is mended."""
    from ltc.app.cli.engine import actor

    _act(frame, system, lambda engine: engine.rollout_resume(system, entity, actor=actor()), f"{system}: goes on.")
