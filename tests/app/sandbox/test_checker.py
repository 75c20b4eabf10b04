"""The checker is silent about a correct state and catches every planted error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ltc.app.sandbox.checker import check, wrote_nothing
from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.picture import Deal, Deed, Document, Line, Party, Picture, Side
from ltc.app.sandbox.world import Truth

HUB = frozenset({"ltc-hub"})
LINES = (Line("100200", Decimal(3), Decimal("30.30")), Line("LTC-7", Decimal(1), Decimal("9.70")))
YEN = (Line("100200", Decimal(2), Decimal(1001)),)
DINAR = (Line("100200", Decimal(2), Decimal("3.005")),)

TRUTH = Truth(companies={"salesforce": {"001A": "C1", "001B": "C2"}, "sap": {"0000000001": "C1"}})

ACCOUNTS = {
    "001A": Party("001A", "Müller GmbH", "50667", frozenset({"DE136695976"}), "K1"),
    "001B": Party("001B", "Yamada K.K.", "100-0001", frozenset({"7000012050002"}), "K2"),
}
CUSTOMERS = {
    "0000000001": Party("0000000001", "MUELLER GMBH", "50667", frozenset({"DE136695976"}), "K1"),
    "0000000002": Party("0000000002", "YAMADA KK", "100-0001", frozenset({"7000012050002"}), "K2"),
}
MADE_CUSTOMER = Deed("sap", "2026-03-03", "ltc-hub", "create", "customer", "0000000002", {"NAME": "YAMADA KK"})

BEFORE = Picture(
    Side(
        customers={"001A": replace(ACCOUNTS["001A"], hub_key=""), "001B": replace(ACCOUNTS["001B"], hub_key="")},
        deals={
            "006A": Deal("006A", "D1", "001A", "open", "EUR", Decimal(40), LINES),
            "006B": Deal("006B", "D2", "001B", "open", "JPY", Decimal(1001), YEN),
            "006C": Deal("006C", "D3", "001A", "open", "KWD", Decimal("3.005"), DINAR),
        },
    ),
    Side(customers={"0000000001": replace(CUSTOMERS["0000000001"], hub_key="")}),
    hub_actors=HUB,
)


def after() -> Picture:
    """Give the state that a correct hub leaves: D1 and D2 ordered, billed, paid; D3 lost."""
    deals = {
        "006A": replace(BEFORE.salesforce.deals["006A"], status="won"),
        "006B": replace(BEFORE.salesforce.deals["006B"], status="won"),
        "006C": replace(BEFORE.salesforce.deals["006C"], status="lost"),
    }
    orders = (
        Document("1", "1", "0000000001", "EUR", Decimal(40), Decimal(40), lines=LINES),
        Document("2", "2", "0000000002", "JPY", Decimal(1001), Decimal(1001), lines=YEN),
    )
    invoices = (
        Document("90", "90", "0000000001", "EUR", Decimal("47.60"), Decimal(40)),
        Document("91", "91", "0000000002", "JPY", Decimal(1101), Decimal(1001)),
    )
    payments = (Document("14", "14", "0000000001", "EUR", Decimal("47.60")),)
    return Picture(
        Side(
            customers=ACCOUNTS,
            deals=deals,
            orders=(Document("801A", "1", "001A", "EUR", Decimal(40), deal="006A"),),
            invoices=(replace(invoices[0], id="a0A", customer="001A"), replace(invoices[1], id="a0B", customer="001B")),
            payments=(replace(payments[0], id="a1A", customer="001A"),),
        ),
        Side(customers=CUSTOMERS, orders=orders, invoices=invoices, payments=payments),
        journals={"sap": (MADE_CUSTOMER,)},
        hub_actors=HUB,
    )


def codes(picture: Picture) -> set[str]:
    """Give the codes of everything that the checker finds."""
    return {finding.code for finding in check(BEFORE, picture, TRUTH)}


def with_sap(picture: Picture, **changes: object) -> Picture:
    """Change SAP's side of a picture."""
    return replace(picture, sap=replace(picture.sap, **changes))  # type: ignore[arg-type]


def with_salesforce(picture: Picture, **changes: object) -> Picture:
    """Change Salesforce's side of a picture."""
    return replace(picture, salesforce=replace(picture.salesforce, **changes))  # type: ignore[arg-type]


def test_a_correct_state_has_no_findings() -> None:
    assert check(BEFORE, after(), TRUTH) == []


def test_planted_doubled_order() -> None:
    good = after()
    twice = (*good.sap.orders, replace(good.sap.orders[0], id="3", number="3"))
    assert codes(with_sap(good, orders=twice)) == {"order.doubled"}


def test_planted_missing_order() -> None:
    good = after()
    assert codes(with_sap(good, orders=good.sap.orders[:1])) == {"order.missing"}


