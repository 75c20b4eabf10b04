"""A credit note takes an amount off an invoice; what the customer has paid of that already goes back as the settings say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.errors import KEY_SPENT
from connectors.payment.stripe.invoices import in_order, rows_of
from connectors.payment.stripe.objects import BILL_STATUS, HUB_KEY, THREE_DECIMALS
from connectors.payment.stripe.params import call_key, hub_key, params_of, said
from connectors.payment.stripe.reading import decode
from connectors.payment.stripe.session import HEADS
from ltc.core.contract import Outcome, Verb, WriteItem, WriteResult, key_number
from ltc.core.errors import Gone, LtcError, Misconfigured, QuotaSpent, Rejected, Unauthorised, Unknown

if TYPE_CHECKING:
    from connectors.payment.stripe.settings import StripeSettings
    from connectors.payment.stripe.writer import Writer

_PATH: Final = "/v1/credit_notes"
_GOES_BACK: Final[Mapping[str, str]] = MappingProxyType(
    {"out_of_band": "out_of_band_amount", "refund": "refund_amount", "balance": "credit_amount"}
)
"""The settings' words for how paid money goes back, and Stripe's."""
_NOT_SENT: Final = frozenset({"lines", "total", "currency", "customer", "status"})
_FIXED_LATER: Final = frozenset({"invoice", "effective_at", "reason", *_NOT_SENT})
_REASONS: Final = frozenset({"duplicate", "fraudulent", "order_change", "product_unsatisfactory"})
_TOO_MUCH: Final = "Look at the invoice in Stripe: it has to be open or paid, and its refunds and credits are at most its total."
_PAID: Final = "Stripe takes credit notes back only while their invoice is open: bill the amount anew, and let that be collected."


class CreditNotes:
    """Writes credit notes: each is one call, whose parameters hang on what the customer has paid by then."""

    def __init__(self, writer: Writer, settings: StripeSettings) -> None:
        """Write through this writer."""
        self._writer = writer
        self._settings = settings

    def write(self, item: WriteItem) -> WriteResult:
        """Write one credit note."""
        try:
            if item.verb is Verb.CREATE:
                return WriteResult(item.key, Outcome.CREATED, self._create(item))
            if item.verb is Verb.CANCEL or said(item.fields, BILL_STATUS) == "cancelled":
                self._void(item)
            kept = {name: value for name, value in item.fields.items() if name not in _FIXED_LATER}
            if kept:
                self._writer.change(item, f"{_PATH}/{item.id}", params_of(kept, clear=True))
        except (Unauthorised, Misconfigured, QuotaSpent):
            raise
        except LtcError as error:
            return self._writer.failed(item, error)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _create(self, item: WriteItem) -> str:
        """Make the credit note. What was paid while that went on makes for other parameters, and so for another key."""
        head = {name: value for name, value in item.fields.items() if name not in _NOT_SENT}
        params = {**params_of({**head, HUB_KEY: hub_key(item)}, clear=False), "lines": self._lines(item), "email_type": "none"}
        if params.get("memo") in _REASONS:
            params["reason"] = params["memo"]
        left = self._left(item)
        after = max(0, sum(line["unit_amount"] for line in params["lines"]) - left)
        if after:
            params[_GOES_BACK[self._settings.credit_of_paid]] = after
        try:
            return str(self._writer.session.post(_PATH, params, call_key("credit_note", item, "create"))["id"])
        except Rejected as error:
            if self._remaining(item) == left:
                raise Rejected(error.message, field="total", remedy=_TOO_MUCH, code="stripe.credit_refused") from error
            message = f"The customer paid while the credit note was made: {error.message}"
            raise Unknown(message, code=KEY_SPENT) from error

    def _lines(self, item: WriteItem) -> Sequence[dict[str, Any]]:
        """Say the lines as Stripe wants them; they are the total to the minor unit, or nothing is made."""
        rows = rows_of(item.fields)
        wanted, found = int(item.fields.get("total") or 0), sum(int(row["amount"]) for row in rows)
        if wanted != found:
            message = f"The lines of the credit note sum up to {found} and not to {wanted} (in minor units)."
            remedy = "Correct the lines or the total where the credit note comes from."
            raise Rejected(message, field="total", remedy=remedy, code="stripe.other_total")
        if str(item.fields.get("currency")).lower() in THREE_DECIMALS and wanted % 10:
            message = f"Stripe takes no amount in {item.fields['currency']} whose third decimal is not 0; this one is {wanted}."
            remedy = "Credit this elsewhere: no rounding would leave it the same credit."
            raise Rejected(message, field="total", remedy=remedy, code="stripe.third_decimal")
        return [_line(row) for row in in_order(rows)]

    def _left(self, item: WriteItem) -> int:
        """Tell what is still to be paid of the invoice. That is looked at once for a key: a repeated call must say the same."""
        number, seen = key_number(item.journal), item.journal.get("left") or {}
        if seen.get("number") != number:
            seen = {"number": number, "amount": self._remaining(item)}
            self._writer.journal(item.key, "left", seen)
        return int(seen["amount"])

    def _remaining(self, item: WriteItem) -> int:
        invoice = item.fields.get("invoice")
        try:
            return int(decode(self._writer.session.read(f"/v1/invoices/{invoice}"))["amount_remaining"])
        except Gone as error:
            remedy = "Sync the invoices of Stripe: this one was deleted there."
            raise Rejected(error.message, field="invoice", remedy=remedy, code="stripe.resource_missing") from error

    def _void(self, item: WriteItem) -> None:
        path = f"{_PATH}/{item.id}"
        if self._status(path) == "void":
            return
        try:
            self._writer.change(item, f"{path}/void", {})
        except Rejected as error:
            if self._status(path) != "void":
                raise Rejected(error.message, field="status", remedy=_PAID, code="stripe.credited") from error

    def _status(self, path: str) -> str:
        return HEADS.decode(self._writer.session.read(path)).status


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Say a line or a tax as one of Stripe's own lines.

    >>> _line({"amount": 5, "metadata": {"ltc_kind": "tax"}})
    {'type': 'custom_line_item', 'description': 'Tax', 'quantity': 1, 'unit_amount': 5, 'metadata': {'ltc_kind': 'tax'}}
    """
    metadata = {name: value for name, value in (row.get("metadata") or {}).items() if value is not None}
    otherwise = "Tax" if metadata.get("ltc_kind") == "tax" else f"Line {metadata.get('number', '')}".strip()
    line = {"type": "custom_line_item", "description": row.get("description") or otherwise, "quantity": 1}
    return {**line, "unit_amount": int(row["amount"]), **({"metadata": metadata} if metadata else {})}
