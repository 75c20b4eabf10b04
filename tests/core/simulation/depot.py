"""A depot of parcels and its connector: the example of docs/reference/connectors.md."""

# ruff: noqa: ARG002 - the contract names the arguments
from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, SecretStr

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
from ltc.core.errors import Gone, LtcError, Misconfigured, Rejected, Unauthorised, Unknown
from ltc.core.http import HttpClient
from ltc.core.simulation import Answer, Delivery, Refusal, Request, Response, Simulator, route

# -- start connector --
CHANGE = (Step("change", SettleRule.READ),)
PARCEL = ObjectSpec(
    name="parcel", key="id", version="change", short_key="reference", page_size=100, batch_size=10, fetch_size=1, deletes="feed",
    verbs={Verb.CREATE: (Step("post", SettleRule.LOOKUP),), Verb.AMEND: CHANGE, Verb.DELETE: CHANGE}, settle_seconds=5,
)  # fmt: skip


class DepotSettings(BaseModel):
    base_url: str
    token: SecretStr
    hook_secret: SecretStr = SecretStr("")


class DepotConnector:
    kind: ClassVar[str] = "depot"
    title: ClassVar[str] = "Depot"
    Settings: ClassVar[type[BaseModel]] = DepotSettings
    objects: ClassVar[Mapping[str, ObjectSpec]] = {"parcel": PARCEL}

    def __init__(self, settings: BaseModel, kit: Kit) -> None:
        given = DepotSettings.model_validate(settings.model_dump())
        token = given.token.get_secret_value()
        kit.secrets.append(token)
        self.kit = kit
        self.hook_secret = given.hook_secret.get_secret_value()
        self.http = HttpClient(kit, given.base_url, headers={"Authorization": f"Bearer {token}"})

    def check(self) -> Health:
        answer = self.http.get("/parcels", params={"limit": "1"})
        return Health(ok=True, latency_ms=answer.elapsed.total_seconds() * 1000, message="The depot answers.")

    def describe(self, obj: str) -> ObjectSchema:
        names = ("id", "change", "reference", "contents", "weight")
        return ObjectSchema(obj, [FieldSchema(name, "text", writable=name in names[2:]) for name in names])

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        after = json.loads(cursor)["after"] if cursor else ""
        size = min(limit or PARCEL.page_size, PARCEL.page_size)
        rows = self._list(after=after, limit=str(size))
        after = str(self.decode(obj, rows[-1])["change"]) if rows else after
        live, gone = [], []
        for row in rows:
            raw = self.decode(obj, row)
            if raw.get("gone"):
                gone.append(RawRecord(str(raw["id"]), str(raw["change"]), b"{}", Presence.DELETED))
            else:
                live.append(row)
        return Page(live, json.dumps({"after": after}), more=len(rows) == size, marked=gone)

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        return [self._one(obj, key) for key in ids]

    def decode(self, obj: str, body: bytes) -> Raw:
        decoded: Raw = json.loads(body, parse_float=Decimal)
        return decoded

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        return [self._write(item) for item in items]

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        found = {item.key: self._list(reference=item.short_key) for item in items if item.verb is Verb.CREATE}
        return [self._settled(obj, item, found.get(item.key)) for item in items]

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        if not self.hook_secret:
            raise Misconfigured("The depot's webhooks cannot be checked.", remedy="Set hook_secret.", code="hook.no_secret")
        time, _, signature = headers.get("depot-signature", "").partition(" ")
        if not hmac.compare_digest(signed(self.hook_secret, time, body).encode(), signature.encode()):
            raise Unauthorised("The signature is not the depot's.", code="hook.forged")
        if abs(self.kit.clock.now().timestamp() - int(time)) > 300:
            raise Unauthorised("The signature is too old.", code="hook.stale")
        try:
            event = msgspec.json.decode(body, type=dict[str, str])
            return [Hint(event["event"], "parcel", event["parcel"])]
        except (msgspec.DecodeError, KeyError) as error:
            raise Rejected("The depot's webhook is no event.", code="hook.unreadable") from error

    def close(self) -> None:
        self.http.close()

    def _write(self, item: WriteItem) -> WriteResult:
        done = Outcome.CREATED if item.verb is Verb.CREATE else Outcome.UPDATED
        try:
            if item.verb is Verb.CREATE:
                body = {**item.fields, "reference": item.short_key}
                answer = self.http.request("POST", "/parcels", json=body, idempotent=False)
            else:
                method = "PATCH" if item.verb is Verb.AMEND else "DELETE"
                answer = self.http.request(method, f"/parcels/{item.id}", json=item.fields, idempotent=False)
        except (Rejected, Gone) as error:
            outcome = Outcome.GONE if isinstance(error, Gone) else Outcome.REJECTED
            return WriteResult(item.key, outcome, item.id, error=error)
        except Unknown as error:
            return WriteResult(item.key, Outcome.UNKNOWN, item.id, error=error)
        except LtcError as error:
            return WriteResult(item.key, Outcome.LATER, item.id, error=error)
        return WriteResult(item.key, done, str(answer.json()["id"]), answer=answer.content)

    def _settled(self, obj: str, item: WriteItem, rows: Sequence[bytes] | None) -> Settled:
        if rows is None:
            return Settled(item.key, Finding.UNCLEAR, item.id)
        ids = [str(self.decode(obj, row)["id"]) for row in rows]
        if len(ids) > 1:
            return Settled(item.key, Finding.SEVERAL, candidates=ids)
        return Settled(item.key, Finding.DONE, ids[0]) if ids else Settled(item.key, Finding.ABSENT)

    def _list(self, **params: str) -> list[bytes]:
        content = self.http.get("/parcels", params=params).content
        return [bytes(row) for row in msgspec.json.decode(content, type=list[msgspec.Raw])]

    def _one(self, obj: str, key: str) -> RawRecord:
        try:
            body = self.http.get(f"/parcels/{key}").content
        except Gone:
            return RawRecord(key, "", b"{}", Presence.DELETED)
        return RawRecord(key, str(self.decode(obj, body)["change"]), body)


