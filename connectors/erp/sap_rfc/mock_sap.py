"""What is peculiar to mock-sap: its tables by the names of ECC, its prices, and what it would keep otherwise than it was told.

Its RFC_READ_TABLE serves the entities of its OData services, not SAP's own tables. Its orders have values and no prices: an item
brings its value (COND_VALUE), and conditions are not looked at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.parameters import parameter
from connectors.erp.sap_rfc.table_reader import Dialect
from connectors.erp.shared.codecs import round_amount
from ltc.core.contract import Verb
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.contract import WriteItem

_ITEM: Final = {"MATNR": "Material", "ARKTX": "SalesOrderItemText"}
MOCK_SAP: Final = Dialect(
    tables={
        "KNA1": (
            "A_BusinessPartner",
            {
                "KUNNR": "Customer", "ADRNR": "BusinessPartner", "NAME1": "BusinessPartnerFullName", "ERDAT": "CreationDate",
                "BRSCH": "Industry",
            },
        ),
        "ADRC": (
            "A_BusinessPartnerAddress",
            {
                "ADDRNUMBER": "BusinessPartner", "STREET": "StreetName", "CITY1": "CityName", "POST_CODE1": "PostalCode",
                "REGION": "Region", "COUNTRY": "Country", "TEL_NUMBER": "PhoneNumber",
            },
        ),
        "ADR6": ("A_BusinessPartnerAddress", {"ADDRNUMBER": "BusinessPartner", "SMTP_ADDR": "EmailAddress"}),
        "MARA": (
            "A_Product",
            {
                "MATNR": "Product", "MTART": "ProductType", "MATKL": "ProductGroup", "MEINS": "BaseUnit", "BISMT": "ProductOldID",
                "NTGEW": "NetWeight", "GEWEI": "WeightUnit", "ERSDA": "CreationDate", "LAEDA": "LastChangeDate",
            },
        ),
        "MAKT": ("A_ProductDescription", {"MATNR": "Product", "MAKTX": "ProductDescription"}),
        "VBAK": (
            "A_SalesOrder",
            {
                "VBELN": "SalesOrder", "AUART": "SalesOrderType", "VKORG": "SalesOrganization", "VTWEG": "DistributionChannel",
                "SPART": "OrganizationDivision", "KUNNR": "SoldToParty", "BSTNK": "PurchaseOrderByCustomer",
                "WAERK": "TransactionCurrency", "NETWR": "TotalNetAmount", "AUDAT": "SalesOrderDate", "ERDAT": "CreationDate",
                "VDATU": "RequestedDeliveryDate", "LFSTK": "OverallDeliveryStatus", "GBSTK": "OverallSDProcessStatus",
            },
        ),
        "VBPA": ("A_SalesOrderHeaderPartner", {"VBELN": "SalesOrder", "PARVW": "PartnerFunction", "KUNNR": "Customer"}),
        "VBAP": (
            "A_SalesOrderItem",
            {
                "VBELN": "SalesOrder", "POSNR": "SalesOrderItem", "KWMENG": "RequestedQuantity", "VRKME": "RequestedQuantityUnit",
                "NETWR": "NetAmount", **_ITEM,
            },
        ),
        "LIKP": (
            "A_OutbDeliveryHeader",
            {
                "VBELN": "DeliveryDocument", "LFART": "DeliveryDocumentType", "VSTEL": "ShippingPoint", "KUNAG": "SoldToParty",
                "KUNNR": "ShipToParty", "LFDAT": "DeliveryDate", "WADAT_IST": "ActualGoodsMovementDate", "ERDAT": "CreationDate",
                "WBSTK": "OverallGoodsMovementStatus", "GBSTK": "OverallSDProcessStatus",
            },
        ),
        "LIPS": (
            "A_OutbDeliveryItem",
            {
                "VBELN": "DeliveryDocument", "POSNR": "DeliveryDocumentItem", "MATNR": "Material",
                "ARKTX": "DeliveryDocumentItemText", "LFIMG": "ActualDeliveredQtyInOrderQtyUnit", "VRKME": "OrderQuantityUnit",
                "VGBEL": "ReferenceSDDocument", "VGPOS": "ReferenceSDDocumentItem",
            },
        ),
        "VBFA": (
            "A_OutbDeliveryItem",
            {
                "VBELV": "ReferenceSDDocument", "POSNV": "ReferenceSDDocumentItem", "RFMNG": "ActualDeliveredQtyInOrderQtyUnit",
                "VBELN": "DeliveryDocument", "POSNN": "DeliveryDocumentItem",
            },
        ),
        "VBRK": (
            "A_BillingDocument",
            {
                "VBELN": "BillingDocument", "FKART": "BillingDocumentType", "VBTYP": "SDDocumentCategory",
                "FKDAT": "BillingDocumentDate", "KUNRG": "PayerParty", "KUNAG": "SoldToParty", "WAERK": "TransactionCurrency",
                "NETWR": "TotalNetAmount", "MWSBK": "TotalTaxAmount", "BELNR": "AccountingDocument",
            },
        ),
        "VBRP": (
            "A_BillingDocumentItem",
            {
                "VBELN": "BillingDocument", "POSNR": "BillingDocumentItem", "MATNR": "Material",
                "ARKTX": "BillingDocumentItemText", "FKIMG": "BillingQuantity", "VRKME": "BillingQuantityUnit",
                "NETWR": "NetAmount", "MWSBP": "TaxAmount", "AUBEL": "SalesDocument", "AUPOS": "SalesDocumentItem",
            },
        ),
        "BKPF": (
            "A_JournalEntry",
            {
                "BELNR": "AccountingDocument", "BUKRS": "CompanyCode", "GJAHR": "FiscalYear", "BLART": "AccountingDocumentType",
                "BLDAT": "DocumentDate", "BUDAT": "PostingDate", "WAERS": "TransactionCurrency", "XBLNR": "ReferenceDocument",
            },
        ),
        "BSID": (
            "A_JournalEntryItem",
            {
                "BELNR": "AccountingDocument", "BUKRS": "CompanyCode", "GJAHR": "FiscalYear", "BUZEI": "AccountingDocumentItem",
                "KUNNR": "Customer", "SHKZG": "DebitCreditCode", "WRBTR": "AmountInTransactionCurrency",
                "WAERS": "TransactionCurrency",
            },
        ),
    },
    constants={"VBFA": {"VBTYP_N": "J"}},
)  # fmt: skip
"""What is not here, mock-sap does not have: sales areas, credit limits, tax numbers, cleared items, change documents. Of the
document flow it has the deliveries."""

PLACES: Final = 2
"""Decimals to which mock-sap rounds every amount in accounting, whatever the currency has."""


def order_fault(item: WriteItem) -> Rejected | None:
    """Say what mock-sap does not do with an order, or would do otherwise than it was told."""
    if item.verb is not Verb.CREATE:
        text = "mock-sap does not change what the hub changes of orders: items, prices, schedule lines, partners."
        return Rejected(text, remedy="Let this system want no changes of orders.", code="sap.mock")
    for row in item.fields.get("VBAP") or ():
        place = f"Item {row.get('POSNR')}"
        if not item_value(row, str(item.fields.get("WAERK") or "")):
            text = f"{place} has no value, and mock-sap would put 100 for each piece in its place."
            return Rejected(text, field="NETPR", remedy="Give the item a price.", code="sap.mock")
        if row.get("KMEIN") and row["KMEIN"] != row.get("VRKME"):
            text = f"{place} is sold and priced in different units, which mock-sap does not convert."
            return Rejected(text, field="KMEIN", remedy="Price the item in the unit that it is sold in.", code="sap.mock")
    return None


def payment_fault(item: WriteItem) -> Rejected | None:
    """Say what mock-sap does not do with a payment, or would do otherwise than it was told."""
    if item.fields.get("ITEMS"):
        text = "mock-sap has no function module that clears invoices."
        return Rejected(text, field="ITEMS", remedy="Post the payment on account, without allocations.", code="sap.mock")
    amount = parameter("WRBTR", item.fields.get("WRBTR"))
    if amount != round(amount, PLACES):
        text = f"mock-sap would round the amount: it posts every currency with {PLACES} decimals, {item.fields.get('WAERS')} too."
        return Rejected(text, field="WRBTR", remedy="Try amounts with more decimals on the simulator.", code="sap.mock")
    return None


def item_value(row: Mapping[str, Any], currency: str) -> Decimal:
    """Work out the net value of an item, as SAP's pricing would.

    >>> item_value({"KWMENG": 3, "NETPR": "11.25", "KPEIN": 10}, "EUR")
    Decimal('3.38')
    """
    per = parameter("KPEIN", row.get("KPEIN")) or Decimal(1)
    return round_amount(parameter("NETPR", row.get("NETPR")) * parameter("KWMENG", row.get("KWMENG")) / per, currency)


def price_of(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Give the price that an item's value implies: that of one if it is a whole amount, else that of its quantity.

    >>> price_of({"NETWR": Decimal("33.75"), "KWMENG": Decimal("3.000"), "VRKME": "ST"}, "EUR")
    {'NETPR': Decimal('11.25'), 'KPEIN': Decimal('1'), 'KMEIN': 'ST'}
    >>> price_of({"NETWR": Decimal("10.00"), "KWMENG": Decimal("3.000"), "VRKME": "ST"}, "EUR")["KPEIN"]
    Decimal('3.000')
    """
    value, quantity = row["NETWR"], row["KWMENG"]
    one = round_amount(value / quantity, currency) if quantity else value
    if one * quantity == value or not quantity:
        return {"NETPR": one, "KPEIN": Decimal(1), "KMEIN": row["VRKME"]}
    return {"NETPR": value, "KPEIN": quantity, "KMEIN": row["VRKME"]}
