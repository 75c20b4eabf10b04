"""Signing in by a signed assertion, consent, where the account is, and tokens that expire."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.esign.docusign.account.api import OTHER_ACCOUNT
from connectors.esign.docusign.account.tokens import new_key
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.errors import Misconfigured, Unauthorised
from ltc.core.simulation import VirtualClock
from tests.connectors.docusign.conftest import Connect


def test_a_check_signs_in_finds_the_account_and_asks_it(connect: Connect) -> None:
    connector = connect()
    health = connector.check()
    assert health.ok
    assert connector.kit.calls == 3
    assert health.quota == {"used": 1, "limit": 3000}
    assert connector.kit.quota["burst_limit"] == 500


def test_assertions_that_are_refused(connect: Connect) -> None:
    for wrong in (
        {"private_key": new_key("another")},
        {"user_id": "nobody"},
        {"integration_key": "x"},
        {"audience": "elsewhere"},
    ):
        with pytest.raises(Unauthorised, match=r"does not let the application in.*private_key is one"):
            connect(**wrong).check()
    with pytest.raises(Unauthorised, match="private key cannot sign"):
        connect(private_key="nonsense").check()


def test_consent_is_for_a_person_to_give(account: DocusignSimulator, connect: Connect) -> None:
    account.tokens.consented = False
    with pytest.raises(Misconfigured) as caught:
        connect().check()
    assert caught.value.code == "docusign.consent_required"
    assert "http://account/oauth/auth?response_type=code&scope=signature%20impersonation&client_id=" in caught.value.remedy


def test_the_account_is_chosen_by_its_id(connect: Connect) -> None:
    connector = connect(account_id="")
    connector.check()
    assert connector.session.address().startswith("http://account/na1/restapi/v2.1/accounts/")
    assert connect(account_id=OTHER_ACCOUNT).session.address() == f"http://account/eu/restapi/v2.1/accounts/{OTHER_ACCOUNT}"
    with pytest.raises(Misconfigured, match="no account 4711"):
        connect(account_id="4711").check()


def test_an_expired_token_is_renewed_once_and_quietly(connect: Connect, clock: VirtualClock) -> None:
    connector = connect()
    connector.check()
    clock.advance(2 * 3600)
    before = connector.kit.calls
    assert connector.check().ok
    assert connector.kit.calls - before == 4, "the refused call, a token, the account, the call again"
    told = [secret for secret in connector.kit.secrets if secret.startswith("eyJ")]
    assert len(told) == 1, "the kit masks the newest token only"


def test_an_account_that_moved_is_followed(account: DocusignSimulator, connect: Connect) -> None:
    connector = connect()
    connector.check()
    account.move_account("eu2")
    assert connector.check().ok
    assert "/eu2/" in connector.session.address()
    before = connector.kit.calls
    connector.check()
    assert connector.kit.calls - before == 1


def test_an_empty_connect_key_is_refused(connect: Connect) -> None:
    with pytest.raises(ValidationError, match="a key of Connect is empty"):
        connect(webhook_secret=[""])
