"""What Stripe publishes, in the types of its own libraries, against what the simulated account says and the mappings know."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stripe
from stripe import params as published_params

from connectors.payment.stripe.account import catalogue, credit_notes, invoices, payments
from connectors.payment.stripe.hooks import hear
from connectors.payment.stripe.session import VERSION
from connectors.payment.stripe.settings import StripeSettings
from connectors.payment.stripe.simulator import StripeSimulator
from ltc.core import resources
from ltc.core.errors import Unauthorised
from ltc.core.mapping import load
from ltc.core.simulation import Request, Response, serve
from tests.connectors.stripe import specifications
from tests.connectors.stripe.conftest import open_invoice
from tests.connectors.stripe.specifications import NAMES, PUBLISHED, faults

CLASSES: Mapping[str, Any] = {
    "customer": stripe.Customer,
    "product": stripe.Product,
    "price": stripe.Price,
    "invoice": stripe.Invoice,
    "invoiceitem": stripe.InvoiceItem,
    "invoice_payment": stripe.InvoicePayment,
    "credit_note": stripe.CreditNote,
    "credit_note_line_item": stripe.CreditNoteLineItem,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "payout": stripe.Payout,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
}
PARAMS: Mapping[str, tuple[frozenset[str], Any]] = {
    "customer": (catalogue._CUSTOMER, published_params.CustomerCreateParams),
    "product": (catalogue._PRODUCT, published_params.ProductCreateParams),
    "price": (catalogue._PRICE, published_params.PriceCreateParams),
    "invoice": (invoices._INVOICE, published_params.InvoiceCreateParams),
    "invoiceitem": (invoices._ITEM, published_params.InvoiceItemCreateParams),
    "payment_intent": (payments._INTENT, published_params.PaymentIntentCreateParams),
    "refund": (payments._REFUND, published_params.RefundCreateParams),
    "credit_note": (credit_notes._CREDIT, published_params.CreditNoteCreateParams),
    "line of a credit note": (credit_notes._LINE, published_params.CreditNoteCreateParamsLine),
}


@pytest.fixture
def busy(account: StripeSimulator) -> StripeSimulator:
    """An account in which everything has happened once."""
    product = account.insert("product", {"name": "Pump"})
    account.insert("price", {"product": product, "currency": "eur", "unit_amount": 1050})
    paid = [account.pay_invoice(open_invoice(account, number, amount=50_000)) for number in (1, 2, 3)]
    account.fail_invoice(open_invoice(account, 4))
    account.void_invoice(open_invoice(account, 5))
    account.refund(paid[0], 100)
    for number, way in ((10, "out_of_band_amount"), (11, "refund_amount"), (12, "credit_amount")):
        invoice = open_invoice(account, number, amount=50_000)
        account.credit(invoice, 300)
        account.pay_invoice(invoice)
        account.credit(invoice, 500, way)
    voided = open_invoice(account, 13)
    account.void_credit_note(account.credit(voided, 100))
    account.decide(account.dispute(paid[1]), won=False)
    account.decide(account.dispute(paid[2]), won=True)
    account.clock.sleep(3 * 86_400)
    account.pay_out()
    account.clock.sleep(86_400)
    account.pay_out()
    return account


def misfits(value: Any, kind: Any, path: str) -> Iterator[str]:
    """Say where a value is not of a published type; a class that the library only names is an object or its id."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        yield from _choice(value, inner, path)
    elif origin is list:
        rows = value if isinstance(value, list) else [value]
        yield from (fault for row in rows for fault in misfits(row, inner[0], f"{path}[]"))
    elif isinstance(origin or kind, type) and issubclass(origin or kind, stripe.StripeObject):
        yield from _object(value, origin or kind, path)
    elif not _fits(value, kind):
        yield f"{path}: {value!r} is no {kind}"


def _choice(value: Any, kinds: Sequence[Any], path: str) -> Iterator[str]:
    codes = [code for one in kinds if typing.get_origin(one) is typing.Literal for code in typing.get_args(one)]
    if isinstance(value, str) and codes and str in kinds:
        if value not in codes:
            yield f"{path}: {value!r} is not published"
        return
    found = [list(misfits(value, one, path)) for one in kinds]
    if all(found):
        yield from max(found, key=len)


