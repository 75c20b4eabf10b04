"""An invented system for the engine's tests: its own state is the oracle, and it fails where a test tells it to."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal

import msgspec
from pydantic import BaseModel

from ltc.core.contract import (
    FieldSchema,
    Finding,
    Health,
    Hint,
    Journal,
    Kit,
    ObjectSchema,
    ObjectSpec,
    Outcome,
    Page,
    Presence,
    Raw,
    RawRecord,
    Settled,
    SettleRule,
    Step,
    Verb,
    WriteItem,
    WriteResult,
)
from ltc.core.errors import Later, LtcError, Rejected, Unauthorised, Unknown

Normalise = Callable[[Raw], Raw]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment of the modification 0."""


class Settings(BaseModel):
    """An invented system has no settings."""


@dataclass
class World:
    """What the invented system holds, and every effect that writes had on it, in order."""

    prefix: str
    normalise: Normalise = dict
    rows: dict[str, dict[str, Raw]] = field(default_factory=dict)
    gone: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    effects: list[tuple[str, str, str]] = field(default_factory=list)
    clock: int = 0
    numbers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    refuse: dict[str, LtcError] = field(default_factory=dict)
    deletes: Literal["feed", "sweep"] = "feed"
    frozen: dict[str, str] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    well: bool = True
    fetched: list[Sequence[str]] = field(default_factory=list)
    during: Callable[[str], None] = lambda _call: None
    uncommitted: dict[str, tuple[str, Raw]] = field(default_factory=dict)

    def put(self, obj: str, row: Raw, ext_id: str = "", *, actor: str = "person") -> str:
        """Create or change a row, as a person or as the hub."""
        self.clock += 1
        if not ext_id:
            self.numbers[obj] += 1
            ext_id = f"{self.prefix}{obj[:1]}{self.numbers[obj]:04d}"
        table = self.rows.setdefault(obj, {})
        known = ext_id in table
        rows = {name: told_rows(table.get(ext_id, {}).get(name) or [], value) for name, value in row.items() if is_told(value)}
        table[ext_id] = {**table.get(ext_id, {}), **self.normalise(dict(row) | rows), "Id": ext_id, "Mod": f"{self.clock:08d}"}
        if actor == "hub":
            self.effects.append(("update" if known else "create", obj, ext_id))
        return ext_id

    def remove(self, obj: str, ext_id: str, merged_into: str = "") -> None:
        """Delete a row, or merge it into another."""
        self.clock += 1
        del self.rows[obj][ext_id]
        self.gone.setdefault(obj, {})[ext_id] = (f"{self.clock:08d}", merged_into)

    def fail(self) -> str:
        """Take the next planned fault."""
        return self.faults.pop(0) if self.faults else ""


def is_told(value: object) -> bool:
    """Tell whether a value is a list of what is to happen to rows."""
    return isinstance(value, list) and any("_row" in row for row in value)


def told_rows(before: Sequence[Raw], told: Sequence[Raw]) -> list[Raw]:
    """Insert, update and delete rows, which are known by their number."""
    rows = {row["No"]: row for row in before}
    for row in told:
        fields = {name: value for name, value in row.items() if name != "_row"}
        if row["_row"] == "delete":
            del rows[row["No"]]
        else:
            rows[row["No"]] = {**rows.get(row["No"], {}), **fields}
    return [rows[number] for number in sorted(rows)]


