"""Clerks, the warehouse and the accounts department at mock-sap: by BAPIs where it has them, else by its OData services."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.doors import Bill, OrderItem, Receipt, Shipment
from ltc.app.sandbox.mock_sap.server import PARTNERS, PRODUCTS
from ltc.app.sandbox.salesforce_view import plain_number
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.beings import Entry, Product
    from ltc.app.sandbox.mock_sap.books import Books
    from ltc.app.sandbox.mock_sap.server import MockSap
    from ltc.app.sandbox.picture import Side
    from ltc.core.contract import Clock

FIRST_CUSTOMER = 2_000_001
COMPANY_CODE, BANK, PAYMENT = "1710", "0011001000", "DZ"
UNITS = {"C62": "ST", "MTR": "M", "KGM": "KG"}
ADDRESS_FIELDS = {"street": "StreetName", "email": "EmailAddress", "phone": "PhoneNumber"}


class MockSapPeople:
    """The people of :class:`ltc.app.sandbox.doors.SapDoor` at mock-sap, as far as there is something for them to do."""

    def __init__(self, server: MockSap, books: Books, clock: Clock) -> None:
        """Take the server that they use, the books that they read in, and the clock on their wall."""
        self._server = server
        self._books = books
        self._clock = clock
        self._next = FIRST_CUSTOMER

    def add_customer(self, entry: Entry) -> str:
        """Enter a customer with its address; mock-sap keeps no tax numbers, terms or limits."""
        number = str(self._next)
        self._next += 1
        address = {
            "AddressID": number,
            "StreetName": entry.street,
            "CityName": entry.city,
            "PostalCode": entry.postal_code,
            "Region": entry.region,
            "Country": entry.country,
            "PhoneNumber": entry.phone,
            "EmailAddress": entry.email,
        }
        fields = {
            "BusinessPartner": number,
            "Customer": number,
            "BusinessPartnerCategory": "2",
            "BusinessPartnerFullName": entry.name,
            "OrganizationBPName1": entry.name[:40],
            "to_BusinessPartnerAddress": [address],
        }
        self._server.enter(PARTNERS, "A_BusinessPartner", fields)
        return number

    def add_material(self, product: Product) -> str:
        """Enter a material with its text."""
        fields: dict[str, Any] = {
            "Product": product.number,
            "ProductType": "HAWA",
            "ProductGroup": product.category.upper()[:9],
            "BaseUnit": UNITS[product.unit],
            "NetWeight": product.net_weight or "0",
            "WeightUnit": "KG" if product.net_weight else "",
            "to_Description": [{"Language": "EN", "ProductDescription": product.names["sap"]}],
        }
        self._server.enter(PRODUCTS, "A_Product", fields)
        return product.number

    def customers(self) -> set[str]:
        """Give the numbers of all customers."""
        return set(self._books.side().customers)

    def edit_customer(self, number: str, field: str, value: str, actor: str) -> None:
        """Change one field of a customer's address; who did it stays untold, since all people share a token."""
        del actor
        if field not in ADDRESS_FIELDS:
            raise _missing(f"a place for a customer's {field}")
        entity = f"A_BusinessPartnerAddress(BusinessPartner='{number}',AddressID='{number}')"
        self._server.change(PARTNERS, entity, {ADDRESS_FIELDS[field]: value})

    def items(self) -> list[OrderItem]:
        """List the items of all orders; an order's reference is what it says, since its number depends on who came first."""
        delivered = self._books.delivered()
        found = []
        for order, items in self._books.orders():
            reference = f"{order['SoldToParty']} {order['TransactionCurrency']} {order['TotalNetAmount']}"
            for item in items:
                done = delivered[order["SalesOrder"], item["SalesOrderItem"]]
                quantity, product = Decimal(item["RequestedQuantity"]), plain_number(item["Material"])
                number, position = order["SalesOrder"], item["SalesOrderItem"]
                found.append(OrderItem(number, position, reference, order["SoldToParty"], product, quantity, done))
        return found

    def shipments(self) -> list[Shipment]:
        """List all deliveries; none of them is ever billed."""
        return [
            Shipment(document.id, source, source, billed=False)
            for document in self._books.side().deliveries
            for source in document.sources
        ]

    def bills(self) -> list[Bill]:
        """List the invoices that are not cancelled: none, for want of a BAPI that bills."""
        return []

    def receipts(self) -> list[Receipt]:
        """List all incoming payments."""
        return [Receipt(document.number, document.sources, document.reversed) for document in self._books.side().payments]

    def ship(self, order: str, quantities: Mapping[str, Decimal]) -> str:
        """Deliver quantities of items; mock-sap posts the goods issue with the delivery."""
        lines = [{"REF_DOC": order, "REF_ITEM": item, "DLV_QTY": str(quantity)} for item, quantity in quantities.items()]
        return str(self._server.call("BAPI_OUTB_DELIVERY_CREATE_SLS", SALES_ORDER_ITEMS=lines)["DELIVERY"])

    def bill(self, shipment: str) -> str:
        """Bill a delivery: mock-sap has no BAPI for it."""
        raise _missing(f"a BAPI that bills, and delivery {shipment} stays unbilled")

    def credit(self, bill: str) -> str:
        """Give a credit memo: mock-sap has no BAPI for it."""
        raise _missing(f"a BAPI that credits, and {bill} stays as it is")

    def receive(self, customer: str, amounts: Mapping[str, Decimal]) -> str:
        """Post what a customer paid for one order, by its number; with no invoice to clear it stands on the account."""
        ((order, amount),) = amounts.items()
        day = f"{self._clock.now():%Y%m%d}"
        currency = next(row["TransactionCurrency"] for row, _ in self._books.orders() if row["SalesOrder"].lstrip("0") == order)
        rows = (("1", amount), ("2", -amount))
        answer = self._server.call(
            "BAPI_ACC_DOCUMENT_POST",
            DOCUMENTHEADER={
                "BUS_ACT": "RFBU",
                "COMP_CODE": COMPANY_CODE,
                "DOC_TYPE": PAYMENT,
                "DOC_DATE": day,
                "PSTNG_DATE": day,
                "REF_DOC_NO": order,
            },
            ACCOUNTGL=[{"ITEMNO_ACC": "1", "GL_ACCOUNT": BANK}],
            ACCOUNTRECEIVABLE=[{"ITEMNO_ACC": "2", "CUSTOMER": customer}],
            CURRENCYAMOUNT=[{"ITEMNO_ACC": item, "CURRENCY": currency, "AMT_DOCCUR": str(money)} for item, money in rows],
        )
        return str(answer["OBJ_KEY"])[:10]

    def cancel(self, order: str) -> None:
        """Cancel an order: mock-sap has no reasons for rejection."""
        raise _missing(f"reasons for rejection, and order {order} stays as it is")

    def reverse(self, receipt: str) -> str:
        """Reverse a payment: mock-sap has no BAPI for it."""
        raise _missing(f"a BAPI that reverses, and payment {receipt} stays as it is")

    def side(self) -> Side:
        """Draw the checker's picture of mock-sap."""
        return self._books.side()


def _missing(what: str) -> Misconfigured:
    return Misconfigured(f"mock-sap does not have {what}.", remedy="Use the simulator for that.", code="demo.mock_sap")
