"""What was asked of signers, in the checker's words: one request for each deal at a time, and orders only for what was signed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.picture import Envelope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ltc.app.sandbox.picture import Picture

SUBJECT = "Please sign: "
NEVER_SENT = frozenset({"created", "deleted"})
WITHOUT_EFFECT = frozenset({"declined", "voided", "timedout"})
"""How a request ends that another one may follow."""


def envelopes(rows: Iterable[Mapping[str, Any]]) -> tuple[Envelope, ...]:
    """Give the envelopes that were sent, in order of creation."""
    return tuple(
        Envelope(row["id"], row["subject"].removeprefix(SUBJECT), row["status"])
        for row in rows
        if row["status"] not in NEVER_SENT
    )


def signed(picture: Picture) -> set[str]:
    """Name the deals whose contract was signed."""
    return {envelope.deal for envelope in picture.envelopes if envelope.status == "completed"}


def declined(picture: Picture) -> set[str]:
    """Name the deals whose last word is a customer's no."""
    last = {envelope.deal: envelope.status for envelope in picture.envelopes}
    return {deal for deal, status in last.items() if status == "declined"}


def waiting(picture: Picture) -> set[str]:
    """Name the deals of which the last request is not signed: what was agreed anew is not ordered yet."""
    last = {envelope.deal: envelope.status for envelope in picture.envelopes}
    return {deal for deal, status in last.items() if status != "completed"}


def check_signatures(before: Picture, after: Picture, amended: Collection[str] = ()) -> list[Finding]:
    """Check that every deal that was won meanwhile was asked about once at a time; of others, the agreed ones may be.

    What was ``amended`` after it was won may have been signed before, and be signed again.
    """
    by_deal: dict[str, list[Envelope]] = defaultdict(list)
    for envelope in after.envelopes:
        by_deal[envelope.deal].append(envelope)
    earlier = {deal.name for deal in before.salesforce.deals.values() if deal.status == "won"}
    findings = []
    for deal in after.salesforce.deals.values():
        asked = by_deal.pop(deal.name, [])
        ids = (deal.id, *(envelope.id for envelope in asked))
        in_force = [envelope for envelope in asked if envelope.status not in WITHOUT_EFFECT]
        if deal.name in amended:
            in_force = [envelope for envelope in in_force if envelope.status != "completed"]
        if len(in_force) > 1:
            findings.append(Finding("signature.doubled", f"{deal.name} has {len(in_force)} requests to sign in force.", ids))
        if deal.status == "won" and not asked and deal.name not in earlier:
            findings.append(Finding("signature.missing", f"{deal.name} was won and nobody was asked to sign.", ids))
        may_sign = deal.status == "won" or (deal.status == "open" and deal.is_agreed)
        if not may_sign and any(envelope.status != "completed" for envelope in in_force):
            findings.append(Finding("signature.not_won", f"{deal.name} is {deal.status}, and people are asked to sign.", ids))
    left = [envelope for asked in by_deal.values() for envelope in asked]
    return findings + [Finding("signature.unfounded", f"Envelope {one.id} is about no deal.", (one.id,)) for one in left]
