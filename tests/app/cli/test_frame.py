"""The frame of all commands: help that costs little, documents, secrets, and documentation that cannot drift."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import click
import pytest

from ltc.app.cli.commands.sync import exit_code
from ltc.app.cli.documents import as_text
from ltc.app.cli.manual import manual
from ltc.app.cli.root import COMMANDS, make_root, run

VENDORS = ("requests", "simple_salesforce")
MATCHING = ("duckdb", "lightgbm", "numpy", "rapidfuzz", "scipy")
HEAVY = (*VENDORS, *MATCHING, "pydantic", "sqlalchemy", "rich", "apscheduler", "yaml", "msgspec", "cel_expr_python")
DOCS = Path(__file__).parents[3] / "docs" / "cli.md"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["sync", "--help"], ["system", "read", "--help"], ["mdm", "pairs", "--help"], ["sandbox", "up", "--help"]],
)
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys\nfrom ltc.app.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit as end:\n    code = end.code\n"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stderr.strip() == "0 []"
    assert "Usage: ltc" in told.stdout


def test_the_manual_is_up_to_date():
    assert DOCS.read_text(encoding="utf-8") == manual(), "python -m ltc.app.cli.manual > docs/cli.md"


def commands(group, context):
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", inner) for below, inner in commands(command, context))


def test_every_command_has_help_and_the_common_options():
    root = make_root()
    for name, command in commands(root, click.Context(root)):
        assert command.help, name
        assert {"as_json", "hub_dir", "env", "debug"} <= {parameter.name for parameter in command.params}, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help or isinstance(option.type, click.Choice), (name, option.name)
    assert set(COMMANDS) == {path.stem for path in (DOCS.parents[1] / "ltc/app/cli/commands").glob("*.py")} - {"__init__"}


def test_documents_have_decimals_as_strings_and_times_in_utc():
    berlin = timezone(timedelta(hours=2))
    told = json.loads(
        as_text({"a": Decimal("1E+2"), "b": datetime(2026, 1, 1, 2, tzinfo=berlin), "c": timedelta(minutes=1), "d": ("x",)})
    )
    assert told == {"a": "100", "b": "2026-01-01T00:00:00Z", "c": 60.0, "d": ["x"]}
    assert json.loads(as_text(datetime(2026, 1, 1, tzinfo=UTC))) == "2026-01-01T00:00:00Z"


def test_common_options_stand_before_or_after_the_command(hub, capsys):
    for words in (["--json", "--hub", str(hub.dir), "check"], ["check", "--json", "--hub", str(hub.dir)]):
        capsys.readouterr()
        assert run(words) == 0
        assert json.loads(capsys.readouterr().out)["ok"] is True


def test_wrong_words_are_told_as_json_too(capsys):
    assert run(["chek", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "usage"
    assert "Did you mean 'check'?" in told["error"]["message"]
    assert run([]) == 2


@pytest.mark.parametrize("group", ["exceptions", "review", "rollout", "sandbox", "system"])
def test_a_command_that_a_group_lacks_is_told(group, capsys):
    for words in ([group, "nosuch", "x", "--json"], ["--json", group, "--hub", "list", "nosuch"]):
        capsys.readouterr()
        assert run(words) == 2
        told = json.loads(capsys.readouterr().out)
        assert told["error"]["code"] == "usage"
        assert told["error"]["message"] == f"There is no command 'nosuch'. `ltc {group} --help` lists them."


def test_options_of_the_command_that_a_group_runs_by_itself_name_no_command(hub):
    assert hub.ltc("exceptions", "--system", "list", "--json").json["error"]["code"] == "config.unknown_system"
    for words in (["exceptions", "--state", "all", "--limit", "3"], ["review", "--limit=3"]):
        assert hub.ltc(*words, "--json").code == 0
    assert "Did you mean 'retry'?" in hub.ltc("exceptions", "retri", "1").err


def test_a_directory_that_is_no_hub_is_told(tmp_path, capsys):
    assert run(["status", "--json", "--hub", str(tmp_path)]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "hub.none"
    assert "ltc init" in told["error"]["remedy"]


def test_a_bug_shows_no_traceback_unless_asked(tmp_path):
    code = "from ltc.app.cli import main, root\nroot.make_root = lambda: 1 / 0\nmain({words!r})"
    for words, shown in ((["status"], False), (["status", "--debug"], True)):
        told = subprocess.run(
            [sys.executable, "-c", code.format(words=words)], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert told.returncode == 1
        assert ("Traceback" in told.stderr) is shown
    assert "ZeroDivisionError" in told.stderr


def run_of(status, code="", writes=0, parked=0):
    error = {"code": code} if code else None
    return {"runs": [{"status": status, "error": error}], "totals": {"writes": writes, "parked": parked}}


@pytest.mark.parametrize(
    ("document", "fail_on", "code"),
    [
        (run_of("done"), None, 0),
        (run_of("failed", "system.later"), None, 1),
        (run_of("braked", "run.braked"), None, 1),
        (run_of("failed", "system.unauthorised"), None, 2),
        (run_of("failed", "system.unauthorised", writes=3), None, 1),
        (run_of("done", parked=1), None, 0),
        (run_of("done", parked=1), "parked", 1),
    ],
)
def test_the_exit_code_of_a_sync(document, fail_on, code):
    assert exit_code(document, fail_on=fail_on) == code


def test_a_reader_who_has_gone_is_told_nothing(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "ltc.app.cli", "mapping", "check", "nix", "--json", "--hub", str(tmp_path)]
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)  # our own words
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
