"""Writing payments over one or several invoices and reversing them, judged by the simulated system's own tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.simulator import SapSimulator
from connectors.erp.shared.codecs import shift_out
from ltc.core.contract import Finding, Outcome, Verb
from ltc.core.errors import Rejected
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import Caller, customer, material
from tests.connectors.sap_rfc.documents import bill, order
from tests.connectors.sap_rfc.hub import Hub, change, create, key_of

COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"
POST, CLEAR, REVERSE = "BAPI_ACC_DOCUMENT_POST", "Z_LTC_CLEAR_OPEN_ITEMS", "Z_LTC_REVERSE_PAYMENT"
DAY = 86_400


@pytest.fixture
def hub(sap: SapSimulator) -> Hub:
    return Hub(sap)


@pytest.fixture
def buyer(sap: SapSimulator) -> str:
    material(sap)
    return customer(sap)


@pytest.fixture
def invoices(sap: SapSimulator, rfc: Caller, buyer: str) -> tuple[str, str]:
    """Two invoices, of 10.00 and 20.00."""
    number = order(rfc, buyer, [("P-100", "3", "10", "1", "ST")])
    return bill(sap, number, _10="1"), bill(sap, number, _10="2")


def payment(buyer: str, amount: object, *items: tuple[str, object], **more: object) -> dict:
    paid = [{"VBELN": invoice, "WRBTR": part} for invoice, part in items]
    return {"KUNNR": buyer, "WRBTR": amount, "WAERS": "EUR", "BUDAT": "20260320", "ITEMS": paid, **more}


def pay(hub: Hub, number: int, fields: dict) -> str:
    """Write a payment that is taken, and give its key."""
    result = hub.one("incoming_payment", create(number, fields))
    assert (result.outcome, result.error) == (Outcome.CREATED, None)
    return result.id


def paid(hub: Hub, key: str) -> dict[str, Decimal]:
    """Read what a payment paid of which invoice."""
    return {row["VBELN"]: row["WRBTR"] for row in hub.read("incoming_payment", key)["ITEMS"]}


def states(hub: Hub, *invoices: str) -> list[tuple[str, Decimal]]:
    found = [hub.read("billing_document", invoice) for invoice in invoices]
    return [(one["PAYSTATE"], one["OPEN"]) for one in found]


def ledger(sap: SapSimulator, table: str) -> list[tuple[str, str, Decimal, str]]:
    """Give the customers' items of a ledger: what they name, side, amount, whether they refer to an invoice."""
    return sorted(
        (row["ZUONR"], row["SHKZG"], shift_out(row["WRBTR"], row["WAERS"]), "refers" if row["REBZG"] else "")
        for row in sap.tables.rows(table)
    )


def test_a_payment_of_one_invoice_is_posted_and_clears_it_in_one_commit(hub, sap, buyer, invoices):
    first, second = invoices
    key = pay(hub, 2, payment(buyer, 10, (first, 10)))
    assert hub.names == [POST, CLEAR, COMMIT]
    assert hub.steps.kept["intent-2"] == {"number": {"id": key}}
    found = hub.read("incoming_payment", key)
    assert (found["OBJ_KEY"], found["KUNNR"], found["WRBTR"], found["XBLNR"], found["BUDAT"], found["BLDAT"]) == (
        key, buyer, 10, key_of(2), "20260320", "20260320",
    )  # fmt: skip
    assert found["ITEMS"] == [{"VBELN": first, "WRBTR": 10}]
    assert ledger(sap, "BSAD") == [(first, "H", 10, "refers"), (first, "S", 10, "")]
    assert ledger(sap, "BSID") == [(second, "S", 20, "")]
    assert states(hub, first) == [("paid", 0)]


def test_one_payment_of_two_invoices_clears_each_of_them(hub, sap, buyer, invoices):
    first, second = invoices
    key = pay(hub, 2, payment(buyer, 30, (first, 10), (second, 20)))
    assert hub.names == [POST, CLEAR, COMMIT]
    assert paid(hub, key) == {first: 10, second: 20}
    assert ledger(sap, "BSID") == []
    cleared = {row["BELNR"]: row["AUGBL"] for row in sap.tables.rows("BSAD") if row["SHKZG"] == "S"}
    assert len(set(cleared.values())) == 2
    assert states(hub, first, second) == [("paid", 0), ("paid", 0)]


def test_two_payments_of_one_invoice_clear_it_together(hub, sap, buyer, invoices):
    first, second = invoices
    one = pay(hub, 2, payment(buyer, 5, (second, 5)))
    assert states(hub, second) == [("partial", 15)]
    assert ledger(sap, "BSID") == [(first, "S", 10, ""), (second, "H", 5, "refers"), (second, "S", 20, "")]
    two = pay(hub, 3, payment(buyer, 15, (second, 15)))
    assert (paid(hub, one), paid(hub, two)) == ({second: 5}, {second: 15})
    assert ledger(sap, "BSAD") == [(second, "H", 5, "refers"), (second, "H", 15, "refers"), (second, "S", 20, "")]
    assert states(hub, first, second) == [("open", 10), ("paid", 0)]


