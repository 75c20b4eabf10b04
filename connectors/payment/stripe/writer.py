"""Writing: one call a record, each create under a key of its own; what Stripe says of it in the engine's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.errors import KEY_SPENT
from connectors.payment.stripe.objects import HUB_KEY, KINDS
from connectors.payment.stripe.params import call_key, chance_key, hub_key, params_of
from connectors.payment.stripe.session import HEADS, Session
from ltc.core.contract import Journal, Outcome, Verb, WriteItem, WriteResult, key_number
from ltc.core.contract.keys import SPENT
from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Stale, Unauthorised, Unknown

if TYPE_CHECKING:
    from ltc.core.contract import Kit

_OUTCOMES: Final[Sequence[tuple[type[LtcError], Outcome]]] = (
    (Later, Outcome.LATER),
    (Unknown, Outcome.UNKNOWN),
    (Gone, Outcome.GONE),
    (Stale, Outcome.STALE),
)
_END: Final[Mapping[tuple[str, Verb], tuple[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        ("product", Verb.DEACTIVATE): ("", {"active": False}),
        ("price", Verb.DEACTIVATE): ("", {"active": False}),
        ("invoice", Verb.CANCEL): ("/void", {}),
        ("payment_intent", Verb.CANCEL): ("/cancel", {}),
    }
)
"""Verbs that end a record's use: the call, and its parameters."""
_ENDED: Final = MappingProxyType({"invoice": "void", "payment_intent": "canceled"})


def write_all(write: Callable[[WriteItem], WriteResult], items: Sequence[WriteItem]) -> list[WriteResult]:
    """Write record by record; what stops the account altogether is raised only if nothing was written before it."""
    results: list[WriteResult] = []
    for place, item in enumerate(items):
        try:
            results.append(write(item))
        except (Unauthorised, Misconfigured, QuotaSpent) as error:
            if not place:
                raise
            rest = [WriteResult(one.key, Outcome.LATER, one.id, error=Later(error.message)) for one in items[place:]]
            return results + rest
    return results


class Writer:
    """Writes records of objects that are one call each; invoices build on it."""

    def __init__(self, session: Session, kit: Kit, journal: Journal) -> None:
        """Write through this session."""
        self.session = session
        self.journal = journal
        self._kit = kit

    def now(self) -> int:
        """Tell the hub's time in seconds: the account's own is only known as of its last answer."""
        return int(self._kit.clock.now().timestamp())

    def write(self, obj: str, item: WriteItem) -> WriteResult:
        """Write one record."""
        try:
            if item.verb is Verb.CREATE:
                return self._create(obj, item)
            if item.verb is Verb.AMEND:
                return self._amend(obj, item)
            return self._end(obj, item)
        except (Unauthorised, Misconfigured, QuotaSpent):
            raise
        except LtcError as error:
            return self.failed(item, error)

    def failed(self, item: WriteItem, error: LtcError) -> WriteResult:
        """Say what an error means for the record; that a key answers with a stored failure is noted: a new one is to be taken."""
        if isinstance(error, Unknown) and error.code == KEY_SPENT and item.verb is Verb.CREATE:
            self.journal(item.key, SPENT, {"number": key_number(item.journal)})
        outcome = next((one for kind, one in _OUTCOMES if isinstance(error, kind)), Outcome.REJECTED)
        if outcome is Outcome.GONE and item.verb is Verb.CREATE:
            outcome = Outcome.REJECTED
        return WriteResult(item.key, outcome, item.id, error=error)

    def change(self, item: WriteItem, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call that does no harm when it is repeated."""
        return self.session.post(path, params, chance_key(item, params, self._kit.random.random()))

    def _create(self, obj: str, item: WriteItem) -> WriteResult:
        params = params_of({**item.fields, HUB_KEY: hub_key(item)}, clear=False)
        made = self.session.post(f"/v1/{KINDS[obj].collection}", params, call_key(obj, item, "create"))
        return WriteResult(item.key, Outcome.CREATED, str(made["id"]))

    def _amend(self, obj: str, item: WriteItem) -> WriteResult:
        params = params_of(item.fields, clear=True)
        self.change(item, f"/v1/{KINDS[obj].collection}/{item.id}", params)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _end(self, obj: str, item: WriteItem) -> WriteResult:
        path = f"/v1/{KINDS[obj].collection}/{item.id}"
        if item.verb is Verb.DELETE:
            try:
                self.session.delete(path)
            except Gone:
                return WriteResult(item.key, Outcome.UNCHANGED, item.id)
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        action, params = _END[obj, item.verb]
        try:
            self.change(item, path + action, params)
        except Rejected:
            if self._status(path) != _ENDED.get(obj, "?"):
                raise
            return WriteResult(item.key, Outcome.UNCHANGED, item.id)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _status(self, path: str) -> str:
        return HEADS.decode(self.session.read(path)).status
