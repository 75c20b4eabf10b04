"""The life of envelopes: made from templates, sent, viewed, signed, declined, voided, corrected, expired.

An envelope is a plain dict, so that it can be written to disk as it is. Every change goes through here, and moves
``modified``; only a change of the envelope's own status moves ``changed``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.esign.docusign.account.refusals import RefusedError
from connectors.esign.docusign.account.views import KINDS, stamp

if TYPE_CHECKING:
    from ltc.core.contract import Clock

Row = dict[str, Any]
Tell = Callable[[str, str, str, Mapping[str, Any]], None]
Announce = Callable[[str, Row, str], None]

IN_PROCESS: Final = frozenset({"sent", "delivered"})
ENDED: Final = frozenset({"completed", "declined", "voided", "deleted"})
CORRECTABLE: Final = frozenset(
    {"recipientId", "name", "email", "routingOrder", "note", "roleName", "recipientIdGuid", "emailNotification"}
)
TRANSACTION_DAYS: Final = 7
_LONGEST: Final = 100


class Envelopes:
    """The envelopes and templates of one account."""

    def __init__(self, clock: Clock, seed: int, tell: Tell, announce: Announce) -> None:
        """Begin without any; ``tell`` journals what happened, ``announce`` is Connect."""
        self.rows: dict[str, Row] = {}
        self.templates: dict[str, Row] = {}
        self.expire_after = 120
        self._clock, self._seed, self._tell, self._announce = clock, seed, tell, announce

    # -- templates ----------------------------------------------------------------------------------------------

    def add_template(self, name: str, roles: Sequence[Mapping[str, str]]) -> str:
        """Make a template with roles: ``{"roleName", "kind", "routingOrder"}``; give its id."""
        key = self._new_id("template", len(self.templates))
        self.templates[key] = {
            "id": key,
            "name": name,
            "roles": [
                {
                    "id": str(place),
                    "role": one["roleName"],
                    "kind": one.get("kind", "signers"),
                    "order": one.get("routingOrder", str(place)),
                }
                for place, one in enumerate(roles, start=1)
            ],
        }
        return key

    # -- what the sender does --------------------------------------------------------------------------------------

    def create(self, definition: Mapping[str, Any], actor: str) -> Row:
        """Make an envelope as a draft, and send it if the definition says so."""
        status = str(definition.get("status") or "created")
        if status not in {"created", "sent"}:
            raise RefusedError("INVALID_REQUEST_PARAMETER", f"An envelope cannot be created in status '{status}'.")
        template = self.templates.get(str(definition.get("templateId") or ""))
        if definition.get("templateId") and template is None:
            raise RefusedError("TEMPLATE_ID_INVALID", "Invalid template ID.")
        self._check_texts(definition)
        people = _from_roles(template, definition.get("templateRoles") or ()) if template else _from_recipients(definition)
        now = self._now()
        row: Row = {
            "id": self._new_id("envelope", len(self.rows)),
            "number": len(self.rows),
            "status": "created",
            "subject": str(definition.get("emailSubject") or (template["name"] if template else "")),
            "blurb": str(definition.get("emailBlurb") or ""),
            "template": template["id"] if template else "",
            "transaction": str(definition.get("transactionId") or ""),
            "times": {"created": now},
            "modified": now,
            "changed": now,
            "expires": "",
            "expire_after": self.expire_after,
            "void_reason": "",
            "locked_until": "",
            "sender": actor,
            "custom": [],
            "recipients": [],
        }
        for person in people:
            self._add_recipient(row, person)
        self._add_custom(row, definition.get("customFields") or {})
        if status == "sent":
            _check_complete(row)
        self.rows[row["id"]] = row
        self._said(actor, "create", row, {"subject": row["subject"], "template": row["template"]})
        if status == "sent":
            self.send(row, actor)
        return row

    def send(self, row: Row, actor: str) -> None:
        """Send a draft."""
        if row["status"] != "created":
            raise RefusedError("ENVELOPE_INVALID_STATUS", "Invalid envelope status. Envelope status is not one of: Created.")
        _check_complete(row)
        self._move(row, "sent", actor)
        row["expires"] = stamp(self._clock.now() + timedelta(days=row["expire_after"]))
        self._pass_on(row)

    def void(self, row: Row, reason: str, actor: str) -> None:
        """Void an envelope that is on its way."""
        if row["status"] not in IN_PROCESS:
            message = "Only envelopes in the 'Sent' or 'Delivered' states may be voided."
            raise RefusedError("ENVELOPE_CANNOT_VOID_INVALID_STATE", message)
        if not reason:
            raise RefusedError(
                "INVALID_REQUEST_PARAMETER", "The request contained at least one invalid parameter. A voidedReason is required."
            )
        row["void_reason"] = reason[:200]
        self._move(row, "voided", actor)

    def discard(self, row: Row, actor: str) -> None:
        """Put an envelope into the recycle bin: a draft is deleted, one on its way is voided, others only leave their folder."""
        if row["status"] in IN_PROCESS:
            self.void(row, "Envelope was deleted.", actor)
        elif row["status"] == "created":
            self._move(row, "deleted", actor)

    def edit(self, row: Row, definition: Mapping[str, Any], actor: str) -> None:
        """Change what may be changed in a draft: subject and message."""
        wanted = {name: str(definition[name]) for name in ("emailSubject", "emailBlurb") if name in definition}
        if not wanted:
            return
        if row["status"] != "created":
            raise RefusedError("ENVELOPE_INVALID_STATUS", "Invalid envelope status. Envelope status is not one of: Created.")
        self._check_texts(definition)
        row["subject"], row["blurb"] = wanted.get("emailSubject", row["subject"]), wanted.get("emailBlurb", row["blurb"])
        self._touched(row)
        self._said(actor, "update", row, wanted)

    def set_custom(self, row: Row, fields: Mapping[str, Any], actor: str, *, new: bool) -> None:
        """Add custom fields, or change those that are there by their ids."""
        if row["status"] in ENDED:
            raise RefusedError("ENVELOPE_INVALID_STATUS", "Invalid envelope status.")
        if new:
            self._add_custom(row, fields)
        else:
            known = {one["id"]: one for one in row["custom"]}
            for one in fields.get("textCustomFields") or ():
                if str(one.get("fieldId")) not in known:
                    raise RefusedError("INVALID_CUSTOM_FIELD_ID", "The custom field ID is invalid.")
                known[str(one["fieldId"])]["value"] = _short(one.get("value"))
        self._touched(row)
        self._said(
            actor, "update", row, {str(one.get("name")): str(one.get("value")) for one in fields.get("textCustomFields") or ()}
        )

    def correct(self, row: Row, people: Mapping[str, Any], actor: str, *, resend: bool) -> list[dict[str, Any]]:
        """Change recipients of a draft, or correct those who have not signed yet; one result each."""
        if row["status"] not in {"created", *IN_PROCESS}:
            message = "Invalid envelope status. Envelope status is not one of: Created, Sent, Delivered, Correct."
            raise RefusedError("ENVELOPE_INVALID_STATUS", message)
        results = []
        for person in _from_recipients({"recipients": people}, strict=False):
            one = next((held for held in row["recipients"] if held["id"] == person.get("recipientId")), None)
            results.append(self._corrected(row, one, person, actor, resend=resend))
        self._touched(row)
        if row["status"] in IN_PROCESS:
            self._pass_on(row)
            self._announce("envelope-corrected", row, "")
        return results

    def remove_recipients(self, row: Row, ids: Iterable[str], actor: str) -> None:
        """Take recipients out who have not acted yet."""
        gone = set(ids)
        if any(one["id"] in gone and one["status"] == "completed" for one in row["recipients"]) or row["status"] in ENDED:
            raise RefusedError(
                "RECIPIENT_UPDATE_FAILED", "The recipient could not be updated. Recipient not in state that allows correction."
            )
        row["recipients"] = [one for one in row["recipients"] if one["id"] not in gone]
        self._touched(row)
        self._said(actor, "update", row, {"recipients_removed": sorted(gone)})

    # -- what recipients do ----------------------------------------------------------------------------------------

    def view(self, row: Row, recipient_id: str) -> None:
        """Let a recipient open the envelope."""
        one = self._whose_turn(row, recipient_id)
        if one["status"] == "sent":
            self._recipient(row, one, "delivered")
        signers = [other for other in row["recipients"] if other["kind"] == "signers"]
        if row["status"] == "sent" and all(other["status"] in {"delivered", "completed"} for other in signers):
            self._move(row, "delivered", one["email"])

    def sign(self, row: Row, recipient_id: str) -> None:
        """Let a recipient sign; the last one completes the envelope."""
        self.view(row, recipient_id)
        one = self._whose_turn(row, recipient_id)
        one["times"]["signed"] = self._now()
        self._recipient(row, one, "completed")
        self._pass_on(row)

    def decline(self, row: Row, recipient_id: str, reason: str) -> None:
        """Let a recipient decline, which ends the envelope."""
        self.view(row, recipient_id)
        one = self._whose_turn(row, recipient_id)
        one["reason"] = reason
        self._recipient(row, one, "declined")
        self._move(row, "declined", one["email"])

    def expire(self) -> None:
        """Void what was dawdled over for too long."""
        now = self._now()
        for row in self.rows.values():
            if row["status"] in IN_PROCESS and row["expires"] <= now:
                row["void_reason"] = "Envelope has expired."
                self._move(row, "voided", "docusign")

    # -- within --------------------------------------------------------------------------------------------------

    def by_transaction(self, transaction: str) -> list[Row]:
        """Find envelopes by their sender's transaction id, which is known for seven days."""
        oldest = stamp(self._clock.now() - timedelta(days=TRANSACTION_DAYS))
        return [row for row in self.rows.values() if row["transaction"] == transaction and row["times"]["created"] > oldest]

    def _pass_on(self, row: Row) -> None:
        """Send the envelope to whose turn it is; those who only get a copy are done at once; complete it after the last one."""
        while row["status"] in IN_PROCESS:
            left = [one for one in row["recipients"] if one["status"] != "completed"]
            if not left:
                self._move(row, "completed", row["recipients"][-1]["email"])
                return
            turn = min(int(one["order"]) for one in left)
            copies = False
            for one in left:
                if int(one["order"]) != turn:
                    continue
                if one["status"] == "created":
                    self._recipient(row, one, "sent")
                if one["kind"] == "carbonCopies":
                    self._recipient(row, one, "completed")
                    copies = True
            if not copies:
                return

    def _corrected(self, row: Row, one: Row | None, person: Mapping[str, str], actor: str, *, resend: bool) -> dict[str, Any]:
        key = str(person.get("recipientId") or "")
        code, message = "SUCCESS", ""
        if one is None and row["status"] == "created":
            self._add_recipient(row, person)
        elif one is None:
            code, message = (
                "UNKNOWN_ENVELOPE_RECIPIENT",
                "The recipient you have identified is not a valid recipient of the specified envelope.",
            )
        elif one["status"] in {"completed", "declined"} or (
            row["status"] != "created" and not set(person) - {"kind"} <= CORRECTABLE
        ):
            code = "RECIPIENT_UPDATE_FAILED"
            message = "The recipient could not be updated. Recipient not in state that allows correction."
        else:
            names = {"name": "name", "email": "email", "routingOrder": "order"}
            given = {ours: str(person[theirs]) for theirs, ours in names.items() if person.get(theirs)}
            # A new address gets a mail of its own.
            again = one["status"] in {"sent", "delivered"} and (resend or "email" in given)
            one.update(given)
            self._said(actor, "update", row, {"recipient": one["role"] or key, **given})
            if again:
                self._recipient(row, one, "sent", event="recipient-resent")
        return {
            "recipientId": key,
            "recipientIdGuid": one["guid"] if one else "",
            "errorDetails": {"errorCode": code, "message": message},
        }

    def _add_recipient(self, row: Row, person: Mapping[str, str]) -> None:
        number = len(row["recipients"]) + 1
        key = str(person.get("recipientId") or number)
        row["recipients"].append(
            {
                "id": key,
                "guid": self._new_id(f"recipient-{row['number']}", number),
                "kind": person.get("kind", "signers"),
                "role": str(person.get("roleName") or ""),
                "name": str(person.get("name") or ""),
                "email": str(person.get("email") or ""),
                "order": str(person.get("routingOrder") or number),
                "status": "created",
                "times": {},
                "reason": "",
            }
        )

    def _add_custom(self, row: Row, fields: Mapping[str, Any]) -> None:
        for one in fields.get("textCustomFields") or ():
            number = 10_000 + 100 * row["number"] + len(row["custom"])
            row["custom"].append({"id": str(number), "name": str(one.get("name") or ""), "value": _short(one.get("value"))})

    def _whose_turn(self, row: Row, recipient_id: str) -> Row:
        if row["status"] not in IN_PROCESS:
            raise RefusedError("ENVELOPE_INVALID_STATUS", "Invalid envelope status.")
        one: Row | None = next((held for held in row["recipients"] if held["id"] == recipient_id), None)
        if one is None or one["status"] not in {"sent", "delivered"}:
            raise RefusedError("UNKNOWN_ENVELOPE_RECIPIENT", "It is not this recipient's turn.")
        return one

    def _recipient(self, row: Row, one: Row, status: str, *, event: str = "") -> None:
        one["status"] = status
        if status != "completed":
            one["times"][status] = self._now()
        self._touched(row)
        self._announce(event or f"recipient-{status}", row, one["id"])

    def _move(self, row: Row, status: str, actor: str) -> None:
        row["status"] = status
        row["times"][status] = row["changed"] = self._now()
        self._touched(row)
        said = {"reason": row["void_reason"]} if status == "voided" else {}
        self._said(actor, status, row, said)
        self._announce(f"envelope-{status}", row, "")

    def _touched(self, row: Row) -> None:
        row["modified"] = self._now()

    def _said(self, actor: str, verb: str, row: Row, fields: Mapping[str, Any]) -> None:
        self._tell(actor, verb, row["id"], fields)

    def _now(self) -> str:
        return stamp(self._clock.now())

    def _new_id(self, what: str, number: int) -> str:
        digest = hashlib.blake2b(f"{self._seed}-{what}-{number}".encode(), digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))

    def _check_texts(self, definition: Mapping[str, Any]) -> None:
        if len(str(definition.get("emailSubject") or "")) > _LONGEST:
            raise RefusedError("INVALID_EMAIL_SUBJECT", "The email subject is longer than 100 characters.")