def test_what_is_paid_too_much_stays_on_account(hub, sap, buyer, invoices):
    first, second = invoices
    key = pay(hub, 2, payment(buyer, Decimal("40.05"), (first, 10), (second, 12)))
    assert (hub.read("incoming_payment", key)["WRBTR"], paid(hub, key)) == (Decimal("40.05"), {first: 10, second: 12})
    assert ledger(sap, "BSID") == [
        ("", "H", Decimal("18.05"), ""), (second, "H", 12, "refers"), (second, "S", 20, "")
    ]  # fmt: skip
    assert states(hub, first, second) == [("paid", 0), ("partial", 8)]


@pytest.mark.parametrize(
    ("currency", "price", "part"), [("JPY", "1500", "400"), ("KWD", "1.125", "0.375"), ("EUR", "10", "0.01")]
)
def test_every_currency_comes_back_exactly_as_it_was_written(hub, sap, rfc, buyer, currency, price, part):
    number = order(rfc, buyer, [("P-100", "3", price, "1", "ST")], currency)
    first, second = bill(sap, number, _10="1"), bill(sap, number, _10="2")
    parts = {first: Decimal(price), second: Decimal(part)}
    total = sum(parts.values()) + Decimal(part)
    key = pay(hub, 2, payment(buyer, str(total), *((name, str(amount)) for name, amount in parts.items()), WAERS=currency))
    assert (hub.read("incoming_payment", key)["WRBTR"], paid(hub, key)) == (total, parts)
    assert states(hub, first, second) == [("paid", 0), ("partial", 2 * Decimal(price) - Decimal(part))]
    assert ("", "H", Decimal(part), "") in ledger(sap, "BSID")


@pytest.mark.parametrize(("currency", "price", "fee"), [("EUR", "10", "0.43"), ("JPY", "1500", "54"), ("KWD", "1.125", "0.152")])
def test_a_fee_is_ours_and_the_invoice_is_paid_all_the_same(sap, rfc, buyer, currency, price, fee):
    hub = Hub(sap, fee_account="478000")
    invoice = bill(sap, order(rfc, buyer, [("P-100", "1", price, "1", "ST")], currency), _10="1")
    gross, kept = Decimal(price), {"FEE": fee, "FEEWAERS": currency}
    key = pay(hub, 2, payment(buyer, price, (invoice, price), WAERS=currency, **kept))
    found = hub.read("incoming_payment", key)
    assert (found["WRBTR"], found["FEE"], found["FEEWAERS"]) == (gross, Decimal(fee), currency)
    assert (paid(hub, key), states(hub, invoice)) == ({invoice: gross}, [("paid", 0)])
    accounts = {row["HKONT"]: shift_out(row["WRBTR"], currency) for row in sap.tables.rows("BSIS")}
    assert accounts == {"0000113100": gross - Decimal(fee), "0000478000": Decimal(fee)}


def test_a_fee_that_belongs_to_nobody_here_stays_away(hub, sap, buyer, invoices):
    other = Hub(sap, fee_account="478000")
    plain = pay(hub, 2, payment(buyer, 10, (invoices[0], 10), FEE="0.43", FEEWAERS="EUR"))
    foreign = pay(other, 3, payment(buyer, 20, (invoices[1], 20), FEE="0.43", FEEWAERS="USD"))
    assert {row["HKONT"] for row in sap.tables.rows("BSIS")} == {"0000113100"}
    assert "FEE" not in hub.read("incoming_payment", plain)
    assert other.read("incoming_payment", foreign)["FEE"] == 0
    error = other.refusal("incoming_payment", create(4, payment(buyer, 5, FEE="6", FEEWAERS="EUR")))
    assert (error.code, error.field) == ("sap.payment_fee", "FEE")


def test_a_payment_on_account_is_only_posted(hub, buyer):
    key = pay(hub, 2, payment(buyer, 10))
    assert hub.names == [POST, COMMIT]
    assert (hub.read("incoming_payment", key)["WRBTR"], paid(hub, key)) == (10, {})


def test_what_was_paid_shows_before_anything_is_cleared(hub, sap, buyer, invoices):
    """Clearing follows the COMMIT as a unit of its own; here it waits for ever."""
    first, second = invoices
    key = pay(hub, 2, payment(buyer, 22, (first, 10), (second, 12)))
    for row in [*sap.tables.rows("BSAD"), *sap.tables.rows("BSID")]:
        ledger_of = "BSAD" if row["AUGBL"] else "BSID"
        sap.tables.delete(ledger_of, *(row[name] for name in ("BUKRS", "KUNNR", "GJAHR", "BELNR", "BUZEI")))
        sap.tables.put("BSID", row | {"REBZG": "", "REBZJ": "", "AUGBL": "", "AUGDT": ""})
    assert paid(hub, key) == {first: 10, second: 12}
    assert states(hub, first, second) == [("paid", 0), ("partial", 8)]


