"""The frame that all commands share: common options, one document on stdout, messages on stderr, faults, exit codes.

Nothing heavy may be imported here: `ltc --help` loads this module.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from ltc.app.cli.documents import as_text, fault_document, faults_of, forms_of, plain
from ltc.core.errors import Misconfigured, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ltc.app.config import HubConfig
    from ltc.core.errors import LtcError

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2

_COMMON: Final = ("as_json", "hub_dir", "env", "debug")


class Failed(Exception):
    """The work was done and reported, and what it reports is a failure."""

    def __init__(self, code: int = FAILED) -> None:
        """Keep the exit code."""
        self.code = code
        super().__init__(code)


class Frame:
    """What a command needs of its surroundings."""

    def __init__(self) -> None:
        """Start with nothing said; the options of root and command are laid over."""
        self.as_json = False
        self.hub_dir: str | None = None
        self.env: str | None = None
        self.debug = False
        self.secrets: list[str] = []
        self.telling = False

    def take(self, options: Mapping[str, Any]) -> None:
        """Lay the common options over what was said before the command."""
        for name in _COMMON:
            if options.get(name):
                setattr(self, name, options[name])

    # -- the hub ---------------------------------------------------------------------------------------------------

    def folder(self) -> Path:
        """Find the hub's directory: --hub, LTC_HUB, or the nearest one around the working directory."""
        from pathlib import Path

        said = self.hub_dir or os.environ.get("LTC_HUB")
        if said:
            return Path(said)
        here = Path.cwd()
        around = (folder for folder in (here, *here.parents) if (folder / "config" / "hub.yaml").is_file())
        return next(around, here)

    def hub(self, *, sound: bool = True) -> HubConfig:
        """Read the hub; unless told otherwise, any fault ends the command."""
        from ltc.app.config import open_hub

        config = open_hub(self.folder(), self.env)
        self.secrets = config.vault.given
        for fault in config.faults if sound else ():
            if fault.severity != "error":
                self.say(f"{fault.severity}: {fault}")
        return config.require_sound() if sound else config

    # -- output ----------------------------------------------------------------------------------------------------

    def emit(self, document: Any, show: Callable[[], None] | None = None) -> None:
        """Give the result: the document itself with --json, else what ``show`` prints."""
        if self.as_json or show is None:
            self.print(self.clean(as_text(document)))
        else:
            show()

    def print(self, text: str) -> None:
        """Write a line to stdout."""
        self._end_telling()
        click.echo(self.clean(text))

    def say(self, text: str) -> None:
        """Write a message to stderr."""
        self._end_telling()
        click.echo(self.clean(text), err=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "Nothing.") -> None:
        """Print a table."""
        listed = [[self.clean(plain(cell)) for cell in row] for row in rows]
        if not listed:
            self.print(empty)
            return
        from ltc.app.cli.tables import print_table

        self._end_telling()
        print_table(columns, listed)

    def progress(self) -> Callable[[str], None]:
        """Give a function that tells what is being done: on a terminal in place, else one line each; silent with --json."""
        if self.as_json:
            return _tell_nobody
        return self._tell_in_place if sys.stderr.isatty() else lambda text: self.say(f"… {text}")

    def _tell_in_place(self, text: str) -> None:
        click.echo(f"\r\x1b[K… {self.clean(text)}", err=True, nl=False)
        self.telling = True

    def _end_telling(self) -> None:
        """Clear the line that says what is being done, before anything else is said."""
        if self.telling:
            click.echo("\r\x1b[K", err=True, nl=False)
            self.telling = False

    def clean(self, text: str) -> str:
        """Take every secret that was resolved out of a text that goes to a person."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            for form in forms_of(secret):
                text = text.replace(form, "•••")
        return text

    # -- failures --------------------------------------------------------------------------------------------------

    def refuse(self, error: LtcError) -> int:
        """Tell an error, and give the exit code for it."""
        found = faults_of(error)
        for fault in found:
            self.say(f"{fault.severity}: {fault}")
        if self.as_json:
            told = [fault_document(fault) for fault in found]
            self.print(as_text({"error": told[0], "faults": told}))
        return exit_code(error)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that is hard to take back; without a terminal, --yes must have been said."""
        if yes:
            return
        if self.as_json or not sys.stdin.isatty():
            raise click.UsageError(f"{question} Say --yes to do it without being asked.")
        click.confirm(question, abort=True, err=True)

    def fail(self, code: int = FAILED) -> NoReturn:
        """End with a failure that was reported."""
        raise Failed(code)


def _tell_nobody(text: str) -> None:
    """Keep silent."""
    del text


def exit_code(error: LtcError) -> int:
    """Tell wrong use or configuration (2), which a person must correct, from work that failed (1)."""
    wrong = isinstance(error, Misconfigured | Unauthorised) or error.code in {"system.unreachable", "usage"}
    return WRONG if wrong else FAILED


def common_options() -> list[click.Option]:
    """Give the options that every command takes, before or after its name."""
    return [
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
        click.Option(["--hub", "hub_dir"], metavar="DIR", help="The hub's directory."),
        click.Option(["--env"], metavar="NAME", help="The environment, such as test or prod."),
        click.Option(["--debug"], is_flag=True, help="Show tracebacks."),
    ]


class Command(click.Command):
    """A command of ours: it takes the common options and gets the frame as its first argument."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the common options."""
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> Any:
        """Run it with the frame."""
        frame = ctx.find_object(Frame) or Frame()
        frame.take(ctx.params)
        given = {name: value for name, value in ctx.params.items() if name not in _COMMON}
        return ctx.invoke(self.callback, frame, **given) if self.callback is not None else None


class Group(click.Group):
    """A command with commands below it; ``default`` is what runs if none is named."""

    command_class = Command

    def __init__(self, *args: Any, default: str = "", **kwargs: Any) -> None:
        """Add the common options."""
        super().__init__(*args, **kwargs)
        self.default = default
        self.params.extend(common_options())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command where none is named."""
        if self.default and not self._named(args) and not {"--help", "-h"} & set(args):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def _named(self, args: Sequence[str]) -> str:
        """Find the first word that is neither an option nor the value of one: it is meant as a command."""
        known = [*self.params, *self.commands[self.default].params]
        valued = {name for one in known if isinstance(one, click.Option) and not one.is_flag for name in one.opts}
        words = iter(args)
        for word in words:
            if word in valued:
                next(words, None)
            elif not word.startswith("-"):
                return word
        return ""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Suggest the nearest command for one that does not exist."""
        known = self.list_commands(ctx)
        if args and args[0] not in known:
            from difflib import get_close_matches

            near = get_close_matches(args[0], known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" `{ctx.command_path} --help` lists them."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Keep the common options that stand before the command."""
        frame = ctx.ensure_object(Frame)
        frame.take(ctx.params)
        ctx.params = {name: value for name, value in ctx.params.items() if name not in _COMMON}
        return super().invoke(ctx)


Group.group_class = Group
