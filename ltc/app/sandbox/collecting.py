"""What Stripe collects, judged from SAP's bills and Stripe's own objects: asked once, paid to the minor unit, posted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ltc.app.sandbox.crediting import check_crediting, still_credited
from ltc.app.sandbox.findings import Finding
from ltc.core.models.money import to_minor

if TYPE_CHECKING:
    from ltc.app.sandbox.picture import Asked, Document, Picture


def check_collecting(before: Picture, after: Picture, terms: str) -> list[Finding]:
    """Check the bills of certain terms of payment, that no other bill was collected, and that what came in was posted once.

    A payment over several bills that was reversed in SAP does not say any more what all of it was for: it may be any of the
    customer's bills.
    """
    old = {bill.number for bill in before.sap.invoices}
    requests: dict[str, list[Asked]] = defaultdict(list)
    for request in after.asked:
        if request.status != "void":
            requests[request.number].append(request)
    reopened = {number for payment in after.sap.payments if payment.reversed for number in payment.sources}
    reopened |= {paid.bill for paid in after.paid if not paid.stays}
    lost = {payment.customer for payment in after.sap.payments if payment.reversed and _known(payment) < payment.total}
    reopened |= {bill.number for bill in after.sap.invoices if bill.customer in lost} - {paid.bill for paid in after.paid}
    findings = []
    for bill in after.sap.invoices:
        asked = requests.pop(bill.number, [])
        ids = (bill.number, *(request.id for request in asked))
        if len(asked) > 1:
            findings.append(Finding("request.doubled", f"Stripe asks {len(asked)} times for bill {bill.number}.", ids))
        elif asked:
            credited = still_credited(after, bill)
            findings += _same(bill, asked[0], ids, credited=credited, taken_back=bill.number in reopened)
        elif bill.terms == terms and bill.number not in old and not bill.reversed and bill.left == bill.total:
            findings.append(Finding("request.missing", f"Bill {bill.number} is to be collected, and Stripe does not.", ids))
    left = [request for asked in requests.values() for request in asked]
    findings += [Finding("request.unfounded", f"Stripe asks for {one.number}, which is no bill.", (one.id,)) for one in left]
    return findings + check_crediting(before, after) + _posted_once(before, after)


def _known(payment: Document) -> Decimal:
    """Sum up what of a payment is known to have been for one bill or another."""
    return sum((share for _, share in payment.shares), Decimal(0))


def _same(bill: Document, asked: Asked, ids: tuple[str, ...], *, credited: int, taken_back: bool) -> list[Finding]:
    """Compare a bill with the request for it, to the minor unit; a payment that was taken back opens the bill only.

    What was credited is asked for no more, while in SAP it is set against the bill later.
    """
    owed = (bill.currency, to_minor(bill.total, bill.currency))
    if (asked.currency, asked.total) != owed:
        text = f"Bill {bill.number} comes to {owed[1]} {owed[0]}, Stripe asks for {asked.total} {asked.currency}."
        return [Finding("request.amount", text, ids)]
    open_ = max(0, to_minor(bill.left, bill.currency) - credited) if bill.left is not None else asked.left
    if not (bill.reversed or taken_back) and asked.left != open_:
        text = f"Of bill {bill.number} {open_} {bill.currency} are open, of Stripe's request for it {asked.left}."
        return [Finding("request.open", text, ids)]
    return []


def _posted_once(before: Picture, after: Picture) -> list[Finding]:
    """Check that SAP was told of each payment that stays: it has a posting of its amount, reversed by a person or not."""
    old = {payment.id for payment in before.sap.payments}
    came = Counter((paid.currency, paid.amount) for paid in after.paid if paid.stays)
    posted = Counter(
        (payment.currency, to_minor(payment.total, payment.currency)) for payment in after.sap.payments if payment.id not in old
    )
    return [
        Finding("payment.unposted", f"{count} payments of {amount} {currency} came in by Stripe and are not posted.", ())
        for (currency, amount), count in sorted((came - posted).items())
    ]
