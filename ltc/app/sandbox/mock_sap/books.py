"""What mock-sap itself says that it holds and did: by its OData services and its log of calls, never by our connector."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.mock_sap.server import DELIVERIES, LEDGER, ORDERS, PARTNERS
from ltc.app.sandbox.picture import Deed, Document, Line, Party, Side
from ltc.app.sandbox.salesforce_view import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.mock_sap.server import MockSap, Row

SYSTEM, PAYMENT = "sap", "DZ"
WRITES = {
    "BAPI_SALESORDER_CREATEFROMDAT2": ("create", "sales_order", "SALESDOCUMENT"),
    "BAPI_SALESORDER_CHANGE": ("update", "sales_order", ""),
    "BAPI_OUTB_DELIVERY_CREATE_SLS": ("create", "delivery", "DELIVERY"),
    "BAPI_ACC_DOCUMENT_POST": ("create", "incoming_payment", "OBJ_KEY"),
}
"""The function modules that write: what they do to what, and where they say the number."""

_NUMBER_LENGTH = 10


class Books:
    """Reads orders, deliveries, payments and customers, and keeps a journal of who wrote what."""

    def __init__(self, server: MockSap) -> None:
        """Take the server; its journal begins with the first call."""
        self._server = server
        self._journal: list[tuple[str, Row, str]] = []
        self._read = 0

    def orders(self) -> list[tuple[Row, list[Row]]]:
        """Give each order with its items."""
        items: dict[str, list[Row]] = defaultdict(list)
        for item in self._server.rows(ORDERS, "A_SalesOrderItem"):
            items[item["SalesOrder"]].append(item)
        return [(order, items[order["SalesOrder"]]) for order in self._server.rows(ORDERS, "A_SalesOrder")]

    def delivered(self) -> Mapping[tuple[str, str], Decimal]:
        """Give what was delivered of each item, by order and item."""
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in self._server.rows(DELIVERIES, "A_OutbDeliveryItem"):
            place = row["ReferenceSDDocument"], row["ReferenceSDDocumentItem"]
            sums[place] += Decimal(row["ActualDeliveredQtyInOrderQtyUnit"])
        return sums

    def side(self) -> Side:
        """Draw the checker's picture; mock-sap bills nothing by BAPI, so there are neither invoices nor credit memos."""
        partners = self._server.rows(PARTNERS, "A_BusinessPartner")
        places = {row["BusinessPartner"]: row for row in self._server.rows(PARTNERS, "A_BusinessPartnerAddress")}
        delivered = self.delivered()
        return Side(
            customers={row["Customer"]: _party(row, places) for row in partners if row["Customer"]},
            orders=tuple(_order(order, items, delivered) for order, items in self.orders()),
            deliveries=self._deliveries(),
            payments=self._payments(),
        )

    def journal(self) -> list[Deed]:
        """Tell every write that mock-sap took, in order, with the user whose name is in the document."""
        for call in self._server.calls(self._read):
            self._read = call["id"]
            if call["function_name"] in WRITES and not _refused(call["response"]):
                self._journal.append((call["function_name"], call["request"], _number(call)))
        users = self._users()
        return [self._deed(name, request, number, users) for name, request, number in self._journal]

    def _deed(self, name: str, request: Any, number: str, users: Mapping[str, str]) -> Deed:
        verb, kind, _ = WRITES[name]
        fields = request if isinstance(request, dict) else {"request": request}
        return Deed(SYSTEM, "", users.get(number[:_NUMBER_LENGTH], ""), verb, kind, number, fields)

    def _users(self) -> dict[str, str]:
        kinds = ((ORDERS, "A_SalesOrder", "SalesOrder"), (DELIVERIES, "A_OutbDeliveryHeader", "DeliveryDocument"),
                 (LEDGER, "A_JournalEntry", "AccountingDocument"))  # fmt: skip
        return {row[key]: row["CreatedByUser"] for service, name, key in kinds for row in self._server.rows(service, name)}

    def _deliveries(self) -> tuple[Document, ...]:
        sources: dict[str, set[str]] = defaultdict(set)
        for row in self._server.rows(DELIVERIES, "A_OutbDeliveryItem"):
            sources[row["DeliveryDocument"]].add(plain_number(row["ReferenceSDDocument"]))
        return tuple(
            Document(number, plain_number(number), row["SoldToParty"], "", Decimal(0), sources=tuple(sorted(sources[number])))
            for row in self._server.rows(DELIVERIES, "A_OutbDeliveryHeader")
            for number in [row["DeliveryDocument"]]
        )

    def _payments(self) -> tuple[Document, ...]:
        lines: dict[str, list[Row]] = defaultdict(list)
        for row in self._server.rows(LEDGER, "A_JournalEntryItem"):
            if row["Customer"]:
                lines[row["AccountingDocument"]].append(row)
        return tuple(
            _payment(row, lines[row["AccountingDocument"]])
            for row in self._server.rows(LEDGER, "A_JournalEntry")
            if row["AccountingDocumentType"] == PAYMENT
        )


def _refused(response: Any) -> bool:
    told = response.get("RETURN") if isinstance(response, dict) else None
    rows = [told] if isinstance(told, dict) else told or []
    return any(row["TYPE"] in {"E", "A"} for row in rows)


def _number(call: Row) -> str:
    place = WRITES[call["function_name"]][2]
    said = call["response"].get(place) if place else call["request"].get("SALESDOCUMENT")
    return str(said or "")


def _party(row: Row, places: Mapping[str, Row]) -> Party:
    address = places.get(row["BusinessPartner"], {})
    return Party(row["Customer"], row["BusinessPartnerFullName"], address.get("PostalCode", ""))


def _order(order: Row, items: list[Row], delivered: Mapping[tuple[str, str], Decimal]) -> Document:
    number, net = order["SalesOrder"], Decimal(order["TotalNetAmount"])
    lines = tuple(
        Line(plain_number(item["Material"]), Decimal(item["RequestedQuantity"]), Decimal(item["NetAmount"])) for item in items
    )
    done = all(delivered.get((number, item["SalesOrderItem"]), 0) >= Decimal(item["RequestedQuantity"]) for item in items)
    return Document(
        number,
        plain_number(number),
        order["SoldToParty"],
        order["TransactionCurrency"],
        net,
        net=net,
        lines=lines,
        done=bool(items) and done,
    )


def _payment(row: Row, lines: list[Row]) -> Document:
    signs = {"H": 1, "S": -1}
    total = sum((Decimal(line["AmountInTransactionCurrency"]) * signs[line["DebitCreditCode"]] for line in lines), Decimal(0))
    number, reference = row["AccountingDocument"], row["ReferenceDocument"]
    return Document(
        number,
        plain_number(number),
        lines[0]["Customer"] if lines else "",
        row["TransactionCurrency"],
        total,
        sources=(plain_number(reference),) if reference.isdigit() else (),
    )