def test_an_assignment_that_is_another_customers_bill_pays_nothing(hub, sap, invoices):
    first, _ = invoices
    other = customer(sap, "BETA AG")
    key = pay(hub, 2, payment(other, 10))
    (row,) = sap.tables.find("BSID", KUNNR=other)
    sap.tables.put("BSID", row | {"ZUONR": first})
    assert paid(hub, key) == {}
    assert states(hub, first) == [("open", 10)]


@pytest.mark.parametrize(
    ("amounts", "code", "names"),
    [
        ((11, 11), "sap.f5263", [POST, CLEAR, ROLLBACK]),
        ((9, 10), "sap.payment_exceeded", []),
        ((10, -10), "sap.f5263", [POST, CLEAR, ROLLBACK]),
    ],
)
def test_what_cannot_be_paid_posts_nothing(hub, sap, buyer, invoices, amounts, code, names):
    total, part = amounts
    error = hub.refusal("incoming_payment", create(2, payment(buyer, total, (invoices[0], part))))
    assert (type(error), error.code) == (Rejected, code)
    assert hub.names == names
    assert sap.tables.find("BKPF", BLART="DZ") == []
    pay(hub, 3, payment(buyer, 1))
    assert len(sap.tables.find("BKPF", BLART="DZ")) == 1


def test_a_period_that_is_closed_names_the_date_and_says_what_to_do(hub, buyer):
    error = hub.refusal("incoming_payment", create(2, payment(buyer, 10, BUDAT="20150101")))
    assert isinstance(error, Rejected)
    assert (error.code, error.field) == ("sap.f5201", "PSTNG_DATE")
    assert error.remedy.startswith("The posting period is closed in SAP")
    assert "RW" not in error.message


def test_a_posted_payment_stays_as_it_is(hub):
    error = hub.refusal("incoming_payment", change("140000000110002026", {"WRBTR": 1}))
    assert (type(error), error.code, hub.names) == (Rejected, "sap.payment_posted", [])


# -- reversals --------------------------------------------------------------------------------------------------------


def test_a_payment_that_the_hub_reverses_opens_all_that_it_paid(hub, sap, buyer, invoices):
    first, second = invoices
    key = pay(hub, 2, payment(buyer, 26, (first, 10), (second, 12)))
    hub.calls.clear()
    result = hub.one("incoming_payment", change(key, {}, Verb.REVERSE))
    assert (result.outcome, result.id, hub.names) == (Outcome.UPDATED, key, [REVERSE])
    found = hub.read("incoming_payment", key)
    (by,) = sap.tables.find("BKPF", BLART="DA")
    assert (found["STBLG"], by["STBLG"]) == (by["BELNR"], key[:10])
    assert (found["WRBTR"], paid(hub, key)) == (26, {first: 10, second: 12})
    assert states(hub, first, second) == [("open", 10), ("open", 20)]
    assert ledger(sap, "BSID") == [(first, "S", 10, ""), (second, "S", 20, "")]
    again = pay(hub, 3, payment(buyer, 30, (first, 10), (second, 20)))
    assert paid(hub, again) == {first: 10, second: 20}
    assert states(hub, first, second) == [("paid", 0), ("paid", 0)]


def test_reversing_again_reverses_nothing_more(hub, sap, buyer, invoices):
    key = pay(hub, 2, payment(buyer, 10, (invoices[0], 10)))
    results = [hub.one("incoming_payment", change(key, {}, Verb.REVERSE)) for _ in range(2)]
    assert [one.outcome for one in results] == [Outcome.UPDATED, Outcome.UPDATED]
    assert len(sap.tables.find("BKPF", BLART="DA")) == 1


@pytest.mark.parametrize("kind", ["drop_before", "503", "truncate", "lock", "expire_token"])
def test_a_reversal_that_is_disturbed_can_be_repeated(hub, sap, buyer, invoices, kind):
    key = pay(hub, 2, payment(buyer, 10, (invoices[0], 10)))
    sap.faults.plan("change", kind=kind)
    first = hub.one("incoming_payment", change(key, {}, Verb.REVERSE))
    assert first.outcome in {Outcome.LATER, Outcome.UPDATED}
    assert hub.one("incoming_payment", change(key, {}, Verb.REVERSE)).outcome is Outcome.UPDATED
    assert len(sap.tables.find("BKPF", BLART="DA")) == 1
    assert states(hub, invoices[0]) == [("open", 10)]


