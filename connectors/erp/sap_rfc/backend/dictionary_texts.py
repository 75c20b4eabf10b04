"""What the dictionary calls its fields, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ABGRU": "Reason for Rejection", "ABSTA": "Rejection Status", "ABSTK": "Overall Rejection Status",
        "ADDRNUMBER": "Address Number", "ADRNR": "Address", "AEDAT": "Changed On", "AKONT": "Reconciliation Account",
        "ARKTX": "Item Description", "AUART": "Sales Document Type", "AUBEL": "Sales Document", "AUDAT": "Document Date",
        "AUFSD": "Central Order Block", "AUGBL": "Clearing Document", "AUGDT": "Clearing Date",
        "AUPOS": "Sales Document Item", "AWKEY": "Reference Key", "AWTYP": "Reference Transaction",
        "BELNR": "Document Number", "BISMT": "Old Material Number", "BLART": "Document Type", "BLDAT": "Document Date",
        "BMENG": "Confirmed Quantity", "BOLNR": "Bill of Lading", "BRSCH": "Industry Key", "BSTKD": "Customer Reference",
        "BSTNK": "Customer Reference", "BUDAT": "Posting Date", "BUKRS": "Company Code", "BUZEI": "Line Item",
        "CHANGENR": "Document Change Number", "CHANGE_IND": "Change Type", "CITY1": "City", "CONSNUMBER": "Sequence Number",
        "COUNTRY": "Country", "CPUDT": "Entry Date", "CPUTM": "Time of Entry", "EAN11": "International Article Number",
        "EDATU": "Schedule Line Date", "ERDAT": "Created On", "ERSDA": "Created On", "ERZET": "Time",
        "ETENR": "Schedule Line Number", "FKART": "Billing Type", "FKDAT": "Billing Date", "FKIMG": "Billed Quantity",
        "FKSAA": "Billing Status of Item", "FKSAK": "Billing Status", "FKSTO": "Billing Document Is Cancelled",
        "GBSTA": "Overall Status of Item", "GBSTK": "Overall Status", "GEWEI": "Unit of Weight", "GJAHR": "Fiscal Year",
        "HKONT": "G/L Account", "IHREZ": "Your Reference", "INCO1": "Incoterms", "KBMENG": "Cumulative Confirmed Quantity",
        "KKBER": "Credit Control Area", "KLIMK": "Credit Limit", "KMEIN": "Condition Unit", "KONDA": "Price Group",
        "KPEIN": "Condition Pricing Unit", "KTOKD": "Account Group", "KUNAG": "Sold-to Party", "KUNNR": "Customer",
        "KUNRG": "Payer", "KWMENG": "Order Quantity", "LAEDA": "Last Change", "LAND1": "Country", "LANGU": "Language",
        "LFART": "Delivery Type", "LFDAT": "Delivery Date", "LFIMG": "Delivery Quantity", "LFSTA": "Delivery Status of Item",
        "LFSTK": "Delivery Status", "LOEVM": "Deletion Flag", "LVORM": "Deletion Flag", "MAKTX": "Material Description",
        "MATKL": "Material Group", "MATNR": "Material", "MEINS": "Base Unit of Measure", "MTART": "Material Type",
        "MWSBK": "Tax Amount", "MWSBP": "Tax Amount", "NAME1": "Name", "NAME2": "Name 2", "NAME3": "Name 3",
        "NAME4": "Name 4", "NETPR": "Net Price", "NETWR": "Net Value", "NTGEW": "Net Weight",
        "OBJECTCLAS": "Change Document Object", "OBJECTID": "Object Value", "PARVW": "Partner Function",
        "POSNN": "Subsequent Item", "POSNR": "Item", "POSNV": "Preceding Item", "POST_CODE1": "Postal Code",
        "REBZG": "Invoice Reference", "REBZJ": "Fiscal Year of Invoice Reference", "REGION": "Region",
        "RFMNG": "Referenced Quantity", "RFWRT": "Referenced Value", "SFAKN": "Cancelled Billing Document",
        "SHKZG": "Debit/Credit", "SMTP_ADDR": "E-Mail Address", "SORT1": "Search Term 1", "SORT2": "Search Term 2",
        "SPART": "Division", "SPRAS": "Language Key", "STBLG": "Reversed With", "STCD1": "Tax Number 1", "STCD5": "Tax Number 5",
        "STCEG": "VAT Registration No.", "STREET": "Street", "TCODE": "Transaction Code", "TEL_NUMBER": "Telephone",
        "UDATE": "Date", "USERNAME": "User", "UTIME": "Time", "VBELN": "Document", "VBELV": "Preceding Document",
        "VBTYP": "Document Category", "VBTYP_N": "Category of Subsequent Document",
        "VBTYP_V": "Category of Preceding Document", "VDATU": "Requested Delivery Date", "VGBEL": "Reference Document",
        "VGPOS": "Reference Item", "VKORG": "Sales Organization", "VRKME": "Sales Unit", "VSTEL": "Shipping Point",
        "VTWEG": "Distribution Channel", "WADAT": "Planned Goods Movement Date", "WADAT_IST": "Actual Goods Movement Date",
        "WAERK": "Document Currency", "WAERS": "Currency", "WBSTK": "Goods Movement Status", "WMENG": "Order Quantity",
        "WRBTR": "Amount", "XBLNR": "Reference", "ZBD1T": "Days", "ZFBDT": "Baseline Date", "ZTERM": "Terms of Payment",
        "ZUONR": "Assignment",
    }
)  # fmt: skip
