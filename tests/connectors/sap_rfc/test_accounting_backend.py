"""Payments of the simulated SAP: posted by the hub or by people, cleared in full or in part, reversed."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.sap_rfc.backend import billing
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import HUB, bill, changes, deeds, order, returned

DAY = 86_400
POST = "BAPI_ACC_DOCUMENT_POST"
CLEAR = "Z_LTC_CLEAR_OPEN_ITEMS"
ITEM = ["BELNR", "BUZEI", "SHKZG", "WRBTR", "REBZG"]
FIRST, SECOND = "0100000001", "0100000002"
"""The accounting documents of the two invoices."""


@pytest.fixture
def buyer(sap: SapSimulator) -> str:
    material(sap)
    return customer(sap)


@pytest.fixture
def invoices(sap: SapSimulator, rfc: Caller, buyer: str) -> tuple[str, str]:
    """Two invoices, of 10.00 and 20.00."""
    number = order(rfc, buyer, [("P-100", "3", "10", "1", "ST")])
    return bill(sap, number, _10="1"), bill(sap, number, _10="2")


def still_open(sap: SapSimulator) -> list[Decimal]:
    """Give what is open of each invoice."""
    return [row["open"] for row in sap.rows("billing") if row["FKART"] == "F2"]


def posting(buyer: str, amount: str, currency: str = "EUR", pays: dict[str, str] | None = None, **head: Any) -> dict[str, Any]:
    """Write the parameters of a payment as the connector does: an item for each invoice, and one for what is left."""
    parts = dict(pays or {})
    rest = Decimal(amount) - sum(Decimal(part) for part in parts.values())
    if rest:
        parts[""] = str(rest)
    items = [(f"{count:010d}", invoice, part) for count, (invoice, part) in enumerate(parts.items(), start=2)]
    return {
        "DOCUMENTHEADER": {
            "BUS_ACT": "RFBU",
            "USERNAME": HUB,
            "COMP_CODE": "1000",
            "DOC_DATE": "20260301",
            "PSTNG_DATE": "20260302",
            "DOC_TYPE": "DZ",
            "REF_DOC_NO": "SHORTKEY0001",
            **head,
        },
        "ACCOUNTGL": [{"ITEMNO_ACC": "0000000001", "GL_ACCOUNT": "0000113100"}],
        "ACCOUNTRECEIVABLE": [{"ITEMNO_ACC": number, "CUSTOMER": buyer, "ALLOC_NMBR": invoice} for number, invoice, _ in items],
        "CURRENCYAMOUNT": [
            {"ITEMNO_ACC": "0000000001", "CURRENCY": currency, "AMT_DOCCUR": amount},
            *({"ITEMNO_ACC": number, "CURRENCY": currency, "AMT_DOCCUR": f"-{part}"} for number, _, part in items),
        ],
    }


def clear(rfc: Caller, key: str, payer: str, amounts: dict[str, str], currency: str = "EUR") -> list[tuple[str, str, str]]:
    """Clear amounts of invoices with a payment of a customer."""
    rows = [{"VBELN": name, "WRBTR": amount} for name, amount in amounts.items()]
    place = {"I_BELNR": key[:10], "I_BUKRS": key[10:14], "I_GJAHR": key[14:]}
    return returned(rfc.call(CLEAR, **place, I_KUNNR=payer, I_WAERS=currency, IT_ITEMS=rows))


def post(rfc: Caller, buyer: str, amount: str, pays: dict[str, str]) -> str:
    """Post a payment, let it clear what it pays, and COMMIT."""
    key = str(rfc.call(POST, **posting(buyer, amount, pays=pays))["OBJ_KEY"])
    assert clear(rfc, key, buyer, pays) == [("S", "F5", "312")]
    rfc.commit()
    return key


def test_a_payment_pays_several_invoices_in_full_and_in_part(
    sap: SapSimulator, rfc: Caller, clock: VirtualClock, buyer: str, invoices: tuple[str, str]
):
    clock.advance(DAY)
    first, second = invoices
    payment = sap.receive_payment(buyer, {first: Decimal(10), second: Decimal("5.50")}, "ACCOUNTS")
    assert payment == "1400000001"
    assert rfc.read("BKPF", ["BUKRS", "BELNR", "GJAHR", "BUDAT", "CPUDT", "WAERS", "XBLNR", "STBLG"], "BLART = 'DZ'") == [
        ("1000", payment, "2026", "20260303", "20260303", "EUR", "", "")
    ]
    assert rfc.read("BSAD", [*ITEM, "AUGBL", "AUGDT"]) == [
        (FIRST, "001", "S", "10.00", "", payment, "20260303"),
        (payment, "002", "H", "10.00", "", payment, "20260303"),
    ]
    assert rfc.read("BSID", [*ITEM, "AUGBL", "AUGDT"]) == [
        (SECOND, "001", "S", "20.00", "", "", "00000000"),
        (payment, "003", "H", "5.50", SECOND, "", "00000000"),
    ]
    assert still_open(sap) == [0, Decimal("14.50")]
    assert deeds(sap, "incoming_payment") == [("ACCOUNTS", "create", "incoming_payment")]


def test_the_last_part_clears_all_parts(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    one = sap.receive_payment(buyer, {invoices[1]: Decimal(5)}, "ACCOUNTS")
    two = sap.receive_payment(buyer, {invoices[1]: Decimal(15)}, "ACCOUNTS")
    assert rfc.read("BSAD", [*ITEM, "AUGBL"]) == [
        (SECOND, "001", "S", "20.00", "", two),
        (one, "002", "H", "5.00", SECOND, two),
        (two, "002", "H", "15.00", "", two),
    ]
    assert [row[0] for row in rfc.read("BSID", ["BELNR"])] == [FIRST]
    assert still_open(sap) == [10, 0]


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_amounts_of_other_currencies_are_shifted_in_the_ledger(sap: SapSimulator, rfc: Caller, buyer: str, currency: str):
    whole, stored = {"JPY": ("1500", "15.00"), "KWD": ("1.250", "12.50")}[currency]
    invoice = bill(sap, order(rfc, buyer, [("P-100", "1", whole, "1", "ST")], currency), _10="1")
    assert rfc.read("BSID", ["WRBTR"]) == [(stored,)]
    assert still_open(sap) == [Decimal(whole)]
    sap.receive_payment(buyer, {invoice: Decimal(whole)}, "ACCOUNTS")
    assert rfc.read("BSAD", ["WRBTR"]) == [(stored,), (stored,)]
    (row,) = sap.rows("payments")
    assert (row["WAERS"], row["WRBTR"], row["clears"]) == (currency, Decimal(whole), {invoice: Decimal(whole)})


def test_what_cannot_be_paid_leaves_nothing_behind(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    foreign = bill(sap, order(rfc, buyer, [("P-100", "1", "9", "1", "ST")], "USD"), _10="1")
    other = customer(sap, "BETA AG")
    memo = sap.credit(invoices[0], "BILLING")
    before = sap.dump()
    for payer, amounts, text in (
        (buyer, {invoices[0]: Decimal("10.01")}, "10.00 are open"),
        (buyer, {invoices[0]: Decimal(0)}, "cannot be paid"),
        (buyer, {"0090000099": Decimal(1)}, "None are open"),
        (buyer, {memo: Decimal(1)}, "cannot be paid"),
        (buyer, {invoices[0]: Decimal(1), foreign: Decimal(1)}, "one company code and currency"),
        (other, {invoices[0]: Decimal(1)}, "of that payer"),
        (buyer, {}, "at least one"),
    ):
        with pytest.raises(ValueError, match=text):
            sap.receive_payment(payer, amounts, "ACCOUNTS")
    assert sap.dump() == before


def test_a_reversal_opens_invoices_again(
    sap: SapSimulator, rfc: Caller, clock: VirtualClock, buyer: str, invoices: tuple[str, str]
):
    first, second = invoices
    payment = sap.receive_payment(buyer, {first: Decimal(10), second: Decimal(5)}, "ACCOUNTS")
    clock.advance(DAY)
    reversal = sap.reverse_payment(payment, "ACCOUNTS")
    assert reversal == "2000000001"
    assert rfc.read("BKPF", ["BELNR", "BLART", "STBLG", "AEDAT", "CPUDT"], f"BELNR = '{payment}' OR BELNR = '{reversal}'") == [
        (payment, "DZ", reversal, "20260303", "20260302"),
        (reversal, "DA", payment, "00000000", "20260303"),
    ]
    assert rfc.read("BSID", [*ITEM, "AUGBL", "AUGDT"]) == [
        (FIRST, "001", "S", "10.00", "", "", "00000000"),
        (SECOND, "001", "S", "20.00", "", "", "00000000"),
    ]
    assert rfc.read("BSAD", [*ITEM, "AUGBL", "AUGDT"]) == [
        (payment, "002", "H", "10.00", "", reversal, "20260303"),
        (payment, "003", "H", "5.00", SECOND, reversal, "20260303"),
        (reversal, "002", "S", "10.00", "", reversal, "20260303"),
        (reversal, "003", "S", "5.00", SECOND, reversal, "20260303"),
    ]
    assert still_open(sap) == [10, 20]
    changed = [(f"1001000{FIRST}2026", "U"), (f"1001000{payment}2026", "U"), (f"1001000{payment}2026", "U")]
    assert changes(sap, "BELEG") == changed
    assert deeds(sap, "incoming_payment")[-1] == ("ACCOUNTS", "reverse", "incoming_payment")


def test_a_reversal_leaves_what_others_paid_on_account_where_it_names_no_invoice(
    sap: SapSimulator, buyer: str, invoices: tuple[str, str]
):
    one = sap.receive_payment(buyer, {invoices[1]: Decimal(5)}, "ACCOUNTS")
    two = sap.receive_payment(buyer, {invoices[1]: Decimal(15)}, "ACCOUNTS")
    assert {row["BELNR"]: row["clears"] for row in sap.rows("payments")} == {one: {invoices[1]: 5}, two: {invoices[1]: 15}}
    sap.reverse_payment(one, "ACCOUNTS")
    assert still_open(sap) == [10, 20]
    shown = {row["BELNR"]: (row["reversed"], row["WRBTR"], row["clears"]) for row in sap.rows("payments")}
    assert shown == {one: (True, 5, {invoices[1]: 5}), two: (False, 15, {})}


def test_a_reversal_leaves_what_the_hub_paid_with_its_invoice(
    sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]
):
    one = post(rfc, buyer, "5", {invoices[1]: "5"})
    two = post(rfc, buyer, "15", {invoices[1]: "15"})
    assert still_open(sap) == [10, 0]
    sap.reverse_payment(one[:10], "ACCOUNTS")
    assert still_open(sap) == [10, 5]
    shown = {row["BELNR"]: (row["reversed"], row["clears"]) for row in sap.rows("payments")}
    assert shown == {one[:10]: (True, {invoices[1]: 5}), two[:10]: (False, {invoices[1]: 15})}


def test_a_payment_is_reversed_once(sap: SapSimulator, buyer: str, invoices: tuple[str, str]):
    payment = sap.receive_payment(buyer, {invoices[0]: Decimal(10)}, "ACCOUNTS")
    reversal = sap.reverse_payment(payment, "ACCOUNTS")
    for number in (payment, reversal, "1400000099"):
        with pytest.raises(ValueError, match="no payment that can be reversed"):
            sap.reverse_payment(number, "ACCOUNTS")


def test_the_hub_posts_and_clears_in_one_commit(
    sap: SapSimulator, rfc: Caller, caller: Callable[..., Caller], buyer: str, invoices: tuple[str, str]
):
    pays = {invoices[0]: "10", invoices[1]: "12"}
    answer = rfc.call(POST, **posting(buyer, "25", pays=pays))
    key = answer["OBJ_KEY"]
    assert (answer["OBJ_TYPE"], key, answer["OBJ_SYS"]) == ("BKPFF", "140000000110002026", "SIMCLNT100")
    assert returned(answer) == [("S", "RW", "605")]
    assert clear(rfc, key, buyer, pays) == [("S", "F5", "312")]
    assert caller("two").read("BKPF", ["BELNR"], "BLART = 'DZ'") == []
    assert still_open(sap) == [10, 20]
    rfc.commit()
    assert rfc.read("BKPF", ["BELNR", "BLDAT", "BUDAT", "XBLNR", "WAERS", "AWTYP", "AWKEY"], "BLART = 'DZ'") == [
        ("1400000001", "20260301", "20260302", "SHORTKEY0001", "EUR", "BKPFF", key)
    ]
    (by,) = rfc.read("BKPF", ["BELNR"], "BLART = 'AB'")
    assert rfc.read("BSAD", [*ITEM, "AUGBL"]) == [
        (FIRST, "001", "S", "10.00", "", *by), ("1400000001", "002", "H", "10.00", FIRST, *by)
    ]  # fmt: skip
    assert rfc.read("BSID", [*ITEM, "ZUONR"], "BLART = 'DZ'") == [
        ("1400000001", "003", "H", "12.00", SECOND, invoices[1]),
        ("1400000001", "004", "H", "3.00", "", ""),
    ]
    assert still_open(sap) == [0, 8]
    (row,) = sap.rows("payments")
    assert (row["KUNNR"], row["WRBTR"], row["clears"]) == (buyer, 25, {invoices[0]: 10, invoices[1]: 12})
    assert deeds(sap, "incoming_payment") == [(HUB, "create", "incoming_payment")]
    assert changes(sap, "BELEG") == [(f"1001000{key[:10]}2026", "U")]


def test_an_item_that_names_no_invoice_clears_none(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    key = rfc.call(POST, **posting(buyer, "10"))["OBJ_KEY"]
    assert clear(rfc, key, buyer, {invoices[0]: "10"}) == [("S", "F5", "312")]
    rfc.commit()
    assert still_open(sap) == [10, 20]
    assert rfc.read("BSID", ["WRBTR", "REBZG"], "BLART = 'DZ'") == [("10.00", "")]


def test_what_is_charged_back_lessens_a_payment(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    params = posting(buyer, "10", pays={invoices[0]: "10"})
    params["ACCOUNTRECEIVABLE"].append({"ITEMNO_ACC": "0000000003", "CUSTOMER": buyer})
    params["CURRENCYAMOUNT"][0]["AMT_DOCCUR"] = "7"
    params["CURRENCYAMOUNT"].append({"ITEMNO_ACC": "0000000003", "CURRENCY": "EUR", "AMT_DOCCUR": "3"})
    key = rfc.call(POST, **params)["OBJ_KEY"]
    assert clear(rfc, key, buyer, {invoices[0]: "10"}) == [("S", "F5", "312")]
    rfc.commit()
    (row,) = sap.rows("payments")
    assert (row["WRBTR"], row["clears"]) == (7, {invoices[0]: 10})
    assert rfc.read("BSID", ["BUZEI", "SHKZG", "WRBTR"], "BLART = 'DZ'") == [("003", "S", "3.00")]


def test_what_somebody_paid_before_the_commit_leaves_everything_open(
    sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]
):
    key = rfc.call(POST, **posting(buyer, "10", pays={invoices[0]: "10"}))["OBJ_KEY"]
    clear(rfc, key, buyer, {invoices[0]: "10"})
    sap.receive_payment(buyer, {invoices[0]: Decimal(7)}, "ACCOUNTS")
    rfc.commit()
    assert still_open(sap) == [-7, 20]
    assert rfc.read("BSID", ["WRBTR", "REBZG"], "BLART = 'DZ'") == [("10.00", FIRST), ("7.00", FIRST)]


def test_an_invoice_that_somebody_cleared_before_the_commit_stays_so(
    sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]
):
    key = rfc.call(POST, **posting(buyer, "10", pays={invoices[0]: "10"}))["OBJ_KEY"]
    clear(rfc, key, buyer, {invoices[0]: "10"})
    other = sap.receive_payment(buyer, {invoices[0]: Decimal(10)}, "ACCOUNTS")
    rfc.commit()
    assert rfc.read("BSAD", ["BELNR", "AUGBL"]) == [(FIRST, other), (other, other)]
    assert rfc.read("BSID", ["WRBTR", "REBZG", "ZUONR"], "BLART = 'DZ'") == [("10.00", "", invoices[0])]


def test_nothing_is_posted_after_a_rollback(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    key = rfc.call(POST, **posting(buyer, "10", pays={invoices[0]: "10"}))["OBJ_KEY"]
    clear(rfc, key, buyer, {invoices[0]: "10"})
    rfc.call("BAPI_TRANSACTION_ROLLBACK")
    rfc.commit()
    assert (sap.rows("payments"), still_open(sap)) == ([], [10, 20])


def test_a_payment_is_reversed_at_once_and_only_once(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    key = post(rfc, buyer, "33", {invoices[0]: "10", invoices[1]: "20"})
    place = {"I_BELNR": key[:10], "I_BUKRS": key[10:14], "I_GJAHR": key[14:]}
    answers = [rfc.call("Z_LTC_REVERSE_PAYMENT", **place, I_STGRD="01") for _ in range(2)]
    assert [returned(answer) for answer in answers] == [[("S", "F5", "312")]] * 2
    assert answers[0]["E_STBLG"] == answers[1]["E_STBLG"] == rfc.read("BKPF", ["STBLG"], "BLART = 'DZ'")[0][0]
    assert still_open(sap) == [10, 20]
    assert len(rfc.read("BKPF", ["BELNR"], "BLART = 'DA'")) == 1
    assert [verb for _, verb, _ in deeds(sap, "incoming_payment")] == ["create", "reverse"]
    refused = rfc.call("Z_LTC_REVERSE_PAYMENT", **(place | {"I_BELNR": FIRST}))
    assert returned(refused) == [("E", "ZLTC", "022")]


def _unknown_customer(params: dict[str, Any]) -> None:
    params["ACCOUNTRECEIVABLE"][0]["CUSTOMER"] = "0000999999"


def _other_company(params: dict[str, Any]) -> None:
    params["DOCUMENTHEADER"]["COMP_CODE"] = "2000"


def _no_company(params: dict[str, Any]) -> None:
    del params["DOCUMENTHEADER"]["COMP_CODE"]


def _closed_period(params: dict[str, Any]) -> None:
    params["DOCUMENTHEADER"]["PSTNG_DATE"] = "20191231"


def _no_date(params: dict[str, Any]) -> None:
    del params["DOCUMENTHEADER"]["PSTNG_DATE"]


def _unbalanced(params: dict[str, Any]) -> None:
    params["CURRENCYAMOUNT"][1]["AMT_DOCCUR"] = "-9.99"


def _two_currencies(params: dict[str, Any]) -> None:
    params["CURRENCYAMOUNT"][1]["CURRENCY"] = "USD"


def _no_amount(params: dict[str, Any]) -> None:
    del params["CURRENCYAMOUNT"][1]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_unknown_customer, ("E", "F5", "102")),
        (_other_company, ("E", "F5", "102")),
        (_no_company, ("E", "F5", "165")),
        (_closed_period, ("E", "F5", "201")),
        (_no_date, ("E", "F5", "201")),
        (_unbalanced, ("E", "F5", "702")),
        (_two_currencies, ("E", "F5", "702")),
        (_no_amount, ("E", "RW", "022")),
    ],
)
def test_what_accounting_refuses_leaves_nothing_to_commit(
    rfc: Caller, buyer: str, spoil: Callable[[dict[str, Any]], None], said: tuple[str, str, str]
):
    params = posting(buyer, "10")
    spoil(params)
    answer = rfc.call(POST, **params)
    assert returned(answer) == [("E", "RW", "609"), said]
    assert answer["OBJ_KEY"] == "$"
    rfc.commit()
    assert rfc.read("BKPF", ["BELNR"]) == []


def test_what_cannot_be_cleared_is_refused(sap: SapSimulator, rfc: Caller, buyer: str, invoices: tuple[str, str]):
    first, second = invoices
    memo = sap.credit(first, "BILLING")
    others = bill(sap, order(rfc, customer(sap, "BETA AG")), _10="1")
    dollars = bill(sap, order(rfc, buyer, [("P-100", "1", "9", "1", "ST")], "USD"), _10="1")
    key = rfc.call(POST, **posting(buyer, "15"))["OBJ_KEY"]
    for amounts, said in (
        ({first: "10.01"}, ("E", "F5", "263")),
        ({first: "-1"}, ("E", "F5", "263")),
        ({second: "20.01"}, ("E", "F5", "263")),
        ({"0090000099": "1"}, ("E", "F5", "506")),
        ({memo: "1"}, ("E", "F5", "506")),
        ({others: "1"}, ("E", "ZLTC", "021")),
        ({dollars: "1"}, ("E", "ZLTC", "021")),
    ):
        assert clear(rfc, key, buyer, amounts) == [said], amounts
    rfc.commit()
    assert rfc.read("BSID", ["WRBTR", "REBZG"], "BLART = 'DZ'") == [("15.00", "")]


def test_other_documents_are_no_incoming_payments(sap: SapSimulator, rfc: Caller, buyer: str):
    assert rfc.call(POST, **posting(buyer, "10", DOC_TYPE="SA"))["OBJ_KEY"] == f"{FIRST}10002026"
    rfc.commit()
    assert sap.rows("payments") == []
    assert deeds(sap, "incoming_payment", "accounting_document") == [(HUB, "create", "accounting_document")]


def _story(sap: SapSimulator, clock: VirtualClock, *, later: bool) -> None:
    """Do business; ``later`` draws other numbers on other days, in another order."""
    rfc = Caller(sap)
    material(sap)
    if later:
        clock.advance(3 * DAY)
        rfc.call(POST, **posting(customer(sap, "ZZZ"), "1"))
        rfc.call("BAPI_TRANSACTION_ROLLBACK")
    names = ["ACME GMBH", "BETA AG"]
    buyers = {name: customer(sap, name) for name in (reversed(names) if later else names)}
    if not later:
        customer(sap, "ZZZ")
    for name, buyer in buyers.items():
        number = order(rfc, buyer, PURCH_NO_C=f"PO {name}", REF_1=f"KEY {later}", REQ_DATE_H="20260501")
        invoice = bill(sap, number, _10="2")
        payment = sap.receive_payment(buyer, {invoice: Decimal(21)}, "ACCOUNTS")
        if name == "BETA AG":
            sap.reverse_payment(payment, "ACCOUNTS")
            billing.cancel(sap.system, invoice, "BILLING")
        else:
            sap.credit(invoice, "BILLING")


def test_the_normal_form_has_no_numbers_and_no_days(clock: VirtualClock):
    one, two = SapSimulator("sap", clock, seed=7), SapSimulator("sap", clock, seed=8)
    _story(one, clock, later=False)
    _story(two, clock, later=True)
    assert one.tables.dump() != two.tables.dump()
    assert one.state() == two.state()
    state = one.state()
    assert state["sales_orders"]["PO ACME GMBH #1"]["NETWR"] == "31.50"
    assert state["billing_documents"]["PO ACME GMBH #1"] == {
        "WAERK": "EUR", "NETWR": "21.00", "MWSBK": "0.00", "open": "0.00", "cancelled": False
    }  # fmt: skip
    assert state["billing_documents"]["PO BETA AG #1"]["cancelled"] is True
    assert list(state["credit_memos"]) == ["PO ACME GMBH #1"]
    assert state["incoming_payments"]["BETA AG 50667 #1"] == {
        "WAERS": "EUR", "WRBTR": "21.00", "reversed": True, "clears": []
    }  # fmt: skip


def test_documents_survive_the_disk(clock: VirtualClock):
    one, two = SapSimulator("sap", clock, seed=7), SapSimulator("sap", clock, seed=7)
    _story(one, clock, later=False)
    two.load(json.loads(json.dumps(one.dump())))
    assert two.state() == one.state()
    assert [two.rows(kind) for kind in ("orders", "deliveries", "billing", "payments")] == [
        one.rows(kind) for kind in ("orders", "deliveries", "billing", "payments")
    ]