def _fits(value: Any, kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return value in typing.get_args(kind)
    if isinstance(kind, typing.ForwardRef | typing.TypeVar):
        return isinstance(value, dict | str)
    if kind is Decimal:
        return isinstance(value, str)
    return kind is Any or (isinstance(value, kind) and not (kind is int and isinstance(value, bool)))


def _object(value: Any, kind: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    known = {name: one for base in reversed(kind.__mro__) for name, one in getattr(base, "__annotations__", {}).items()}
    if "id" not in known and not any(name in known for name in value):
        return  # free keys, such as metadata
    for name, one in value.items():
        if name not in known and name != "object":
            yield f"{path}.{name} is not published"
        elif name in known:
            yield from misfits(one, known[name], f"{path}.{name}")


@pytest.mark.parametrize("kind", CLASSES)
def test_what_the_account_says_is_published(busy: StripeSimulator, kind: str) -> None:
    rows = [{name: value for name, value in row.items() if not name.startswith("_")} for row in busy.rows(kind)]
    assert rows
    faults = {fault for row in rows for fault in misfits(row, CLASSES[kind], kind)}
    assert sorted(faults) == []


@pytest.mark.parametrize("kind", PARAMS)
def test_the_account_takes_no_parameter_that_is_not_published(kind: str) -> None:
    taken, published = PARAMS[kind]
    known = {name for base in published.__mro__ for name in getattr(base, "__annotations__", {})}
    assert sorted(taken - known) == []


MISTAKES: Mapping[str, Sequence[tuple[str, Any]]] = {
    "invoice": [
        ("hub", 1), ("status", "collected"), ("total", "500.00"), ("total", 5.5), ("currency", None), ("lines.has_more", None),
        ("lines.data.0.amount", "1"), ("lines.data.0.parent.type", "bill"), ("metadata.ltc_id", 7),
        ("status_transitions.paid_at", "now"),
    ],
    "charge": [("payment_method_details.card.exp_year", "2034"), ("outcome.network", "visa"), ("status", "done"), ("source", 1)],
    "refund": [("amount", "100"), ("charge", None), ("reason", "bored")],
    "payout": [("arrival_date", None), ("automatic", "yes")],
    "event": [("type", "invoice.collected"), ("data.object", None), ("data.object.object", "bill"), ("api_version", 1)],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value"), [(kind, *one) for kind, some in MISTAKES.items() for one in some])
def test_a_planted_mistake_is_found(busy: StripeSimulator, kind: str, path: str, value: Any) -> None:
    row = {name: said for name, said in busy.rows(kind)[0].items() if not name.startswith("_")}
    assert faults(row) == []
    *above, last = path.split(".")
    here: Any = row
    for name in above:
        here = here[int(name)] if name.isdecimal() else here[name]
    if value is None:
        del here[last]
    else:
        here[last] = value
    assert faults(row)


def test_a_mistake_in_a_list_or_in_an_error_is_found() -> None:
    page = {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"}
    assert faults(page) == []
    for body in ({**page, "has_more": 0}, {**page, "data": [{"object": "customer"}]}, {"object": "list", "data": []}):
        assert faults(body)
    error = {"type": "api_error", "message": "An unknown error occurred."}
    assert faults({"error": error}) == []
    for said in ({**error, "type": "vendor_error"}, {**error, "hint": "Wait."}, {"type": "api_error"}):
        assert faults({"error": said})


def test_an_answer_that_is_not_as_published_fails_the_test_that_asks(busy: StripeSimulator, published: list[str]) -> None:
    busy.books.rows["customer"][next(iter(busy.books.rows["customer"]))]["balance"] = "nothing"
    answer = busy.handle(Request("GET", "/v1/customers", {}, {"Authorization": f"Bearer {busy.api_key}"}))
    assert isinstance(answer, Response)
    assert published == ["GET /v1/customers (200): Customer.balance: 'nothing' is not of type 'integer'"]
    published.clear()


def test_the_schemas_are_of_the_version_that_is_spoken_and_keep_their_licence() -> None:
    assert PUBLISHED["source"] == {"package": "stripe", "version": "23.1.0", "api": VERSION}
    assert "Stripe, Inc." in (Path(specifications.__file__).parent / "LICENSE.stripe-node").read_text(encoding="utf-8")
    assert not [name for name in NAMES.values() if name not in PUBLISHED["definitions"]]


def literals(kind: Any) -> list[str]:
    """List the codes that a published type knows."""
    found = [typing.get_args(one) for one in (kind, *typing.get_args(kind)) if typing.get_origin(one) is typing.Literal]
    return [code for codes in found for code in codes]


@pytest.mark.parametrize(("name", "field", "path"), [("invoice", "status", "collection_status"), ("dispute", "status", "status")])
def test_every_published_status_can_be_read(busy: StripeSimulator, name: str, field: str, path: str) -> None:
    mapping = load([resources.mappings() / "stripe" / f"{name}.yaml"])
    codes = literals(CLASSES[name].__annotations__[field])
    assert codes
    for code in codes:
        assert mapping.get({**busy.rows(name)[0], field: code})[path]


def test_stripes_own_library_works_with_the_account(busy: StripeSimulator) -> None:
    with serve({"stripe": busy}) as running:
        client = stripe.StripeClient(
            busy.api_key, stripe_version=VERSION, base_addresses={"api": running.base_urls["stripe"]}, max_network_retries=0
        )
        made = client.v1.customers.create({"name": "Acme", "metadata": {"a": "b"}}, {"idempotency_key": "once"})
        again = client.v1.customers.create({"name": "Acme", "metadata": {"a": "b"}}, {"idempotency_key": "once"})
        assert (made.id, made.metadata["a"]) == (again.id, "b")
        with pytest.raises(stripe.IdempotencyError):
            client.v1.customers.create({"name": "Other"}, {"idempotency_key": "once"})
        listed = [one.id for one in client.v1.events.list({"limit": 7}).auto_paging_iter()]
        assert listed == [row["id"] for row in reversed(busy.rows("event"))]
        shown = client.v1.payment_intents.list({"expand": ["data.latest_charge.balance_transaction"]}).data
        fees = [one.latest_charge.balance_transaction.fee for one in shown if one.status == "succeeded"]
        assert fees == [row["fee"] for row in reversed(busy.rows("balance_transaction")) if row["type"] == "charge"]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.finalize_invoice(busy.rows("invoice")[0]["id"])
        assert refused.value.code == "invoice_not_editable"
        with pytest.raises(stripe.CardError):
            client.v1.invoices.pay(open_invoice(busy, 9), {"payment_method": "pm_card_chargeDeclinedExpiredCard"})


def test_stripes_own_library_takes_the_webhooks_signatures(busy: StripeSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: busy.hook_clock.now().timestamp())
    for posted in busy.deliveries():
        event = stripe.Webhook.construct_event(posted.body, posted.headers["Stripe-Signature"], busy.webhook_secret)
        assert event.id == posted.event


def test_while_one_secret_replaces_another_both_are_taken(busy: StripeSimulator) -> None:
    (posted, *_) = busy.deliveries()
    headers = {name.lower(): value for name, value in posted.headers.items()}
    now = busy.hook_clock.now()

    def heard(*secrets: str) -> list[Any]:
        said = {"api_key": "sk_test", "webhook_secret": list(secrets) if len(secrets) > 1 else secrets[0]}
        return hear(StripeSettings.model_validate(said), now, headers, posted.body)

    new, old, other = busy.webhook_secret, "whsec_old", "whsec_other"
    assert heard(new) == heard(old, new) == heard(new, old)
    signed_by_both = {**headers, "stripe-signature": headers["stripe-signature"] + ",v1=" + "0" * 64 + ",v0=abc"}
    said = {"api_key": "sk_test", "webhook_secret": [old, new]}
    assert hear(StripeSettings.model_validate(said), now, signed_by_both, posted.body) == heard(new)
    for secrets in ((old,), (old, other)):
        with pytest.raises(Unauthorised) as fault:
            heard(*secrets)
        assert fault.value.code == "hook.forged"
