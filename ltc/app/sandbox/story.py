"""The main job, shown from end to end: two systems that spell everything differently come to tell the same story.

Observe both systems, settle the proposed matches, go live, first sync; a hundred deals are won, ordered, delivered, billed and
paid over virtual days with syncs between; a second sync that has nothing to do; then the independent checker's word.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from ltc.app.sandbox.checker import check, orders_of_deals, wrote_nothing
from ltc.app.sandbox.doors import BY_STRIPE
from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.signatures import declined
from ltc.app.sandbox.stages import STAGES, stages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ltc.app.sandbox.picture import Picture
    from ltc.app.sandbox.running import RunningSandbox
    from ltc.app.sandbox.world import Truth

LOST = 10
SIGN_FROM = 5
"""The day on which all customers sign who have not declined; the sellers follow on the next."""

CREDITED = 0.5
"""The share of the bills that Stripe collected of which something is credited on the last day."""
PATIENCE_SECONDS = 60.0
DAYS = 12
"""Virtual days within which everything that was won is delivered, billed and paid."""


class Hub(Protocol):
    """What the demo asks of a hub."""

    def sync(self) -> Mapping[str, Any]:
        """Read, plan and write everything once; report as ``ltc sync --json`` does."""

    def reviews(self) -> list[dict[str, Any]]:
        """List the proposed matches that are open."""

    def decide(self, number: int, verdict: str) -> None:
        """Settle a proposal: ``same`` or ``different``."""

    def go_live(self) -> None:
        """Let the hub write to both systems."""

    def exceptions(self) -> list[dict[str, Any]]:
        """List what is parked."""

    def trace(self, any_id: str) -> dict[str, Any]:
        """Tell one deal's story."""

    def listen(self) -> str:
        """Take webhooks from now on, and say where; "" if that cannot be."""

    def webhooks(self) -> int:
        """Count the webhooks that nothing has followed from yet."""

    def close(self) -> None:
        """Give back the store and the connections."""


class Plot(Protocol):
    """What happens after deals were won, day by day, and how the end is judged."""

    doing: str
    days: int

    def day(self, day: int) -> None:
        """Let one day pass in all systems; the hub syncs after it."""

    def judge(self, before: Picture, after: Picture, won: int) -> list[Finding]:
        """Say what is wrong in the end."""


class WholePlot:
    """Everything that was won is signed, delivered, billed and paid, while customers change; some decline to sign."""

    doing = "Signing, delivering, billing and paying"
    days = DAYS

    def __init__(self, sandbox: RunningSandbox) -> None:
        """Take the sandbox in which it happens."""
        self._sandbox = sandbox

    def day(self, day: int) -> None:
        """Let a night pass, then edit, sign, deliver, bill and pay, so that all is done on the last day."""
        business = self._sandbox.business
        business.sleep()
        business.work({"edit", "conflict"} if day < self.days - 2 else ())
        business.work({"sign", "send_again"} if day < SIGN_FROM else ())
        if day in (SIGN_FROM, SIGN_FROM + 1):
            business.signers.hurry()
        if day < self.days - 1:
            business.work({"collect", "pay_out"})
        else:
            business.payers.hurry()
            business.warehouse.credit_collected(self._sandbox.clock.now().date(), CREDITED)
        business.warehouse.hurry(self._sandbox.clock.now().date(), left=self.days - day)

    def judge(self, before: Picture, after: Picture, won: int) -> list[Finding]:
        """Compare the systems, and insist that every deal went all the way."""
        truth = self._sandbox.truth
        signs = "docusign" in self._sandbox.simulators
        wanted = {"won": won} | dict.fromkeys(STAGES[1 if signs else 2 :], won - len(declined(after)))
        return check(before, after, truth, amended=truth.amended, signs=signs, collects=BY_STRIPE) + all_there(
            before, after, truth, wanted
        )