def test_a_reversal_is_settled_by_reading_the_payment(hub, buyer):
    key = pay(hub, 2, payment(buyer, 10))
    (settled,) = hub.connector.settle("incoming_payment", [change(key, {}, Verb.REVERSE)])
    assert (settled.finding, settled.id) == (Finding.UNCLEAR, key)


def test_a_document_that_is_no_payment_is_not_reversed(hub, sap, invoices):
    account = sap.tables.find("VBRK", VBELN=invoices[0])[0]["BELNR"]
    error = hub.refusal("incoming_payment", change(f"{account}10002026", {}, Verb.REVERSE))
    assert (type(error), error.code) == (Rejected, "sap.zltc022")


def test_a_payment_that_people_reverse_reads_as_reversed_with_what_it_had_paid(hub, sap, clock: VirtualClock, buyer, invoices):
    key = pay(hub, 2, payment(buyer, 30, (invoices[0], 10), (invoices[1], 20)))
    cursors = {obj: read_all(hub, obj)[1] for obj in ("incoming_payment", "billing_document")}
    clock.advance(5 * DAY)
    cursors = {obj: read_all(hub, obj, cursor)[1] for obj, cursor in cursors.items()}
    clock.advance(5 * DAY)
    by = sap.reverse_payment(key[:10], "ACCOUNTS")
    changed = {obj: read_all(hub, obj, cursor)[0] for obj, cursor in cursors.items()}
    assert [(one["OBJ_KEY"], one["STBLG"]) for one in changed["incoming_payment"]] == [(key, by)]
    assert paid(hub, key) == {invoices[0]: 10, invoices[1]: 20}
    assert [(one["VBELN"], one["PAYSTATE"]) for one in changed["billing_document"]] == [(name, "open") for name in invoices]


# -- what people post ---------------------------------------------------------------------------------------------------


def read_all(hub: Hub, obj: str, cursor: str = "") -> tuple[list[dict], str]:
    """Read everything that follows a cursor; give the records and the next cursor."""
    records: list[dict] = []
    more = True
    while more:
        page = hub.connector.read(obj, cursor, [])
        records += [hub.connector.decode(obj, body) for body in page.bodies]
        cursor, more = page.cursor, page.more
    return records, cursor


def test_a_payment_that_people_post_over_two_invoices_reads_as_two_allocations(hub, sap, buyer, invoices):
    """Transaction F-28 posts one item over all that is paid in full: which invoices, only their clearing tells."""
    first, second = invoices
    earlier = sap.receive_payment(buyer, {second: Decimal(5)}, "ACCOUNTS")
    number = sap.receive_payment(buyer, {first: Decimal(10), second: Decimal(15)}, "ACCOUNTS")
    assert [row["WRBTR"] for row in sap.tables.find("BSAD", BELNR=number)] == [25]
    assert paid(hub, f"{number}10002026") == {first: 10, second: 15}
    assert paid(hub, f"{earlier}10002026") == {second: 5}
    assert states(hub, first, second) == [("paid", 0), ("paid", 0)]


def test_a_reversal_of_it_opens_the_invoices_and_shows_in_a_delta(hub, sap, clock: VirtualClock, buyer, invoices):
    number = sap.receive_payment(buyer, {invoices[0]: Decimal(10), invoices[1]: Decimal(20)}, "ACCOUNTS")
    _, cursor = read_all(hub, "billing_document")
    clock.advance(5 * DAY)
    _, cursor = read_all(hub, "billing_document", cursor)
    clock.advance(5 * DAY)
    sap.reverse_payment(number, "ACCOUNTS")
    changed, _ = read_all(hub, "billing_document", cursor)
    assert [(one["VBELN"], one["PAYSTATE"]) for one in changed] == [(name, "open") for name in invoices]
    found = hub.read("incoming_payment", f"{number}10002026")
    assert (found["WRBTR"], bool(found["STBLG"]), found["ITEMS"]) == (30, True, [])


def test_what_people_assign_later_reads_as_paid_and_shows_in_a_delta(hub, sap, clock: VirtualClock, buyer, invoices):
    one, two = (pay(hub, number, payment(buyer, amount)) for number, amount in ((2, 12), (3, 18)))
    _, cursor = read_all(hub, "incoming_payment")
    clock.advance(5 * DAY)
    _, cursor = read_all(hub, "incoming_payment", cursor)
    clock.advance(5 * DAY)
    sap.assign(buyer, "ACCOUNTS")
    changed, _ = read_all(hub, "incoming_payment", cursor)
    assert [record["OBJ_KEY"] for record in changed] == [one, two]
    assert (paid(hub, one), paid(hub, two)) == ({invoices[0]: 10, invoices[1]: 2}, {invoices[1]: 18})
    assert states(hub, *invoices) == [("paid", 0), ("paid", 0)]
