"""Writing envelopes: drafts that are sent, amendments of what DocuSign still lets change, voids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.esign.docusign.amending import amend
from connectors.esign.docusign.envelope import DRAFT, ENDED, HUB_KEY, IN_PROCESS, SEND, decode
from connectors.esign.docusign.reading import Reader, status_of
from ltc.core.contract import Finding, Journal, Outcome, Raw, Settled, Verb, WriteItem, WriteResult
from ltc.core.errors import Gone, Later, LtcError, QuotaSpent, Rejected, Stale, Unauthorised, Unknown

if TYPE_CHECKING:
    from connectors.esign.docusign.session import Session
    from connectors.esign.docusign.settings import DocusignSettings

_OUTCOMES: Final[Sequence[tuple[type[LtcError], Outcome]]] = (
    (Later, Outcome.LATER),
    (Unknown, Outcome.UNKNOWN),
    (Gone, Outcome.GONE),
    (Stale, Outcome.STALE),
    (Rejected, Outcome.REJECTED),
)


class Writer:
    """Writes envelopes one after the other; what happened to one is its result."""

    def __init__(self, session: Session, reader: Reader, settings: DocusignSettings) -> None:
        """Write through a session."""
        self._session, self._reader, self._settings = session, reader, settings
        self._half: dict[str, list[Raw]] = {}
        """What settling found begun, until it is gone on with: DocuSign forgets transaction ids, our key's field it keeps."""

    def write(self, items: Sequence[WriteItem], journal: Journal) -> list[WriteResult]:
        """Write items of one verb; one result per item, in order."""
        creating = [item for item in items if item.verb is Verb.CREATE and DRAFT not in item.journal]
        known = self._recent(creating)
        results = []
        for place, item in enumerate(items):
            try:
                results.append(self._one(item, journal, known.get(item.short_key, [])))
            except (QuotaSpent, Unauthorised) as error:
                if not place:
                    raise
                # What is done is told; the others wait, and the next call meets the same.
                results += [WriteResult(left.key, Outcome.LATER, left.id, error=error) for left in items[place:]]
                break
            except (Later, Unknown, Gone, Stale, Rejected) as error:
                outcome = next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))
                results.append(WriteResult(item.key, outcome, item.id, error=error))
        return results

    def settle(self, items: Sequence[WriteItem]) -> list[Settled]:
        """Find drafts and sent envelopes: those that were journalled by id, others by transaction, then by our key's field."""
        creates = [item for item in items if item.verb is Verb.CREATE]
        begun = {str(item.journal[DRAFT]["id"]): item for item in creates if DRAFT in item.journal}
        found = {item.short_key: [raw] for key, raw in self._by_id(list(begun)).items() for item in (begun[key],)}
        for raw in map(self._decoded, self._reader.by_transactions([item.short_key for item in creates])):
            _add(found.setdefault(str(raw["ltcKey"]), []), raw)
        for item in creates:
            if item.short_key not in found or DRAFT not in item.journal:
                for body in self._reader.by_short_key(item.short_key):
                    _add(found.setdefault(item.short_key, []), self._decoded(body))
        settled = [_settled(item, found.get(item.short_key, [])) for item in items]
        for item, one in zip(items, settled, strict=True):
            if one.finding is Finding.PARTIAL and DRAFT not in item.journal:
                self._half[item.short_key] = found[item.short_key]
        return settled

    # -- creating -------------------------------------------------------------------------------------------------

    def _recent(self, items: Sequence[WriteItem]) -> dict[str, list[Raw]]:
        """Look up in one call what earlier attempts may have made."""
        found: dict[str, list[Raw]] = {}
        for raw in map(self._decoded, self._reader.by_transactions([item.short_key for item in items])):
            _add(found.setdefault(str(raw["ltcKey"]), []), raw)
        for item in items:
            for raw in self._half.pop(item.short_key, []):
                _add(found.setdefault(item.short_key, []), raw)
        return found

    def _one(self, item: WriteItem, journal: Journal, known: Sequence[Raw]) -> WriteResult:
        if item.verb is Verb.CREATE:
            return self._create(item, journal, known)
        if item.verb is Verb.CANCEL:
            return self._cancel(item)
        wanted = status_of(item.fields)
        if wanted == "voided":  # what else was wanted of it is of no use any more, and could be refused
            return self._cancel(item)
        _check_status(wanted)
        others = {name: value for name, value in item.fields.items() if name not in {"status", HUB_KEY}}
        if others:
            amend(self._session, item, others, self._seen)
        if wanted:
            self._bring_to(wanted, item.id)
        return WriteResult(item.key, Outcome.UPDATED, item.id)

    def _bring_to(self, wanted: str, key: str) -> None:
        """Send a draft if that is wanted; refuse what its state does not allow."""
        held = status_of(self._seen(key))
        if wanted == "sent" and held == "created":
            self._send(key)
        elif wanted != held and (wanted == "created" or held not in IN_PROCESS):
            remedy = "Make a new request: what was sent is no draft again, and what has ended is not sent again."
            raise Rejected(f"The envelope is {held}: it can't become {wanted}.", field="status", remedy=remedy)

    def _create(self, item: WriteItem, journal: Journal, known: Sequence[Raw]) -> WriteResult:
        """Make a draft, then send it; an attempt that was cut is gone on with."""
        _check_status(status_of(item.fields))
        begun = dict(item.journal.get(DRAFT) or {})
        outcome = Outcome.UPDATED if begun or known else Outcome.CREATED
        if not begun:
            begun = self._taken(known) or {"id": self._draft(item)}
            journal(item.key, DRAFT, begun)
        key = str(begun["id"])
        self._discard([str(one) for one in begun.get("orphans") or ()])
        if SEND not in item.journal and status_of(item.fields) != "created":
            if outcome is Outcome.CREATED or status_of(self._seen(key)) == "created":
                self._send_or_discard(key)
            journal(item.key, SEND, {"id": key})
        return WriteResult(item.key, outcome, key)

    def _taken(self, known: Sequence[Raw]) -> dict[str, Any]:
        """Choose what to go on with among what earlier attempts made: what was sent, else the first draft."""
        alive = [raw for raw in known if status_of(raw) != "deleted"]
        if not alive:
            return {}
        first = min(alive, key=lambda raw: (status_of(raw) == "created", str(raw.get("createdDateTime")), str(raw["envelopeId"])))
        orphans = [str(raw["envelopeId"]) for raw in alive if raw is not first and status_of(raw) == "created"]
        return {"id": str(first["envelopeId"]), "orphans": orphans}

    def _draft(self, item: WriteItem) -> str:
        fields, settings = item.fields, self._settings
        template = str(fields.get("templateId") or settings.template_id)
        if not template:
            remedy = "Map `template`, or set template_id for this system."
            raise Rejected("The request names no template to send.", field="templateId", remedy=remedy)
        own = {
            settings.hub_key_field: fields.get(HUB_KEY),
            settings.short_key_field: item.short_key,
            settings.template_field: template,
        }
        custom = {**(fields.get("customFields") or {}), **own}
        body = {
            "status": "created",
            "templateId": template,
            "transactionId": item.short_key,
            **{name: fields[name] for name in ("emailSubject", "emailBlurb") if fields.get(name)},
            "templateRoles": [_role(one) for one in fields.get("recipients") or ()],
            "customFields": {
                "textCustomFields": [text_field(name, value) for name, value in custom.items() if value is not None]
            },
        }
        answer = self._session.call("POST", "/envelopes", json=body)
        return str(msgspec.json.decode(answer.content)["envelopeId"])

    def _send(self, key: str) -> None:
        """Send a draft; one that turns out to be sent already is as good."""
        try:
            self._session.call("PUT", f"/envelopes/{key}", json={"status": "sent"})
        except Rejected:
            if status_of(self._seen(key)) in {"created", "deleted"}:
                raise

    def _send_or_discard(self, key: str) -> None:
        """Send a new draft; one that DocuSign will not send is of no use: once corrected, another is made."""
        try:
            self._send(key)
        except Rejected:
            with suppress(LtcError):  # why it was refused is what a person must read
                self._discard([key])
            raise

    def _discard(self, keys: Sequence[str]) -> None:
        """Delete drafts that nobody needs; what is sent stays."""
        drafts = [key for key, raw in self._by_id(keys).items() if status_of(raw) == "created"]
        if drafts:
            self._session.call("PUT", "/folders/recyclebin", json={"envelopeIds": drafts}, idempotent=True)

    # -- cancelling -----------------------------------------------------------------------------------------------

    def _cancel(self, item: WriteItem) -> WriteResult:
        status = status_of(self._seen(item.id))
        if status == "voided":
            return WriteResult(item.key, Outcome.UNCHANGED, item.id)
        if status == "created":
            self._discard([item.id])
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        if status in IN_PROCESS:
            reason = str(item.fields.get("voidedReason") or self._settings.void_reason)[:200]
            try:
                self._session.call("PUT", f"/envelopes/{item.id}", json={"status": "voided", "voidedReason": reason})
            except Rejected as error:
                if error.code != "docusign.envelope_cannot_void_invalid_state":
                    raise
                raise Stale("The envelope moved on before it could be voided.") from error
            return WriteResult(item.key, Outcome.UPDATED, item.id)
        raise Rejected(
            f"The envelope is {status}: it can no longer be voided.",
            field="status",
            remedy="Agree with the signers on a new document: what is signed is not taken back." if status == "completed" else "",
            code="docusign.envelope_cannot_void_invalid_state",
        )

    # -- within ---------------------------------------------------------------------------------------------------

    def _seen(self, key: str) -> Raw:
        """Read an envelope as it is now, by the list, which has no polling limit per envelope."""
        found = self._by_id([key])
        if key not in found or status_of(found[key]) == "deleted":
            raise Gone(f"There is no envelope {key}.")
        return found[key]

    def _by_id(self, keys: Sequence[str]) -> dict[str, Raw]:
        if not keys:
            return {}
        rows = self._reader.listed({"envelope_ids": ",".join(keys)})
        return {head.envelopeId: self._decoded(body) for head, body in rows}

    def _decoded(self, body: bytes) -> Raw:
        return decode(body, self._settings)


