"""What the simulated account says has the shape that DocuSign publishes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.esign.docusign.settings import DocusignSettings
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.simulation import InProcessAdapter, Request
from tests.connectors.docusign.conftest import Connect, Steps, amend, create
from tests.connectors.docusign.specifications import FIXTURES, definition_of, faults, faults_of_message, request_of


class Seen(InProcessAdapter):
    """Checks each request to the API by its definition; each answer of a test is checked where the account gives it."""

    checked: list[str]

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        response = super().send(request, *args, **options)
        path = request.url.partition("?")[0]
        if "/restapi/" not in path:
            return response
        if request.body:
            name = definition_of(request.method, path, answer=False)
            request_of(name).validate(json.loads(request.body))
            self.checked.append(name)
        self.checked.append(definition_of(request.method, path, answer=True) if response.ok else "errorDetails")
        return response


def test_requests_and_answers_have_the_published_shape(account: DocusignSimulator, connect: Connect) -> None:
    seen = Seen(account)
    seen.checked = []
    connector = connect()
    connector._inner = seen
    connector.check()
    steps = Steps()
    results = connector.write("envelope", [create(account, number) for number in (1, 2)], steps)
    connector.read("envelope", "", [])
    row = {"recipientKey": "Customer", "_row": "update", "name": "Ada K. Kunde"}
    connector.write("envelope", [amend(results[0].id, recipients=[row], customFields={"region": "West"})], steps)
    connector.write("envelope", [amend(results[0].id, customFields={"region": "East"})], steps)
    connector.write("envelope", [amend(results[0].id, emailSubject="too late")], steps)
    connector.write("envelope", [amend(results[0].id, status="voided", voidedReason="Changed our mind")], steps)
    draft = connector.write("envelope", [create(account, 3, status="created")], steps)[0]
    connector.write("envelope", [amend(draft.id, emailSubject="Another subject")], steps)
    connector.write("envelope", [amend(draft.id, status="voided")], steps)
    connector.fetch("envelope", [draft.id, results[0].id, results[1].id], [])
    wanted = {
        "envelopeDefinition",
        "envelopeSummary",
        "envelopesInformation",
        "envelopeUpdateSummary",
        "recipients",
        "errorDetails",
    }
    wanted |= {"recipientsUpdateSummary", "customFields", "customFieldsEnvelope", "foldersRequest", "envelopeTemplateResults"}
    assert wanted <= set(seen.checked)


def wrong(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Make a mistake at a path: a value that does not belong there, or none at all."""

    def make(body: dict[str, Any]) -> None:
        *above, last = path.split(".")
        here: Any = body
        for name in above:
            here = here[int(name)] if name.isdecimal() else here[name]
        if value is None:
            del here[last]
        else:
            here[last] = value

    return make


MISTAKES = [
    ("hubId", "1"), ("status", "done"), ("status", 3), ("envelopeId", None), ("createdDateTime", "2026-03-02"),
    ("recipients.signers.0.status", "signing"), ("recipients.signers.0.routingOrder", 1), ("recipients.signers.0.email", None),
    ("recipients.signers.0.nick", "Ada"), ("recipients.recipientCount", 3), ("customFields.textCustomFields.0.value", None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), MISTAKES)
def test_a_planted_mistake_is_found_in_an_answer_and_in_a_message(
    account: DocusignSimulator, connect: Connect, path: str, value: Any
) -> None:
    result = connect().write("envelope", [create(account)], Steps())[0]
    (message, *_) = [json.loads(delivery.body) for delivery in account.deliveries()]
    envelope = message["data"]["envelopeSummary"]
    place = f"/na1/restapi/v2.1/accounts/1/envelopes/{result.id}"
    assert (faults("GET", place, 200, envelope), faults_of_message(message)) == ([], [])
    wrong(path, value)(envelope)
    assert faults("GET", place, 200, envelope)
    assert faults_of_message(message)


@pytest.mark.parametrize("name", ["event", "generatedDateTime", "data.envelopeId", "data.envelopeSummary"])
def test_a_message_that_lacks_something_is_found_out(account: DocusignSimulator, connect: Connect, name: str) -> None:
    connect().write("envelope", [create(account)], Steps())
    message = copy.deepcopy(json.loads(account.deliveries()[0].body))
    wrong(name, None)(message)
    assert faults_of_message(message)


def test_numbers_are_texts_and_errors_have_two_parts() -> None:
    page = {"resultSetSize": "1", "totalSetSize": "1", "startPosition": "0", "endPosition": "0"}
    assert faults("GET", "/restapi/v2.1/accounts/1/envelopes", 200, page) == []
    assert faults("GET", "/restapi/v2.1/accounts/1/envelopes", 200, {**page, "resultSetSize": 1})
    assert faults("GET", "/restapi/v2.1/accounts/1/envelopes", 400, {"errorCode": "INVALID_REQUEST_BODY"})
    assert faults("GET", "/oauth/userinfo", 200, {"sub": "1"})


def test_connect_messages_have_the_published_shape(account: DocusignSimulator, connect: Connect) -> None:
    result = connect().write("envelope", [create(account)], Steps())[0]
    account.view(result.id, "Customer")
    account.sign(result.id, "Customer")
    account.correct(result.id, "Seller", "ben", name="Benjamin Seller")
    account.decline(result.id, "Seller", "The price is wrong.")
    bodies = [json.loads(delivery.body) for delivery in account.deliveries()]
    assert [fault for body in bodies for fault in faults_of_message(body)] == []
    assert [body["event"] for body in bodies] == [
        "envelope-sent", "recipient-sent", "recipient-delivered", "recipient-completed", "recipient-sent", "envelope-corrected",
        "recipient-delivered", "envelope-delivered", "recipient-declined", "envelope-declined",
    ]  # fmt: skip


def test_vendored_definitions_stay_small_and_keep_their_licence() -> None:
    files = list(FIXTURES.iterdir())
    assert sum(path.stat().st_size for path in files) < 300_000
    assert "Copyright (c) 2017- DocuSign, Inc." in (FIXTURES / "LICENSE.DocuSign").read_text(encoding="utf-8")


def test_the_readme_names_every_setting() -> None:
    readme = (FIXTURES.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip().splitlines()[2:]
    rows = []
    for name, info in DocusignSettings.model_fields.items():
        default = "" if info.is_required() or info.default in ("", ()) else f"`{info.default}`"
        rows.append(f"| `{name}` | {default} | {info.description} |".replace("|  |", "| |"))
    assert shown == rows


@pytest.mark.parametrize("path", ["/restapi/v2.1/nowhere", "/nowhere"])
def test_there_is_nothing_elsewhere(account: DocusignSimulator, path: str) -> None:
    answer = account.handle(Request("GET", path))
    assert (answer.status, answer.body["errorCode"]) == (404, "RESOURCE_NOT_FOUND")
