"""`ltc demo`: the main job, from end to end, on the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ltc.app.cli.frame import Command, Frame


@click.command("demo", cls=Command)
@click.option("--deals", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many deals are won.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same world.")
@click.option("--scale", type=click.FloatRange(0.001, 100), default=1.0, show_default=True, help="1 is 1,000 customers.")
@click.option(
    "--profile", type=click.Choice(["calm", "hostile"]), default="calm", show_default=True, help="With faults or without."
)
@click.option("--sap", type=click.Choice(["simulator", "mock-sap"]), default="simulator", show_default=True, help="Which SAP.")
@click.option("--keep", type=click.Path(file_okay=False), help="Make the hub here and leave it; --hub says the same.")
def command(frame: Frame, deals: int, seed: int, scale: float, profile: str, sap: str, keep: str | None) -> None:
    """Show the whole way from won deals to payments on the sandbox, and let an independent checker judge it.

    With `--sap mock-sap` the SAP is the server of the package mock-sap, which others wrote (pip install mock-sap). The hub's
    orders, the warehouse's deliveries and the payments of both sides run over its BAPIs, and the checker asks mock-sap itself.
    It has no BAPI for billing, customers or materials: nothing is billed, and both systems know all customers and materials
    before (1 of `--scale` is 500 customers). It posts with two decimals, so amounts in dinars with three are not paid. The
    command says at its end what was left out.
    """
    from ltc.app.sandbox.demo import limits, run

    kept = keep or frame.hub_dir
    document = run(Path(kept) if kept else None, seed, deals, sap, frame.progress(), scale=scale, profile=profile)
    frame.emit(document, lambda: _show(frame, document, limits(sap)))
    if not document["check"]["passed"]:
        frame.fail()


def _show(frame: Frame, document: dict[str, Any], limits: tuple[str, ...]) -> None:
    from ltc.app.cli.commands.trace import show

    rows = [
        (stage, told["count"], ", ".join(f"{amount} {currency}" for currency, amount in sorted(told["money"].items())))
        for stage, told in document["stages"].items()
    ]
    frame.table(("stage", "deals", "money"), rows)
    for name in ("first_sync", "second_sync"):
        told = ", ".join(f"{word} {number}" for word, number in document[name].items())
        frame.print(f"\n{name.replace('_', ' ')}: {told}")
    taken = ", ".join(f"{name} {told['accepted']}" for name, told in document.get("webhooks", {}).items())
    frame.print(f"\nwebhooks taken: {taken or 'none'}\n\nexceptions")
    frame.table(("cause", "how many"), [(one["cause"], one["count"]) for one in document["exceptions"]], empty="None.")
    if document.get("trace"):
        frame.print("\none deal")
        show(frame, document["trace"])
    if limits:
        frame.print("\nwhat mock-sap cannot do, and this run leaves out")
    for limit in limits:
        frame.print(f"- {limit}")
    for finding in document["check"]["findings"]:
        frame.say(f"The checker found: {finding if isinstance(finding, str) else finding.get('message', finding)}")
    verdict = "passed" if document["check"]["passed"] else "FAILED"
    frame.print(f"\nThe independent check {verdict}, after {document['seconds']} s.")
