"""What Stripe collects is judged from SAP's bills and Stripe's own objects alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ltc.app.sandbox.checker import check
from ltc.app.sandbox.collecting import check_collecting
from ltc.app.sandbox.picture import Asked, Document, Paid, Picture
from tests.app.sandbox.test_checker import BEFORE, TRUTH, after, with_sap

TERMS = "NT14"
BILL = Document("90", "90", "0000000001", "KWD", Decimal("3.307"), terms=TERMS, left=Decimal("1.307"))
ASKED = Asked("in_1", "90", "KWD", 3307, 1307, "open")
PAID = Paid("pi_1", "KWD", 2000, stays=True)
POSTED = Document("14", "14", "0000000001", "KWD", Decimal("2.000"))


def codes(bill: Document, *asked: Asked, paid: tuple[Paid, ...] = (PAID,), posted: tuple[Document, ...] = (POSTED,)) -> set[str]:
    picture: Picture = replace(with_sap(after(), invoices=(bill,), payments=posted), asked=asked, paid=paid)
    return {finding.code for finding in check_collecting(BEFORE, picture, TERMS)}


def test_a_bill_that_is_asked_for_once_and_paid_in_part() -> None:
    assert codes(BILL, ASKED) == set()
    assert codes(BILL, ASKED, replace(ASKED, id="in_0", status="void")) == set()


@pytest.mark.parametrize(
    ("bill", "asked", "code"),
    [
        (BILL, (ASKED, replace(ASKED, id="in_2")), "request.doubled"),
        (BILL, (replace(ASKED, total=3306),), "request.amount"),
        (BILL, (replace(ASKED, currency="EUR"),), "request.amount"),
        (BILL, (replace(ASKED, left=3307),), "request.open"),
        (BILL, (ASKED, replace(ASKED, id="in_2", number="91")), "request.unfounded"),
        (replace(BILL, left=BILL.total), (), "request.missing"),
    ],
)
def test_planted_faults_are_found(bill: Document, asked: tuple[Asked, ...], code: str) -> None:
    assert codes(bill, *asked) == {code}


def test_bills_of_other_terms_and_reversed_ones_are_nobodys_business_here() -> None:
    assert codes(replace(BILL, terms="NT30", left=BILL.total)) == set()
    assert codes(replace(BILL, reversed=True, left=BILL.total)) == set()


def test_what_came_in_is_posted_once_unless_a_bank_took_it_back() -> None:
    assert codes(BILL, ASKED, posted=()) == {"payment.unposted"}
    assert codes(BILL, ASKED, posted=(replace(POSTED, total=Decimal("2.001")),)) == {"payment.unposted"}
    assert codes(BILL, ASKED, posted=(replace(POSTED, reversed=True),)) == set(), "that was a person"
    assert codes(BILL, ASKED, paid=(replace(PAID, stays=False),), posted=()) == set()


def test_the_checker_asks_for_it_only_where_stripe_collects() -> None:
    picture = with_sap(after(), invoices=(replace(BILL, left=BILL.total),))
    assert "request.missing" in {finding.code for finding in check(BEFORE, picture, TRUTH, collects=TERMS)}
    assert "request.missing" not in {finding.code for finding in check(BEFORE, picture, TRUTH)}


def test_a_bank_payment_over_several_bills_that_was_reversed_may_have_been_this_bills() -> None:
    """What was told to Stripe as paid elsewhere stays paid there; a reversed payment does not say any more what it settled."""
    bill, asked = replace(BILL, left=BILL.total), replace(ASKED, left=0, status="paid")
    lost = replace(POSTED, reversed=True, sources=("91",), shares=(("91", Decimal("1.5")),))
    assert codes(bill, asked, paid=(), posted=(lost,)) == set()
    assert codes(bill, asked, paid=(), posted=(replace(lost, customer="0000000002"),)) == {"request.open"}
    assert codes(bill, asked, paid=(), posted=()) == {"request.open"}
    assert codes(bill, asked, paid=(), posted=(replace(lost, shares=(("91", lost.total),)),)) == {"request.open"}
    assert codes(bill, asked, paid=(replace(PAID, bill="90"),), posted=(lost,)) >= {"request.open"}
