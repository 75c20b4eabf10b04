"""What was asked of signers is judged from the envelopes and the deals alone."""

from __future__ import annotations

from dataclasses import replace

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.picture import Envelope, Picture
from ltc.app.sandbox.signatures import declined, envelopes, signed
from tests.app.sandbox.test_checker import BEFORE, TRUTH, after, with_sap

BOTH = (Envelope("e1", "D1", "completed"), Envelope("e2", "D2", "completed"))


def codes(picture: Picture, *asked: Envelope) -> set[str]:
    found = check(BEFORE, replace(picture, envelopes=asked), TRUTH, signs=True)
    return {finding.code for finding in found if finding.code.startswith(("signature", "order"))}


def test_one_request_for_each_deal_that_was_won() -> None:
    assert codes(after(), *BOTH) == set()
    assert codes(after(), Envelope("e0", "D1", "declined"), *BOTH) == set()


def test_planted_faults_are_found() -> None:
    assert codes(after(), *BOTH, Envelope("e3", "D2", "sent")) == {"signature.doubled"}
    assert codes(after(), *BOTH, Envelope("e3", "D3", "sent")) == {"signature.not_won"}
    assert codes(after(), *BOTH, Envelope("e3", "D3", "voided")) == set()
    deals = {
        key: replace(deal, status="open" if deal.name == "D3" else deal.status, is_agreed=True)
        for key, deal in after().salesforce.deals.items()
    }
    agreed = replace(after(), salesforce=replace(after().salesforce, deals=deals))
    assert codes(agreed, *BOTH, Envelope("e3", "D3", "sent")) == set()
    assert codes(after(), *BOTH, Envelope("e3", "D9", "sent")) == {"signature.unfounded"}
    assert codes(after(), BOTH[0]) == {"signature.missing", "order.unsigned"}
    assert codes(after(), BOTH[0], Envelope("e2", "D2", "delivered")) == {"order.unsigned"}
    assert codes(with_sap(after(), orders=after().sap.orders[:1]), *BOTH) == {"order.missing"}


def test_drafts_were_asked_of_nobody() -> None:
    rows = [
        {"id": "1", "subject": "Please sign: D1", "status": "declined"},
        {"id": "2", "subject": "Please sign: D1", "status": "created"},
        {"id": "3", "subject": "Please sign: D2", "status": "completed"},
    ]
    picture = replace(after(), envelopes=envelopes(rows))
    assert [envelope.id for envelope in picture.envelopes] == ["1", "3"]
    assert (signed(picture), declined(picture)) == ({"D2"}, {"D1"})
