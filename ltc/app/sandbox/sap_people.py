"""People at SAP's simulator: clerks, warehouse, billing and accounts, in the words of SAP's own tables.

What is asked of the simulator is all here: :class:`SapSimulator`. Numbers come back as SAP keeps them (ten characters, zeros in
front), amounts and quantities as Decimals that mean what they say, not shifted as in SAP's tables.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, cast

from ltc.app.sandbox.doors import Bill, OrderItem, Receipt, Shipment
from ltc.app.sandbox.picture import Document, Line, Party, Side
from ltc.app.sandbox.salesforce_view import compact, plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.sandbox.beings import Entry, Product
    from ltc.core.simulation import Simulator

Row = dict[str, Any]

FIELDS = {"street": "STRAS", "email": "SMTP_ADDR", "payment_terms": "ZTERM", "phone": "TELF1"}
LONG_TAX_ID = {"CN": "STCD5"}
"""Countries whose tax numbers do not fit into KNA1-STCD1."""
UNITS = {"C62": "ST", "MTR": "M", "KGM": "KG"}
INVOICE, CREDIT_MEMO = "F2", "G2"
SETUP, SALES, WAREHOUSE, BILLING, ACCOUNTS = "SETUP", "SALES", "WAREHOUSE", "BILLING", "ACCOUNTS"


class SapSimulator(Protocol):
    """The doors by which people use the simulated SAP; ``actor`` goes into the journal."""

    def reject(self, order: str, actor: str) -> None:
        """Reject what is not delivered of an order by its VBELN."""

    def seed_customer(self, fields: Mapping[str, Any], actor: str) -> str:
        """Make a customer of KNA1's fields (and ZTERM, WAERS, SMTP_ADDR) and give its KUNNR."""

    def seed_material(self, fields: Mapping[str, Any], actor: str) -> str:
        """Make a material of MARA's fields, MAKTX and ``prices`` per currency, and give its MATNR."""

    def edit_customer(self, number: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a customer."""

    def ship(self, order: str, quantities: Mapping[str, Decimal], actor: str) -> str:
        """Deliver quantities by POSNR, post the goods issue, and give the delivery's VBELN."""

    def bill(self, delivery: str, actor: str) -> str:
        """Bill a delivery and give the billing document's VBELN."""

    def credit(self, billing: str, actor: str) -> str:
        """Give credit for an invoice's first item and give the credit memo's VBELN."""

    def receive_payment(self, customer: str, amounts: Mapping[str, Decimal], actor: str) -> str:
        """Post a payment that clears amounts of invoices by their VBELN, and give its BELNR."""

    def reverse_payment(self, payment: str, actor: str) -> str:
        """Reverse a payment, which opens its invoices again, and give the BELNR of the reversal."""

    def rows(self, kind: str) -> list[Row]:
        """Give copies of all rows of a kind, in the order in which they came to be.

        ``customers``: KUNNR NAME1 NAME2 PSTLZ STCD1 STCD5 STCEG HUB_KEY.
        ``orders``: VBELN KUNNR BSTNK WAERK NETWR HUB_KEY; ``items``: POSNR MATNR KWMENG LFIMG NETWR ABGRU.
        ``deliveries``: VBELN VGBEL KUNNR ``billed``.
        ``billing``: VBELN FKART KUNRG WAERK NETWR MWSBK VGBEL; ``open`` (what is still owed), ``cancelled``, ``credited``,
        and of a credit memo its ``invoice``.
        ``payments``: BELNR KUNNR WAERS WRBTR; ``reversed``, ``clears`` (amount by VBELN).
        """


class SapPeople:
    """The people of :class:`ltc.app.sandbox.doors.SapDoor`, at a simulated SAP."""

    def __init__(self, simulated: Simulator) -> None:
        """Take the simulator whose doors they use."""
        self._sap = cast("SapSimulator", simulated)

    def add_customer(self, entry: Entry) -> str:
        """Enter a customer."""
        fields = {
            "NAME1": entry.name,
            "STRAS": entry.street,
            "ORT01": entry.city,
            "PSTLZ": entry.postal_code,
            "REGIO": entry.region,
            "LAND1": entry.country,
            "TELF1": entry.phone,
            "SMTP_ADDR": entry.email,
            LONG_TAX_ID.get(entry.country, "STCD1"): entry.tax_id,
            "STCEG": entry.vat_id,
            "BRSCH": entry.industry,
            "SPRAS": entry.language,
            "WAERS": entry.currency,
            "ZTERM": entry.payment_terms,
            "KLIMK": Decimal(entry.credit_limit or "0"),
        }
        return self._sap.seed_customer({name: value for name, value in fields.items() if value}, SETUP)

    def add_material(self, product: Product) -> str:
        """Enter a material."""
        fields: Row = {
            "MATNR": product.number,
            "MAKTX": product.names["sap"],
            "MEINS": UNITS[product.unit],
            "MATKL": product.category.upper(),
            "EAN11": product.gtin,
            "NTGEW": Decimal(product.net_weight or "0"),
            "GEWEI": "KG" if product.net_weight else "",
            "prices": {currency: Decimal(price) for currency, price in product.prices.items()},
        }
        return self._sap.seed_material({name: value for name, value in fields.items() if value}, SETUP)

    def customers(self) -> set[str]:
        """Give the numbers of all customers."""
        return {row["KUNNR"] for row in self._sap.rows("customers")}

    def edit_customer(self, number: str, field: str, value: str, actor: str) -> None:
        """Change one field of a customer."""
        self._sap.edit_customer(number, {FIELDS[field]: value}, actor)

    def items(self) -> list[OrderItem]:
        """List the items that are not rejected."""
        return [
            OrderItem(
                order["VBELN"],
                item["POSNR"],
                order["BSTNK"],
                order["KUNNR"],
                plain_number(item["MATNR"]),
                item["KWMENG"],
                item["LFIMG"],
            )
            for order in self._sap.rows("orders")
            for item in order["items"]
            if not item["ABGRU"]
        ]

    def shipments(self) -> list[Shipment]:
        """List all deliveries."""
        references = self._references()
        return [
            Shipment(row["VBELN"], row["VGBEL"], references[row["VGBEL"]], row["billed"]) for row in self._sap.rows("deliveries")
        ]

    def bills(self) -> list[Bill]:
        """List the invoices that are not cancelled."""
        references = self._references()
        return [
            Bill(
                row["VBELN"],
                references[row["VGBEL"]],
                row["KUNRG"],
                row["WAERK"],
                row["NETWR"] + row["MWSBK"],
                row["open"],
                credited=row["credited"],
            )
            for row in self._sap.rows("billing")
            if row["FKART"] == INVOICE and not row["cancelled"]
        ]

    def receipts(self) -> list[Receipt]:
        """List all incoming payments."""
        references = self._references()
        orders = {row["VBELN"]: row["VGBEL"] for row in self._sap.rows("billing")}
        return [
            Receipt(row["BELNR"], tuple(references[orders[bill]] for bill in row["clears"]), reversed=row["reversed"])
            for row in self._sap.rows("payments")
        ]

    def cancel(self, order: str) -> None:
        """Reject what is not delivered of an order."""
        self._sap.reject(order, SALES)

    def ship(self, order: str, quantities: Mapping[str, Decimal]) -> str:
        """Deliver quantities of items."""
        return self._sap.ship(order, quantities, WAREHOUSE)

    def bill(self, shipment: str) -> str:
        """Bill a delivery."""
        return self._sap.bill(shipment, BILLING)

    def credit(self, bill: str) -> str:
        """Give a credit memo."""
        return self._sap.credit(bill, BILLING)

    def receive(self, customer: str, amounts: Mapping[str, Decimal]) -> str:
        """Post a payment."""
        return self._sap.receive_payment(customer, amounts, ACCOUNTS)

    def reverse(self, receipt: str) -> str:
        """Reverse a payment."""
        return self._sap.reverse_payment(receipt, ACCOUNTS)

    def side(self) -> Side:
        """Draw the checker's picture of SAP."""
        billing = self._sap.rows("billing")
        return Side(
            customers={row["KUNNR"]: _party(row) for row in self._sap.rows("customers")},
            orders=tuple(_order(row) for row in self._sap.rows("orders")),
            deliveries=tuple(
                Document(
                    row["VBELN"], plain_number(row["VBELN"]), row["KUNNR"], "", Decimal(0), sources=(plain_number(row["VGBEL"]),)
                )
                for row in self._sap.rows("deliveries")
            ),
            invoices=_bills(billing, INVOICE),
            credit_notes=_bills(billing, CREDIT_MEMO),
            payments=tuple(_payment(row) for row in self._sap.rows("payments")),
        )

    def _references(self) -> dict[str, str]:
        return {row["VBELN"]: row["BSTNK"] for row in self._sap.rows("orders")}


def _party(row: Row) -> Party:
    numbers = frozenset({compact(row["STCD1"]), compact(row.get("STCD5", "")), compact(row["STCEG"])} - {""})
    return Party(row["KUNNR"], f"{row['NAME1']} {row.get('NAME2', '')}".strip(), row["PSTLZ"], numbers, row["HUB_KEY"])


def _order(row: Row) -> Document:
    live = [item for item in row["items"] if not item["ABGRU"]]
    return Document(
        row["VBELN"],
        plain_number(row["VBELN"]),
        row["KUNNR"],
        row["WAERK"],
        row["NETWR"],
        net=row["NETWR"],
        lines=tuple(Line(plain_number(item["MATNR"]), item["KWMENG"], item["NETWR"]) for item in live),
        reversed=not live,
        firm=tuple((plain_number(item["MATNR"]), item["LFIMG"] if item["ABGRU"] else item["KWMENG"]) for item in row["items"]),
        done=bool(live) and all(item["LFIMG"] >= item["KWMENG"] for item in live),
    )


def _bills(rows: Iterable[Row], kind: str) -> tuple[Document, ...]:
    return tuple(
        Document(
            row["VBELN"],
            plain_number(row["VBELN"]),
            row["KUNRG"],
            row["WAERK"],
            row["NETWR"] + row["MWSBK"],
            net=row["NETWR"],
            reversed=row["cancelled"],
            sources=(plain_number(row["invoice" if kind == CREDIT_MEMO else "VGBEL"]),),
            terms=row["ZTERM"],
            left=row["open"],
            done=row["open"] == 0,
        )
        for row in rows
        if row["FKART"] == kind
    )


def _payment(row: Row) -> Document:
    return Document(
        row["BELNR"],
        plain_number(row["BELNR"]),
        row["KUNNR"],
        row["WAERS"],
        row["WRBTR"],
        reversed=row["reversed"],
        sources=tuple(plain_number(bill) for bill in row["clears"]),
        shares=tuple((plain_number(bill), amount) for bill, amount in row["clears"].items()),
    )
