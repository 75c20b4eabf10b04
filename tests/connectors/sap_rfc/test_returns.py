"""What SAP's RETURN means, as a table and as a structure, and what COMMIT does with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.sap_rfc.bapi import LOCKS, REMEDIES, attempt, commit, failure, messages
from connectors.erp.sap_rfc.parameters import parameter
from connectors.erp.sap_rfc.pyrfc_stub.connection import _check_type
from ltc.core.contract import Outcome
from ltc.core.errors import Fenced, Later, LtcError, Misconfigured, Rejected, Unauthorised, Unknown
from tests.connectors.sap_rfc.hub import Steps, create

ITEM = create(1, {})
FINE = {"TYPE": "S", "ID": "V1", "NUMBER": "311", "MESSAGE": "saved"}
NOTHING = {"TYPE": "", "ID": "", "NUMBER": "000", "MESSAGE": ""}


def row(kind: str, identity: str, number: str, text: str = "text", **more: str) -> dict[str, Any]:
    return {"TYPE": kind, "ID": identity, "NUMBER": number, "MESSAGE": text, **more}


class Told:
    """A session that answers as it is told: an answer, or an error to raise."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.names: list[str] = []
        self.broken = False

    def call(self, name: str, **params: Any) -> dict[str, Any]:
        self.names.append(name)
        answer = self.answers.get(name, {"RETURN": NOTHING})
        if isinstance(answer, BaseException):
            raise answer
        return dict(answer, **({"PARAMS": params} if params else {}))


@pytest.mark.parametrize("told", [{}, {"RETURN": []}, {"RETURN": NOTHING}, {"RETURN": [FINE]}, {"RETURN": FINE}])
@pytest.mark.parametrize("kind", ["W", "I"])
def test_success_warnings_and_information_are_no_failures(told, kind):
    more = told.get("RETURN") or []
    rows = [*(more if isinstance(more, list) else [more]), row(kind, "V1", "555")]
    assert failure(told) is None
    assert failure({"RETURN": rows}) is None


@pytest.mark.parametrize("kind", ["E", "A"])
@pytest.mark.parametrize("shape", [lambda one: one, lambda one: [FINE, one]])
def test_errors_and_aborts_refuse_the_record(kind, shape):
    told = shape(row(kind, "V1", "033", "Material X does not exist", FIELD="MATERIAL", PARAMETER="ORDER_ITEMS_IN"))
    error = failure({"RETURN": told})
    assert isinstance(error, Rejected)
    assert (error.message, error.field, error.code) == ("SAP: Material X does not exist (V1 033)", "MATERIAL", "sap.v1033")
    assert error.remedy == REMEDIES["V1", "033"]


def test_a_message_that_nobody_foresaw_has_a_remedy_too():
    error = failure({"RETURN": [row("E", "ZX", "7")]})
    assert isinstance(error, Rejected)
    assert (error.code, bool(error.remedy)) == ("sap.zx007", True)


def test_the_parameter_stands_in_for_a_field_that_is_not_named():
    error = failure({"RETURN": [row("E", "V1", "301", PARAMETER="ORDER_PARTNERS", FIELD="")]})
    assert isinstance(error, Rejected)
    assert error.field == "ORDER_PARTNERS"


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_a_lock_goes_before_all_others(lock):
    error = failure({"RETURN": [row("E", "V1", "033"), row("E", *lock, "is being processed by MILLER")]})
    assert isinstance(error, Later)
    assert "MILLER" in error.message


@pytest.mark.parametrize("first", [("RW", "609"), ("V4", "219"), ("V4", "248")])
def test_a_mere_conclusion_is_told_only_if_there_is_no_reason(first):
    told = [row("E", *first, "Error in document"), row("E", "F5", "201", "Period is closed"), row("A", "V1", "849", "Limit")]
    error = failure({"RETURN": told})
    assert isinstance(error, Rejected)
    assert (error.message, error.code) == ("SAP: Period is closed (F5 201); Limit (V1 849)", "sap.f5201")
    alone = failure({"RETURN": told[:1]})
    assert isinstance(alone, Rejected)
    assert "Error in document" in alone.message


def test_a_message_of_mock_sap_lacks_what_it_does_not_need():
    assert [one.number for one in messages({"RETURN": [{"TYPE": "E", "NUMBER": "42"}]})] == ["042"]