def test_planted_amount_wrong_by_one_minor_unit() -> None:
    good = after()
    euro, yen = good.sap.orders
    cent = replace(euro, net=Decimal("40.01"), lines=(replace(LINES[0], total=Decimal("30.31")), LINES[1]))
    assert codes(with_sap(good, orders=(cent, yen))) == {"order.lines", "order.amount"}
    one_yen = replace(yen, net=Decimal(1002), lines=(replace(YEN[0], total=Decimal(1002)),))
    assert codes(with_sap(good, orders=(euro, one_yen))) == {"order.lines", "order.amount"}
    thousandth = (
        *good.sap.orders,
        Document("5", "5", "0000000001", "KWD", Decimal("3.006"), lines=(replace(DINAR[0], total=Decimal("3.006")),)),
    )
    won = dict(good.salesforce.deals) | {"006C": replace(good.salesforce.deals["006C"], status="won")}
    assert codes(with_sap(with_salesforce(good, deals=won), orders=thousandth)) == {"order.lines", "order.amount"}


def test_planted_amounts_that_only_differ_between_lines() -> None:
    good = after()
    shifted = (replace(LINES[0], total=Decimal("30.29")), replace(LINES[1], total=Decimal("9.71")))
    assert codes(with_sap(good, orders=(replace(good.sap.orders[0], lines=shifted), good.sap.orders[1]))) == {"order.lines"}


def test_planted_order_for_a_lost_deal() -> None:
    good = after()
    lost = Document("4", "4", "0000000001", "KWD", Decimal("3.005"), lines=DINAR)
    assert codes(with_sap(good, orders=(*good.sap.orders, lost))) == {"order.not_won"}


def test_planted_order_that_no_deal_gave_rise_to() -> None:
    good = after()
    stray = Document("4", "4", "0000000001", "EUR", Decimal(5), lines=(Line("X", Decimal(1), Decimal(5)),))
    assert codes(with_sap(good, orders=(*good.sap.orders, stray))) == {"order.unfounded"}


def test_planted_missing_invoice() -> None:
    good = after()
    assert codes(with_salesforce(good, invoices=good.salesforce.invoices[:1])) == {"invoice.missing"}


def test_planted_invoice_with_a_wrong_amount() -> None:
    good = after()
    wrong = replace(good.salesforce.invoices[1], total=Decimal(1102))
    assert codes(with_salesforce(good, invoices=(good.salesforce.invoices[0], wrong))) == {"invoice.amount"}


def test_planted_payment_told_twice() -> None:
    good = after()
    again = replace(good.salesforce.payments[0], id="a1B")
    assert codes(with_salesforce(good, payments=(*good.salesforce.payments, again))) == {"payment.doubled"}


def test_planted_invoice_that_sap_does_not_have() -> None:
    good = after()
    invented = replace(good.salesforce.invoices[0], id="a0C", number="99")
    assert codes(with_salesforce(good, invoices=(*good.salesforce.invoices, invented))) == {"invoice.unfounded"}


def test_planted_doubled_customer() -> None:
    good = after()
    double = Party("0000000003", "MUELLER GMBH", "50667", frozenset({"DE136695976"}), "K9")
    made = Deed("sap", "2026-03-03", "ltc-hub", "create", "customer", "0000000003")
    customers = dict(good.sap.customers) | {"0000000003": double}
    assert codes(replace(with_sap(good, customers=customers), journals={"sap": (MADE_CUSTOMER, made)})) == {"customer.doubled"}
    by_hand = replace(made, actor="clerk")
    assert codes(replace(with_sap(good, customers=customers), journals={"sap": (MADE_CUSTOMER, by_hand)})) == set()


def test_planted_order_to_another_customer() -> None:
    good = after()
    orders = (replace(good.sap.orders[0], customer="0000000002"), good.sap.orders[1])
    assert codes(with_sap(good, orders=orders)) == {"order.customer"}


def test_planted_repeated_write() -> None:
    change = Deed("sap", "2026-03-03", "ltc-hub", "update", "customer", "0000000001", {"CITY": "KOELN"})
    by_hand = replace(change, actor="clerk", fields={"CITY": "BONN"})
    assert codes(replace(after(), journals={"sap": (MADE_CUSTOMER, change, change)})) == {"write.repeated"}
    assert codes(replace(after(), journals={"sap": (MADE_CUSTOMER, change, by_hand, change)})) == set()


def test_the_orders_of_an_amended_deal_hold_together_what_is_agreed() -> None:
    good = after()
    quantities = [(line.product, line.quantity) for line in LINES]
    (product, quantity), *others = quantities
    some = ((product, quantity - 1), *others)
    first = replace(good.sap.orders[0], net=Decimal("40.01"), firm=some)
    more = replace(first, id="3", number="3", deal="006A", firm=((product, Decimal(1)),))

    def found(*orders: Document) -> list[str]:
        state = with_sap(good, orders=(*orders, good.sap.orders[1]))
        return [finding.code for finding in check(BEFORE, state, TRUTH, amended={"D1"}) if finding.code.startswith("order")]

    assert found(first, more) == []
    assert found(replace(first, firm=tuple(quantities))) == []
    assert found(first) == ["order.quantities"]
    assert found(replace(first, firm=tuple(quantities)), more) == ["order.quantities"]


def test_a_sync_that_should_write_nothing() -> None:
    picture = replace(after(), journals={"sap": (MADE_CUSTOMER, replace(MADE_CUSTOMER, actor="clerk"))})
    assert wrote_nothing(picture, {"sap": 1}) == []
    assert wrote_nothing(picture, {}) == [
        Finding("sync.wrote", "The hub wrote to sap although nothing had changed: create customer.", ("0000000002",))
    ]
