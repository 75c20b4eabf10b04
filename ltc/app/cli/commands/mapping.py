"""`ltc mapping`: how the objects of systems correspond to entities: check it."""

from __future__ import annotations

import click

from ltc.app.cli.frame import WRONG, Command, Frame, Group


@click.group("mapping", cls=Group)
def command() -> None:
    """Check mappings, the files that say how the objects of systems correspond to entities."""


@command.command("check", cls=Command)
@click.argument("name", required=False, default="")
def check(frame: Frame, name: str) -> None:
    """Check the mappings, their examples and their laws, and print all faults with their places and remedies.

    NAME is SYSTEM.FILE without its ending, such as salesforce.account; FILE or SYSTEM alone; or a file's path. Without it, all
    are checked: those that are shipped and the hub's own over them.
    """
    from ltc.app.cli.documents import fault_document
    from ltc.app.cli.mapping_checking import faults_of_mappings
    from ltc.app.cli.mapping_names import chosen_mappings

    config = frame.hub(sound=False)
    chosen = chosen_mappings(config, name)
    faults = list(dict.fromkeys(faults_of_mappings(config, chosen, whole=not name)))
    wrong = [fault for fault in faults if fault.severity == "error"]
    document = {
        "ok": not wrong,
        "mappings": [one.name for one in chosen],
        "faults": [fault_document(fault) for fault in faults],
    }
    for fault in faults:
        frame.say(f"{fault.severity}: {fault}")
    said = f"{len(chosen)} mapping{'' if len(chosen) == 1 else 's'}"
    frame.emit(document, lambda: frame.print(f"{said}: {f'{len(wrong)} faults.' if wrong else 'all is well.'}"))
    if wrong:
        frame.fail(WRONG)
