"""`ltc check`: everything that is wrong, at once."""

from __future__ import annotations

import click

from ltc.app.cli.frame import WRONG, Command, Frame


@click.command("check", cls=Command)
@click.option("--online", is_flag=True, help="Ask the systems too: address, credentials, and the fields that mappings name.")
@click.option("--no-secrets", is_flag=True, help="Do not look whether secrets can be found: for a check without them.")
def command(frame: Frame, *, online: bool, no_secrets: bool) -> None:
    """Check every file of the hub and print all faults, each with its place and remedy."""
    from ltc.app.cli.checking import check_files, check_online
    from ltc.app.cli.documents import fault_document
    from ltc.app.cli.verdicts import counted, verdict

    config = frame.hub(sound=False)
    faults = list(dict.fromkeys(check_files(config, secrets=not no_secrets)))
    if online and not any(fault.severity == "error" for fault in faults):
        faults += dict.fromkeys(check_online(config, frame.progress()))
    wrong = [fault for fault in faults if fault.severity == "error"]
    document = {
        "ok": not wrong, "dir": str(config.dir), "environment": config.env, "systems": list(config.active),
        "mappings": len(config.mapped), "flows": len(config.flows), "jobs": len(config.jobs),
        "faults": [fault_document(fault) for fault in faults],
    }  # fmt: skip
    for fault in faults:
        frame.say(f"{fault.severity}: {fault}")
    looked = {"system": len(config.active), "mapping": len(config.mapped), "flow": len(config.flows), "job": len(config.jobs)}
    said = ", ".join(counted(number, word) for word, number in looked.items())
    frame.emit(document, lambda: frame.print(f"{said}: {verdict(len(wrong))}"))
    if wrong:
        frame.fail(WRONG)
