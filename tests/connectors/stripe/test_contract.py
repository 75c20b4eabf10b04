"""The Stripe connector keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from connectors.payment.stripe.connector import StripeConnector
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core.contract import Raw
from ltc.core.simulation.suite import ConnectorContract, Sample
from tests.connectors.stripe.conftest import customer, open_invoice, paid_intent

Create = Callable[[StripeSimulator, int], Raw]
NOBODY = "cus_99999999999999000009"


def plain(**fields: Any) -> Create:
    """Make records that refer to nothing."""

    def create(_account: StripeSimulator, number: int) -> Raw:
        return {name: value.format(number) if isinstance(value, str) else value for name, value in fields.items()}

    return create


def price(account: StripeSimulator, number: int) -> Raw:
    product = account.insert("product", {"name": f"Pump {number}"})
    return {"product": product, "currency": "eur", "unit_amount": 1050, "nickname": f"List {number}"}


def invoice(account: StripeSimulator, number: int) -> Raw:
    rows = [
        {"description": "Pump", "amount": 1050 * number, "metadata": {"number": "10", "ltc_kind": "line"}},
        {"description": "VAT", "amount": 200, "metadata": {"number": "tax", "ltc_kind": "tax"}},
    ]
    return {"customer": customer(account, number), "currency": "eur", "description": f"Deal {number}", "lines": {"data": rows},
            "total": 1050 * number + 200}  # fmt: skip


def payment(account: StripeSimulator, number: int) -> Raw:
    return {"customer": customer(account, number), "amount": 1000 * number, "currency": "eur"}


def refund(account: StripeSimulator, number: int) -> Raw:
    return {"payment_intent": paid_intent(account, number), "amount": 100 * number}


def credit_note(account: StripeSimulator, number: int) -> Raw:
    rows = [
        {"description": "Pump", "amount": 100 * number, "metadata": {"number": "10", "ltc_kind": "line"}},
        {"amount": 20, "metadata": {"ltc_kind": "tax"}},
    ]
    return {"invoice": open_invoice(account, number), "memo": "order_change", "lines": {"data": rows}, "total": 100 * number + 20}


class TestContract(ConnectorContract):
    connector = StripeConnector
    simulator = StripeSimulator
    hook_secrets = ("webhook_secret",)
    samples: ClassVar = {
        "customer": Sample(plain(name="Acme {} GmbH", phone="1"), amend={"phone": "2"}, refused={"email": "nowhere"}),
        "product": Sample(plain(name="Pump {}"), amend={"description": "Heavy"}, refused={"unit_label": "x" * 20}),
        "price": Sample(price, amend={"nickname": "New"}, refused={"currency": "xyz"}),
        "invoice": Sample(
            invoice, amend={"description": "Soon"}, refused={"customer": NOBODY}, fields=["payments.data.amount_paid"]
        ),
        "credit_note": Sample(credit_note, amend={"memo": "Sorry"}, refused={"invoice": "in_99999999999999000009"}),
        "payment_intent": Sample(
            payment, refused={"amount": 1}, fields=["invoice_payments.invoice", "latest_charge.balance_transaction.fee"]
        ),
        "refund": Sample(refund, amend={"metadata": {"note": "late"}}, refused={"amount": 99_999_999}),
    }

    def people(self, simulator: StripeSimulator) -> Mapping[str, list[str]]:
        intent = paid_intent(simulator, 7)
        simulator.pay_invoice(open_invoice(simulator, 8))
        simulator.dispute(intent)
        simulator.clock.sleep(3 * 86_400)
        simulator.pay_out()
        return {kind: [str(row["id"]) for row in simulator.rows(kind)] for kind in ("charge", "dispute", "payout")}

    fields: ClassVar = {"payout": ["balance_transactions.net"], "charge": ["balance_transaction.fee"]}