def _short(value: object) -> str:
    text = "" if value is None else str(value)
    if len(text) > _LONGEST:
        raise RefusedError("INVALID_CUSTOM_FIELD_VALUE", "The value of a custom field is longer than 100 characters.")
    return text


def _from_roles(template: Row, given: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Fill a template's roles with people; a role without anybody stays empty."""
    by_role = {str(one.get("roleName")): one for one in given}
    unknown = set(by_role) - {one["role"] for one in template["roles"]}
    if unknown:
        raise RefusedError("INVALID_TEMPLATE_ROLE", f"The template has no role {', '.join(sorted(unknown))}.")
    people = []
    for one in template["roles"]:
        person = by_role.get(one["role"], {})
        people.append(
            {
                "recipientId": one["id"],
                "kind": one["kind"],
                "roleName": one["role"],
                "name": str(person.get("name") or ""),
                "email": str(person.get("email") or ""),
                "routingOrder": str(person.get("routingOrder") or one["order"]),
            }
        )
    return people


def _from_recipients(definition: Mapping[str, Any], *, strict: bool = True) -> list[dict[str, str]]:
    groups: Mapping[str, Any] = definition.get("recipients") or {}
    people = [
        {**{name: str(value) for name, value in one.items() if not isinstance(value, dict | list)}, "kind": kind}
        for kind in KINDS
        for one in groups.get(kind) or ()
    ]
    if strict and any(not one.get("recipientId") for one in people):
        raise RefusedError("INVALID_RECIPIENT_ID", "A recipient has no recipientId.")
    return people


def _check_complete(row: Row) -> None:
    """Refuse to send an envelope that lacks people, or a person's name or address."""
    people = row["recipients"]
    if not people or any(not one["name"] or "@" not in one["email"] for one in people):
        message = "The Envelope is not Complete. A Complete Envelope Requires Documents, Recipients, Tabs, and a Subject Line."
        raise RefusedError("ENVELOPE_IS_INCOMPLETE", message)


def moment(text: str) -> datetime:
    """Read one of DocuSign's times."""
    return datetime.fromisoformat(text)
