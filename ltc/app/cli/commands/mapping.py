"""`ltc mapping`: how the objects of systems correspond to entities: check it, try it, look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ltc.app.cli.frame import FAILED, WRONG, Command, Frame, Group

if TYPE_CHECKING:
    from ltc.app.cli.mapping_names import NamedMapping
    from ltc.app.config import HubConfig
    from ltc.core.contract import Raw
    from ltc.core.mapping import Mapping

_KNOWN: Final = 2_000
"""So many golden records are looked at for how long values are."""


@click.group("mapping", cls=Group)
def command() -> None:
    """Check and try mappings, the files that say how the objects of systems correspond to entities, and look into them.

    Where a command takes the name of a mapping, it is SYSTEM.FILE without its ending, such as salesforce.account; FILE alone; or
    a file's path.
    """


@command.command("check", cls=Command)
@click.argument("name", required=False, default="")
def check(frame: Frame, name: str) -> None:
    """Check the mappings, their examples and their laws, and print all faults with their places and remedies.

    NAME is SYSTEM.FILE without its ending, such as salesforce.account; FILE or SYSTEM alone; or a file's path. Without it, all
    are checked: those that are shipped and the hub's own over them.
    """
    from ltc.app.cli.mapping_checking import faults_of_mappings
    from ltc.app.cli.mapping_names import chosen_mappings
    from ltc.app.cli.verdicts import give_verdict

    config = frame.hub(sound=False)
    chosen = chosen_mappings(config, name)
    give_verdict(frame, "mapping", [one.name for one in chosen], faults_of_mappings(config, chosen, whole=not name))


@command.command("schema", cls=Command)
@click.option("--out", metavar="FILE", help="Write it to this file.")
def schema(frame: Frame, out: str | None) -> None:
    """Print the JSON Schema of mapping files, for editors; `ltc schema` has those of all other files."""
    from pathlib import Path

    from ltc.app.cli.schemas import write_one

    write_one(frame, "mapping", Path(out) if out else None)


@command.command("test", cls=Command)
@click.argument("name", required=False, default="")
def test(frame: Frame, name: str) -> None:
    """Run the examples of the mappings both ways, and print value by value what came out otherwise, with the line that did it.

    NAME is the name of a mapping or of a system; without it, all are run. A mapping without an example is a warning.
    """
    from ltc.app.cli.mapping_names import chosen_mappings
    from ltc.app.cli.mapping_trying import document_of, show_trials, trials

    config = frame.hub(sound=False)
    found, faults = trials(config, chosen_mappings(config, name))
    for fault in faults:
        frame.say(f"{fault.severity}: {fault}")
    document = document_of(found, faults)
    frame.emit(document, lambda: show_trials(frame, found))
    if any(fault.severity == "error" for fault in faults):
        frame.fail(WRONG)
    if not document["ok"]:
        frame.fail(FAILED)


@command.command("show", cls=Command)
@click.argument("name")
@click.option("--code", is_flag=True, help="Print the Python that the mapping becomes.")
def show(frame: Frame, name: str, *, code: bool) -> None:
    """Print the effective mapping as YAML that can be loaded again, with the file and line that each of its lines came from.

    What ships lies below, the hub's own file for the connector over it, then the one for this system, then the environment's.
    """
    from ltc.app.cli.mapping_names import one_mapping
    from ltc.app.cli.mapping_showing import shown

    config = frame.hub(sound=False)
    named = one_mapping(config, name)
    document = shown(config, named.name, named.load(config), named.sources)
    frame.emit(document, lambda: frame.print(document["code" if code else "yaml"].rstrip("\n")))


@command.command("preview", cls=Command)
@click.argument("name")
@click.option("--id", "record_id", default="", metavar="ID", help="Read this record from its system.")
@click.option("--file", default="", metavar="FILE", help="Take the records of this JSON file; - is standard input.")
def preview(frame: Frame, name: str, record_id: str, file: str) -> None:
    """Take a record through a mapping, and show both sides line by line, what would be written back, and what does not fit.

    The record is read from its system, or pasted as JSON in the system's own form. Values are shown as they are.
    """
    from ltc.app.cli.mapping_names import one_mapping
    from ltc.app.cli.mapping_previewing import pasted, previewed, show_preview

    if bool(record_id) == bool(file):
        raise click.UsageError("Say either --id ID or --file FILE.")
    config = frame.hub(sound=False)
    named = one_mapping(config, name)
    mapping = named.load(config)
    records = pasted(file) if file else [_live(config, named, mapping, record_id)]
    told = [previewed(config, mapping, raw) for raw in records]
    document = {
        "mapping": named.name, "system": mapping.system, "object": mapping.object, "entity": mapping.entity, "file": mapping.file,
        "records": told,
    }  # fmt: skip
    frame.emit(document, lambda: show_preview(frame, document))
    if any(record["faults"] for record in told):
        frame.fail(FAILED)


@command.command("coverage", cls=Command)
@click.argument("name", required=False, default="")
@click.option("--sample", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True, help="Look at so many records.")
@click.option("--fresh", is_flag=True, help="Read the records from the system now, instead of taking what the hub keeps.")
@click.option("--all", "whole", is_flag=True, help="Show the lines too that nothing is odd about.")
def coverage(frame: Frame, name: str, sample: int, *, fresh: bool, whole: bool) -> None:
    """Show what lines did over real records: which never fired, are always null, always the default or always the same code.

    The hub keeps each record as it was last read; the lines look at those that changed last. For proposed lines it is told what
    they would have changed.
    """
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mapping_coverage import coverages, show_coverage
    from ltc.app.cli.mapping_names import chosen_mappings

    with opened(frame) as engine:
        chosen = [one for one in chosen_mappings(engine.config, name) if name or one.system in engine.config.active]
        document = coverages(engine, chosen, limit=sample, fresh=fresh)
    frame.emit(document, lambda: show_coverage(frame, document, whole=whole))


@command.command("drift", cls=Command)
@click.argument("name", required=False, default="")
def drift(frame: Frame, name: str) -> None:
    """Compare the mappings with what their systems say of themselves today, and name the lines that no longer fit.

    Fields that were removed, renamed, retyped or shortened, codes that are gone or new, what has to be filled now, and what
    nobody may write any more. Exits with 1 if a line no longer fits; codes that are new only warn.
    """
    from ltc.app.cli.engine import opened
    from ltc.app.cli.mapping_drifting import drifted, show_drift
    from ltc.app.cli.mapping_names import chosen_mappings

    with opened(frame) as engine:
        chosen = chosen_mappings(engine.config, name)
        document = drifted(engine.config, chosen, lambda entity: engine.longest(entity, limit=_KNOWN))
    frame.emit(document, lambda: show_drift(frame, document))
    if not document["ok"]:
        frame.fail(FAILED)


@command.command("new", cls=Command)
@click.argument("system")
@click.argument("obj", metavar="OBJECT")
@click.option("--entity", required=True, metavar="ENTITY", help="What its records are to the hub, such as customer or order.")
@click.option("--sample", type=click.IntRange(0, 1_000), default=50, show_default=True, help="Look at so many records.")
def new(frame: Frame, system: str, obj: str, entity: str, sample: int) -> None:
    """Draft a mapping of an object by the names and types of its fields and by what some of its records hold.

    The YAML loads without faults. Lines that are not sure are `state: proposed`, which nothing reads; what nobody knows stands
    below as remarks with its candidates. Write it to a file of mappings/, correct it, and try it with `ltc mapping preview`.
    """
    from ltc.app.cli.mapping_drafting import drafted

    document = drafted(frame.hub(sound=False), system, obj, entity, sample=sample)
    frame.emit(document, lambda: frame.print(document["yaml"].rstrip("\n")))
    if not frame.as_json:
        sure, proposed, unused = (len(document[name]) for name in ("sure", "proposed", "unused"))
        frame.say(f"{sure} lines are likely, {proposed} are proposed, and no line reads {unused} fields.")


def _live(config: HubConfig, named: NamedMapping, mapping: Mapping, record_id: str) -> Raw:
    from ltc.app.cli.direct import connect, reaching
    from ltc.app.cli.mapping_previewing import live

    with reaching(named.system):
        return live(connect(config, named.system), mapping, record_id)