def signed(secret: str, time: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{time}.".encode() + body, "sha256").hexdigest()


# -- end connector --


class DepotSimulator(Simulator):
    """Keeps parcels; their numbers rise, and so does the number of the change."""

    parcels: dict[str, dict[str, Any]]

    def state(self) -> dict[str, Any]:
        return {"parcels": sorted(row["contents"] for row in self._rows())}

    def credentials(self) -> dict[str, str]:
        return {"token": f"token-of-{self.name}", "hook_secret": f"hooks-of-{self.name}"}

    def deliveries(self, since: int = 0) -> Sequence[Delivery]:
        time, secret = str(int(self.hook_clock.now().timestamp())), self.credentials()["hook_secret"]
        posted = []
        for number, change in enumerate(self.journal[since:], start=since):
            body = json.dumps({"event": f"E{number}", "parcel": change.id}).encode()
            posted.append(Delivery(f"E{number}", {"Depot-Signature": f"{time} {signed(secret, time, body)}"}, body))
        return posted

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        return f"{object_name} {row['contents']}"

    @route("GET", "/parcels")
    def list(self, request: Request) -> Answer:
        self._admit(request)
        rows = [row for row in self._rows() if row["change"] > request.query.get("after", "")]
        if "reference" in request.query:
            rows = [row for row in rows if row["reference"] == request.query["reference"]]
        return Response(200, rows[: int(request.query.get("limit", "100"))])

    @route("GET", "/parcels/<key>")
    def one(self, request: Request, key: str) -> Answer:
        self._admit(request)
        return Response(200, self._live(key))

    @route("POST", "/parcels")
    def post(self, request: Request) -> Answer:
        self._admit(request)
        return Response(201, self._keep(f"P{len(self._rows()) + 1:05d}", request.json()))

    @route("PATCH", "/parcels/<key>")
    def patch(self, request: Request, key: str) -> Answer:
        self._admit(request)
        return Response(200, self._keep(key, {**self._live(key), **request.json()}))

    @route("DELETE", "/parcels/<key>")
    def delete(self, request: Request, key: str) -> Answer:
        self._admit(request)
        return Response(200, self._keep(key, {**self._live(key), "gone": True}))

    def _rows(self) -> list[dict[str, Any]]:
        return sorted(vars(self).setdefault("parcels", {}).values(), key=lambda row: str(row["change"]))

    def _live(self, key: str) -> dict[str, Any]:
        row = {row["id"]: row for row in self._rows()}.get(key)
        if row is None or row.get("gone"):
            raise Refusal(Response(404, {"error": f"no parcel {key}"}))
        return row

    def _keep(self, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        if not fields.get("contents"):
            raise Refusal(Response(422, {"error": "a parcel has contents"}))
        last = max((row["change"] for row in self._rows()), default="0")
        self.parcels[key] = {**fields, "id": key, "change": f"{int(last) + 1:09d}"}
        self.record("api", "save", "parcel", key, fields)
        return self.parcels[key]

    def _admit(self, request: Request) -> None:
        if request.bearer != self.credentials()["token"]:
            raise Refusal(Response(401, {"error": "who are you?"}))
