"""Four systems, a hub between them, and hands to do in each what a scenario asks for."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ltc.app.config import HubSettings
from ltc.app.config.new import create_hub
from ltc.app.sandbox.hub import BRAKES, open_hub
from ltc.app.sandbox.picture import Document
from ltc.app.sandbox.salesforce_view import plain_number
from ltc.app.sandbox.service import up
from ltc.app.sandbox.story import settle_reviews
from ltc.core.models.money import to_minor
from ltc.core.store import tables as t

SELLER = "sales"


class Desk:
    """A small sandbox with a hub that is live; every deal is one that the test makes."""

    def __init__(self, folder: Path, database: str, seed: int = 8) -> None:
        """Bring everything up, and read and match it once."""
        create_hub(folder, HubSettings(id="demo", title="Demo"))
        with (folder / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{BRAKES}\ndatabase:\n  url: {database}\n")
        self.sandbox = up(seed, 0.02)
        self._numbers = itertools.count(100)
        self.hub = open_hub(folder, self.sandbox)
        self.crm: Any = self.sandbox.simulators["salesforce"]
        self.erp: Any = self.sandbox.simulators["sap"]
        self.esign: Any = self.sandbox.simulators["docusign"]
        self.stripe: Any = self.sandbox.simulators["stripe"]
        self.hub.sync()
        settle_reviews(self.hub, self.sandbox.truth)
        self.hub.go_live()
        self.sync()

    def close(self) -> None:
        """Stop everything."""
        self.hub.close()
        self.sandbox.stop()

    def sync(self) -> dict[str, Any]:
        """Let an hour pass, sync, and insist that nothing failed."""
        self.sandbox.clock.advance(3600)
        report = dict(self.hub.sync())
        assert not [run["error"] for run in report["runs"] if run["error"]]
        return report

    def quiet(self) -> None:
        """Insist that nothing is left to do, and that nothing is parked."""
        self.sync()
        self.sync()
        assert self.sync()["totals"]["writes"] == 0
        assert self.codes() == []

    def codes(self) -> list[str]:
        """Name what is parked."""
        return [row["error"]["code"] for row in self.hub.exceptions()]

    # -- in Salesforce ---------------------------------------------------------------------------------------------

    def deal(self, *quantities: int, currency: str = "EUR", stage: str = "Closed Won", terms: str = "") -> str:
        """Make a deal over one line for each quantity."""
        account = self.account(currency, terms)
        contact = {"AccountId": account, "FirstName": "Ada", "LastName": "Buyer", "Email": "ada@buyer.example"}
        fields = {
            "Name": f"Scenario {len(self.crm.rows('Opportunity'))}",
            "AccountId": account,
            "ContactId": self.crm.insert("Contact", contact, SELLER),
            "StageName": stage,
            "CloseDate": self.sandbox.clock.now().date().isoformat(),
            "CurrencyIsoCode": currency,
            "Pricebook2Id": self.crm.standard_pricebook,
            "OwnerId": next(row["Id"] for row in self.crm.rows("User") if row["Email"] and row["IsActive"]),
        }
        deal = str(self.crm.insert("Opportunity", fields, SELLER))
        for place, (entry, quantity) in enumerate(zip(self.prices(currency), quantities, strict=False), start=1):
            row = {"OpportunityId": deal, "PricebookEntryId": entry["Id"], "Quantity": Decimal(quantity), "SortOrder": place}
            self.crm.insert("OpportunityLineItem", row | {"UnitPrice": entry["UnitPrice"]}, SELLER)
        return deal

    def account(self, currency: str, terms: str = "") -> str:
        """Enter a customer of its own."""
        number = next(self._numbers)
        fields = {
            "Name": f"Kunde {number} GmbH",
            "BillingStreet": f"Hauptstr. {number}",
            "BillingCity": "Bonn",
            "BillingPostalCode": f"53{number:03d}",
            "BillingCountryCode": "DE",
            "CurrencyIsoCode": currency,
            "Payment_Terms__c": terms or "NT30",
            "Status__c": "Active",
        }
        made = str(self.crm.insert("Account", fields, SELLER))
        self.sandbox.truth.companies["salesforce"][made] = f"desk {number}"
        return made

    def enter_again(self, account: str) -> str:
        """Enter a customer a second time, as a clerk does who has not looked."""
        known = self.crm.row("Account", account)
        copied = ("Name", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountryCode", "CurrencyIsoCode")
        again = str(self.crm.insert("Account", {name: known[name] for name in copied}, "clerk"))
        companies = self.sandbox.truth.companies["salesforce"]
        companies[again] = companies[account]
        return again

    def prices(self, currency: str) -> list[dict[str, Any]]:
        """List prices of products that both systems sell."""
        sold = {product.number for product in self.sandbox.world.products if len(product.names) > 1}
        rows = [
            row for row in self.crm.rows("PricebookEntry") if row["CurrencyIsoCode"] == currency and row["ProductCode"] in sold
        ]
        return sorted(rows, key=lambda row: str(row["ProductCode"]))

    def change(self, deal: str, **fields: Any) -> None:
        """Change a deal as its seller does."""
        self.sandbox.clock.advance(60)
        self.crm.update("Opportunity", deal, fields, SELLER)

    def lines(self, deal: str) -> list[dict[str, Any]]:
        """Give a deal's lines in order."""
        rows = [row for row in self.crm.rows("OpportunityLineItem") if row["OpportunityId"] == deal]
        return sorted(rows, key=lambda row: int(row["SortOrder"] or 0))

    def order_more(self, deal: str, place: int, quantity: int, **fields: Any) -> None:
        """Give a line of a deal another quantity."""
        self.sandbox.clock.advance(60)
        self.crm.update("OpportunityLineItem", self.lines(deal)[place]["Id"], {"Quantity": Decimal(quantity), **fields}, SELLER)

    def opportunity(self, deal: str) -> dict[str, Any]:
        """Give a deal as Salesforce shows it."""
        return dict(self.crm.row("Opportunity", deal))

    def contracts(self, deal: str) -> list[dict[str, Any]]:
        """Give a deal's contracts in order of creation."""
        return [row for row in self.crm.rows("Contract") if row["Opportunity__c"] == deal]

    # -- in DocuSign -----------------------------------------------------------------------------------------------

    def envelopes(self, deal: str) -> list[dict[str, Any]]:
        """Give a deal's envelopes in order of creation."""
        name = self.opportunity(deal)["Name"]
        return [row for row in self.esign.rows() if row["subject"] == f"Please sign: {name}" and row["status"] != "deleted"]

    def sign(self, deal: str) -> None:
        """Let customer and seller sign what is out for a deal, and the hub hear of it."""
        self.sync()
        for role in ("Customer", "Seller"):
            self.esign.sign(self.envelopes(deal)[-1]["id"], role)
            self.sync()

    # -- in SAP ----------------------------------------------------------------------------------------------------

    def orders(self, deal: str) -> list[dict[str, Any]]:
        """Give SAP's orders of a deal in order of creation."""
        numbers = {row["ERP_Number__c"] for row in self.crm.rows("Order") if row["OpportunityId"] == deal}
        return [row for row in self.erp.rows("orders") if plain_number(row["VBELN"]) in numbers]

    def quantities(self, deal: str) -> list[list[Decimal]]:
        """Give the quantities of each order's items; of rejected ones nothing."""
        return [[item["KWMENG"] for item in row["items"] if not item["ABGRU"]] for row in self.orders(deal)]

    def ship(self, order: str, *quantities: int) -> str:
        """Deliver quantities of an order's items, and let the hub hear of it."""
        items = [item for item in self.sandbox.sap.items() if item.order == order]
        chosen = {item.item: Decimal(quantity) for item, quantity in zip(items, quantities, strict=False) if quantity}
        delivery = self.sandbox.sap.ship(order, chosen)
        self.sync()
        return delivery

    def bill(self, delivery: str) -> str:
        """Bill a delivery, and let the hub hear of it."""
        bill = self.sandbox.sap.bill(delivery)
        self.sync()
        self.sync()
        return bill

    def delivered_bill(self, deal: str) -> str:
        """Deliver and bill all of a deal's one order."""
        (order,) = self.orders(deal)
        return self.bill(self.ship(order["VBELN"], *(int(item["KWMENG"]) for item in order["items"])))

    def owed(self, bill: str) -> Any:
        """Give a bill with what is open of it."""
        return next(one for one in self.sandbox.sap.bills() if one.number == bill)

    def payments(self, bills: Sequence[str]) -> list[Document]:
        """Give SAP's payments of these bills that stand."""
        plain = {plain_number(bill) for bill in bills}
        return [one for one in self.sandbox.sap.side().payments if plain & set(one.sources) and not one.reversed]

    def invoice(self, bill: str) -> dict[str, Any]:
        """Give a bill as Salesforce shows it."""
        number = plain_number(bill)
        return next(dict(row) for row in self.crm.rows("Invoice__c") if plain_number(str(row["Name"])) == number)

    # -- in Stripe -------------------------------------------------------------------------------------------------

    def asked(self, bill: str) -> dict[str, Any]:
        """Give the one invoice of Stripe that asks for a bill."""
        number = plain_number(bill)
        (found,) = [dict(row) for row in self.stripe.rows("invoice") if row["number"] == number and row["status"] != "void"]
        return found

    def sums(self, bills: Sequence[str]) -> dict[str, dict[str, int]]:
        """Sum up bills less their credits, in minor units by currency: as SAP, the hub and Stripe hold them."""
        numbers, side = {plain_number(bill) for bill in bills}, self.sandbox.sap.side()
        sap, hub, stripe = Counter[str](), Counter[str](), Counter[str]()
        for sign, documents in ((1, side.invoices), (-1, side.credit_notes)):
            for one in documents:
                if {one.number if sign == 1 else one.sources[0]} & numbers:
                    sap[one.currency] += sign * to_minor(one.total, one.currency)
        invoices = {self.asked(bill)["id"] for bill in bills}
        for row in self.stripe.rows("invoice"):
            stripe[row["currency"].upper()] += row["total"] if row["id"] in invoices else 0
        for row in self.stripe.rows("credit_note"):
            stripe[row["currency"].upper()] -= row["total"] if row["invoice"] in invoices and row["status"] == "issued" else 0
        for sign, leaves in self._bills(numbers):
            money = leaves["total"]
            hub[money["currency"]] += sign * to_minor(Decimal(money["amount"]), money["currency"])
        return {name: dict(+found) for name, found in (("sap", sap), ("hub", hub), ("stripe", stripe))}

    def _bills(self, numbers: set[str]) -> list[tuple[int, dict[str, Any]]]:
        """Give the hub's golden records of bills and of their credits, with their sign."""
        with self.hub._engine.store.reading() as tx:
            rows = tx.execute(select(t.golden.c.hub_id, t.golden.c.entity, t.golden.c.leaves)).all()
        known = {hub_id: json.loads(leaves) for hub_id, _, leaves in rows}
        bills = {key for key, entity, _ in rows if entity == "invoice" and known[key].get("number") in numbers}
        credits_ = [known[key] for key, entity, _ in rows if entity == "credit_note" and known[key].get("invoice") in bills]
        return [*((1, known[key]) for key in bills), *((-1, one) for one in credits_)]
