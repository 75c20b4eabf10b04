"""Stages are counted from documents alone, and a proposal is settled by what is true."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ltc.app.sandbox.picture import Document, Picture
from ltc.app.sandbox.stages import stages
from ltc.app.sandbox.story import verdict
from ltc.app.sandbox.world import Truth
from tests.app.sandbox.test_checker import BEFORE, TRUTH, after, with_sap


def told() -> Picture:
    good = after()
    return with_sap(
        good,
        orders=(replace(good.sap.orders[0], done=True), good.sap.orders[1]),
        invoices=(
            replace(good.sap.invoices[0], sources=("1",), net=Decimal(30), total=Decimal("35.70"), done=True),
            Document("92", "92", "0000000001", "EUR", Decimal("11.90"), Decimal(10), sources=("1",), done=True),
            good.sap.invoices[1],
        ),
        payments=(
            Document(
                "14",
                "14",
                "0000000001",
                "EUR",
                Decimal(100),
                sources=("90", "92", "99"),
                shares=(("90", Decimal("35.70")), ("92", Decimal("11.90")), ("99", Decimal("52.40"))),
            ),
        ),
    )


def test_stages_count_deals_and_sum_their_documents() -> None:
    assert stages(BEFORE, told(), TRUTH) == {
        "won": {"count": 2, "money": {"EUR": "40.00", "JPY": "1001"}},
        "ordered": {"count": 2, "money": {"EUR": "40.00", "JPY": "1001"}},
        "delivered": {"count": 1, "money": {"EUR": "40.00"}},
        "billed": {"count": 1, "money": {"EUR": "47.60"}},
        "paid": {"count": 1, "money": {"EUR": "47.60"}},
    }


def test_a_deal_billed_in_part_is_not_billed() -> None:
    state = told()
    first = with_sap(state, invoices=state.sap.invoices[:1])
    assert stages(BEFORE, first, TRUTH)["billed"]["count"] == 0


def test_where_nothing_is_billed_a_deal_is_paid_by_payments_for_its_order() -> None:
    state = with_sap(told(), invoices=(), payments=(Document("15", "15", "0000000001", "EUR", Decimal(39), sources=("1",)),))
    assert stages(BEFORE, state, TRUTH)["paid"]["count"] == 0
    rest = Document("16", "16", "0000000001", "EUR", Decimal(1), sources=("1",))
    reached = stages(BEFORE, with_sap(state, payments=(*state.sap.payments, rest)), TRUTH)
    assert (reached["billed"]["count"], reached["paid"]) == (0, {"count": 1, "money": {"EUR": "40.00"}})


def test_a_proposal_is_the_same_company_only_if_it_is() -> None:
    truth = Truth(companies={"salesforce": {"001A": "C1"}, "sap": {"1": "C1", "2": "C2"}})

    def review(sap: str) -> dict[str, object]:
        return {
            "left": {"records": [{"system": "salesforce", "object": "Account", "id": "001A"}]},
            "right": {"records": [{"system": "sap", "object": "Customer", "id": sap}]},
        }

    assert [verdict(review(number), truth) for number in ("1", "2", "unknown")] == ["same", "different", "different"]
