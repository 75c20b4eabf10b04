"""The settle rules, each with a vendor that needs it: what there is to do, what came of it, and how the rule is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ltc.app.engine import settle
from ltc.app.engine.batch import Batch
from ltc.app.engine.bind import close_intents
from ltc.app.engine.context import Context
from ltc.app.engine.deliver import perform
from ltc.app.engine.payload import Draft
from ltc.app.engine.scope import Scope
from ltc.core.simulation import VirtualClock
from ltc.core.store import Store, Tx
from ltc.core.store import tables as t
from tests.app.engine.vendors import VendorHub, docusign_hub, salesforce_hub, sap_hub, stripe_hub

Drafts = Sequence[Draft]


@dataclass(frozen=True)
class Rule:
    """One settle rule: a hub, one more thing to do in it, what of the vendor's state tells, and how the rule is broken.

    A process that settles by the broken rule is caught if the one before it died at ``caught_at``, ``patience`` seconds earlier.
    ``begin`` prepares for so many things to do.
    """

    hub: Callable[[Store, VirtualClock], VendorHub]
    add: Callable[[VendorHub, int], None]
    outcome: Callable[[VendorHub], Any]
    break_it: Callable[[], None]
    caught_at: str
    begin: Callable[[VendorHub, int], None] = lambda _hub, _most: None
    patience: float = 600.0


# -- what there is to do -----------------------------------------------------------------------------------------------


def add_buyer(hub: VendorHub, number: int) -> str:
    """Enter a customer."""
    return hub.left.put("Customer", {"Name": f"Acme {number}", "Email": f"pay{number}@acme.example"})


def add_bill(hub: VendorHub, number: int) -> None:
    """Write a bill to a new customer."""
    buyer, price, currency = add_buyer(hub, number), Decimal(number + 10), ("EUR", "JPY", "KWD")[number % 3]
    lines = [{"No": str(place), "Text": f"Part {place}", "Amount": str(price)} for place in (10, 20)]
    head = {"Number": f"9{number:07d}", "Customer": buyer, "Status": "open", "Currency": currency}
    hub.left.put("Bill", {**head, "Total": str(3 * price), "Tax": str(price), "Lines": lines})


def add_request(hub: VendorHub, number: int) -> None:
    """Ask for signatures."""
    account: Any = hub.simulator
    people = [
        {"Role": role, "Name": f"{role} {number}", "Email": f"{role.lower()}@acme.example", "Place": place}
        for place, role in enumerate(("Customer", "Seller", "Office"), start=1)
    ]
    head = {"Subject": f"Please sign order {number}", "Template": account.template_id, "Status": "sent"}
    hub.left.put("Request", {**head, "People": people})


def add_order(hub: VendorHub, number: int) -> None:
    """Let a new customer order a new product."""
    buyer = add_buyer(hub, number)
    product = hub.left.put("Article", {"Number": f"P-{number}", "Name": f"Pump {number}", "Unit": "C62"})
    items = [{"No": "10", "Product": product, "Qty": str(number + 1), "Unit": "C62", "Price": "12.50"}]
    head = {"Purchase": f"PO {number}", "Customer": buyer, "Currency": "EUR", "Day": "2026-03-02", "Status": "submitted"}
    hub.left.put("Order", {**head, "Items": items})


def add_deal(hub: VendorHub, number: int) -> None:
    """Begin a deal with a new customer."""
    head = {"Name": f"Deal {number}", "Stage": "Prospecting", "Currency": "EUR", "Day": "2026-04-02"}
    hub.left.put("Deal", {**head, "Customer": add_buyer(hub, number)})


def add_customers(hub: VendorHub, most: int) -> None:
    """Have so many customers in both systems."""
    for number in range(most):
        add_buyer(hub, number)


def change_customer(hub: VendorHub, number: int) -> None:
    """Give a customer another address, each time another one."""
    key = list(hub.left.rows["Customer"])[number]
    hub.left.put("Customer", {"Email": f"new{number}@acme.example"}, key)


# -- what came of it ---------------------------------------------------------------------------------------------------


def collected(hub: VendorHub) -> Any:
    """Say which invoices and customers Stripe has, and how often something was made."""
    account: Any = hub.simulator
    invoices = sorted((row["number"], row["status"], row["total"], row["currency"]) for row in account.rows("invoice"))
    return invoices, sorted(row["name"] for row in account.rows("customer")), len(account.rows("invoiceitem"))


def sent(hub: VendorHub) -> Any:
    """Say which envelopes are out, and which drafts somebody could still send."""
    account: Any = hub.simulator
    return sorted((row["subject"], row["status"]) for row in account.rows() if row["status"] != "deleted")


def state(hub: VendorHub) -> Any:
    """Give the whole normal form, and who made or changed what how often."""
    deeds = Counter((deed.actor, deed.verb, deed.object) for deed in hub.simulator.journal)
    return hub.simulator.state(), deeds


def in_crm(hub: VendorHub) -> Any:
    """Give the whole normal form, and how often something was made: to say the same again is what the rule is."""
    rows, deeds = state(hub)
    return rows, {what: count for what, count in deeds.items() if what[1] == "insert"}


# -- how the rules are broken ------------------------------------------------------------------------------------------


def resend_blindly(ctx: Context, scope: Scope, drafts: Drafts, *_: Any) -> int:
    """Say it again without looking."""
    perform(ctx, scope, ctx.connectors[scope.system], drafts)
    return 0


def forget(ctx: Context, scope: Scope, connector: Any, drafts: Drafts) -> int:
    """Take it for done."""
    del connector, scope

    def close(tx: Tx) -> None:
        close_intents(Batch(ctx, tx, ctx.now()), [item.item.key for item in drafts], "done")
        tx.update_many(t.change, ("id",), ("state",), [(item.change.id, "done") for item in drafts])

    ctx.transact(close)
    return 0


def under_another_key(ctx: Context, scope: Scope, drafts: Drafts) -> int:
    """Say it again under a key that the system does not know."""
    again = [settle._under_next_key(ctx, item, "") for item in drafts]
    return settle._call_again(ctx, scope, again)


def put(name: str, broken: Callable[..., int]) -> Callable[[], None]:
    """Put something wrong into the place of a function of the engine; only a process that is forked for it does so."""
    return lambda: setattr(settle, name, broken)


RULES = {
    "key": Rule(stripe_hub, add_bill, collected, put("_settle_by_key", under_another_key), "deliver.after_call"),
    "draft": Rule(
        docusign_hub,
        add_request,
        sent,
        put("_settle_by_looking_up", resend_blindly),
        "call.answered POST envelopes",
        patience=700_000,
    ),
    "lookup": Rule(sap_hub, add_order, state, put("_settle_by_looking_up", resend_blindly), "deliver.after_call"),
    "resend": Rule(salesforce_hub, add_deal, in_crm, put("perform", forget), "deliver.before_call"),
    "read": Rule(
        salesforce_hub, change_customer, state, put("_settle_by_reading", resend_blindly), "deliver.after_call", add_customers
    ),
}
"""By name; `docs/adr/0009` says why an update is read and not said again."""
