"""Invoices, credit memos and cancellations of the simulated SAP: their amounts, their open items, and what they follow."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.backend import billing
from connectors.erp.sap_rfc.simulator import SapSimulator
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import PUMP, Item, bill, change, changes, deeds, item_status, order, ship, status

HOSE: Item = ("H-200", "2.5", "1.20", "1", "M")
CENT = Decimal("0.01")


@pytest.fixture
def buyer(sap: SapSimulator) -> str:
    material(sap)
    material(sap, "H-200", MAKTX="SCHLAUCH", MEINS="M")
    return customer(sap)


def test_an_invoice_fills_its_tables(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [PUMP, HOSE])
    delivery = ship(sap, number, _10="2", _20="2.5")
    invoice = sap.bill(delivery, "BILLING")
    assert invoice == "0090000001"
    head = ["VBELN", "FKART", "VBTYP", "FKDAT", "KUNRG", "KUNAG", "WAERK", "NETWR", "MWSBK", "ZTERM", "FKSTO"]
    assert rfc.read("VBRK", head) == [(invoice, "F2", "M", "20260302", buyer, buyer, "EUR", "24.00", "0.00", "NT30", "")]
    assert rfc.read("VBRK", ["BUKRS", "BELNR", "GJAHR"]) == [("1000", "0100000001", "2026")]
    assert rfc.read("VBRP", ["POSNR", "MATNR", "FKIMG", "VRKME", "NETWR", "MWSBP", "AUBEL", "AUPOS", "VGBEL", "VGPOS"]) == [
        ("000010", "P-100", "2.000", "ST", "21.00", "0.00", number, "000010", delivery, "000010"),
        ("000020", "H-200", "2.500", "M", "3.00", "0.00", number, "000020", delivery, "000020"),
    ]
    flow = ["VBELV", "POSNV", "VBTYP_V", "RFMNG", "RFWRT", "WAERS"]
    assert rfc.read("VBFA", flow, f"VBELN = '{invoice}'") == [
        (number, "000010", "C", "2.000", "21.00", "EUR"),
        (number, "000020", "C", "2.500", "3.00", "EUR"),
        (delivery, "000010", "J", "2.000", "21.00", "EUR"),
        (delivery, "000020", "J", "2.500", "3.00", "EUR"),
    ]
    assert deeds(sap, "billing_document") == [("BILLING", "create", "billing_document")]
    assert changes(sap, "FAKTBELEG") == []


def test_an_invoice_is_an_open_item_in_accounting(sap: SapSimulator, rfc: Caller, buyer: str):
    invoice = bill(sap, order(rfc, buyer), _10="3")
    head = ["BUKRS", "BELNR", "GJAHR", "BLART", "BUDAT", "CPUDT", "XBLNR", "WAERS", "AWTYP", "AWKEY", "STBLG"]
    today = "20260302"
    assert rfc.read("BKPF", head) == [("1000", "0100000001", "2026", "RV", today, today, invoice, "EUR", "VBRK", invoice, "")]
    item = ["KUNNR", "BELNR", "BUZEI", "SHKZG", "WRBTR", "VBELN", "ZFBDT", "ZBD1T", "BLART", "REBZG", "AUGDT", "AUGBL"]
    assert rfc.read("BSID", item) == [(buyer, "0100000001", "001", "S", "31.50", invoice, today, "30", "RV", "", "00000000", "")]
    assert rfc.read("BSAD", ["BELNR"]) == []


@pytest.mark.parametrize(("terms", "days"), [("NT00", "0"), ("NT14", "14"), ("ZB01", "1"), ("", "0")])
def test_terms_of_payment_say_when_it_is_due(sap: SapSimulator, rfc: Caller, terms: str, days: str):
    material(sap)
    bill(sap, order(rfc, customer(sap, ZTERM=terms)), _10="3")
    assert rfc.read("BSID", ["ZBD1T"]) == [(days,)]


@pytest.mark.parametrize(
    ("quantity", "price", "per", "currency", "parts", "values"),
    [
        ("3", "10", "3", "EUR", ["1", "1", "1"], ["3.33", "3.34", "3.33"]),
        ("5", "0.01", "2", "EUR", ["1"] * 5, ["0.01", "0.00", "0.01", "0.00", "0.01"]),
        ("2.5", "0.33", "1", "EUR", ["1", "1.5"], ["0.33", "0.50"]),
        ("7", "100", "1", "JPY", ["3", "4"], ["300", "400"]),
        ("3", "100", "3", "JPY", ["1", "2"], ["33", "67"]),
        ("3", "1.000", "3", "KWD", ["1", "1", "1"], ["0.333", "0.334", "0.333"]),
    ],
)
def test_the_parts_of_an_item_come_to_the_whole(
    sap: SapSimulator,
    rfc: Caller,
    buyer: str,
    quantity: str,
    price: str,
    per: str,
    currency: str,
    parts: list[str],
    values: list[str],
):
    number = order(rfc, buyer, [("P-100", quantity, price, per, "ST")], currency)
    for part in parts:
        bill(sap, number, _10=part)
    billed = [row["NETWR"] for row in sap.rows("billing")]
    assert billed == [Decimal(value) for value in values]
    assert sum(billed) == sap.rows("orders")[0]["NETWR"]
    assert item_status(sap, number) == "CCAC"


def test_deliveries_may_be_billed_in_any_order(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [("P-100", "3", "10", "3", "ST")])
    deliveries = [ship(sap, number, _10="1") for _ in range(3)]
    for delivery in reversed(deliveries):
        sap.bill(delivery, "BILLING")
    assert sum(row["NETWR"] for row in sap.rows("billing")) == Decimal("10.00")


def test_the_last_part_takes_the_rest_of_a_price_that_has_changed(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    bill(sap, number, _10="1")
    condition = {"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "COND_VALUE": "11"}
    change(rfc, number, CONDITIONS_IN=[condition], CONDITIONS_INX=[{**condition, "COND_VALUE": "X", "UPDATEFLAG": "U"}])
    bill(sap, number, _10="1")
    bill(sap, number, _10="1")
    assert [row["NETWR"] for row in sap.rows("billing")] == [Decimal("10.50"), Decimal("11.00"), Decimal("11.50")]


def test_a_delivery_is_billed_once(sap: SapSimulator, rfc: Caller, buyer: str):
    delivery = ship(sap, order(rfc, buyer), _10="3")
    sap.bill(delivery, "BILLING")
    with pytest.raises(ValueError, match="billed already"):
        sap.bill(delivery, "BILLING")
    with pytest.raises(ValueError, match="no delivery"):
        sap.bill("0080000099", "BILLING")
    assert len(sap.rows("billing")) == 1


def test_the_payer_gets_the_invoice_in_a_company_code_that_knows_it(sap: SapSimulator, rfc: Caller, buyer: str):
    number, payer = order(rfc, buyer), customer(sap, "ACME ZENTRALE")
    sap.tables.delete("KNB1", payer, "1000")
    sap.tables.put("KNB1", {"KUNNR": payer, "BUKRS": "3000"})
    row = {"DOCUMENT": number, "UPDATEFLAG": "U", "PARTN_ROLE": "RG", "P_NUMB_OLD": buyer, "P_NUMB_NEW": payer}
    change(rfc, number, PARTNERCHANGES=[row])
    bill(sap, number, _10="3")
    assert rfc.read("VBRK", ["KUNAG", "KUNRG", "BUKRS"]) == [(buyer, payer, "3000")]
    assert rfc.read("BSID", ["BUKRS", "KUNNR"]) == [("3000", payer)]


def test_credit_is_given_for_the_first_item(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [PUMP, HOSE])
    invoice = bill(sap, number, _10="2", _20="2.5")
    memo = sap.credit(invoice, "BILLING")
    kind = f"VBELN = '{memo}'"
    assert rfc.read("VBRK", ["FKART", "VBTYP", "NETWR", "KUNRG", "ZTERM"], kind) == [("G2", "O", "21.00", buyer, "NT30")]
    assert rfc.read("VBRP", ["POSNR", "FKIMG", "NETWR", "AUBEL", "AUPOS", "VGBEL", "VGPOS"], kind) == [
        ("000010", "2.000", "21.00", number, "000010", invoice, "000010")
    ]
    assert rfc.read("VBFA", ["VBELV", "VBTYP_V", "VBTYP_N", "RFMNG"], kind) == [
        (number, "C", "O", "2.000"),
        (invoice, "M", "O", "2.000"),
    ]
    assert rfc.read("BSID", ["SHKZG", "WRBTR", "VBELN", "REBZG"], kind) == [("H", "21.00", memo, "")]
    assert item_status(sap, number) == "BBAB"  # credit takes nothing back of what was delivered and invoiced
    assert deeds(sap, "credit_memo") == [("BILLING", "create", "credit_memo")]
    shown = {row["VBELN"]: (row["FKART"], row["VGBEL"], row["open"], row["credited"]) for row in sap.rows("billing")}
    assert shown == {invoice: ("F2", number, Decimal("24.00"), True), memo: ("G2", number, Decimal("21.00"), False)}


def test_credit_is_given_once_and_for_invoices_only(sap: SapSimulator, rfc: Caller, buyer: str):
    invoice = bill(sap, order(rfc, buyer), _10="3")
    memo = sap.credit(invoice, "BILLING")
    with pytest.raises(ValueError, match="given already"):
        sap.credit(invoice, "BILLING")
    with pytest.raises(ValueError, match="no billing document that stands"):
        sap.credit(memo, "BILLING")
    billing.cancel(sap.system, memo, "BILLING")
    assert [row["credited"] for row in sap.rows("billing") if row["VBELN"] == invoice] == [False]
    sap.credit(invoice, "BILLING")


def test_a_cancelled_invoice_is_cleared_and_its_delivery_can_be_billed_again(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer)
    delivery = ship(sap, number, _10="3")
    invoice = sap.bill(delivery, "BILLING")
    cancellation = billing.cancel(sap.system, invoice, "BILLING")
    assert rfc.read("VBRK", ["VBELN", "FKART", "VBTYP", "FKSTO", "SFAKN"]) == [
        (invoice, "F2", "M", "X", ""),
        (cancellation, "S1", "N", "", invoice),
    ]
    assert rfc.read("BSID", ["BELNR"]) == []
    assert rfc.read("BSAD", ["VBELN", "SHKZG", "WRBTR", "AUGBL", "AUGDT"]) == [
        (invoice, "S", "31.50", "0100000002", "20260302"),
        (cancellation, "H", "31.50", "0100000002", "20260302"),
    ]
    assert rfc.read("VBFA", ["VBELV", "VBTYP_V", "VBTYP_N", "RFMNG"], f"VBELN = '{cancellation}'") == [
        (number, "C", "N", "3.000"),
        (delivery, "J", "N", "3.000"),
        (invoice, "M", "N", "3.000"),
    ]
    assert changes(sap, "FAKTBELEG") == [(invoice, "U")]
    assert [verb for _, verb, _ in deeds(sap, "billing_document")] == ["create", "cancel"]
    assert (item_status(sap, number), status(sap, delivery)["GBSTK"]) == ("CAAB", "B")
    assert [(row["cancelled"], row["open"]) for row in sap.rows("billing") if row["FKART"] == "F2"] == [(True, 0)]
    again = sap.bill(delivery, "BILLING")
    assert item_status(sap, number) == "CCAC"
    assert sap.tables.get("VBRK", again) is not None
    assert rfc.read("VBRK", ["NETWR"], f"VBELN = '{again}'") == [("31.50",)]


def test_parts_come_to_the_whole_after_a_cancellation_too(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [("P-100", "3", "10", "3", "ST")])
    deliveries = [ship(sap, number, _10="1") for _ in range(3)]
    invoices = [sap.bill(delivery, "BILLING") for delivery in deliveries]
    billing.cancel(sap.system, invoices[1], "BILLING")
    sap.bill(deliveries[1], "BILLING")
    standing = [row["NETWR"] for row in sap.rows("billing") if row["FKART"] == "F2" and not row["cancelled"]]
    assert standing == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]


def test_what_is_paid_or_credited_is_not_cancelled(sap: SapSimulator, rfc: Caller, buyer: str):
    number = order(rfc, buyer, [("P-100", "2", "10", "1", "ST")])
    paid, credited = bill(sap, number, _10="1"), bill(sap, number, _10="1")
    sap.receive_payment(buyer, {paid: CENT}, "ACCOUNTS")
    sap.credit(credited, "BILLING")
    for invoice, text in ((paid, "paid at least in part"), (credited, "cancel the credit memo first")):
        with pytest.raises(ValueError, match=text):
            billing.cancel(sap.system, invoice, "BILLING")
    sap.receive_payment(buyer, {paid: Decimal("9.99")}, "ACCOUNTS")
    with pytest.raises(ValueError, match="paid at least in part"):
        billing.cancel(sap.system, paid, "BILLING")
