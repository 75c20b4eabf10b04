"""A DocuSign account for the sandbox and for tests: its account server, its API, Connect, and doors for its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from connectors.esign.docusign.account.api import ACCOUNT, ACTOR, OTHER_ACCOUNT, Api
from connectors.esign.docusign.account.envelopes import Row
from connectors.esign.docusign.account.refusals import refused
from connectors.esign.docusign.account.tokens import INTEGRATION_KEY, USER_ID, TokenError
from connectors.esign.docusign.account.views import custom_fields_view, envelope_view, recipients_view
from ltc.core.simulation import Answer, Delivery, Profile, Request, Response, route

if TYPE_CHECKING:
    from ltc.core.contract import Clock

_API: Final = "/<site>/restapi/v2.1/accounts/<account>"
_OWN_FIELDS: Final = frozenset({"ltc_id", "ltc_key"})
STANDARD_TEMPLATE: Final = "Order form"
CONTRACT_TEMPLATE: Final = "Contract"
_CONTRACT_ROLES: Final = ({"roleName": "Customer"}, {"roleName": "Seller"})
_STANDARD_ROLES: Final = ({"roleName": "Customer"}, {"roleName": "Seller"}, {"roleName": "Office", "kind": "carbonCopies"})


class DocusignSimulator(Api):
    """Behaves as an account does; ``view``, ``sign``, ``decline``, ``void``, ``correct`` are what its people do."""

    retries: ClassVar[Sequence[float]] = tuple(15.0 * 2**attempt for attempt in range(15))
    """Longer each time, for days; DocuSign does not publish the intervals."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Start with two templates: one for a customer, the seller and a copy for the office, and one for contracts."""
        super().__init__(name, clock, seed, profile)
        self.template_id = self.add_template(STANDARD_TEMPLATE, _STANDARD_ROLES)
        self.contract_template_id = self.add_template(CONTRACT_TEMPLATE, _CONTRACT_ROLES)

    def settings(self) -> dict[str, str]:
        """Say which template a hub of the sandbox uses: that of contracts, which a customer and a seller sign."""
        return {"template_id": self.contract_template_id}

    # -- doors for people and checkers --------------------------------------------------------------------------

    def add_template(self, name: str, roles: Sequence[Mapping[str, str]]) -> str:
        """Make a template and give its id; roles are ``{"roleName"}``, perhaps with ``kind`` and ``routingOrder``."""
        with self.lock:
            return self.envelopes.add_template(name, roles)

    def rows(self, status: str = "") -> list[Row]:
        """Give copies of the envelopes, in order of creation."""
        with self.lock:
            return [dict(row) for row in self.envelopes.rows.values() if status in {"", row["status"]}]

    def row(self, envelope_id: str) -> Row:
        """Give a copy of one envelope; KeyError if there is none."""
        with self.lock:
            return dict(self.envelopes.rows[envelope_id])

    def compose(self, definition: Mapping[str, Any], actor: str) -> str:
        """Make an envelope as a person does, from what the API would be given; give its id."""
        with self.lock:
            return str(self.envelopes.create(definition, actor)["id"])

    def view(self, envelope_id: str, role: str) -> None:
        """Let the recipient in a role open the envelope."""
        with self.lock:
            self.envelopes.view(*self._person(envelope_id, role))

    def sign(self, envelope_id: str, role: str) -> None:
        """Let the recipient in a role sign."""
        with self.lock:
            self.envelopes.sign(*self._person(envelope_id, role))

    def decline(self, envelope_id: str, role: str, reason: str) -> None:
        """Let the recipient in a role decline."""
        with self.lock:
            self.envelopes.decline(*self._person(envelope_id, role), reason)

    def dawdle(self) -> None:
        """Let envelopes expire over which people dawdled; time itself is the clock's."""
        with self.lock:
            self.envelopes.expire()

    def void(self, envelope_id: str, reason: str, actor: str) -> None:
        """Void an envelope as its sender."""
        with self.lock:
            self.envelopes.void(self.envelopes.rows[envelope_id], reason, actor)

    def correct(self, envelope_id: str, role: str, actor: str, **changes: str) -> None:
        """Correct a recipient as the sender: ``name``, ``email`` or ``routingOrder``."""
        with self.lock:
            row, key = self._person(envelope_id, role)
            kind = next(one["kind"] for one in row["recipients"] if one["id"] == key)
            self.envelopes.correct(row, {kind: [{"recipientId": key, **changes}]}, actor, resend=False)

    def resend(self, envelope_id: str, role: str, actor: str) -> None:
        """Send a recipient the mail again."""
        with self.lock:
            row, key = self._person(envelope_id, role)
            kind = next(one["kind"] for one in row["recipients"] if one["id"] == key)
            self.envelopes.correct(row, {kind: [{"recipientId": key}]}, actor, resend=True)

    def keep_locked(self, envelope_id: str, until: str) -> None:
        """Let somebody edit an envelope until a time, which locks it."""
        with self.lock:
            self.envelopes.rows[envelope_id]["locked_until"] = until

    def move_account(self, site: str) -> None:
        """Move the account to another site: its base address changes."""
        with self.lock:
            self.site = site

    def deliveries(self, since: int = 0) -> Sequence[Delivery]:
        """Give what Connect posts, in order: headers with a signature for each key, and bodies."""
        with self.lock:
            return self.connect.posted(since)

    def delivery_again(self, place: int, attempt: int) -> Delivery:
        """Give a message once more, as a retry."""
        with self.lock:
            return self.connect.again(place, attempt)

    def state(self) -> dict[str, Any]:
        """Give all envelopes that are not deleted, without ids and times."""
        with self.lock:
            return {"envelope": sorted((self._normal(row) for row in self.rows() if row["status"] != "deleted"), key=str)}

    def credentials(self) -> dict[str, str]:
        """Give the application's keys, the user whom it acts for, the account, and Connect's newest key."""
        return {
            "integration_key": INTEGRATION_KEY,
            "user_id": USER_ID,
            "private_key": self.tokens.private_key,
            "account_id": ACCOUNT,
            "webhook_secret": self.connect.keys[-1],
        }

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON."""
        with self.lock:
            return super().dump() | {
                "site": self.site,
                "private_key": self.tokens.private_key,
                "given": self.tokens.given,
                "templates": self.envelopes.templates,
                "envelopes": self.envelopes.rows,
                "connect": self.connect.dump(),
            }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        with self.lock:
            super().load(state)
            self.site = state["site"]
            self.tokens.private_key, self.tokens.given = state["private_key"], state["given"]
            self.envelopes.templates, self.envelopes.rows = dict(state["templates"]), dict(state["envelopes"])
            self.connect.load(state["connect"])

    # -- the account server ---------------------------------------------------------------------------------------

    @route("POST", "/oauth/token")
    def token(self, request: Request) -> Answer:
        """Sign an application in."""

        def act() -> Response:
            try:
                return Response(200, self.tokens.grant(request.form(), request.headers.get("Host", "")))
            except TokenError as error:
                return Response(400, error.body)

        return self.disturbed(self.faults.decide("auth", INTEGRATION_KEY, ("503", "drop_before")), act)

    @route("GET", "/oauth/userinfo")
    def user_info(self, request: Request) -> Answer:
        """Name the user's accounts and where they are."""
        if not self.tokens.good(request.bearer):
            return Response(401, {"error": "invalid_token"})
        accounts = [
            {"account_id": ACCOUNT, "is_default": True, "account_name": "Sandbox", "base_uri": f"{request.base_url}/{self.site}"},
            {"account_id": OTHER_ACCOUNT, "is_default": False, "account_name": "Other", "base_uri": f"{request.base_url}/eu"},
        ]
        names = {"name": "LTC Hub", "given_name": "LTC", "family_name": "Hub", "email": "hub@ltc-hub.example"}
        return Response(200, {"sub": USER_ID, **names, "created": "2026-01-05T08:30:00.000", "accounts": accounts})

    # -- the API --------------------------------------------------------------------------------------------------

    @route("POST", f"{_API}/envelopes")
    def create_envelope(self, request: Request, site: str, account: str) -> Answer:
        """Make an envelope."""

        def act() -> Response:
            row = self.envelopes.create(_body(request), ACTOR)
            told = {"envelopeId": row["id"], "uri": f"/envelopes/{row['id']}", "status": row["status"]}
            return Response(201, {**told, "statusDateTime": row["changed"]})

        key = self.business_key("create", _peeked(request))
        return self.called(request, (site, account), "create", key, act)

    @route("GET", f"{_API}/envelopes")
    def list_envelopes(self, request: Request, site: str, account: str) -> Answer:
        """List envelopes."""
        self.envelopes.expire()
        key = next((name for name in ("envelope_ids", "transaction_ids", "custom_field") if name in request.query), "changed")
        return self.called(request, (site, account), "list", key, lambda: self.listed(request.query))

    @route("GET", f"{_API}/envelopes/<envelope>")
    def get_envelope(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Show one envelope."""
        self.envelopes.expire()
        include = request.query.get("include", "").split(",")
        return self.called(
            request, (site, account), "get", self.key_of(envelope),
            lambda: envelope_view(self.envelope(envelope), ACCOUNT, include), envelope=envelope,
        )  # fmt: skip

    @route("PUT", f"{_API}/envelopes/<envelope>")
    def put_envelope(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Send, void or edit an envelope."""

        def act() -> dict[str, Any]:
            row, body = self.unlocked(envelope), _body(request)
            self.envelopes.edit(row, body, ACTOR)
            if body.get("status") == "sent":
                self.envelopes.send(row, ACTOR)
            elif body.get("status") == "voided":
                self.envelopes.void(row, str(body.get("voidedReason") or ""), ACTOR)
            return {"envelopeId": row["id"]}

        return self._changed(request, (site, account), envelope, "put", act)

    @route("GET", f"{_API}/envelopes/<envelope>/recipients")
    def get_recipients(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Show an envelope's recipients."""
        return self.called(
            request, (site, account), "get", self.key_of(envelope), lambda: recipients_view(self.envelope(envelope)),
            envelope=envelope,
        )  # fmt: skip

    @route("PUT", f"{_API}/envelopes/<envelope>/recipients")
    def put_recipients(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Correct recipients; each has a result of its own."""
        resend = request.query.get("resend_envelope") == "true"

        def act() -> dict[str, Any]:
            results = self.envelopes.correct(self.unlocked(envelope), _body(request), ACTOR, resend=resend)
            return {"recipientUpdateResults": results}

        return self._changed(request, (site, account), envelope, "recipients", act)

    @route("DELETE", f"{_API}/envelopes/<envelope>/recipients")
    def delete_recipients(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Take recipients out."""

        def act() -> dict[str, Any]:
            row = self.unlocked(envelope)
            ids = [str(one.get("recipientId")) for group in _body(request).values() if isinstance(group, list) for one in group]
            self.envelopes.remove_recipients(row, ids, ACTOR)
            return recipients_view(row)

        return self._changed(request, (site, account), envelope, "recipients", act)

    @route("GET", f"{_API}/envelopes/<envelope>/custom_fields")
    def get_custom_fields(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Show an envelope's custom fields."""
        return self.called(
            request, (site, account), "get", self.key_of(envelope),
            lambda: custom_fields_view(self.envelope(envelope)["custom"]), envelope=envelope,
        )  # fmt: skip

    @route("POST", f"{_API}/envelopes/<envelope>/custom_fields")
    @route("PUT", f"{_API}/envelopes/<envelope>/custom_fields")
    def set_custom_fields(self, request: Request, site: str, account: str, envelope: str) -> Answer:
        """Add custom fields, or change those that are there."""
        new = request.method == "POST"

        def act() -> Response:
            row = self.unlocked(envelope)
            self.envelopes.set_custom(row, _body(request), ACTOR, new=new)
            return Response(201 if new else 200, custom_fields_view(row["custom"]))

        return self._changed(request, (site, account), envelope, "custom", act)

    @route("PUT", f"{_API}/folders/<folder>")
    def move_to_folder(self, request: Request, site: str, account: str, folder: str) -> Answer:
        """Put envelopes into the recycle bin."""

        def act() -> Response | dict[str, Any]:
            if folder != "recyclebin":
                return refused("INVALID_FOLDER_ID", "The folder does not exist.")
            for key in _body(request).get("envelopeIds") or ():
                self.envelopes.discard(self.unlocked(str(key)), ACTOR)
            return {"folders": []}

        return self.called(request, (site, account), "folder", folder, act)

    @route("GET", f"{_API}/templates")
    def list_templates(self, request: Request, site: str, account: str) -> Answer:
        """List templates."""

        def act() -> dict[str, Any]:
            found = [{"templateId": one["id"], "name": one["name"]} for one in self.envelopes.templates.values()]
            sizes = {"resultSetSize": str(len(found)), "totalSetSize": str(len(found)), "startPosition": "0"}
            return {**sizes, "endPosition": str(max(0, len(found) - 1)), "envelopeTemplates": found}

        return self.called(request, (site, account), "list", "templates", act)

    # -- within ---------------------------------------------------------------------------------------------------

    def _changed(self, request: Request, place: tuple[str, str], envelope: str, point: str, act: Any) -> Answer:
        self.envelopes.expire()
        return self.called(request, place, point, f"{request.method} {self.key_of(envelope)}", act)

    def _person(self, envelope_id: str, role: str) -> tuple[Row, str]:
        row = self.envelopes.rows[envelope_id]
        return row, str(next(one["id"] for one in row["recipients"] if role in {one["role"], one["id"]}))

    def _normal(self, row: Row) -> dict[str, Any]:
        template = self.envelopes.templates.get(row["template"], {})
        people = [
            {name: one[name] for name in ("kind", "role", "name", "email", "order", "status", "reason")}
            for one in row["recipients"]
        ]
        custom = {one["name"]: one["value"] for one in row["custom"] if one["name"] not in _OWN_FIELDS}
        if custom.get("ltc_template"):
            custom["ltc_template"] = template.get("name", "")
        said = {name: row[name] for name in ("subject", "status", "void_reason")}
        return {**said, "template": template.get("name", ""), "recipients": people, "custom": custom}


def _body(request: Request) -> dict[str, Any]:
    body = request.json()
    if not isinstance(body, dict):
        message = "It is not an object."
        raise ValueError(message)  # noqa: TRY004  it is the caller's text that is wrong
    return body


def _peeked(request: Request) -> dict[str, Any]:
    """Look into a body to name what it is about; whether it is right is for the call itself to say."""
    try:
        return _body(request)
    except ValueError:
        return {}
