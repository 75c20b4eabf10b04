"""Bills of SAP that Stripe collects: asked for once, to the minor unit; what comes in is posted and cleared once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ltc.app.sandbox.doors import BY_STRIPE
from ltc.app.sandbox.hub import EngineHub, open_hub
from ltc.app.sandbox.running import RunningSandbox
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import settle_reviews
from ltc.core.models.money import to_minor

SYSTEMS = ("salesforce", "sap", "stripe")
DAYS = 10


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """Bring a small world up."""
    with up(8, 0.03) as running:
        yield running


@pytest.fixture
def hub(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[EngineHub]:
    """Keep the three systems equal, from now on."""
    found = open_hub(tmp_path / "hub", sandbox, SYSTEMS)
    found.sync()
    settle_reviews(found, sandbox.truth)
    found.go_live()
    found.sync()
    yield found
    found.close()


def lived(sandbox: RunningSandbox, hub: EngineHub, activities: tuple[str, ...]) -> Counter[str]:
    """Live through some days; what is billed in the morning is known everywhere before anybody pays."""
    done: Counter[str] = Counter()
    for _ in range(DAYS):
        done += sandbox.business.work(("ship", "bill"))
        synced(hub)
        done += sandbox.business.work(activities)
        sandbox.business.sleep()
        synced(hub)
    synced(hub)
    return done


def synced(hub: EngineHub) -> None:
    """Sync, and insist that nothing went wrong."""
    report = hub.sync()
    assert not [run["error"] for run in report["runs"] if run["error"]]


def test_bills_are_collected_once_and_payments_are_posted_once(sandbox: RunningSandbox, hub: EngineHub) -> None:
    sandbox.business.sellers.win_count(14, sandbox.clock.now().date())
    synced(hub)
    done = lived(sandbox, hub, ("pay", "collect", "pay_out"))
    assert done["collect"] > 3
    assert done["pay"] > 3
    account: Any = sandbox.simulators["stripe"]
    sap: Any = sandbox.simulators["sap"]
    terms = {row["VBELN"].lstrip("0"): row["ZTERM"] for row in sap.rows("billing")}
    bills = {bill.number.lstrip("0"): bill for bill in sandbox.sap.bills()}
    invoices = {row["number"]: row for row in account.rows("invoice")}
    assert sorted(row["number"] for row in account.rows("invoice")) == sorted(
        number for number in bills if terms[number] == BY_STRIPE
    )
    for number, invoice in invoices.items():
        bill = bills[number]
        owed = (to_minor(bill.total, bill.currency), to_minor(bill.open, bill.currency), bill.currency.lower())
        assert (invoice["total"], invoice["amount_remaining"], invoice["currency"]) == owed
    received = Counter((row["amount_received"], row["currency"]) for row in account.rows("payment_intent"))
    posted = Counter(
        (to_minor(receipt.total, receipt.currency), receipt.currency.lower()) for receipt in sandbox.sap.side().payments
    )
    assert received <= posted
    assert len(sandbox.sap.receipts()) == len(account.rows("payment_intent")) + done["pay"]
    assert len(sandbox.salesforce.rows("Payment__c")) == len(sandbox.sap.receipts())
    assert hub.exceptions() == []
    assert hub.sync()["totals"]["writes"] == 0


def test_a_payment_that_is_lost_again_is_reversed_in_sap_and_its_bill_is_open(sandbox: RunningSandbox, hub: EngineHub) -> None:
    account: Any = sandbox.simulators["stripe"]
    sandbox.business.sellers.win_count(20, sandbox.clock.now().date())
    synced(hub)
    for _ in range(4):
        sandbox.business.work(("ship", "bill"))
        sandbox.business.sleep()
        synced(hub)
    lost, kept, given_back, fleeting = [row["id"] for row in account.rows("invoice") if row["status"] == "open"][:4]
    account.decide(account.dispute(account.pay_invoice(fleeting)), won=False)
    intents = {invoice: account.pay_invoice(invoice) for invoice in (lost, kept, given_back)}
    synced(hub)
    dispute = account.dispute(intents[lost])
    account.refund(intents[given_back], 100)
    synced(hub)
    assert [receipt for receipt in sandbox.sap.receipts() if receipt.reversed] == []
    account.decide(dispute, won=False)
    account.decide(account.dispute(intents[kept]), won=True)
    synced(hub)
    synced(hub)
    assert len(sandbox.sap.receipts()) == 3, "what was lost before it was seen is never posted"
    bills = {bill.number.lstrip("0"): bill for bill in sandbox.sap.bills()}
    number = account.row("invoice", lost)["number"]
    assert len([receipt for receipt in sandbox.sap.receipts() if receipt.reversed]) == 1
    assert bills[number].open == bills[number].total
    assert not bills[account.row("invoice", kept)["number"]].open
    shown = Counter(row["Status__c"] for row in sandbox.salesforce.rows("Payment__c"))
    assert shown == {"Posted": 2, "Reversed": 2}
    told = hub.trace(intents[lost])
    assert number in str(told)
    assert hub.exceptions() == []
    synced(hub)
    assert hub.sync()["totals"]["writes"] == 0
