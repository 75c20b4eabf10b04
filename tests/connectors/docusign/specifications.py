"""What DocuSign publishes of its API and of Connect, as schemas, and whether a payload keeps to it.

The definitions are DocuSign's own. They say which fields there are and of which type; which of them an answer always has, and
which values some have, only DocuSign's samples and the definitions' descriptions say, so both are written down here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft4Validator

from connectors.esign.docusign import connector as folder

FIXTURES: Final = Path(folder.__file__).parent / "fixtures"
DEFINITIONS: Final = json.loads((FIXTURES / "esignature.definitions.json").read_text(encoding="utf-8"))["definitions"]
SAMPLE: Final = json.loads((FIXTURES / "connect.sample.json").read_text(encoding="utf-8"))
STATUSES: Final = [
    "completed",
    "created",
    "declined",
    "deleted",
    "delivered",
    "sent",
    "signed",
    "timedout",
    "voided",
    "correct",
    "processing",
]
_RECIPIENT: Final = ["recipientId", "recipientIdGuid", "routingOrder", "status", "name", "email"]
ALWAYS: Final[Mapping[str, list[str]]] = MappingProxyType(
    {
        "envelope": [
            "envelopeId",
            "status",
            "statusChangedDateTime",
            "createdDateTime",
            "emailSubject",
            "documentsUri",
            "recipientsUri",
        ],
        "envelopeSummary": ["envelopeId", "uri", "status", "statusDateTime"],
        "envelopesInformation": ["resultSetSize", "totalSetSize", "startPosition", "endPosition"],
        "envelopeTemplateResults": ["resultSetSize", "totalSetSize", "startPosition", "endPosition"],
        "recipients": ["recipientCount", "currentRoutingOrder", "signers"],
        "errorDetails": ["errorCode", "message"],
        "textCustomField": ["fieldId", "name", "value"],
        "signer": _RECIPIENT,
        "carbonCopy": _RECIPIENT,
        "certifiedDelivery": _RECIPIENT,
    }
)
"""What every sample of an answer has."""
_WHOLE: Final = {"type": "string", "pattern": r"^\d+$"}
_MOMENT: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$"}
_PEOPLE: Final = ["created", "sent", "delivered", "signed", "declined", "completed", "faxpending", "autoresponded"]
_KINDS: Final = [
    "agent",
    "carbonCopy",
    "certifiedDelivery",
    "editor",
    "inPersonSigner",
    "intermediaries",
    "seal",
    "signer",
    "witness",
]
VALUES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "envelope": {
            "status": {"enum": STATUSES},
            "signingLocation": {"enum": ["inPerson", "online"]},
            "purgeState": {
                "enum": [
                    "unpurged",
                    "documents_queued",
                    "documents_dequeued",
                    "documents_purged",
                    "documents_and_metadata_queued",
                    "documents_and_metadata_purged",
                    "documents_and_metadata_and_redact_queued",
                    "documents_and_metadata_and_redact_purged",
                ]
            },
        },
        "envelopeSummary": {"status": {"enum": STATUSES}},
        **{name: dict.fromkeys(ALWAYS[name], _WHOLE) for name in ("envelopesInformation", "envelopeTemplateResults")},
        "recipients": {"recipientCount": _WHOLE, "currentRoutingOrder": _WHOLE},
        **{
            name: {"status": {"enum": _PEOPLE}, "recipientType": {"enum": _KINDS}, "routingOrder": _WHOLE}
            for name in ("signer", "carbonCopy", "certifiedDelivery")
        },
    }
)
"""The values that a field's description lists."""
_TEXT: Final = {"type": "string"}
_ACCOUNT: Final[dict[str, Any]] = {
    "account_id": _TEXT,
    "is_default": {"type": "boolean"},
    "account_name": _TEXT,
    "base_uri": {"type": "string", "pattern": "^https?://[^/]+"},
}


def _closed(properties: Mapping[str, Any], *optional: str, **more: Any) -> dict[str, Any]:
    names = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": names, "additionalProperties": False, **more}


