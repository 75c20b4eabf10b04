"""Amending envelopes: subject and message of a draft, recipients and custom fields until it has ended.

DocuSign has a call of its own for each. Only what changes is sent: an e-mail address, even the same one, mails its owner anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.esign.docusign.envelope import group_of
from ltc.core.contract import Raw, WriteItem
from ltc.core.errors import LtcError, Rejected

if TYPE_CHECKING:
    from connectors.esign.docusign.session import Session

_TEXTS: Final = ("emailSubject", "emailBlurb")
_OF_PERSON: Final = ("name", "email", "routingOrder", "note")


def amend(session: Session, item: WriteItem, fields: Mapping[str, Any], seen: Callable[[str], Raw]) -> None:
    """Change what these fields say; the recipients' ids are looked up in the envelope as it is now."""
    known = seen(item.id)
    template = fields.get("templateId")
    if template and template != known.get("templateId"):
        remedy = "Void the envelope and send another."
        raise Rejected("The template of an envelope can't be changed.", field="templateId", remedy=remedy)
    texts = {name: fields[name] or "" for name in _TEXTS if name in fields}
    if texts:
        session.call("PUT", f"/envelopes/{item.id}", json=texts)
    if fields.get("customFields"):
        _custom(session, item.id, fields["customFields"])
    if fields.get("recipients"):
        _recipients(session, item.id, fields["recipients"], known)


def _custom(session: Session, key: str, wanted: Mapping[str, Any]) -> None:
    """Change custom fields that are there, by their ids, and add the others."""
    told = msgspec.json.decode(session.call("GET", f"/envelopes/{key}/custom_fields", idempotent=True).content)
    ids = {str(one["name"]): str(one["fieldId"]) for one in told.get("textCustomFields") or ()}
    held = [{"fieldId": ids[name], "name": name, "value": _text(value)} for name, value in wanted.items() if name in ids]
    new = [
        {"name": name, "value": _text(value), "show": "false", "required": "false"}
        for name, value in wanted.items()
        if name not in ids
    ]
    for method, rows in (("PUT", held), ("POST", new)):
        if rows:
            session.call(method, f"/envelopes/{key}/custom_fields", json={"textCustomFields": rows})


def _recipients(session: Session, key: str, rows: list[Mapping[str, Any]], known: Raw) -> None:
    people = {str(one["recipientKey"]): one for one in known.get("recipients") or ()}
    gone: dict[str, list[dict[str, str]]] = {}
    changed: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        role = str(row.get("recipientKey") or "")
        person = people.get(role)
        if person is None:
            remedy = "Roles come from the template: void the envelope and send another."
            raise Rejected(f"The envelope has no recipient in the role {role}.", field="recipients", remedy=remedy)
        group, name = group_of(str(person["recipientType"])), {"recipientId": str(person["recipientId"])}
        if row.get("_row") == "delete":
            gone.setdefault(group, []).append(name)
            continue
        values = {one: str(row[one]) for one in _OF_PERSON if row.get(one) and str(row[one]) != person.get(one)}
        if values:
            changed.setdefault(group, []).append(name | values)
    if changed:
        _check(session.call("PUT", f"/envelopes/{key}/recipients", json=changed).content, people)
    if gone:
        session.call("DELETE", f"/envelopes/{key}/recipients", json=gone)


def _check(content: bytes, people: Mapping[str, Mapping[str, Any]]) -> None:
    """Find the refusals in an answer that looks like a success: each recipient has a result of its own."""
    roles = {str(one["recipientId"]): role for role, one in people.items()}
    faults: list[LtcError] = []
    for one in msgspec.json.decode(content).get("recipientUpdateResults") or ():
        said = one.get("errorDetails") or {}
        code = str(said.get("errorCode") or "SUCCESS").upper()
        if code != "SUCCESS":
            role = roles.get(str(one.get("recipientId")), str(one.get("recipientId")))
            text = f"{role}: {said.get('message') or code}"
            remedy = "Who has signed can't be changed any more: void the envelope and send another."
            faults.append(Rejected(text, field="recipients", remedy=remedy, code=f"docusign.{code.lower()}"))
    if faults:
        raise faults[0]


def _text(value: object) -> str:
    return "" if value is None else str(value)