def play(
    sandbox: RunningSandbox, hub: Hub, deals: int, tell: Callable[[str], None], plot: Plot | None = None
) -> dict[str, Any]:  # fmt: skip
    """Play the whole story on a sandbox and a hub that are up."""
    plot = plot or WholePlot(sandbox)
    start = sandbox.picture()
    tell("Observing both systems")
    hub.sync()
    findings = wrote_nothing(sandbox.picture(), start.marks())
    tell("Settling the proposed matches")
    settled = settle_reviews(hub, sandbox.truth)
    tell("Going live: first sync")
    hub.go_live()
    first = hub.sync()
    settled += settle_reviews(hub, sandbox.truth)
    if any(simulator.retries for simulator in sandbox.simulators.values()) and (address := hub.listen()):
        sandbox.post(address, in_virtual_time=True)
    tell(f"Winning {deals} deals")
    won = sandbox.business.sellers.win_count(deals, sandbox.clock.now().date())
    sandbox.business.sellers.lose_count(LOST)
    hub.sync()
    for day in range(1, plot.days + 1):
        tell(f"{plot.doing}: day {day} of {plot.days}")
        settle_webhooks(sandbox, hub)
        plot.day(day)
        settle_webhooks(sandbox, hub)
        hub.sync()
    settle_webhooks(sandbox, hub)
    settled += settle_reviews(hub, sandbox.truth)
    hub.sync()
    tell("Second sync")
    end = sandbox.picture()
    second = hub.sync()
    after = sandbox.picture()
    tell("Checking")
    findings += wrote_nothing(after, end.marks())
    findings += plot.judge(start, after, won)
    return {
        "deals": won,
        "stages": stages(start, after, sandbox.truth),
        "first_sync": dict(first["totals"]),
        "second_sync": dict(second["totals"]),
        "matches_settled": settled,
        "digest": sandbox.digest(),
        "webhooks": sandbox.hooks(),
        "exceptions": _causes(hub.exceptions()),
        "check": {"passed": not findings, "findings": [_plain(finding) for finding in findings]},
        "trace": hub.trace(_example(start, after, sandbox.truth)),
    }


def settle_webhooks(sandbox: RunningSandbox, hub: Hub) -> None:
    """Wait until what was posted has been worked off; what was put off until later is for the next sync."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience:
        if not any(standing["waiting"] for standing in sandbox.hooks().values()) and not hub.webhooks():
            return
        time.sleep(0.05)


def settle_reviews(hub: Hub, truth: Truth) -> int:
    """Decide every open proposal as a steward would who knows the companies.

    Whoever was just found to be the same is looked at again afterwards: other proposals about the two may be gone by then.
    """
    count = 0
    while reviews := hub.reviews():
        joined: set[tuple[str, str]] = set()
        for review in reviews:
            records = {(row["system"], row["id"]) for side in ("left", "right") for row in review[side]["records"]}
            if records & joined:
                continue
            said = verdict(review, truth)
            hub.decide(int(review["id"]), said)
            joined |= records if said == "same" else set()
            count += 1
    return count


def verdict(review: Mapping[str, Any], truth: Truth) -> str:
    """Say whether the two sides of a proposal are the same company, by the world's truth."""
    sides = [_companies(review[side]["records"], truth) for side in ("left", "right")]
    return "same" if sides[0] & sides[1] else "different"


def _companies(records: list[Mapping[str, str]], truth: Truth) -> set[str]:
    known = (truth.companies.get(record["system"], {}).get(record["id"], "") for record in records)
    goods = (truth.products.get(record["system"], {}).get(record["id"], "") for record in records)
    return {key for key in (*known, *goods) if key}


def all_there(before: Picture, after: Picture, truth: Truth, wanted: Mapping[str, int]) -> list[Finding]:
    """Say if fewer deals reached a stage than should have: a demo in which nothing happens must not pass."""
    reached = stages(before, after, truth)
    return [
        Finding("demo.stage", f"{count} deals should have reached the stage {stage!r}, and {reached[stage]['count']} did.")
        for stage, count in wanted.items()
        if reached[stage]["count"] < count
    ]


def _example(before: Picture, after: Picture, truth: Truth) -> str:
    """Choose one deal to show: the one with the most deliveries, so that there is something to see."""
    orders = orders_of_deals(before, after, truth)
    delivered = Counter(source for delivery in after.sap.deliveries for source in delivery.sources)
    return max(sorted(orders), key=lambda deal: sum(delivered[order.number] for order in orders[deal]), default="")


def _causes(exceptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted = Counter(f"{row.get('stage')}: {row.get('error')}" for row in exceptions)
    return [{"cause": cause, "count": count} for cause, count in counted.most_common()]


def _plain(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "message": finding.message, "subjects": list(finding.subjects)}
