"""docs/cli.md, written from the commands themselves, so that it cannot drift: `python -m ltc.app.cli.manual > docs/cli.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.root import COMMANDS, make_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON = frozenset({"as_json", "hub_dir", "env", "debug"})


def manual() -> str:
    """Write the page."""
    root = make_root()
    context = click.Context(root, info_name="ltc")
    lines = [
        "# The command line",
        "",
        "Written from the commands by `python -m ltc.app.cli.manual`; a test fails when it is out of date.",
        "",
        "Every command takes `--json` (one document on stdout, messages on stderr), `--hub DIR` (else `LTC_HUB`, else the",
        "nearest hub around the working directory), `--env NAME` (else `LTC_ENV`) and `--debug`. Exit codes: 0 done, 1 work",
        "failed, 2 wrong use or configuration. A failure with `--json` prints `{error, faults}`, each a fault of",
        "`{code, message, remedy, severity, file, line, column, path}`.",
    ]
    for name, line in COMMANDS.items():
        command = root.get_command(context, name)
        if command is not None:
            lines += ["", f"## ltc {name}", "", line, *_command(command, click.Context(command, info_name=name, parent=context))]
    return "\n".join(lines) + "\n"


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield from _text(command)
        for name, below in command.commands.items():
            yield from ("", f"### {context.command_path} {name}")
            yield from _command(below, click.Context(below, info_name=name, parent=context))
        return
    usage = " ".join([context.command_path, *_words(command, context)])
    yield from ("", "```", usage, "```")
    yield from _text(command)
    options = [option for option in command.params if isinstance(option, click.Option) and option.name not in _COMMON]
    if options:
        yield from ("", "| option | meaning |", "|---|---|")
    for option in options:
        shown = ", ".join(option.opts) + (f" {option.make_metavar(context)}" if not option.is_flag else "")
        yield f"| `{shown.replace('|', chr(92) + '|')}` | {_meaning(option)} |"


def _text(command: click.Command) -> Iterator[str]:
    for paragraph in (command.help or "").replace("\b", "").split("\n\n"):
        yield from ("", " ".join(paragraph.split()))


def _words(command: click.Command, context: click.Context) -> list[str]:
    words = [argument.make_metavar(context) for argument in command.params if isinstance(argument, click.Argument)]
    own = any(isinstance(option, click.Option) and option.name not in _COMMON for option in command.params)
    return [*words, *(["[OPTIONS]"] if own else [])]


def _meaning(option: click.Option) -> str:
    default: Any = option.default
    told = f" Default: `{default}`." if option.show_default and default not in {None, ""} else ""
    return f"{option.help or ''}{told}".strip()


if __name__ == "__main__":
    click.echo(manual(), nl=False)
