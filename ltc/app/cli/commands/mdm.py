"""`ltc mdm`: who is who."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ltc.app.cli.commands.review import command as review
from ltc.app.cli.frame import Command, Frame, Group


@click.group("mdm", cls=Group)
def command() -> None:
    """Say which records are the same customer, contact or product, and why."""


@command.command("pairs", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--entity", required=True, metavar="NAME", help="What the records are: customer, contact or product.")
def pairs(frame: Frame, file: Path, entity: str) -> None:
    """Judge pairs of records: a CSV file in UTF-8 with columns `a.FIELD` and `b.FIELD`.

    Each row gets `score` (0 to 1), `decision` (same, review or different), `why` (what each field says, in bits: above nought for
    the same thing, below it against) and `doubts` (why a person should look). Other columns are passed through. No hub is needed.
    """
    from ltc.app.cli.mdm_showing import pairs_table
    from ltc.app.mdm.pairs import judged

    document = judged(file, entity)
    if document["unread"]:
        frame.say(f"warning: these columns say nothing about a {document['entity']}: {', '.join(document['unread'])}.")
    frame.emit(document, lambda: pairs_table(frame, document))


@command.command("match", cls=Command)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--entity", required=True, metavar="NAME", help="What the records are: customer, contact or product.")
@click.option("--task", type=click.Choice(["dedupe", "link"]), help="Files: `link` looks between sources only. Else `dedupe`.")
@click.option("--free", multiple=True, metavar="SOURCE", help="Files: this source has nothing twice. May be said several times.")
@click.option("--apply", is_flag=True, help="The hub: do the merges that are planned.")
@click.option("--preview", is_flag=True, help="The hub: only say; open no review.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="Show so many pairs at most.")
def match(
    frame: Frame,
    path: Path | None,
    entity: str,
    task: str | None,
    free: tuple[str, ...],
    *,
    apply: bool,
    preview: bool,
    limit: int,
) -> None:
    """Find what is the same among records: in files, or in the hub if no PATH is given.

    PATH is a CSV file with the columns `source`, `id` and fields, or a folder of such files (a file without `source` is one). The
    answer has `clusters`, which may be merged without asking, and `pairs` for a person. In the hub, a review is opened for each
    of these, and `merges` are only a plan unless --apply is said; what stewards told apart is never proposed again.
    """
    from ltc.app.cli.mdm_showing import match_table

    if path is not None:
        if apply or preview:
            raise click.UsageError("--apply and --preview are for the hub's own records, not for files.")
        from ltc.app.mdm.files import matched

        document = matched(path, entity, task="link" if task == "link" else "dedupe", free=frozenset(free), limit=limit)
    else:
        if task or free:
            raise click.UsageError("--task and --free are for files, not for the hub's own records.")
        from ltc.app.cli.engine import actor, opened

        with opened(frame) as engine:
            document = engine.mdm.match(entity, apply=apply, preview=preview, limit=limit, actor=actor())
    frame.emit(document, lambda: match_table(frame, document))
    if document.get("refused"):
        frame.fail()


@command.command("explain", cls=Command)
@click.argument("one")
@click.argument("other")
def explain(frame: Frame, one: str, other: str) -> None:
    """Say why two records are the same thing, or not: what each field says, in bits.

    ONE and OTHER are hub ids, SYSTEM:ID for what one system says, or any other id that is known.
    """
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mdm_showing import waterfall

    with opened(frame) as engine:
        document = engine.mdm.explain(one, other)
    frame.emit(document, lambda: waterfall(frame, document))


@command.command("golden", cls=Command)
@click.argument("any_id", metavar="ID")
def golden(frame: Frame, any_id: str) -> None:
    """Show a golden record: where each value comes from, its records, other ids, reviews and decisions."""
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mdm_showing import golden_tables

    with opened(frame) as engine:
        document = engine.mdm.golden(any_id)
    frame.emit(document, lambda: golden_tables(frame, document))


@command.command("quality", cls=Command)
@click.option("--entity", required=True, metavar="NAME", help="Of which entity.")
def quality(frame: Frame, entity: str) -> None:
    """Measure how complete and valid fields are, and how often a system has one thing twice."""
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mdm_showing import quality_tables

    with opened(frame) as engine:
        document = engine.mdm.quality(entity)
    frame.emit(document, lambda: quality_tables(frame, document))


@command.command("merge", cls=Command)
@click.argument("one")
@click.argument("other")
def merge(frame: Frame, one: str, other: str) -> None:
    """Make two golden records one: the older hub id survives, the younger leads to it for ever."""
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = engine.mdm.merge(one, other, actor=actor())
    frame.emit(document, lambda: frame.print(f"{document['resolves']} is {document['hub_id']} now. {_undo(document)}"))


@command.command("split", cls=Command)
@click.argument("any_id", metavar="ID")
@click.argument("records", nargs=-1, required=True, metavar="SYSTEM:ID...")
def split(frame: Frame, any_id: str, records: tuple[str, ...]) -> None:
    """Take records of systems out of a golden record: they are another thing, and no machine puts them back."""
    from ltc.app.cli.engine import actor, opened

    named = [_record(text) for text in records]
    with opened(frame) as engine:
        document = engine.mdm.split(any_id, named, actor=actor())
    frame.emit(document, lambda: frame.print(f"They are {document['hub_id']} now. {_undo(document)}"))


def _record(text: str) -> tuple[str, str]:
    system, colon, ext_id = text.partition(":")
    if not system or not colon or not ext_id:
        raise click.UsageError(f"{text!r} is not SYSTEM:ID.")
    return system, ext_id


@command.command("pin", cls=Command)
@click.argument("any_id", metavar="ID")
@click.argument("field", metavar="FIELD=VALUE")
def pin(frame: Frame, any_id: str, field: str) -> None:
    """Fix a value of a golden record: no system overrules it until it is unpinned.

    VALUE is text; `null`, `true`, `false` and objects in JSON, such as an amount, are themselves.
    """
    from ltc.app.cli.engine import actor, opened
    from ltc.app.cli.values import fixed

    name, value = fixed(field)
    with opened(frame) as engine:
        document = engine.mdm.pin(any_id, name, value, actor=actor())
    frame.emit(document, lambda: frame.print(f"{name} of {document['hub_id']} is fixed. {_undo(document)}"))


@command.command("unpin", cls=Command)
@click.argument("any_id", metavar="ID")
@click.argument("field")
def unpin(frame: Frame, any_id: str, field: str) -> None:
    """Let the systems decide a value again."""
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = engine.mdm.unpin(any_id, field, actor=actor())
    frame.emit(document, lambda: frame.print(f"The systems decide {field} of {document['hub_id']} again. {_undo(document)}"))


@command.command("undo", cls=Command)
@click.argument("number", type=int)
def undo(frame: Frame, number: int) -> None:
    """Take a decision back exactly; what was written because of it is planned back.

    Decisions that build on it are undone first. A merge that was taken back stays so, unless that is taken back as well.
    """
    from ltc.app.cli.engine import actor, opened

    with opened(frame) as engine:
        document = engine.mdm.undo(number, actor=actor())
    frame.emit(
        document, lambda: frame.print(f"Decision {number} ({document['kind']}) is taken back. `ltc sync` writes the rest.")
    )


@command.command("decisions", cls=Command)
@click.argument("any_id", metavar="[ID]", required=False, default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--after", type=int, default=0, help="Go on after this number.")
def decisions(frame: Frame, any_id: str, limit: int, after: int) -> None:
    """List what was decided about identity, the newest first; of one golden record, if an id is given."""
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mdm_showing import decision_table

    with opened(frame) as engine:
        document = engine.mdm.decisions(any_id, limit=limit, after=after)
    frame.emit(document, lambda: decision_table(frame, document["decisions"]))


def _undo(document: dict[str, Any]) -> str:
    return f"`ltc mdm undo {document['decision']}` takes it back; `ltc sync` writes what follows."


command.add_command(review)