# -- attempts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome", "names"),
    [
        ({"RETURN": [row("E", "V1", "033")]}, Outcome.REJECTED, ["X", "BAPI_TRANSACTION_ROLLBACK"]),
        ({"RETURN": row("A", "V1", "042")}, Outcome.LATER, ["X", "BAPI_TRANSACTION_ROLLBACK"]),
        (Later("lost"), Outcome.LATER, ["X", "BAPI_TRANSACTION_ROLLBACK"]),
        (Rejected("short dump"), Outcome.REJECTED, ["X", "BAPI_TRANSACTION_ROLLBACK"]),
        (TypeError("NAME1: float"), Outcome.REJECTED, ["X"]),
    ],
)
def test_what_a_bapi_refuses_is_rolled_back(answer, outcome, names):
    session = Told(X=answer)
    _, refusal = attempt(session, ITEM, "X")
    assert refusal is not None
    assert (refusal.outcome, refusal.key, refusal.error is not None, session.names) == (outcome, ITEM.key, True, names)


@pytest.mark.parametrize("error", [Unauthorised("no"), Misconfigured("no such module")])
def test_what_concerns_the_whole_system_is_raised(error):
    with pytest.raises(type(error)):
        attempt(Told(X=error), ITEM, "X")


def test_a_broken_session_is_asked_nothing():
    session = Told()
    session.broken = True
    _, refusal = attempt(session, ITEM, "X")
    assert refusal is not None
    assert (refusal.outcome, session.names) == (Outcome.LATER, [])


def test_a_session_that_cannot_roll_back_is_thrown_away():
    session = Told(X={"RETURN": [row("E", "V1", "033")]}, BAPI_TRANSACTION_ROLLBACK=Later("lost"))
    _, refusal = attempt(session, ITEM, "X")
    assert refusal is not None
    assert (refusal.outcome, session.broken) == (Outcome.REJECTED, True)


# -- COMMIT ---------------------------------------------------------------------------------------------------------


def test_commit_waits_and_gives_the_number():
    session, steps = Told(), Steps()
    result = commit(session, ITEM, steps, "4711", Outcome.CREATED)
    assert (result.outcome, result.id, result.error) == (Outcome.CREATED, "4711", None)
    assert session.names == ["BAPI_TRANSACTION_COMMIT"]
    assert steps.kept == {ITEM.key: {"number": {"id": "4711"}}}


@pytest.mark.parametrize("shape", [lambda one: one, lambda one: [one]])
@pytest.mark.parametrize(
    ("told", "outcome"),
    [(row("E", "00", "671", "Update was terminated"), Outcome.REJECTED), (row("E", "V1", "042"), Outcome.LATER)],
)
def test_the_return_of_commit_counts(shape, told, outcome):
    session = Told(BAPI_TRANSACTION_COMMIT={"RETURN": shape(told)})
    assert commit(session, ITEM, Steps(), "4711", Outcome.CREATED).outcome is outcome
    assert session.names[-1] == "BAPI_TRANSACTION_ROLLBACK"


@pytest.mark.parametrize("error", [Unknown("cut"), Later("503"), Rejected("invalid handle"), Unauthorised("logon refused")])
def test_a_commit_that_does_not_answer_is_unknown_and_never_sent_again(error):
    session = Told(BAPI_TRANSACTION_COMMIT=error)
    result = commit(session, ITEM, Steps(), "4711", Outcome.CREATED)
    assert (result.outcome, result.id, type(result.error)) == (Outcome.UNKNOWN, "4711", Unknown)
    assert session.names == ["BAPI_TRANSACTION_COMMIT"]


def test_there_is_no_commit_without_a_number_or_a_session_or_the_journals_leave():
    session = Told()
    assert commit(session, ITEM, Steps(), "", Outcome.CREATED).outcome is Outcome.REJECTED
    with pytest.raises(Fenced):
        commit(session, ITEM, Steps(Fenced("taken over")), "4711", Outcome.CREATED)
    assert session.names == ["BAPI_TRANSACTION_ROLLBACK"] * 2
    session.broken = True
    steps = Steps()
    assert commit(session, ITEM, steps, "4711", Outcome.CREATED).outcome is Outcome.LATER
    assert (len(session.names), steps.kept) == (2, {})


def test_a_fence_goes_before_a_rollback_that_fails():
    session = Told(BAPI_TRANSACTION_ROLLBACK=LtcError("lost"))
    with pytest.raises(Fenced):
        commit(session, ITEM, Steps(Fenced("taken over")), "4711", Outcome.CREATED)
    assert session.broken


# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["NAME1", "VDATU", "KLIMK", "KWMENG", "LOEVM"])
@pytest.mark.parametrize("value", [None, "", 1, Decimal("1.5"), "1"])
def test_every_value_is_one_that_rfc_takes(name, value):
    _check_type(name, parameter(name, value))


def test_a_truth_value_is_a_mark_or_a_blank():
    assert [parameter("LOEVM", value) for value in (True, False, None)] == ["X", "", ""]


def test_what_is_empty_is_abaps_initial_value():
    assert [parameter(name, None) for name in ("NAME1", "VDATU", "BUDAT", "KLIMK")] == ["", "00000000", "00000000", 0]