class Invented:
    """Speaks to an invented system: creates by upsert on the hub key (`resend`) or by a number that is looked up (`lookup`)."""

    kind: ClassVar[str] = "invented"
    title: ClassVar[str] = "Invented system"
    Settings: ClassVar[type[BaseModel]] = Settings
    objects: ClassVar[Mapping[str, ObjectSpec]] = {}

    def __init__(self, world: World, kit: Kit, create: SettleRule, page_size: int = 3) -> None:
        """Take the world, and how a create is settled."""
        self.world, self.kit, self.create, self.page_size = world, kit, create, page_size

    def spec(self, name: str) -> ObjectSpec:
        """Declare an object."""
        steps = (
            (Step("create", self.create),)
            if self.create is SettleRule.RESEND
            else (Step("create", self.create), Step("commit", self.create))
        )
        update = (Step("update", SettleRule.READ),)
        verbs = {Verb.CREATE: steps, Verb.AMEND: update, Verb.DEACTIVATE: update, Verb.DELETE: (Step("delete", SettleRule.READ),)}
        hub_key = "Hub" if self.create is SettleRule.RESEND else ""
        return ObjectSpec(
            name, "Id", "Mod", hub_key=hub_key, page_size=self.page_size, batch_size=4, fetch_size=10, deletes=self.world.deletes,
            merges=True, settle_seconds=5, verbs=verbs, short_key="" if hub_key else "Key",
            frozen_when=self.world.frozen.get(name, ""),
        )  # fmt: skip

    def check(self) -> Health:
        """Say that all is well."""
        return Health(ok=self.world.well, latency_ms=0, message="invented")

    def describe(self, obj: str) -> ObjectSchema:
        """Describe what the rows hold."""
        names = sorted({name for row in self.world.rows.get(obj, {}).values() for name in row})
        return ObjectSchema(obj, [FieldSchema(name, "string") for name in names])

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read by modification number; deletions come with the last page."""
        del fields
        self.kit.calls += 1
        self.world.during("read")
        if self.world.fail() == "read_later":
            raise Later
        size = limit or self.page_size
        rows = sorted((row for row in self.world.rows.get(obj, {}).values() if row["Mod"] > cursor), key=lambda row: row["Mod"])
        page, more = rows[:size], len(rows) > size
        marked = [] if more else [
            RawRecord(ext_id, mod, b"{}", Presence.MERGED if into else Presence.DELETED, into)
            for ext_id, (mod, into) in self.world.gone.get(obj, {}).items() if mod > cursor
        ]  # fmt: skip
        newest = max([cursor, *(row["Mod"] for row in page), *(mark.version for mark in marked)])
        return Page([msgspec.json.encode(row, order="sorted") for row in page], newest, more, marked)

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Begin at the modification of a moment: they are counted by seconds."""
        del obj, until
        return f"{int((since - FIRST).total_seconds()) - 1:08d}"

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read by id."""
        del fields
        self.kit.calls += 1
        self.world.during("fetch")
        if self.world.fail() == "fetch_later":
            raise Later
        self.world.fetched.append(list(ids))
        for ext_id in ids:
            if ext_id in self.world.broken:
                raise self.world.broken[ext_id]
        table = self.world.rows.get(obj, {})
        return [
            RawRecord(ext_id, table[ext_id]["Mod"], msgspec.json.encode(table[ext_id], order="sorted")) if ext_id in table
            else RawRecord(ext_id, "", b"{}", Presence.DELETED)
            for ext_id in ids
        ]  # fmt: skip

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode JSON."""
        del obj
        return dict(msgspec.json.decode(body))

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Write row by row; the planned fault strikes before or after the effect."""
        self.kit.calls += 1
        self.world.during("write")
        fault = self.world.fail()
        if fault == "before":
            raise Unknown
        if fault == "later":
            raise Later(after=1)
        results = [self._write_one(obj, item, journal) for item in items]
        if fault == "after":
            raise Unknown
        return results

    def _write_one(self, obj: str, item: WriteItem, journal: Journal) -> WriteResult:
        name = str(item.fields.get("Name", ""))
        if name in self.world.refuse:
            return WriteResult(item.key, Outcome.REJECTED, error=self.world.refuse[name])
        if item.verb is Verb.DELETE:
            self.world.remove(obj, item.id)
            self.world.effects.append(("delete", obj, item.id))
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        if item.verb is not Verb.CREATE:
            fields = {"Status": "inactive"} if item.verb is Verb.DEACTIVATE else item.fields
            self.world.put(obj, fields, item.id, actor="hub")
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        if self.create is SettleRule.RESEND:
            found = [ext_id for ext_id, row in self.world.rows.get(obj, {}).items() if row.get("Hub") == item.fields["Hub"]]
            ext_id = self.world.put(obj, item.fields, found[0] if found else "", actor="hub")
            return WriteResult(item.key, Outcome.UPDATED if found else Outcome.CREATED, ext_id)
        self.world.numbers[obj] += 1
        ext_id = f"{self.world.prefix}{obj[:1]}{self.world.numbers[obj]:04d}"
        journal(item.key, "create", {"number": ext_id})
        self.world.put(obj, {**item.fields, "Key": item.short_key}, ext_id, actor="hub")
        journal(item.key, "commit", {})
        return WriteResult(item.key, Outcome.CREATED, ext_id)

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Look a create up by its key."""
        self.kit.calls += 1
        answers = []
        for item in items:
            found = [ext_id for ext_id, row in self.world.rows.get(obj, {}).items() if row.get("Key") == item.short_key]
            finding = Finding.ABSENT if not found else Finding.DONE if len(found) == 1 else Finding.SEVERAL
            answers.append(Settled(item.key, finding, found[0] if found else "", candidates=found))
        return answers

    def close(self) -> None:
        """Hold nothing open."""


SECRET = "listening"
OLD = 300


def signed(event: str, obj: str, ext_id: str, *, at: int = 0, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """Write a webhook of an invented system, as headers and body; ``at`` is when it was signed, in seconds."""
    body = msgspec.json.encode({"event": event, "object": obj, "id": ext_id})
    return {"x-at": str(at), "x-signature": hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()}, body


class Listening(Invented):
    """An invented system that posts webhooks."""

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Check the signature and its age."""
        at = headers.get("x-at", "")
        right = hmac.new(SECRET.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
        if not hmac.compare_digest(right.encode(), headers.get("x-signature", "").encode()):
            raise Unauthorised("The signature is not that of listening.", code="hook.forged")
        if int(at) and abs(self.kit.clock.now().timestamp() - int(at)) > OLD:
            raise Unauthorised("Too old.", code="hook.stale")
        try:
            said = msgspec.json.decode(body)
        except msgspec.DecodeError:
            raise Rejected("No JSON.", code="hook.unreadable") from None
        return [Hint(said["event"], said["object"], said["id"])] if said["event"] else []


REFUSED = Rejected("Name is not allowed.", field="Name")
