"""What names in business systems mean: other words for the same, and the field names of SAP's dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SAME: Final = """
    address: addr; amount: amt; changed: modified updated; city: town; country: ctry; created: creation
    currency: cur curr ccy waers; customer: account client partner; date: day at on; department: dept
    description: descr desc; email: mail; first: firstname given; industry: branch sector; iso: isocode
    kind: type category class; language: lang langu; last: lastname surname family; number: no nr num nbr id
    organisation: org organization; owner: salesperson rep; phone: tel telephone mobile mobilephone
    postal: zip postcode post plz; price: cost; product: material article item sku; purchase: po; quantity: qty
    reference: ref; region: state province; registration: reg; source: leadsource origin; status: stage active
    street: strasse road; text: txt; total: sum; unit: uom; vat: ust; website: url homepage web
"""
_SAP: Final = """
    ABGRU rejection reason | AEDAT changed at | AKONT reconciliation account | ARKTX description | AUART kind
    AUDAT order date | AUFSD status | BELNR number | BISMT old number | BLDAT document date | BOLNR tracking number
    BRSCH industry | BSTKD purchase order | BSTNK purchase order | BUDAT posting date | BUKRS company code | CITY1 city
    EAN11 gtin ean | EDATU requested date | ERDAT created at | FKART kind | FKDAT invoice date | FKIMG quantity
    GEWEI weight unit | INCO1 incoterms | KLIMK credit limit | KMEIN unit | KNB1 company codes | KNVV sales areas
    KONDA price group | KPEIN per | KTOKD kind account group | KUNAG customer | KUNNR customer number | KUNRE bill to
    KUNRG payer | KUNWE ship to | KWAER currency credit limit | KWMENG ordered quantity | LAND1 country | LANGU language
    LFDAT delivery date | LFIMG quantity delivered | LIFNR vendor number | LOEVM status | LVORM status
    MAKTX name description | MATKL product group family | MATNR number product | MEINS unit base unit | MTART kind
    MWSBK tax total | NAME1 name | NAME2 name | NETPR unit price | NETWR net total | NTGEW net weight weight | ORT01 city
    PERNR number employee | POSNR number line | POST_CODE1 postal code | PSTLZ postal code | REGIO region
    SMTP_ADDR email | SPART division | SPRAS language | STCD1 tax id | STCD2 tax id | STCEG vat id | STRAS street
    STREET street | TELF1 phone | TEL_NUMBER phone | URI_ADDR website | VBELN number | VDATU requested date
    VKORG sales org | VRKME unit | VTWEG channel | WADAT_IST goods issue date | WAERK currency | WAERS currency
    WERKS plant | WRBTR amount | XBLNR reference | ZFBDT due date | ZTERM payment terms
"""


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split(separator) if part.strip()]


SAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        word: meant
        for meant, _, others in (part.partition(":") for part in _parts(_SAME, ";"))
        for word in others.split()
    }
)  # fmt: skip
"""Words that mean the same as another word."""

SAP: Final[Mapping[str, str]] = MappingProxyType(
    {name: meant for name, _, meant in (part.partition(" ") for part in _parts(_SAP, "|"))}
)  # fmt: skip
"""What fields of SAP hold, by their names in its dictionary."""
