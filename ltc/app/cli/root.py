"""`ltc` itself: which commands there are, and which module each of them is in."""

from __future__ import annotations

import importlib
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import click

from ltc.app.cli.frame import DONE, WRONG, Failed, Frame, Group
from ltc.core.errors import LtcError, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "init": "Make a new hub directory.",
        "check": "Check every file of the hub, and with --online the systems too.",
        "doctor": "Check what the hub stands on: Python, database, broker, disk, clock, connectors, credentials.",
        "sync": "Read changes, match, merge and write what is due, once.",
        "run": "Run the jobs on their schedules until stopped.",
        "serve": "Do all that a hub does, in one process, until stopped.",
        "scheduler": "Queue a run for each slot of the jobs, until stopped.",
        "worker": "Do the work that is queued, until stopped.",
        "jobs": "List jobs; start one now, pause them, let them go on.",
        "status": "Show systems, modes, open work and the last runs.",
        "alerts": "Show what is wrong now and what was told; try the channels.",
        "log": "Show what happened to records.",
        "exceptions": "Show, mend and retry records that could not go on.",
        "trace": "Tell a deal's whole story, from any id of any system.",
        "deals": "Show how far deals are, and where they are stuck.",
        "mdm": "Say which records are the same thing, and why; merge, split and pin them.",
        "review": "Decide which records are the same thing.",
        "rollout": "Move systems from observing to live; release brakes; apply changed mappings.",
        "mapping": "Check, try, show, preview and draft mappings; see what they cover and what has drifted.",
        "flow": "Check and try flows; preview what they would derive; explain what they did.",
        "backup": "Write the store and the hub's YAML to one file, while the hub works.",
        "restore": "Put a backup in the store's place.",
        "schema": "Print or write JSON Schemas of the hub's files, for editors.",
        "system": "Talk to one system: check, describe, read, write, rewind.",
        "sandbox": "Run simulated systems on this machine.",
        "demo": "Show the whole way from won deals to payments on the sandbox.",
    }
)
"""Every command and its one line; the command itself is in the module of the same name and is loaded when it is used."""


class Root(Group):
    """Lists commands without loading them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order in which they are met."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ltc.app.cli.commands.{cmd_name}")
        return cast("click.Command", module.command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def make_root() -> Root:
    """Make the command `ltc`."""
    root = Root(
        name="ltc",
        help="LTC Hub keeps the systems of a lead-to-cash process telling the same story.",
        epilog="Exit codes: 0 done, 1 work failed, 2 wrong use or configuration. Every command takes --json.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        no_args_is_help=True,
    )
    version = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
    )
    root.params.append(version)
    return root


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it so
    del parameter
    if value:
        from ltc import __version__

        frame: Frame = ctx.obj
        frame.emit({"version": __version__}, lambda: frame.print(f"ltc {__version__}"))
        ctx.exit()


def run(arguments: Sequence[str] | None = None, frame: Frame | None = None) -> int:
    """Run `ltc` and give the exit code; no fault of a user or a system ends in a traceback, unless --debug."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    frame = frame or Frame()
    frame.as_json = "--json" in words  # a fault in the words themselves is told as JSON too
    frame.debug = "--debug" in words
    try:
        outcome = make_root().main(words, prog_name="ltc", standalone_mode=False, obj=frame)
    except Failed as failed:
        return failed.code
    except click.ClickException as error:
        return _wrong_use(frame, error)
    except click.Abort:
        frame.say("Stopped.")
        return 130
    except (LtcError, OSError) as error:
        if frame.debug:
            raise
        return frame.refuse(error if isinstance(error, LtcError) else _of_machine(error))
    return outcome if isinstance(outcome, int) else DONE


def _of_machine(error: OSError) -> LtcError:
    return LtcError(f"{error}.", remedy="Check the file, its rights and the disk's space.", code="machine.os")


def _wrong_use(frame: Frame, error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return WRONG
    context = getattr(error, "ctx", None)
    remedy = f"See `{context.command_path} --help`." if context is not None else ""
    message = error.format_message()
    ended = message if message.endswith((".", "?", "!")) else f"{message}."
    frame.refuse(Misconfigured(ended, remedy=remedy, code="usage"))
    return WRONG


def tell_bugs(frame: Frame) -> None:
    """Let what nobody foresaw end in one sentence, and in its traceback with --debug; Python then exits with 1."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if frame.debug:
            sys.__excepthook__(kind, error, trace)
            return
        remedy = "Run it again with --debug and report what it shows."
        frame.refuse(LtcError(f"This should not happen ({kind.__name__}: {error}).", remedy=remedy, code="ltc.bug"))

    sys.excepthook = hook
