"""The operator's handbook: each command in it is one that there is, and those of the first day and of backups are done."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from ltc.app.cli.frame import Frame
from ltc.app.cli.root import make_root
from tests.house.sources import ROOT

PAGES = sorted((ROOT / "docs" / "handbook").glob("*.md"))
COMMANDS = [
    (page.name, line)
    for page in PAGES
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("ltc ")
]
DONE_FOR_REAL = ("first-day.md", "backup.md", "upgrade.md")
ENDLESS = ("ltc serve",)


def parsed(words):
    """Let click read a command, without doing it; give its name."""
    root = make_root()
    context = root.make_context("ltc", list(words), obj=Frame())
    command, rest = root, [*context._protected_args, *context.args]
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None, name
        context = found.make_context(name, list(rest), parent=context)
        command, rest = found, [*getattr(context, "_protected_args", ()), *context.args]
    return context.command_path


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line}" for page, line in COMMANDS])
def test_each_command_is_one_that_there_is(page, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)[1:]
    file = tmp_path / "a.backup"
    file.touch()
    assert parsed([str(file) if word.endswith(".backup") else word for word in words]).startswith("ltc "), page


def test_the_handbook_names_every_page_and_has_commands():
    index = (ROOT / "docs" / "handbook" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in index] == []
    assert len(COMMANDS) > 30


def test_the_commands_of_the_first_day_of_backups_and_of_upgrades_do_as_they_say(connected, tmp_path):
    done = 0
    for page in DONE_FOR_REAL:
        for name, line in COMMANDS:
            if name != page or line in ENDLESS:
                continue
            words = shlex.split(line)[1:]
            words = [str(tmp_path / word.rpartition("/")[2]) if word.endswith(".backup") else word for word in words]
            said = connected.ltc(*words)
            assert said.code == 0, (page, line, said.out, said.err)
            done += 1
    assert done >= 18
