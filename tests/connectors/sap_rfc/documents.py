"""How the tests of documents write orders and look at what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp.sap_rfc.simulator import SapSimulator
from tests.connectors.sap_rfc.conftest import Caller

HUB = "LTC_HUB"
Item = tuple[str, str, str, str, str]
"""Material, quantity, price, per, unit."""
PUMP: Item = ("P-100", "3", "10.50", "1", "ST")


def parameters(customer: str, items: Sequence[Item] = (PUMP,), currency: str = "EUR", **head: Any) -> dict[str, Any]:
    """Write the parameters of an order without X structures."""
    numbered = [(f"{10 * place:06d}", *item) for place, item in enumerate(items, start=1)]
    return {
        "ORDER_HEADER_IN": {
            "DOC_TYPE": "TA",
            "SALES_ORG": "1000",
            "DISTR_CHAN": "10",
            "DIVISION": "00",
            "PURCH_NO_C": "PO 1",
            "REF_1": "SHORTKEY0001",
            "REQ_DATE_H": "20260401",
            "CURRENCY": currency,
            **head,
        },
        "ORDER_PARTNERS": [{"PARTN_ROLE": "AG", "PARTN_NUMB": customer}],
        "ORDER_ITEMS_IN": [
            {"ITM_NUMBER": number, "MATERIAL": material, "SALES_UNIT": unit} for number, material, _, _, _, unit in numbered
        ],
        "ORDER_SCHEDULES_IN": [
            {"ITM_NUMBER": number, "SCHED_LINE": "0001", "REQ_QTY": quantity} for number, _, quantity, *_ in numbered
        ],
        "ORDER_CONDITIONS_IN": [
            {"ITM_NUMBER": number, "COND_TYPE": "PR00", "COND_VALUE": price, "COND_P_UNT": per, "COND_UNIT": unit}
            for number, _, _, price, per, unit in numbered
        ],
    }


def order(rfc: Caller, customer: str, items: Sequence[Item] = (PUMP,), currency: str = "EUR", **head: Any) -> str:
    """Create an order as the hub does and give its number."""
    answer = rfc.call("BAPI_SALESORDER_CREATEFROMDAT2", **parameters(customer, items, currency, **head))
    assert answer["SALESDOCUMENT"], answer["RETURN"]
    rfc.commit()
    return str(answer["SALESDOCUMENT"])


def change(rfc: Caller, number: str, **params: Any) -> list[tuple[str, str, str]]:
    """Change an order and give what SAP said: type, class, number."""
    given = {"ORDER_HEADER_INX": {"UPDATEFLAG": "U"}, **params}
    said = returned(rfc.call("BAPI_SALESORDER_CHANGE", SALESDOCUMENT=number, **given))
    rfc.commit()
    return said


def returned(answer: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Give type, class and number of what a BAPI said."""
    return [(row["TYPE"], row["ID"], row["NUMBER"]) for row in answer["RETURN"]]


def ship(sap: SapSimulator, number: str, **quantities: str) -> str:
    """Deliver items, named as in ``_10="2"``."""
    return sap.ship(number, {name.removeprefix("_"): Decimal(text) for name, text in quantities.items()}, "WAREHOUSE")


def bill(sap: SapSimulator, number: str, **quantities: str) -> str:
    """Deliver items and bill the delivery."""
    return sap.bill(ship(sap, number, **quantities), "BILLING")


def status(sap: SapSimulator, number: str) -> dict[str, str]:
    """Give the statuses of a document."""
    row = sap.tables.get("VBUK", number)
    assert row is not None
    return {name: row[name] for name in ("LFSTK", "FKSAK", "ABSTK", "GBSTK", "WBSTK")}


def item_status(sap: SapSimulator, number: str, position: str = "000010") -> str:
    """Give delivery, billing, rejection and overall status of an item in one word; a dash is blank."""
    row = sap.tables.get("VBUP", number, position)
    assert row is not None
    return "".join(row[name] or "-" for name in ("LFSTA", "FKSAA", "ABSTA", "GBSTA"))


def deeds(sap: SapSimulator, *objects: str) -> list[tuple[str, str, str]]:
    """Give who did what to which kind of document."""
    return [(one.actor, one.verb, one.object) for one in sap.journal if one.object in objects]


def changes(sap: SapSimulator, object_class: str) -> list[tuple[str, str]]:
    """Give the change documents of a class: object and indicator."""
    return [(row["OBJECTID"], row["CHANGE_IND"]) for row in sap.tables.find("CDHDR", OBJECTCLAS=object_class)]
