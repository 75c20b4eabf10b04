"""`ltc system`: one system, spoken to directly; only `rewind` needs the hub's store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltc.app.cli.frame import FAILED, WRONG, Command, Frame, Group, exit_code
from ltc.app.cli.quotas import show_limits

if TYPE_CHECKING:
    from ltc.core.errors import LtcError


@click.group("system", cls=Group, short_help="Talk to one system.")
def command() -> None:
    """Talk to one system: check, describe, read, write, rewind.

    These commands need the configuration, the connector and the mapping, and not the hub's store; they show what a
    system says and what its mapping makes of it.
    """


@command.command("check", cls=Command)
@click.argument("name")
def check(frame: Frame, name: str) -> None:
    """Prove that a system can be reached and takes our credentials."""
    from ltc.app.cli.direct import connect, health_document, reaching
    from ltc.app.cli.quotas import described
    from ltc.core.errors import LtcError

    direct = connect(frame.hub(), name)
    try:
        with reaching(name):
            document = health_document(direct.connector.check())
    except LtcError as error:
        frame.say(f"error: {error}")
        if frame.as_json:
            frame.emit(_not_well(error))
        frame.fail(exit_code(error))
    document["limits"] = described(direct.system.limits, document["quota"].get("limit", 0))
    frame.emit(document, lambda: _show_health(frame, name, document))
    if not document["ok"]:
        frame.fail(WRONG)


def _not_well(error: LtcError) -> dict[str, Any]:
    from ltc.app.cli.documents import fault_document, faults_of

    return {
        "ok": False, "latency_ms": None, "message": str(error), "quota": {}, "error": fault_document(faults_of(error)[0]),
    }  # fmt: skip


def _show_health(frame: Frame, name: str, document: dict[str, Any]) -> None:
    word = "ok" if document["ok"] else "not well"
    frame.print(f"{name}: {word}, {document['latency_ms']} ms. {document['message']}".rstrip())
    frame.table(("quota", ""), sorted(document["quota"].items()), empty="It says nothing of quotas.")
    show_limits(frame, document["limits"])


@command.command("describe", cls=Command)
@click.argument("name")
@click.argument("objects", nargs=-1)
def describe(frame: Frame, name: str, objects: tuple[str, ...]) -> None:
    """Show which fields objects have for the connected user; all objects, unless some are named."""
    from ltc.app.cli.direct import connect, reaching

    direct = connect(frame.hub(), name)
    with reaching(name):
        document = direct.describe(objects)
    rows = [
        (obj["name"], field["name"], field["type"], field["required"], field["writable"])
        for obj in document["objects"]
        for field in obj["fields"]
    ]
    frame.emit(document, lambda: frame.table(("object", "field", "type", "required", "writable"), rows))


@command.command("read", cls=Command)
@click.argument("name")
@click.argument("obj", metavar="OBJECT")
@click.option("--since", default="", metavar="CURSOR", help="Go on from this cursor; left out: from the beginning.")
@click.option("--after", default="", metavar="CURSOR", help="The same as --since.")
@click.option("--id", "ids", multiple=True, help="Read this record; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="Read at most so many.")
@click.option("--field", "fields", multiple=True, help="Read this raw field too; may be repeated.")
def read(
    frame: Frame, name: str, obj: str, since: str, after: str, ids: tuple[str, ...], limit: int, fields: tuple[str, ...]
) -> None:
    """Read records, raw and as the mapping understands them; nothing is stored."""
    from ltc.app.cli.direct import connect, reaching

    direct = connect(frame.hub(), name)
    with reaching(name):
        document = direct.read(obj, since or after, ids, limit, fields)
    rows = [(one["id"], one["version"], "deleted" if one["deleted"] else "", _summary(one)) for one in document["records"]]
    frame.emit(document, lambda: frame.table(("id", "version", "", "record"), rows, empty="No records."))
    if not frame.as_json and document["more"]:
        frame.say(f"There are more: --since '{document['cursor']}'")


def _summary(record: dict[str, Any]) -> str:
    from ltc.app.cli.documents import as_text

    if record.get("errors"):
        return "; ".join(f"{one['path'] or one['source']}: {one['message']}" for one in record["errors"])
    return as_text(record["canonical"] if record["canonical"] is not None else record["raw"])


@command.command("write", cls=Command)
@click.argument("name")
@click.argument("obj", metavar="OBJECT")
@click.argument("file", type=click.Path())
def write(frame: Frame, name: str, obj: str, file: str) -> None:
    """Write the records of a JSON file.

    FILE holds a list, JSON lines, or what `ltc system read --json` printed. Each record has `canonical` (translated by the
    mapping) or `fields` (the system's own names); an `id` makes it an update, of which only differences are sent. `key`
    names the write, `verb` says what it does: create, amend, cancel, reverse, deactivate, delete.
    """
    from pathlib import Path

    from ltc.app.cli.direct import connect, reaching
    from ltc.app.cli.writes import failed, kept_out, read_file
    from ltc.app.cli.writes import write as write_records

    records = read_file(Path(file))
    direct = connect(frame.hub(), name)
    with reaching(name):
        document = write_records(direct, obj, records)
    rows = [
        (one["key"], one["id"], one["outcome"], "{message} {remedy}".format(**one["error"]).strip() if one["error"] else "")
        for one in document["results"]
    ]
    frame.emit(document, lambda: frame.table(("key", "id", "outcome", "error"), rows, empty="No records."))
    if failed(document["results"]):
        frame.fail(WRONG if kept_out(document["results"]) else FAILED)


@command.command("rewind", cls=Command)
@click.argument("name")
@click.option("--object", "obj", default="", help="Only this object.")
@click.option("--cursor", default="", help="Where reading is to start; left out: from the beginning.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rewind(frame: Frame, name: str, obj: str, cursor: str, *, yes: bool) -> None:
    """Begin a new epoch of a system that was restored from a backup: it is read anew."""
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        engine.config.system(name)
        frame.confirm(f"Read everything of {name} anew?", yes=yes)
        document = engine.rewind(name, obj, cursor=cursor, actor=actor())
    frame.emit(document, lambda: frame.print(f"{name}: {document['scopes']} objects are read anew by the next sync."))
