"""How far deals came, counted from what the systems hold: won, signed, ordered, delivered, billed, paid, with their money."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.checker import orders_of_deals
from ltc.app.sandbox.signatures import signed
from ltc.core.models.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.sandbox.picture import Document, Picture
    from ltc.app.sandbox.world import Truth

STAGES = ("won", "signed", "ordered", "delivered", "billed", "paid")


def stages(before: Picture, after: Picture, truth: Truth) -> dict[str, dict[str, Any]]:
    """Count the deals that reached each stage since the first picture; money is that of the documents of the stage.

    A payment belongs to the invoices that it settles or, where an SAP bills nothing, to the orders that it names.
    """
    invoices = _following(after.sap.invoices)
    payments = _following(payment for payment in after.sap.payments if not payment.reversed)
    orders_of = orders_of_deals(before, after, truth)
    agreed = signed(after)
    reached: dict[str, list[tuple[str, Decimal]]] = {stage: [] for stage in STAGES}
    for deal in after.salesforce.deals.values():
        if deal.status != "won" or before.salesforce.deals.get(deal.id) == deal:
            continue
        reached["won"].append((deal.currency, deal.total))
        if deal.name in agreed:
            reached["signed"].append((deal.currency, deal.total))
        orders = orders_of.get(deal.id, [])
        if not orders:
            continue
        net = sum((order.total if order.net is None else order.net for order in orders), Decimal(0))
        reached["ordered"].append((deal.currency, net))
        if all(order.done for order in orders):
            reached["delivered"].append((deal.currency, net))
        billed = [invoice for order in orders for invoice in invoices.get(order.number, ())]
        invoiced = sum((invoice.total if invoice.net is None else invoice.net for invoice in billed), Decimal(0))
        if billed and invoiced >= net:
            reached["billed"].append((deal.currency, sum((invoice.total for invoice in billed), Decimal(0))))
        if billed and invoiced >= net and all(invoice.done for invoice in billed):
            paid = (
                dict(payment.shares).get(invoice.number, payment.total)
                for invoice in billed
                for payment in payments.get(invoice.number, ())
            )
            reached["paid"].append((deal.currency, sum(paid, Decimal(0))))
        on_account = sum((payment.total for order in orders for payment in payments.get(order.number, ())), Decimal(0))
        if not billed and on_account and on_account >= net:
            reached["paid"].append((deal.currency, on_account))
    told = {stage: {"count": len(deals), "money": _money(deals)} for stage, deals in reached.items()}
    return told if after.envelopes else {stage: found for stage, found in told.items() if stage != "signed"}


def _following(documents: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        for source in document.sources:
            found[source].append(document)
    return found


def _money(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in amounts:
        sums[currency] += amount
    return {currency: format_amount(amount, currency) for currency, amount in sorted(sums.items())}
