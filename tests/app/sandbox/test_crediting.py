"""Whether Stripe was told of credits is judged from SAP's memos and Stripe's own objects alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ltc.app.sandbox.collecting import check_collecting
from ltc.app.sandbox.crediting import still_credited
from ltc.app.sandbox.picture import Asked, Credited, Document, Picture
from tests.app.sandbox.test_checker import BEFORE, after, with_sap

TERMS = "NT14"
BILL = Document("90", "90", "0000000001", "KWD", Decimal("3.300"), terms=TERMS, left=Decimal("3.300"))
MEMO = Document("91", "91", "0000000001", "KWD", Decimal("1.300"), terms=TERMS, left=Decimal("1.300"), sources=("90",))
ASKED = Asked("in_1", "90", "KWD", 3300, 2000, "open")
NOTE = Credited("cn_1", "91", "90", "KWD", 1300, "issued")


def picture(memo: Document, *notes: Credited, asked: Asked = ASKED, bill: Document = BILL) -> Picture:
    return replace(with_sap(after(), invoices=(bill,), credit_notes=(memo,)), asked=(asked,), credited=notes)


def codes(memo: Document, *notes: Credited, asked: Asked = ASKED, bill: Document = BILL) -> set[str]:
    return {finding.code for finding in check_collecting(BEFORE, picture(memo, *notes, asked=asked, bill=bill), TERMS)}


def test_a_credit_that_is_told_once_lessens_what_is_asked_for() -> None:
    assert codes(MEMO, NOTE) == set()
    assert still_credited(picture(MEMO, NOTE), BILL) == 1300


def test_a_credit_of_a_bill_that_was_paid_leaves_nothing_open() -> None:
    paid = replace(BILL, left=Decimal(0))
    assert codes(MEMO, NOTE, asked=replace(ASKED, left=0, status="paid"), bill=paid) == set()


@pytest.mark.parametrize(
    ("memo", "notes", "code"),
    [
        (MEMO, (), "credit.missing"),
        (MEMO, (NOTE, replace(NOTE, id="cn_2")), "credit.doubled"),
        (MEMO, (replace(NOTE, total=1301),), "credit.amount"),
        (MEMO, (replace(NOTE, currency="EUR"),), "credit.amount"),
        (MEMO, (replace(NOTE, bill="92"),), "credit.bill"),
        (MEMO, (NOTE, replace(NOTE, id="cn_2", number="93")), "credit.unfounded"),
        (MEMO, (replace(NOTE, status="void"),), "credit.reversal"),
    ],
)
def test_planted_faults_are_found(memo: Document, notes: tuple[Credited, ...], code: str) -> None:
    assert codes(memo, *notes) == {code}


def test_what_is_still_asked_for_in_full_is_found() -> None:
    assert codes(MEMO, NOTE, asked=replace(ASKED, left=3300)) == {"request.open"}


def test_credits_of_bills_that_nobody_collects_are_nobodys_business_here() -> None:
    assert codes(replace(MEMO, sources=("80",)), asked=replace(ASKED, left=3300)) == set()
