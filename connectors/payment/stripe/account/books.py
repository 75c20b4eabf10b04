"""What the account keeps: objects of every kind, and an event for each change."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.account.deliveries import Outbox
from connectors.payment.stripe.account.refusals import absent
from connectors.payment.stripe.account.shapes import PREFIXES, VERSION, Shapes

if TYPE_CHECKING:
    from ltc.core.contract import Clock

Thing = dict[str, Any]
Tell = Callable[[str, str, str, Mapping[str, Any]], None]

EVENT_DAYS: Final = 30
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SILENT: Final = frozenset({"line_item", "credit_note_line_item", "invoice_payment", "balance_transaction", "event", "request"})
"""Kinds whose changes make no event of their own."""
_UNDATED: Final = frozenset({"line_item", "credit_note_line_item", "invoiceitem"})
_UNSPOKEN: Final = frozenset({("payment_intent", "updated"), ("invoiceitem", "updated")})
"""Changes of which the API makes no event."""
_SPOKEN: Final = MappingProxyType({"dispute": "charge.dispute"})


class Books:
    """All objects of one account, in order of creation."""

    def __init__(self, clock: Clock, seed: int, tell: Tell, *, hostile: bool = False) -> None:
        """Start empty; ``tell(verb, kind, id, fields)`` hears of every change."""
        self.clock = clock
        self.outbox = Outbox(seed, hostile=hostile)
        self.shapes = Shapes()
        self.rows: dict[str, dict[str, Thing]] = {kind: {} for kind in PREFIXES if kind != "request"}
        self.deleted: dict[str, Thing] = {}
        self.sent: dict[str, Thing] = {}
        self.request: dict[str, str | None] = {"id": None, "idempotency_key": None}
        self._seed = hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()
        self._minted: dict[str, int] = {}
        self._tell = tell

    def now(self) -> int:
        """Tell the time in seconds, as all stamps of the API are."""
        return int(self.clock.now().timestamp())

    def mint(self, kind: str) -> str:
        """Make the next id of a kind; ids look random, and their order says nothing."""
        number = self._minted[kind] = self._minted.get(kind, 0) + 1
        digest = hashlib.blake2b(f"{self._seed} {kind} {number}".encode(), digest_size=11).digest()
        value, text = int.from_bytes(digest), ""
        while value:
            value, digit = divmod(value, 62)
            text += _DIGITS[digit]
        return f"{PREFIXES[kind]}_{text.rjust(14, '0')[:14]}{number:06d}"

    def put(self, kind: str, *, event: str = "created", key: str = "", **fields: Any) -> Thing:
        """Make an object."""
        stamps = {"created": self.now()} if kind not in _UNDATED else {}
        thing = self.shapes.fresh(kind, **{"id": key or self.mint(kind), **stamps, **fields})
        self.rows[kind][thing["id"]] = thing
        self._happened(event, thing, {})
        self._tell("insert", kind, thing["id"], fields)
        return thing

    def find(self, kind: str, key: Any, param: str = "id") -> Thing:
        """Find an object, or say that there is none."""
        found = self.rows[kind].get(key) if isinstance(key, str) else None
        if found is None:
            raise absent(kind, str(key), param)
        return found

    def change(self, thing: Thing, event: str = "updated", **fields: Any) -> Thing:
        """Change an object; nothing happens if it holds all that already."""
        before = {name: copy.deepcopy(thing.get(name)) for name, value in fields.items() if thing.get(name) != value}
        if before or event != "updated":
            thing.update(fields)
            self._happened(event, thing, before)
            self._tell("update", thing["object"], thing["id"], {name: thing[name] for name in before})
        return thing

    def remove(self, thing: Thing) -> Thing:
        """Delete an object; what is left of it says so."""
        kind = thing["object"]
        del self.rows[kind][thing["id"]]
        stub = {"id": thing["id"], "object": kind, "deleted": True}
        self.deleted[thing["id"]] = stub
        self._happened("deleted", thing, {})
        self._tell("delete", kind, thing["id"], {})
        return stub

    def announce(self, event: str, thing: Thing) -> None:
        """Make an event about an object beside those of its changes."""
        self._happened(event, thing, {})

    def events(self) -> list[Thing]:
        """Give the events that are still kept, oldest first."""
        oldest = int((self.clock.now() - timedelta(days=EVENT_DAYS)).timestamp())
        kept = {key: event for key, event in self.rows["event"].items() if event["created"] >= oldest}
        self.rows["event"] = kept
        return list(kept.values())

    def _happened(self, event: str, thing: Thing, before: Mapping[str, Any]) -> None:
        kind = thing["object"]
        if kind in SILENT or not event or (kind, event) in _UNSPOKEN:
            return
        name = event if "." in event else f"{_SPOKEN.get(kind, kind)}.{event}"
        data: Thing = {"object": copy.deepcopy(thing)}
        if name.endswith(".updated"):
            data["previous_attributes"] = dict(before)
        key = self.mint("event")
        made = self.shapes.fresh("event", id=key, type=name, created=self.now(), api_version=VERSION, data=data)
        self.rows["event"][key] = {**made, "request": dict(self.request), "pending_webhooks": 1}
        self.sent[key] = self.rows["event"][key]
        self.outbox.add(key, f"{name} {len(self.sent)}")

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON."""
        self.outbox.flush()
        return {
            "rows": self.rows,
            "deleted": self.deleted,
            "sent": self.sent,
            "posted": self.outbox.posted,
            "minted": self._minted,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything back."""
        rows, self.deleted, self.sent = (copy.deepcopy(dict(state[name])) for name in ("rows", "deleted", "sent"))
        self.rows = {kind: rows.get(kind, {}) for kind in self.rows}
        self.outbox.load(list(state["posted"]))
        self._minted = dict(state["minted"])


def copied(value: Any) -> Any:
    """Copy what JSON can say; nobody else's changes show in it."""
    if isinstance(value, dict):
        return {name: copied(part) for name, part in value.items()}
    return [copied(part) for part in value] if isinstance(value, list) else value
