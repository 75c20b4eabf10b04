"""Writing: what is refused leaves nothing behind and mails nobody, and what signers have done stays."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.esign.docusign.connector import DocusignConnector
from connectors.esign.docusign.simulator import DocusignSimulator
from ltc.core.contract import Outcome, WriteItem, WriteResult
from ltc.core.errors import Rejected, Stale
from tests.connectors.docusign.conftest import Steps, amend, cancel, create, people

CUSTOMER = {"recipientKey": "Customer", "_row": "update"}


def write(connector: DocusignConnector, item: WriteItem) -> WriteResult:
    (result,) = connector.write("envelope", [item], Steps())
    return result


def mails(account: DocusignSimulator) -> list[str]:
    return [one.event for one in account.deliveries() if one.event in {"recipient-sent", "recipient-resent"}]


@pytest.mark.parametrize("status", ["completed", "declined", "voided", "delivered", "timedout"])
def test_a_status_that_only_signers_bring_about_mails_nobody(
    account: DocusignSimulator, connector: DocusignConnector, status: str
) -> None:
    result = write(connector, create(account, status=status))
    assert result.outcome is Outcome.REJECTED
    assert isinstance(result.error, Rejected)
    assert (result.error.field, status in result.error.message) == ("status", True)
    assert (account.rows(), mails(account)) == ([], [])


def test_a_draft_that_is_refused_on_sending_is_thrown_away_and_its_correction_is_sent(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    result = write(connector, create(account, recipients=people()[:1]))
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "docusign.envelope_is_incomplete")
    assert "where they come from (the deal's contact)" in str(result.error)
    assert [row["status"] for row in account.rows()] == ["deleted"]
    assert write(connector, create(account)).outcome in {Outcome.CREATED, Outcome.UPDATED}
    assert [row["status"] for row in account.rows()] == ["deleted", "sent"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"templateId": ""}, "record.rejected"),
        ({"templateId": "nonsense"}, "docusign.template_id_invalid"),
        ({"recipients": [{"recipientKey": "Nobody", "name": "N", "email": "n@x.example"}]}, "docusign.invalid_template_role"),
        ({"emailSubject": "x" * 101}, "docusign.invalid_email_subject"),
    ],
)
def test_what_is_refused_at_once_stops_no_other(
    account: DocusignSimulator, connector: DocusignConnector, fields: dict[str, Any], code: str
) -> None:
    wrong, right = connector.write("envelope", [create(account, 1, **fields), create(account, 2)], Steps())
    assert (wrong.outcome, right.outcome) == (Outcome.REJECTED, Outcome.CREATED)
    assert isinstance(wrong.error, Rejected)
    assert wrong.error.code == code
    assert wrong.error.remedy
    assert [row["subject"] for row in account.rows()] == ["Please sign order 2"]


def test_a_batch_costs_a_look_up_and_two_calls_each(account: DocusignSimulator, connector: DocusignConnector) -> None:
    connector.check()
    before = connector.kit.calls
    connector.write("envelope", [create(account, number) for number in range(20)], Steps())
    assert connector.kit.calls - before == 1 + 2 * 20
    assert len(account.rows("sent")) == 20


def test_a_draft_is_edited_and_then_sent(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account, status="created")).id
    assert mails(account) == []
    write(connector, amend(key, emailSubject="Another", emailBlurb="Hello", status="sent"))
    row = account.row(key)
    assert (row["subject"], row["blurb"], row["status"], mails(account)) == ("Another", "Hello", "sent", ["recipient-sent"])
    write(connector, amend(key, status="sent"))
    assert mails(account) == ["recipient-sent"], "what is sent is not sent again"


def test_correcting_a_name_mails_nobody_and_a_new_address_does(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account)).id
    row = {**CUSTOMER, "email": "ada1@customer.example", "name": "Ada K."}
    assert write(connector, amend(key, recipients=[row])).error is None
    assert account.row(key)["recipients"][0]["name"] == "Ada K."
    assert mails(account) == ["recipient-sent"], "the same address is not sent: DocuSign would mail it again"
    write(connector, amend(key, recipients=[{**CUSTOMER, "email": "new@customer.example"}]))
    assert mails(account) == ["recipient-sent", "recipient-resent"]
    assert account.row(key)["recipients"][0]["email"] == "new@customer.example"


def test_who_has_signed_is_not_changed_and_the_others_are(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account)).id
    account.sign(key, "Customer")
    seller = {"recipientKey": "Seller", "_row": "update", "name": "Benjamin"}
    result = write(connector, amend(key, recipients=[{**CUSTOMER, "name": "Eve"}, seller]))
    assert (result.outcome, getattr(result.error, "code", "")) == (Outcome.REJECTED, "docusign.recipient_update_failed")
    assert "Customer" in str(result.error)
    assert [one["name"] for one in account.row(key)["recipients"]] == ["Ada Kunde", "Benjamin", "Office"]


def test_a_role_that_is_not_there_and_another_template_are_refused(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    key = write(connector, create(account)).id
    for fields, field in (
        ({"recipients": [{"recipientKey": "Nobody", "_row": "insert", "name": "N"}]}, "recipients"),
        ({"templateId": "another"}, "templateId"),
    ):
        result = write(connector, amend(key, **fields))
        assert isinstance(result.error, Rejected)
        assert (result.outcome, result.error.field) == (Outcome.REJECTED, field)
        assert result.error.remedy


def test_a_recipient_is_taken_out(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account)).id
    assert write(connector, amend(key, recipients=[{"recipientKey": "Office", "_row": "delete"}])).error is None
    assert [one["role"] for one in account.row(key)["recipients"]] == ["Customer", "Seller"]


@pytest.mark.parametrize("wanted", ["sent", "created"])
def test_what_has_ended_is_not_said_to_be_sent(account: DocusignSimulator, connector: DocusignConnector, wanted: str) -> None:
    key = write(connector, create(account)).id
    account.decline(key, "Customer", "No.")
    result = write(connector, amend(key, status=wanted))
    assert result.outcome is Outcome.REJECTED
    assert f"is declined: it can't become {wanted}" in str(result.error)


def test_a_sent_one_is_no_draft_again_and_a_wrong_status_changes_nothing(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    key = write(connector, create(account)).id
    assert write(connector, amend(key, status="created")).outcome is Outcome.REJECTED
    result = write(connector, amend(key, status="completed", recipients=[{**CUSTOMER, "name": "Eve"}]))
    assert result.outcome is Outcome.REJECTED
    assert account.row(key)["recipients"][0]["name"] == "Ada Kunde"


def test_voiding_says_why_once(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account)).id
    assert write(connector, amend(key, status="voided", voidedReason="x" * 300)).outcome is Outcome.UPDATED
    assert (account.row(key)["status"], account.row(key)["void_reason"]) == ("voided", "x" * 200)
    assert write(connector, cancel(key)).outcome is Outcome.UNCHANGED
    assert [one.verb for one in account.journal].count("voided") == 1
    other = write(connector, create(account, 2)).id
    write(connector, cancel(other))
    assert account.row(other)["void_reason"] == connector.settings.void_reason


def test_what_is_voided_is_not_held_up_by_what_can_no_longer_be_changed(
    account: DocusignSimulator, connector: DocusignConnector
) -> None:
    key = write(connector, create(account)).id
    account.sign(key, "Customer")
    result = write(connector, amend(key, status="voided", recipients=[{**CUSTOMER, "name": "Eve"}]))
    assert (result.outcome, account.row(key)["status"]) == (Outcome.UPDATED, "voided")


@pytest.mark.parametrize("end", ["completed", "declined"])
def test_what_signers_ended_is_not_taken_back(account: DocusignSimulator, connector: DocusignConnector, end: str) -> None:
    key = write(connector, create(account)).id
    if end == "completed":
        account.sign(key, "Customer")
        account.sign(key, "Seller")
    else:
        account.decline(key, "Customer", "No.")
    result = write(connector, cancel(key))
    assert (result.outcome, getattr(result.error, "code", "")) == (
        Outcome.REJECTED,
        "docusign.envelope_cannot_void_invalid_state",
    )
    assert account.row(key)["status"] == end


def test_one_that_completes_while_it_is_voided_is_stale(
    account: DocusignSimulator, connector: DocusignConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write(connector, create(account)).id
    account.sign(key, "Customer")
    void = account.envelopes.void

    def late(row: Any, reason: str, actor: str) -> None:
        account.sign(key, "Seller")
        void(row, reason, actor)

    monkeypatch.setattr(account.envelopes, "void", late)
    result = write(connector, cancel(key))
    assert (result.outcome, type(result.error)) == (Outcome.STALE, Stale)
    assert account.row(key)["status"] == "completed"


def test_a_locked_envelope_is_for_later(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account)).id
    account.keep_locked(key, "2026-03-02T06:10:00.0000000Z")
    assert write(connector, cancel(key)).outcome is Outcome.LATER
    assert account.row(key)["status"] == "sent"


def test_a_cancelled_draft_goes_to_the_bin_and_is_gone_then(account: DocusignSimulator, connector: DocusignConnector) -> None:
    key = write(connector, create(account, status="created")).id
    assert write(connector, cancel(key)).outcome is Outcome.UPDATED
    assert account.row(key)["status"] == "deleted"
    assert write(connector, amend(key, emailSubject="x", status="sent")).outcome in {Outcome.GONE, Outcome.REJECTED}
    assert write(connector, cancel(key)).outcome is Outcome.GONE
