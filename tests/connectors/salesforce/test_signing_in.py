"""Signing in by client credentials and by signed assertion; secrets stay out of every journal and message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from connectors.crm.salesforce import connector as folder
from connectors.crm.salesforce.connector import SalesforceConnector
from connectors.crm.salesforce.settings import SalesforceSettings
from connectors.crm.salesforce.simulator import SalesforceSimulator
from ltc.core.contract import Kit
from ltc.core.errors import Later, Unauthorised
from ltc.core.simulation import InProcessAdapter, VirtualClock, serve
from tests.connectors.salesforce.conftest import Connect


def signed(org: SalesforceSimulator, **settings: Any) -> SalesforceConnector:
    known = {"base_url": "http://org", "auth": "jwt"} | org.jwt_credentials() | settings
    return SalesforceConnector(SalesforceConnector.Settings(**known), Kit(clock=org.clock), inner=InProcessAdapter(org))


def test_a_signed_assertion(org: SalesforceSimulator) -> None:
    assert signed(org).check().ok


def test_assertions_that_are_refused(org: SalesforceSimulator) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for wrong in ({"private_key": pem.decode()}, {"username": "nobody@example.com"}, {"audience": "https://elsewhere.example"}):
        with pytest.raises(Unauthorised, match="does not let the client in"):
            signed(org, **wrong).check()
    with pytest.raises(Unauthorised, match="private key cannot sign"):
        signed(org, private_key="nonsense").check()


def test_wrong_credentials_say_what_to_do(connect: Connect) -> None:
    with pytest.raises(Unauthorised, match="Check client id, secret or key"):
        connect(client_secret="wrong").check()


def test_an_expired_session_is_renewed_once_and_quietly(org: SalesforceSimulator, connect: Connect, clock: VirtualClock) -> None:
    connector = connect()
    connector.check()
    clock.advance(3 * 3600)
    before = connector.kit.calls
    assert connector.check().ok
    assert connector.kit.calls - before == 3
    org.faults.plan("auth", times=99, kind="503")
    org.tokens.expire_all()
    with pytest.raises(Later):
        connector.check()


def test_the_kit_masks_the_newest_token_only(connect: Connect, clock: VirtualClock) -> None:
    connector = connect()
    connector.check()
    first = list(connector.kit.secrets)
    for _ in range(5):
        clock.advance(3 * 3600)
        connector.check()
    assert len(connector.kit.secrets) == len(first)
    assert first[-1] not in connector.kit.secrets


def test_no_secret_shows_anywhere(org: SalesforceSimulator, clock: VirtualClock) -> None:
    calls: list[str] = []
    kit = Kit(clock=clock, record_call=lambda call: calls.append(repr(call)))
    credentials = org.credentials()
    settings = SalesforceConnector.Settings(
        base_url="http://org", client_id=credentials["client_id"], client_secret=credentials["client_secret"]
    )
    connector = SalesforceConnector(settings, kit, inner=InProcessAdapter(org))
    connector.check()
    token = next(iter(org.tokens._expiry))
    shown = "\n".join([*calls, repr(settings), str(settings.model_dump())])
    assert len(calls) == 2
    assert credentials["client_secret"] not in shown
    assert token not in shown


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"client_secret": None}, "client_secret is needed"),
        ({"auth": "jwt"}, "private_key and username are needed"),
        ({"api_version": "62"}, "String should match pattern"),
        ({"nonsense": 1}, "Extra inputs are not permitted"),
    ],
)
def test_settings_are_checked(connect: Connect, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        connect(**settings)


def test_over_a_real_port(org: SalesforceSimulator) -> None:
    running = serve({"salesforce": org})
    credentials = org.credentials()
    settings = SalesforceConnector.Settings(
        base_url=running.base_urls["salesforce"], client_id=credentials["client_id"], client_secret=credentials["client_secret"]
    )
    connector = SalesforceConnector(settings, Kit())
    assert connector.check().ok
    assert connector.read("Account", "", ["Name"]).more is False
    connector.close()
    running.stop()


def test_the_settings_are_documented() -> None:
    readme = (Path(folder.__file__).parent / "README.md").read_text()
    shown = readme.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip().splitlines()[2:]
    rows = []
    for name, field in SalesforceSettings.model_fields.items():
        default = "" if field.is_required() or field.default in {None, ""} else f"`{field.default}`"
        rows.append(f"| `{name}` | {default} | {field.description} |".replace("|  |", "| |"))
    assert shown == rows
