"""An invoice is made in steps: a draft, its items, a look at its total, only then a claim, and if that is wanted a letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.objects import BILL_DUE, BILL_STATUS, HUB_KEY, LINE_KEY, THREE_DECIMALS
from connectors.payment.stripe.params import call_key, hub_key, params_of, said
from connectors.payment.stripe.reading import decode
from connectors.payment.stripe.session import HEADS
from connectors.payment.stripe.writer import Writer
from ltc.core.contract import Outcome, Verb, WriteItem, WriteResult, begun_as, key_number
from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Unauthorised, Unknown

if TYPE_CHECKING:
    from connectors.payment.stripe.settings import StripeSettings

_PATH: Final = "/v1/invoices"
_ITEMS: Final = "/v1/invoiceitems"
_NOT_SENT: Final = frozenset({"lines", "total", "status"})
"""What an invoice has and nobody can set: lines are items, the total follows from them, its status from what happens to it."""
_HOUR, _DAY = 3_600, 86_400
_FIXED_LATER: Final = frozenset({"customer", "currency"})
_FOLLOWS: Final[Mapping[str, tuple[str, Mapping[str, Any], str]]] = MappingProxyType(
    {
        "paid": ("pay", {"paid_out_of_band": True}, "paid"),
        "cancelled": ("void", {}, "void"),
    }
)
"""What becomes of an invoice when its bill has come to an end elsewhere: the call, its parameters, where it leads."""
_COLLECTED: Final = (
    "The customer has paid this invoice in Stripe already: give the money back there, or take the cancellation back."
)
_PAID_IN_PART: Final = (
    "Credit what was paid to the invoice in Stripe, or void it there and collect the rest another way; then retry this exception."
)


class Invoices:
    """Writes invoices step by step; what each step made is journalled before the next one begins."""

    def __init__(self, writer: Writer, settings: StripeSettings) -> None:
        """Write through this writer."""
        self._writer = writer
        self._settings = settings

    def write(self, item: WriteItem) -> WriteResult:
        """Write one invoice."""
        if item.verb is Verb.CREATE:
            return self._create(item)
        if item.verb is Verb.CANCEL and (item.before or {}).get("status") == "draft":
            return self._drop(item)
        if item.verb is not Verb.AMEND:
            return self._writer.write("invoice", item)
        try:
            return self._amend(item)
        except (Unauthorised, Misconfigured, QuotaSpent):
            raise
        except LtcError as error:
            return self._writer.failed(item, error)

    # -- creating --------------------------------------------------------------------------------------------------

    def _create(self, item: WriteItem) -> WriteResult:
        done = dict(item.journal)
        key = str(done.get("invoice", {}).get("id") or begun_as(item.journal))
        try:
            if not key:
                key = self._draft(item)
            self._note(item, done, "invoice", key)
            if "items" not in done:
                self._add(item, key)
                self._note(item, done, "items", key)
            self._claim(item, done, key)
        except (Unauthorised, Misconfigured, QuotaSpent) as error:
            if not key:
                raise
            return self._half_way(item, key, error)
        except Rejected as error:
            return self._withdraw(item, key, error)
        except Gone as error:
            message = f"The draft {key} is not there any more: {error.message}"
            return self._half_way(item, key, Unknown(message, code="stripe.key_spent"))
        except Later as error:
            return self._half_way(item, key, error) if key else self._writer.failed(item, error)
        except LtcError as error:
            return self._writer.failed(item, error)
        return WriteResult(item.key, Outcome.CREATED, key)

    def _claim(self, item: WriteItem, done: dict[str, Any], key: str) -> None:
        """Let the draft become a claim, and send it if that is wanted."""
        if "finalise" not in done:
            self._finalise(item, key)
            self._note(item, done, "finalise", key)
        if "send" not in done and self._settings.send_invoices:
            self._writer.session.post(f"{_PATH}/{key}/send", {}, call_key("invoice", item, "send"))
            self._note(item, done, "send", key)

    def _half_way(self, item: WriteItem, key: str, error: LtcError) -> WriteResult:
        """Say that the outcome is open: to begin anew would be to make a second draft."""
        fault = (
            error
            if isinstance(error, Unknown)
            else Unknown(f"The invoice {key} is not complete: {error.message}", code=error.code)
        )
        return self._writer.failed(item, fault)

    def _note(self, item: WriteItem, done: dict[str, Any], step: str, key: str) -> None:
        if step not in done:
            self._writer.journal(item.key, step, {"id": key})
            done[step] = {"id": key}

    def _draft(self, item: WriteItem) -> str:
        fields = {name: value for name, value in item.fields.items() if name not in _NOT_SENT}
        params = params_of({**fields, HUB_KEY: hub_key(item)}, clear=False)
        params = {"collection_method": "send_invoice", **params, "auto_advance": False}
        if params["collection_method"] == "send_invoice":
            params = self._due(item, params)
        return str(self._writer.session.post(_PATH, params, call_key("invoice", item, "invoice"))["id"])

    def _due(self, item: WriteItem, params: dict[str, Any]) -> dict[str, Any]:
        """Say until when to pay. Stripe takes no time that has passed: then it is the next day.

        That is decided once for a key, since a repeated call must say the same; what is far enough off needs no decision.
        """
        due, now = params.pop("due_date", None) or _noon(said(item.fields, BILL_DUE)), self._writer.now()
        if due is None:
            return {"days_until_due": self._settings.days_until_due, **params}
        number, decided = key_number(item.journal), item.journal.get("due") or {}
        if int(due) < now + 2 * _DAY and decided.get("number") != number:
            decided = {"number": number, "passed": int(due) <= now + _HOUR}
            self._writer.journal(item.key, "due", decided)
        is_passed = decided.get("number") == number and decided["passed"]
        return {**params, "days_until_due": 1} if is_passed else {**params, "due_date": due}

    def _add(self, item: WriteItem, key: str) -> None:
        """Add the items; under a new key, only those that are not there."""
        there = self._lines_of(key) if key_number(item.journal) else {}
        for place, row in enumerate(in_order(rows_of(item.fields))):
            if str(place) not in there:
                params = self._item(item, row, key)
                params["metadata"] = {**params.get("metadata", {}), LINE_KEY: str(place)}
                self._writer.session.post(_ITEMS, params, call_key("invoice", item, f"item-{place}"))

    def _item(self, item: WriteItem, row: Mapping[str, Any], key: str) -> dict[str, Any]:
        kept = {name: value for name, value in row.items() if name not in {"_row", "id"}}
        head = {name: item.fields.get(name) or (item.before or {}).get(name) for name in ("customer", "currency")}
        return {**{name: value for name, value in head.items() if value}, "invoice": key, **params_of(kept, clear=False)}

    def _lines_of(self, key: str) -> dict[str, Mapping[str, Any]]:
        lines = map(decode, self._writer.session.rows(f"{_PATH}/{key}/lines", {}))
        return {str(line["metadata"].get(LINE_KEY)): line for line in lines}

    def _finalise(self, item: WriteItem, key: str) -> None:
        """Compare the total with what the hub wants, then let the draft become a claim."""
        invoice = decode(self._writer.session.read(f"{_PATH}/{key}"))
        wanted = item.fields.get("total")
        if invoice["status"] != "draft":
            return
        if wanted is not None and int(wanted) != invoice["total"]:
            message = f"The lines sum up to {invoice['total']} and not to {wanted} (in minor units of {invoice['currency']})."
            remedy = "Correct the lines or the total where the invoice comes from."
            raise Rejected(message, field="total", remedy=remedy, code="stripe.other_total")
        if invoice["currency"] in THREE_DECIMALS and invoice["total"] % 10:
            message = (
                f"Stripe takes no amount in {invoice['currency']} whose third decimal is not 0; the total is {invoice['total']}."
            )
            remedy = "Collect this bill elsewhere: no rounding would leave it the same bill."
            raise Rejected(message, field="total", remedy=remedy, code="stripe.third_decimal")
        self._writer.session.post(f"{_PATH}/{key}/finalize", {"auto_advance": False}, call_key("invoice", item, "finalise"))

    def _withdraw(self, item: WriteItem, key: str, error: Rejected) -> WriteResult:
        """Delete the draft of an invoice that was refused half-way."""
        if key:
            try:
                self._writer.session.delete(f"{_PATH}/{key}")
            except (Gone, Rejected):
                pass  # it is not there, or not a draft any more: then it is for a person to see
            except LtcError as fault:
                return self._half_way(item, key, fault)
        return self._writer.failed(item, error)

    # -- changing --------------------------------------------------------------------------------------------------

    def _drop(self, item: WriteItem) -> WriteResult:
        try:
            self._writer.session.delete(f"{_PATH}/{item.id}")
        except (Unauthorised, Misconfigured, QuotaSpent):
            raise
        except LtcError as error:
            return self._writer.failed(item, error)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _amend(self, item: WriteItem) -> WriteResult:
        """Follow what has become of the bill, and change the head, then the items of a draft; the total follows from these."""
        status = said(item.fields, BILL_STATUS)
        if status in _FOLLOWS and self._follow(item, *_FOLLOWS[status]):
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        if status == "partially_paid":
            self._insist_on_less(item)
        head = {name: value for name, value in item.fields.items() if name not in _NOT_SENT | _FIXED_LATER}
        if head:
            self._writer.change(item, f"{_PATH}/{item.id}", params_of(head, clear=True))
        for place, row in enumerate(rows_of(item.fields)):
            self._line(item, place, row)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _follow(self, item: WriteItem, action: str, params: Mapping[str, Any], end: str) -> bool:
        """Bring an invoice to the end of its bill; say whether that was to delete it, since it was only a draft."""
        path = f"{_PATH}/{item.id}"
        status = self._status(path)
        if status == "draft" and end == "void":
            self._writer.session.delete(path)
            return True
        if status != end:
            try:
                self._writer.change(item, f"{path}/{action}", params)
            except Rejected as error:
                status = self._status(path)  # the customer may have been faster
                if status == "paid" and end == "void":
                    raise Rejected(error.message, field="status", remedy=_COLLECTED, code="stripe.collected") from error
                if status != end:
                    raise
        return False

    def _insist_on_less(self, item: WriteItem) -> None:
        """Refuse to go on asking for all of a bill of which a part was paid elsewhere: Stripe cannot be told of that part."""
        invoice = decode(self._writer.session.read(f"{_PATH}/{item.id}"))
        if invoice.get("status") == "open" and invoice.get("amount_remaining") == invoice.get("total"):
            message = "A part of this bill was paid elsewhere, and Stripe still asks the customer for all of it."
            raise Rejected(message, field="status", remedy=_PAID_IN_PART, code="stripe.paid_in_part")

    def _status(self, path: str) -> str:
        return HEADS.decode(self._writer.session.read(path)).status

    def _line(self, item: WriteItem, place: int, row: Mapping[str, Any]) -> None:
        kind = row.get("_row") or ("update" if row.get("id") else "insert")
        if kind == "insert":
            self._writer.session.post(_ITEMS, self._item(item, row, item.id), call_key("invoice", item, f"row-{place}"))
            return
        path = f"{_ITEMS}/{_item_id(item, str(row['id']))}"
        if kind == "delete":
            self._writer.session.delete(path)
        else:
            kept = {name: value for name, value in row.items() if name not in {"_row", "id"}}
            self._writer.change(item, path, params_of(kept, clear=True))


def rows_of(fields: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Take the lines out of a write."""
    lines = fields.get("lines")
    rows: Sequence[Mapping[str, Any]] = (lines.get("data") or ()) if isinstance(lines, Mapping) else lines or ()
    return rows


def _noon(day: Any) -> int | None:
    """Give the noon of a day, which is that day in nearly every zone in which Stripe may show it.

    >>> _noon("2026-03-02"), _noon(None)
    (1772452800, None)
    """
    return int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()) if day else None


def in_order(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put taxes at the end, under that name.

    >>> [row.get("description") for row in in_order([{"metadata": {"ltc_kind": "tax"}}, {"metadata": {"ltc_kind": "line"}}])]
    [None, 'Tax']
    """
    lines = [row for row in rows if not _is_tax(row)]
    return lines + [{"description": "Tax", **row} for row in rows if _is_tax(row)]


def _is_tax(row: Mapping[str, Any]) -> bool:
    return bool((row.get("metadata") or {}).get("ltc_kind") == "tax")


def _item_id(item: WriteItem, line: str) -> str:
    """Find the item behind a line: lines are shown, items are changed."""
    for one in rows_of(item.before or {}):
        if one.get("id") == line:
            return str(one["parent"]["invoice_item_details"]["invoice_item"])
    message = f"The line {line} is not the invoice's any more."
    raise Gone(message)