SIGNING_IN: Final[Mapping[str, dict[str, Any]]] = MappingProxyType(
    {
        "token": _closed({"access_token": _TEXT, "token_type": {"enum": ["Bearer"]}, "expires_in": {"type": "integer"}}),
        "userinfo": _closed(
            {
                **dict.fromkeys(["sub", "name", "given_name", "family_name", "created", "email"], _TEXT),
                "accounts": {"type": "array", "items": _closed(_ACCOUNT), "minItems": 1},
            }
        ),
        "error": _closed({"error": _TEXT, "error_description": _TEXT}, "error_description"),
    }
)
"""What the account server answers, by the models of DocuSign's own client library: there is no specification of it."""


@cache
def request_of(name: str) -> Draft4Validator:
    """Validate a request by a definition, and refuse what it does not name."""
    definitions = {key: {**value, "additionalProperties": False} for key, value in DEFINITIONS.items()}
    return Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


@cache
def answer_of(name: str) -> Draft4Validator:
    """Validate an answer by a definition: nothing that it does not name, and all that answers always have."""
    definitions = {key: _answered(key, value) for key, value in DEFINITIONS.items()}
    return Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def _answered(name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    moments = {key: _MOMENT for key in definition["properties"] if key.endswith("DateTime")}
    said = {**definition, "properties": {**definition["properties"], **moments, **VALUES.get(name, {})}}
    return {**said, "additionalProperties": False, **({"required": ALWAYS[name]} if name in ALWAYS else {})}


def definition_of(method: str, path: str, *, answer: bool) -> str:
    """Name the definition of what is asked or answered at a path."""
    tail = path.partition("/accounts/")[2].partition("/")[2]
    if tail == "envelopes":
        return {"GET": "envelopesInformation", "POST": "envelopeSummary" if answer else "envelopeDefinition"}[method]
    if tail == "templates":
        return "envelopeTemplateResults"
    if tail.startswith("folders/"):
        return "foldersResponse" if answer else "foldersRequest"
    if tail.endswith("/recipients"):
        return "recipientsUpdateSummary" if answer and method == "PUT" else "recipients"
    if tail.endswith("/custom_fields"):
        return "customFieldsEnvelope" if answer else "customFields"
    return "envelopeUpdateSummary" if answer and method == "PUT" else "envelope"


def faults(method: str, path: str, status: int, body: Any) -> list[str]:
    """Say where an answer is not as DocuSign publishes it."""
    if path.startswith("/oauth/"):
        name = path.removeprefix("/oauth/") if status < 400 else "error"
        validator = Draft4Validator(SIGNING_IN[name])
    else:
        name = definition_of(method, path, answer=True) if status < 400 else "errorDetails"
        validator = answer_of(name)
    return [f"{method} {path} ({status}): {name}{_told(error)}" for error in validator.iter_errors(body)]


def faults_of_message(body: Mapping[str, Any]) -> list[str]:
    """Say where a message of Connect is not as DocuSign publishes it: its sample, and the envelope's own definition."""
    data = body.get("data", {})
    found = [_told(error) for error in Draft4Validator(like(SAMPLE)).iter_errors(body)]
    found += [f".{name} is missing" for name in SAMPLE if name not in body]
    found += [f".data.{name} is missing" for name in ("accountId", "userId", "envelopeId", "envelopeSummary") if name not in data]
    found += [_told(error) for error in answer_of("envelope").iter_errors(data.get("envelopeSummary"))]
    return [f"Connect{one}" for one in found]


def like(sample: Any) -> dict[str, Any]:
    """Make a schema of a sample: the same keys at most, and the same types."""
    if isinstance(sample, dict):
        return {
            "type": "object",
            "properties": {key: like(value) for key, value in sample.items()},
            "additionalProperties": False,
        }
    if isinstance(sample, list):
        return {"type": "array", "items": like(sample[0]) if sample else {}}
    return {"type": "integer" if isinstance(sample, int) else "string"}


def _told(error: Any) -> str:
    return f"{error.json_path.removeprefix('$')}: {error.message[:300]}"
