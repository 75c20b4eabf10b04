"""mock-sap's tables by the names of ECC: its RFC_READ_TABLE serves the entities of its OData services, not SAP's own tables."""

from __future__ import annotations

from typing import Final

from connectors.erp.sap_rfc.table_reader import Dialect

_ITEM: Final = {"MATNR": "Material", "ARKTX": "SalesOrderItemText"}
MOCK_SAP: Final = Dialect(
    tables={
        "KNA1": (
            "A_BusinessPartner",
            {
                "KUNNR": "Customer", "ADRNR": "BusinessPartner", "NAME1": "OrganizationBPName1", "ERDAT": "CreationDate",
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
    }
)  # fmt: skip
"""What is not here, mock-sap does not have: sales areas, credit limits, the document flow, cleared items, change documents."""
