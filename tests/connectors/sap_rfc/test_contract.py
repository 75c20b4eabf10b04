"""The connector to SAP keeps the contract."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from connectors.erp.sap_rfc.connector import SapRfcConnector
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Raw
from ltc.core.simulation.suite import ConnectorContract, Sample
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import order, ship

NOBODY = "0000999999"
LINE = {"POSNR": "10", "MATNR": "P-100", "KWMENG": 3, "VRKME": "ST", "NETPR": Decimal("10.5"), "KPEIN": 1, "KMEIN": "ST"}


def company(_sap: SapSimulator, number: int) -> Raw:
    return {"NAME1": f"Acme {number} GmbH", "CITY1": "Köln", "POST_CODE1": "50667", "COUNTRY": "DE", "LANGU": "D", "WAERS": "EUR"}


def goods(_sap: SapSimulator, number: int) -> Raw:
    return {"MATNR": f"V-{number}", "MAKTX": "Valve", "MEINS": "ST", "MATKL": "HARDWARE"}


def sale(sap: SapSimulator, number: int) -> Raw:
    material(sap)
    return {"KUNNR": customer(sap), "WAERK": "EUR", "BSTNK": f"PO {number}", "VDATU": "20260401", "VBAP": [LINE]}


def payment(sap: SapSimulator, number: int) -> Raw:
    return {"KUNNR": customer(sap), "WRBTR": number, "WAERS": "EUR", "BUDAT": "20260320", "ITEMS": []}


class TestContract(ConnectorContract):
    connector = SapRfcConnector
    simulator = SapSimulator
    samples: ClassVar = {
        "customer": Sample(company, amend={"CITY1": "Bonn"}, refused={"NAME1": ""}),
        "material": Sample(goods, amend={"MAKTX": "Pump"}, refused={"MEINS": ""}),
        "sales_order": Sample(sale, amend={"BSTNK": "PO 99"}, refused={"KUNNR": NOBODY}, fields=["VBAP.POSNR", "VBAP.KWMENG"]),
        "incoming_payment": Sample(payment, refused={"KUNNR": NOBODY}, fields=["WRBTR"]),
    }

    def people(self, simulator: SapSimulator) -> Mapping[str, list[str]]:
        material(simulator)
        placed = order(Caller(simulator), customer(simulator))
        shipped = ship(simulator, placed, _000010="3")
        invoice = simulator.bill(shipped, "BILLING")
        return {
            "delivery": [shipped],
            "billing_document": [invoice],
            "credit_memo": [simulator.credit(invoice, "BILLING")],
        }
