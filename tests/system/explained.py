"""What is left of a world in which everything went wrong: what only a person can settle, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.hub import EngineHub

EXPLAINED = {
    "flow.too_late": "a deal was changed after its order was cancelled in SAP",
    "flow.too_much": "less was wanted than SAP firmly holds",
    "docusign.envelope_is_incomplete": "a deal's contact has no address",
    "docusign.recipient_update_failed": "somebody changed who has signed already, while the others have not",
    "stripe.third_decimal": "a bill in a currency of which Stripe takes two decimals only",
    "stripe.credit_refused": "a bill whose payment was refunded in Stripe was credited in SAP as well",
    "stripe.paid_in_part": "a part of a bill that Stripe collects was paid to the bank",
    "record.loop Contract.status": "an offer was refused and sent out again so often that it looks like a quarrel",
    "sap.f5506": "a bill that Stripe collected was paid to the bank as well",
    "sap.f5263": "a bill that Stripe collected was paid to the bank in part as well",
}
"""What only a person can settle, and why; of everything else nothing may be left."""
FOLLOWS = {
    "docusign.envelope_is_incomplete": {"signature.missing", "order.missing"},
    "docusign.recipient_update_failed": set(),
    "stripe.paid_in_part": {"request.open"},
    "record.loop Contract.status": set(),
    "stripe.third_decimal": {"request.missing", "request.amount", "request.open"},
    "stripe.credit_refused": {"credit.missing"},
    "sap.f5506": {"payment.unposted", "payment.unfounded", "request.open"},
    "sap.f5263": {"payment.unposted", "payment.unfounded", "request.open"},
    "flow.too_late": {"order.quantities"},
    "flow.too_much": {"order.quantities"},
}
"""What the checker finds because of it."""


def cause(row: Mapping[str, Any]) -> str:
    """Name why something is parked; of a loop also where it is, since no other is to be expected."""
    error = row["error"]
    return f"{error['code']} {row['object']}.{error['path']}" if error["code"] == "record.loop" else str(error["code"])


def left_over(hub: EngineHub, findings: list[Finding]) -> list[Finding]:
    """Give the findings of the checker that nothing explains which is parked for a person."""
    left = unexplained(findings, {cause(row) for row in hub.exceptions()})
    unsigned = deals_nobody_can_sign(hub) if left else set()
    return [one for one in left if one.code != "order.quantities" or not unsigned & {*one.subjects}]


def deals_nobody_can_sign(hub: EngineHub) -> set[str]:
    """Name the deals whose contract waits for an address to send it to: what is begun again of their orders waits with it."""
    rows = [row for row in hub.exceptions() if cause(row) == "docusign.envelope_is_incomplete"]
    documents = [one for row in rows for one in hub.trace(row["hub_id"])["documents"] if one["entity"] == "opportunity"]
    return {str(link["id"]) for document in documents for link in document["links"]}


def unexplained(findings: list[Finding], parked: set[str]) -> list[Finding]:
    """Leave out what follows from what is parked for a person."""
    follows = {code for cause in parked for code in FOLLOWS[cause]}
    # An account that a lead became has neither a tax number nor an address: nobody can tell by equal keys that two are one, the
    # checker neither, which then takes one for the other.
    alike = {finding.code for finding in findings if finding.code == "customer.doubled" and "(lead:" in finding.message}
    if alike:
        follows |= alike | {f"{kind}.customer" for kind in ("order", "invoice", "credit_note", "payment")}
    return [finding for finding in findings if finding.code not in follows]
