"""Credits of bills that Stripe collects, judged from SAP's memos and Stripe's own objects: told once, to the minor unit."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ltc.app.sandbox.findings import Finding
from ltc.core.models.money import to_minor

if TYPE_CHECKING:
    from ltc.app.sandbox.picture import Credited, Document, Picture


def check_crediting(before: Picture, after: Picture) -> list[Finding]:
    """Check that Stripe was told once of each credit for a bill that it collects, and of no other."""
    old = {memo.number for memo in before.sap.credit_notes}
    collected = {request.number for request in after.asked if request.status in {"open", "paid"}}
    told: dict[str, list[Credited]] = defaultdict(list)
    for note in after.credited:
        told[note.number].append(note)
    findings = []
    for memo in after.sap.credit_notes:
        notes = told.pop(memo.number, [])
        ids = (memo.number, *(note.id for note in notes))
        if len(notes) > 1:
            findings.append(Finding("credit.doubled", f"Stripe was told {len(notes)} times of credit {memo.number}.", ids))
        elif notes:
            findings += _same(memo, notes[0], ids)
        elif memo.number not in old and not memo.reversed and collected & set(memo.sources):
            text = f"Credit {memo.number} is for a bill that Stripe collects, and Stripe was not told of it."
            findings.append(Finding("credit.missing", text, ids))
    left = [note for notes in told.values() for note in notes]
    findings += [Finding("credit.unfounded", f"Stripe has credit {one.number}, which SAP does not.", (one.id,)) for one in left]
    return findings


def still_credited(picture: Picture, bill: Document) -> int:
    """Tell in minor units how much of a bill's credit nobody has set against anything yet."""
    memos = [memo for memo in picture.sap.credit_notes if bill.number in memo.sources and not memo.reversed]
    return sum(to_minor(memo.left, memo.currency) for memo in memos if memo.left is not None)


def _same(memo: Document, note: Credited, ids: tuple[str, ...]) -> list[Finding]:
    given = (memo.currency, to_minor(memo.total, memo.currency))
    if (note.currency, note.total) != given:
        text = f"Credit {memo.number} comes to {given[1]} {given[0]} in SAP and to {note.total} {note.currency} in Stripe."
        return [Finding("credit.amount", text, ids)]
    if note.bill not in memo.sources:
        return [Finding("credit.bill", f"Credit {memo.number} stands at invoice {note.bill} in Stripe.", ids)]
    if memo.reversed != (note.status == "void"):
        return [Finding("credit.reversal", f"Credit {memo.number} is taken back in one system only.", ids)]
    return []