def _check_status(wanted: str) -> None:
    """Refuse a status that only signers can bring about, before anybody gets a mail."""
    if wanted not in {"", "created", "sent"}:
        raise Rejected(f"An envelope becomes {wanted} by what signers do.", field="status", remedy="Let the signers act.")


def _settled(item: WriteItem, found: Sequence[Raw]) -> Settled:
    """Say what became of a create: sent, a draft, several drafts of which one goes on, or nothing."""
    if item.verb is not Verb.CREATE:
        return Settled(item.key, Finding.UNCLEAR, item.id)
    drafts = sorted((str(raw.get("createdDateTime")), str(raw["envelopeId"])) for raw in found if status_of(raw) == "created")
    released = [str(raw["envelopeId"]) for raw in found if status_of(raw) in IN_PROCESS | ENDED | {"signed"}]
    ids = [key for _, key in drafts]
    if len(released) > 1:
        return Settled(item.key, Finding.SEVERAL, candidates=released)
    if released:
        return Settled(item.key, Finding.DONE, released[0], candidates=ids)
    if not ids:
        return Settled(item.key, Finding.ABSENT)
    begun = str((item.journal.get(DRAFT) or {}).get("id") or "")
    chosen = begun if begun in ids else ids[0]
    stays = status_of(item.fields) == "created" and len(ids) == 1
    return Settled(item.key, Finding.DONE if stays else Finding.PARTIAL, chosen, candidates=[key for key in ids if key != chosen])


def _add(known: list[Raw], raw: Raw) -> None:
    if all(one["envelopeId"] != raw["envelopeId"] for one in known):
        known.append(raw)


def _role(row: Mapping[str, Any]) -> dict[str, str]:
    role = {"roleName": str(row.get("recipientKey") or row.get("roleName") or "")}
    return role | {name: str(row[name]) for name in ("name", "email", "routingOrder") if row.get(name)}


def text_field(name: str, value: object) -> dict[str, str]:
    """Write a text custom field."""
    return {"name": name, "value": str(value), "show": "false", "required": "false"}
