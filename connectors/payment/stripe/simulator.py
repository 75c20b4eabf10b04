"""A Stripe account for the sandbox and for tests: the API in test mode, signed webhooks, and doors for its people."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final

from connectors.payment.stripe.account import business, catalogue, credit_notes, invoices, lists, payments
from connectors.payment.stripe.account.books import Books, Thing, copied
from connectors.payment.stripe.account.deliveries import delivery
from connectors.payment.stripe.account.doors import Doors, Stored
from connectors.payment.stripe.account.forms import flag
from connectors.payment.stripe.account.lists import KINDS
from connectors.payment.stripe.account.refusals import refused
from ltc.core.simulation import Answer, Delivery, Refusal, Request, route

_CREATES: Final[Mapping[str, Callable[[Books, Mapping[str, Any]], Thing]]] = MappingProxyType(
    {
        "customers": catalogue.customer,
        "products": catalogue.product,
        "prices": catalogue.price,
        "invoices": invoices.create,
        "invoiceitems": invoices.create_item,
        "credit_notes": credit_notes.create,
        "payment_intents": payments.create,
        "refunds": payments.refund,
    }
)
_UPDATES: Final[Mapping[str, Callable[[Books, Thing, Mapping[str, Any]], Thing]]] = MappingProxyType(
    {
        "customers": lambda books, held, params: catalogue.customer(books, params, held),
        "products": lambda books, held, params: catalogue.product(books, params, held),
        "prices": lambda books, held, params: catalogue.price(books, params, held),
        "invoices": invoices.update,
        "invoiceitems": invoices.update_item,
        "credit_notes": credit_notes.update,
        "payment_intents": payments.update,
        "refunds": business.annotate,
        "charges": business.annotate,
        "disputes": business.annotate,
    }
)
_DELETES: Final[Mapping[str, Callable[[Books, Thing], Thing]]] = MappingProxyType(
    {
        "customers": lambda books, held: books.remove(held),
        "products": business.delete_product,
        "invoices": invoices.delete,
        "invoiceitems": invoices.delete_item,
    }
)
_ACTIONS: Final[Mapping[tuple[str, str], Callable[[Books, Thing, Mapping[str, Any]], Thing]]] = MappingProxyType(
    {
        ("invoices", "finalize"): lambda books, held, _params: invoices.finalise(books, held),
        ("invoices", "void"): lambda books, held, _params: invoices.void(books, held),
        ("invoices", "send"): lambda books, held, _params: invoices.send(books, held),
        ("invoices", "mark_uncollectible"): lambda books, held, _params: invoices.give_up(books, held),
        ("credit_notes", "void"): lambda books, held, _params: credit_notes.void(books, held),
        ("payment_intents", "confirm"): payments.confirm,
        ("payment_intents", "cancel"): lambda books, held, _params: payments.cancel(books, held),
    }
)


class StripeSimulator(Doors):
    """Behaves as an account in test mode does; ``pay_invoice``, ``refund``, ``dispute`` and ``pay_out`` are what people do."""

    retries: ClassVar[Sequence[float]] = tuple(60.0 * 2**attempt for attempt in range(12))
    """Longer each time, for three days, as in live mode; Stripe does not publish the intervals."""

    # -- doors for people and checkers --------------------------------------------------------------------------

    def insert(self, kind: str, fields: Mapping[str, Any], actor: str = "person") -> str:
        """Make an object as a person does in the dashboard, from the API's own parameters; give its id."""
        with self.lock:
            return str(self._by(actor, lambda: business.make(self.books, kind, fields)))

    def update(self, kind: str, key: str, fields: Mapping[str, Any], actor: str = "person") -> None:
        """Change an object as a person."""
        with self.lock:
            self._by(actor, lambda: business.change(self.books, kind, key, fields))

    def delete(self, kind: str, key: str, actor: str = "person") -> None:
        """Delete a customer, a product or a draft as a person."""
        with self.lock:
            self._by(actor, lambda: _DELETES[f"{kind}s"](self.books, self.books.find(kind, key)))

    def pay_invoice(self, invoice: str, amount: int = 0, card: str = "pm_card_visa") -> str:
        """Let a customer pay an open invoice, in part if an amount is given; give the payment intent, declined or not."""
        with self.lock:
            return str(self._by("payer", lambda: business.pay(self.books, invoice, card, amount)))

    def fail_invoice(self, invoice: str, card: str = "pm_card_chargeDeclinedInsufficientFunds") -> str:
        """Let a customer try to pay with a card that the bank declines; give the payment intent."""
        return self.pay_invoice(invoice, card=card)

    def refund(self, payment_intent: str, amount: int = 0) -> str:
        """Let a person give money back, all that is left if no amount is given; give the refund."""
        with self.lock:
            return str(self._by("person", lambda: business.give_back(self.books, payment_intent, amount)))

    def dispute(self, payment_intent: str, reason: str = "fraudulent") -> str:
        """Let a customer's bank dispute a payment; give the dispute."""
        with self.lock:
            return str(self._by("payer", lambda: business.object_to(self.books, payment_intent, reason)))

    def decide(self, dispute: str, *, won: bool) -> None:
        """Let a dispute end for us or against us."""
        with self.lock:
            self._by("bank", lambda: payments.decide(self.books, self.books.find("dispute", dispute), won=won))

    def credit(self, invoice: str, amount: int, way: str = "out_of_band_amount") -> str:
        """Let a person take an amount off an invoice; what was paid of it already goes back in this way."""
        with self.lock:
            left = self.books.find("invoice", invoice)["amount_remaining"]
            said = {"invoice": invoice, "amount": amount, **({way: amount - left} if amount > left else {})}
            return str(self._by("person", lambda: business.make(self.books, "credit_note", said)))

    def void_credit_note(self, credit_note: str) -> None:
        """Let a person void a credit note."""
        with self.lock:
            self._by("person", lambda: credit_notes.void(self.books, self.books.find("credit_note", credit_note)))

    def void_invoice(self, invoice: str) -> None:
        """Let a person void an open invoice."""
        with self.lock:
            self._by("person", lambda: invoices.void(self.books, self.books.find("invoice", invoice)))

    def pay_out(self) -> list[str]:
        """Do the day's payouts, one for each currency with money available, and let earlier ones arrive; give their ids."""
        with self.lock:
            return business.pay_out(self.books)

    def rows(self, kind: str) -> list[Thing]:
        """Give copies of all objects of a kind, in order of creation."""
        with self.lock:
            return [copied(row) for row in self.books.rows[kind].values()]

    def row(self, kind: str, key: str) -> Thing:
        """Give a copy of one object; KeyError if there is none."""
        with self.lock:
            found: Thing = copied(self.books.rows[kind][key])
            return found

    def deliveries(self, since: int = 0) -> Sequence[Delivery]:
        """Give the webhooks to post, without the first ``since``: signed now; hostile ones are out of order, and come twice."""
        with self.lock:
            self.books.outbox.flush()
            at = int(self.hook_clock.now().timestamp())
            return [delivery(self.books.sent[key], self.webhook_secret, at) for key in self.books.outbox.posted[since:]]

    def state(self) -> dict[str, Any]:
        """Give all objects without ids, times and running numbers; references become business keys."""
        with self.lock:
            return business.state(self.books)

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Name an object by what the business calls it."""
        return business.key_of(self.books, object_name, row)

    def credentials(self) -> dict[str, str]:
        """Give the secret key of the API and the signing secret of the webhook endpoint."""
        return {"api_key": self.api_key, "webhook_secret": self.webhook_secret}

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON."""
        with self.lock:
            kept = {key: [one.fingerprint, one.status, _text(one.body), one.until] for key, one in self.stored.items()}
            return super().dump() | {"books": copy.deepcopy(self.books.dump()), "stored": kept}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        with self.lock:
            super().load(state)
            self.books.load(state["books"])
            self.stored = {key: Stored(*one) for key, one in state["stored"].items()}

    def _by(self, actor: str, act: Callable[[], Any]) -> Any:
        self._actor = actor
        try:
            return act()
        finally:
            self._actor = ""

    # -- the API ------------------------------------------------------------------------------------------------

    @route("GET", "/v1/balance")
    def balance(self, request: Request) -> Answer:
        """Tell what is available and what is pending."""
        return self.called(request, "balance", lambda _params: business.balance(self.books))

    @route("GET", "/v1/<collection>")
    def list_page(self, request: Request, collection: str) -> Answer:
        """Give one page of a list."""
        self._insist(collection in KINDS, request)
        return self.called(request, collection, lambda params: lists.page(self.books, collection, params))

    @route("POST", "/v1/<collection>")
    def create(self, request: Request, collection: str) -> Answer:
        """Make an object."""
        self._insist(collection in _CREATES, request)
        key = business.said_in(KINDS[collection], request.body.decode())
        return self.called(request, key, lambda params: self._shown(_CREATES[collection](self.books, params), params))

    @route("GET", "/v1/<collection>/<key>")
    def retrieve(self, request: Request, collection: str, key: str) -> Answer:
        """Give one object; of a deleted customer or product, that it was deleted."""
        self._insist(collection in KINDS, request)

        def act(params: Mapping[str, Any]) -> Thing:
            kind = KINDS[collection]
            if kind in {"customer", "product"} and key in self.books.deleted:
                return self.books.deleted[key]
            if kind == "event":
                self.books.events()
            return self._shown(self.books.find(kind, key), params)

        return self.called(request, self._name(collection, key), act)

    @route("POST", "/v1/<collection>/<key>")
    def amend(self, request: Request, collection: str, key: str) -> Answer:
        """Change an object."""
        self._insist(collection in _UPDATES, request)

        def act(params: Mapping[str, Any]) -> Thing:
            held = self.books.find(KINDS[collection], key)
            return self._shown(_UPDATES[collection](self.books, held, params), params)

        return self.called(request, f"change {self._name(collection, key)}", act)

    @route("DELETE", "/v1/<collection>/<key>")
    def remove(self, request: Request, collection: str, key: str) -> Answer:
        """Delete an object."""
        self._insist(collection in _DELETES, request)
        return self.called(
            request,
            self._name(collection, key),
            lambda _params: _DELETES[collection](self.books, self.books.find(KINDS[collection], key)),
        )

    @route("GET", "/v1/<collection>/<key>/lines")
    def lines(self, request: Request, collection: str, key: str) -> Answer:
        """List all lines of an invoice or a credit note."""
        self._insist(collection in {"invoices", "credit_notes"}, request)

        def act(params: Mapping[str, Any]) -> Thing:
            found = credit_notes.lines if collection == "credit_notes" else invoices.lines
            rows = found(self.books, self.books.find(KINDS[collection], key))
            return lists.paged(self.books, f"/v1/{collection}/{key}/lines", rows, params)

        return self.called(request, f"lines {self._name(collection, key)}", act)

    @route("POST", "/v1/invoices/<key>/pay")
    def pay(self, request: Request, key: str) -> Answer:
        """Charge an invoice, or call it paid elsewhere."""

        def act(params: Mapping[str, Any]) -> Thing:
            invoice = self.books.find("invoice", key)
            if flag(params, "paid_out_of_band", default=False):
                return self._shown(invoices.pay_elsewhere(self.books, invoice), params)
            method = params.get("payment_method")
            if not isinstance(method, str):
                raise refused("There is no payment method to charge.", param="payment_method", code="missing_payment_method")
            payments.pay_invoice(self.books, invoice, method)
            return self._shown(invoice, params)

        return self.called(request, f"pay {self._name('invoices', key)}", act)

    @route("POST", "/v1/<collection>/<key>/<action>")
    def act_on(self, request: Request, collection: str, key: str, action: str) -> Answer:
        """Do to an object what its kind allows."""
        self._insist((collection, action) in _ACTIONS, request)

        def act(params: Mapping[str, Any]) -> Thing:
            held = self.books.find(KINDS[collection], key)
            return self._shown(_ACTIONS[collection, action](self.books, held, params), params)

        return self.called(request, f"{action} {self._name(collection, key)}", act)

    def _shown(self, thing: Thing, params: Mapping[str, Any]) -> Thing:
        return lists.shown(self.books, thing, params.get("expand") or ())

    def _name(self, collection: str, key: str) -> str:
        kind = KINDS.get(collection, collection)
        held = self.books.rows.get(kind, {}).get(key)
        return f"{kind} {business.key_of(self.books, kind, held)}" if held else kind

    def _insist(self, condition: object, request: Request) -> None:
        if not condition:
            raise Refusal(self.no_route(request, 404))


def _text(body: Any) -> Any:
    return body.decode() if isinstance(body, bytes) else body
