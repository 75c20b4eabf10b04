"""What the simulated account says has the shape that DocuSign publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from connectors.esign.docusign import connector as folder
from connectors.esign.docusign.settings import DocusignSettings
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.simulation import InProcessAdapter, Request
from tests.connectors.docusign.conftest import Connect, Steps, amend, create

FOLDER = Path(folder.__file__).parent
DEFINITIONS = json.loads((FOLDER / "fixtures" / "esignature.definitions.json").read_text(encoding="utf-8"))["definitions"]
SAMPLE = json.loads((FOLDER / "fixtures" / "connect.sample.json").read_text(encoding="utf-8"))
LISTS = {"/envelopes": "envelopesInformation", "/templates": "envelopeTemplateResults"}


def strict(name: str) -> Draft4Validator:
    """Validate by a definition, and refuse what it does not name."""
    definitions = {key: {**value, "additionalProperties": False} for key, value in DEFINITIONS.items()}
    return Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


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


def definition_of(method: str, path: str, *, answer: bool) -> str:
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


class Seen(InProcessAdapter):
    """Checks each request and each answer of the API by its definition."""

    checked: list[str]

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        response = super().send(request, *args, **options)
        path = request.url.partition("?")[0]
        if "/restapi/" not in path:
            return response
        if request.body:
            name = definition_of(request.method, path, answer=False)
            strict(name).validate(json.loads(request.body))
            self.checked.append(name)
        name = definition_of(request.method, path, answer=True) if response.ok else "errorDetails"
        strict(name).validate(response.json())
        self.checked.append(name)
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


def test_an_invented_field_would_be_found_out() -> None:
    assert list(strict("envelope").iter_errors({"envelopeId": "1", "hubId": "2"}))
    assert list(strict("envelopesInformation").iter_errors({"resultSetSize": 1})), "numbers are texts"


def test_connect_messages_have_the_published_shape(account: DocusignSimulator, connect: Connect) -> None:
    result = connect().write("envelope", [create(account)], Steps())[0]
    account.view(result.id, "Customer")
    account.sign(result.id, "Customer")
    account.correct(result.id, "Seller", "ben", name="Benjamin Seller")
    account.decline(result.id, "Seller", "The price is wrong.")
    validator = Draft4Validator(like(SAMPLE))
    events = []
    for delivery in account.deliveries():
        body = json.loads(delivery.body)
        validator.validate(body)
        assert {"event", "uri", "retryCount", "configurationId", "apiVersion", "generatedDateTime", "data"} == set(body)
        events.append(body["event"])
    assert events == [
        "envelope-sent", "recipient-sent", "recipient-delivered", "recipient-completed", "recipient-sent", "envelope-corrected",
        "recipient-delivered", "envelope-delivered", "recipient-declined", "envelope-declined",
    ]  # fmt: skip


def test_vendored_definitions_stay_small_and_keep_their_licence() -> None:
    files = list((FOLDER / "fixtures").iterdir())
    assert sum(path.stat().st_size for path in files) < 300_000
    assert "Copyright (c) 2017- DocuSign, Inc." in (FOLDER / "fixtures" / "LICENSE.DocuSign").read_text(encoding="utf-8")


def test_the_readme_names_every_setting() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
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
