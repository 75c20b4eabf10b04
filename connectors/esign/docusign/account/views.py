"""How an envelope shows in the API and in Connect: texts only, times with seven digits, recipients by their kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

KINDS: Final = ("signers", "carbonCopies", "certifiedDeliveries")
_TYPES: Final = {"signers": "signer", "carbonCopies": "carbonCopy", "certifiedDeliveries": "certifiedDelivery"}
_TIMES: Final = ("created", "sent", "delivered", "completed", "declined", "voided", "deleted")


def stamp(moment: datetime) -> str:
    """Write a moment as DocuSign does.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 3, 2, 6, 0, 0, 250000, tzinfo=UTC))
    '2026-03-02T06:00:00.2500000Z'
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond * 10:07d}Z"


def envelope_view(row: Mapping[str, Any], account_id: str, include: Collection[str]) -> dict[str, Any]:
    """Show one envelope, with its recipients and custom fields if asked for."""
    key, times = row["id"], row["times"]
    view: dict[str, Any] = {
        "allowMarkup": "false",
        "autoNavigation": "true",
        "certificateUri": f"/envelopes/{key}/documents/certificate",
        "customFieldsUri": f"/envelopes/{key}/custom_fields",
        "documentsCombinedUri": f"/envelopes/{key}/documents/combined",
        "documentsUri": f"/envelopes/{key}/documents",
        "emailSubject": row["subject"],
        "enableWetSign": "true",
        "envelopeId": key,
        "envelopeIdStamping": "true",
        "envelopeUri": f"/envelopes/{key}",
        "is21CFRPart11": "false",
        "isSignatureProviderEnvelope": "false",
        "lastModifiedDateTime": row["modified"],
        "notificationUri": f"/envelopes/{key}/notification",
        "purgeState": "unpurged",
        "recipientsUri": f"/envelopes/{key}/recipients",
        "sender": {"userName": row["sender"], "accountId": account_id, "email": row["sender"]},
        "signingLocation": "online",
        "status": row["status"],
        "statusChangedDateTime": row["changed"],
        "templatesUri": f"/envelopes/{key}/templates",
    }
    view |= {f"{name}DateTime": times[name] for name in _TIMES if name in times}
    if "sent" in times:
        view |= {"initialSentDateTime": times["sent"], "expireDateTime": row["expires"], "expireEnabled": "true"}
        view["expireAfter"] = str(row["expire_after"])
    if row["blurb"]:
        view["emailBlurb"] = row["blurb"]
    if row["void_reason"]:
        view["voidedReason"] = row["void_reason"]
    if "recipients" in include:
        view["recipients"] = recipients_view(row)
    if "custom_fields" in include:
        view["customFields"] = custom_fields_view(row["custom"])
    return view


def custom_fields_view(fields: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Show custom fields: all are text fields here."""
    shown = [
        {"fieldId": one["id"], "name": one["name"], "show": "false", "required": "false", "value": one["value"]} for one in fields
    ]
    return {"textCustomFields": shown, "listCustomFields": []}


def recipients_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show recipients by kind, with how many there are and whose turn it is."""
    everyone = row["recipients"]
    view: dict[str, Any] = {kind: [recipient_view(one) for one in everyone if one["kind"] == kind] for kind in KINDS}
    waiting = [int(one["order"]) for one in everyone if one["status"] not in {"completed", "declined"}]
    turn = min(waiting) if waiting else max((int(one["order"]) for one in everyone), default=1)
    view |= {name: [] for name in ("agents", "editors", "intermediaries", "inPersonSigners", "seals", "witnesses")}
    return view | {"recipientCount": str(len(everyone)), "currentRoutingOrder": str(turn)}


def recipient_view(one: Mapping[str, Any]) -> dict[str, Any]:
    """Show one recipient."""
    view = {
        "email": one["email"],
        "name": one["name"],
        "recipientId": one["id"],
        "recipientIdGuid": one["guid"],
        "recipientType": _TYPES[one["kind"]],
        "roleName": one["role"],
        "routingOrder": one["order"],
        "status": one["status"],
    }
    view |= {f"{name}DateTime": at for name, at in one["times"].items()}
    if one["kind"] == "signers":
        view["creationReason"] = "sender"
    if one["reason"]:
        view["declinedReason"] = one["reason"]
    return view


def for_connect(view: Mapping[str, Any]) -> dict[str, Any]:
    """Show an envelope as Connect does: without what only the API says."""
    recipients = {
        name: [{key: value for key, value in one.items() if key != "recipientType"} for one in value]
        if isinstance(value, list)
        else value
        for name, value in view["recipients"].items()
        if value != []
    }
    return {**{name: value for name, value in view.items() if name not in {"expireDateTime", "expireEnabled", "expireAfter"}},
            "recipients": recipients}  # fmt: skip
