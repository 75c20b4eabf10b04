"""Logon, sessions, commit, faults, and what survives on disk."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.sap_rfc.pyrfc_stub import CommunicationError, Connection, LogonError
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import Drop, Request, Response, Simulator, Truncate, VirtualClock, serve
from tests.connectors.sap_rfc.conftest import START, Caller, customer, material

NEW = {
    "I_KUNNR": "",
    "IS_DATA": {"NAME1": "Acme", "COUNTRY": "DE", "POST_CODE1": "50667"},
    "IT_FIELDS": [{"FIELDNAME": "NAME1"}, {"FIELDNAME": "COUNTRY"}, {"FIELDNAME": "POST_CODE1"}],
}
KEY = "ACME 50667"


def names(rfc: Caller) -> list[str]:
    return [name for (name,) in rfc.read("KNA1", ["NAME1"])]


def test_there_is_exactly_one_simulator_in_the_module():
    module = __import__("connectors.erp.sap_rfc.simulator", fromlist=["*"])
    own = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    assert [one for one in own if issubclass(one, Simulator)] == [SapSimulator]


def test_a_sign_of_life_is_empty_and_an_echo_says_who_answers(rfc):
    assert rfc.call("RFC_PING") == {}
    answer = rfc.call("STFC_CONNECTION", REQUTEXT="Grüße")
    assert answer["ECHOTEXT"] == "Grüße"
    assert "Sysid: SIM" in answer["RESPTEXT"]
    assert "Date: 20260302   Time: 060000" in answer["RESPTEXT"]


@pytest.mark.parametrize("wrong", [("LTC_HUB", "no"), ("SOMEBODY", "no"), ("", "")])
def test_a_wrong_logon_is_refused(rfc, wrong):
    rfc.logon = wrong
    assert rfc.error("RFC_PING") == (401, 2, "RFC_LOGON_FAILURE")


def test_a_user_is_known_in_any_case_and_only_in_its_client(rfc):
    rfc.logon = ("ltc_hub", rfc.logon[1])
    assert rfc.call("RFC_PING") == {}
    rfc.headers["sap-client"] = "800"
    assert rfc.error("RFC_PING") == (401, 2, "RFC_LOGON_FAILURE")


def test_a_broken_authorization_header_is_a_wrong_logon(sap):
    answer = sap.handle(Request("POST", "/sap/bc/rfc/RFC_PING", {}, {"Authorization": "Basic §§§"}, b"{}"))
    assert isinstance(answer, Response)
    assert answer.status == 401


def test_what_does_not_exist_is_said(rfc):
    assert rfc.error("Z_NO_SUCH_MODULE") == (404, 5, "FU_NOT_FOUND")
    assert rfc.error("RFC_READ_TABLE", QUERY_TABEL="KNA1") == (500, 20, "RFC_INVALID_PARAMETER")
    assert rfc.error("Z_LTC_CUSTOMER_SAVE", IS_DATA={"NAME9": "x"}) == (500, 20, "RFC_INVALID_PARAMETER")


def test_the_address_of_a_page_is_no_function_module(sap):
    answer = sap.handle(Request("GET", "/sap/bc/rfc/RFC_PING"))
    assert isinstance(answer, Response)
    assert answer.status == 405


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(sap, body):
    credentials = sap.credentials()
    coded = base64.b64encode(f"{credentials['user']}:{credentials['passwd']}".encode()).decode()
    answer = sap.handle(Request("POST", "/sap/bc/rfc/RFC_PING", {}, {"Authorization": f"Basic {coded}"}, body))
    assert isinstance(answer, Response)
    assert isinstance(answer.body, dict)
    assert answer.body["error"]["rc"] == 22


def test_nothing_is_seen_before_the_commit_of_its_own_session(caller):
    one, two = caller("one"), caller("two")
    number = one.call("Z_LTC_CUSTOMER_SAVE", **NEW)["E_KUNNR"]
    assert names(one) == []
    two.commit()
    assert names(two) == []
    one.commit()
    assert names(two) == ["ACME"]
    assert two.read("KNA1", ["KUNNR"]) == [(number,)]


def test_a_rollback_drops_the_work_and_leaves_a_gap_in_the_numbers(rfc):
    first = rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)["E_KUNNR"]
    rfc.call("BAPI_TRANSACTION_ROLLBACK")
    rfc.commit()
    assert names(rfc) == []
    second = rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)["E_KUNNR"]
    assert int(second) == int(first) + 1


def test_a_second_commit_does_nothing_twice(sap, rfc):
    rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    rfc.commit()
    rfc.commit()
    assert names(rfc) == ["ACME"]
    assert [(deed.actor, deed.verb, deed.object) for deed in sap.journal] == [("LTC_HUB", "create", "customer")]


def test_a_call_without_a_session_forgets_its_work(caller):
    one = caller("")
    one.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    one.commit()
    assert names(one) == []


def test_a_wrong_call_ends_the_session_with_its_work(rfc):
    rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    rfc.error("RFC_READ_TABLE", QUERY_TABLE="KNA1", NONSENSE="X")
    rfc.commit()
    assert names(rfc) == []


def test_an_exception_of_a_module_leaves_the_session_alive(rfc):
    rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    assert rfc.error("RFC_READ_TABLE", QUERY_TABLE="NOSUCH") == (500, 5, "TABLE_NOT_AVAILABLE")
    rfc.commit()
    assert names(rfc) == ["ACME"]


# -- faults ---------------------------------------------------------------------------------------------------------


def test_a_lost_answer_of_a_commit_leaves_the_work_done(sap, rfc):
    sap.faults.plan("commit", KEY, kind="drop_after_commit")
    rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    assert isinstance(rfc.post("BAPI_TRANSACTION_COMMIT"), Drop)
    assert names(rfc) == ["ACME"]


def test_a_connection_cut_before_the_commit_leaves_nothing(sap, caller):
    sap.faults.plan("commit", KEY, kind="drop_before")
    one = caller("one")
    one.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    assert isinstance(one.post("BAPI_TRANSACTION_COMMIT"), Drop)
    two = caller("two")
    two.commit()
    assert names(two) == []


def test_a_session_that_ends_takes_its_work_along(sap, rfc):
    sap.faults.plan("commit", KEY, kind="expire_token")
    rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    assert rfc.error("BAPI_TRANSACTION_COMMIT") == (500, 1, "RFC_COMMUNICATION_FAILURE")
    rfc.commit()
    assert names(rfc) == []


def test_a_lock_is_a_message_and_nothing_waits(sap, rfc):
    sap.faults.plan("create", KEY, kind="lock")
    answer = rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)
    assert [(row["TYPE"], row["ID"], row["NUMBER"]) for row in answer["RETURN"]] == [("E", "V1", "042")]
    assert "is currently being processed by" in answer["RETURN"][0]["MESSAGE"]
    rfc.commit()
    assert names(rfc) == []


def test_a_locked_material_has_its_own_message_in_a_structure(sap, rfc):
    sap.faults.plan("change", material(sap), kind="lock")
    answer = rfc.call("BAPI_MATERIAL_SAVEDATA", HEADDATA={"MATERIAL": "P-100"})
    assert (answer["RETURN"]["TYPE"], answer["RETURN"]["ID"], answer["RETURN"]["NUMBER"]) == ("E", "M3", "024")


def test_a_read_can_fail_by_its_table(sap, rfc):
    sap.faults.plan("read", "KNA1", kind="truncate")
    sap.faults.plan("read", "MARA", kind="503")
    assert isinstance(rfc.post("RFC_READ_TABLE", QUERY_TABLE="KNA1", FIELDS=[{"FIELDNAME": "KUNNR"}]), Truncate)
    assert rfc.error("RFC_READ_TABLE", QUERY_TABLE="MARA") == (503, 1, "RFC_COMMUNICATION_FAILURE")
    assert rfc.read("MARA", ["MATNR"]) == []


def test_a_change_is_decided_by_what_the_customer_is_called_not_by_its_number(sap, rfc):
    number = customer(sap, "Acme")
    sap.faults.plan("change", KEY, kind="503")
    change = {"I_KUNNR": number, "IS_DATA": {"STREET": "New"}, "IT_FIELDS": [{"FIELDNAME": "STREET"}]}
    assert rfc.error("Z_LTC_CUSTOMER_SAVE", **change)[0] == 503
    assert rfc.call("Z_LTC_CUSTOMER_SAVE", **change)["E_KUNNR"] == number


def test_a_hostile_system_gives_in_at_the_third_attempt(clock):
    sap = SapSimulator("sap", clock, seed=3, profile="hostile")
    rfc = Caller(sap)
    failed = 0
    for place in range(60):
        new = {**NEW, "IS_DATA": {**NEW["IS_DATA"], "NAME1": f"Acme {place}"}}
        attempts = 1
        while not _saved(rfc, new):
            attempts += 1
        failed += attempts > 1
        assert attempts <= 5
    assert failed
    assert len(set(names(rfc))) == 60
    assert {one.point for one in sap.faults.fired} >= {"create"}


def _saved(rfc: Caller, new: dict[str, Any]) -> bool:
    answer = rfc.post("Z_LTC_CUSTOMER_SAVE", **new)
    if not isinstance(answer, Response) or answer.status != 200:
        rfc.post("BAPI_TRANSACTION_ROLLBACK")
        return False
    assert isinstance(answer.body, dict)
    if answer.body["RETURN"][0]["TYPE"] == "E":
        return False
    done = rfc.post("BAPI_TRANSACTION_COMMIT")
    return isinstance(done, Response) and done.status == 200


# -- over the wire, and on disk -------------------------------------------------------------------------------------


def test_the_stand_in_for_pyrfc_talks_to_it(sap):
    customer(sap, "Jürgen & Söhne")
    running = serve({"sap": sap})
    try:
        known = {"base_url": running.base_urls["sap"], **sap.credentials()}
        with pytest.raises(LogonError):
            Connection(**{**known, "passwd": "wrong"})
        with Connection(**known) as connection:
            answer = connection.call("RFC_READ_TABLE", QUERY_TABLE="KNA1", FIELDS=[{"FIELDNAME": "NAME1"}], DELIMITER="")
            assert answer["DATA"] == [{"WA": "JÜRGEN & SÖHNE"}]
            sap.faults.plan("read", "KNA1", kind="truncate")
            with pytest.raises(CommunicationError):
                connection.call("RFC_READ_TABLE", QUERY_TABLE="KNA1", FIELDS=[{"FIELDNAME": "NAME1"}])
            assert connection.call("RFC_PING") == {}
    finally:
        running.stop()


def test_everything_comes_back_from_disk(sap, caller):
    number = customer(sap, KLIMK="100")
    material(sap)
    caller().call("Z_LTC_CUSTOMER_SAVE", **NEW)
    dumped = json.loads(json.dumps(sap.dump()))
    again = SapSimulator("sap", VirtualClock(START), seed=7)
    again.load(dumped)
    assert again.dump() == sap.dump()
    assert again.state() == sap.state()
    rfc = Caller(again)
    rfc.commit()
    assert rfc.read("KNA1", ["KUNNR"]) == [(number,)]
    assert int(rfc.call("Z_LTC_CUSTOMER_SAVE", **NEW)["E_KUNNR"]) == int(number) + 2


# -- the doors of the simulator, from the order to the money ----------------------------------------------------------


def order(rfc: Caller, number: str, reference: str = "PO-1") -> str:
    """Place an order of three pumps at 10.50 and commit it."""
    answer = rfc.call(
        "BAPI_SALESORDER_CREATEFROMDAT2",
        ORDER_HEADER_IN={
            "DOC_TYPE": "TA", "SALES_ORG": "1000", "DISTR_CHAN": "10", "DIVISION": "00", "PURCH_NO_C": reference,
            "CURRENCY": "EUR",
        },
        ORDER_PARTNERS=[{"PARTN_ROLE": "AG", "PARTN_NUMB": number}],
        ORDER_ITEMS_IN=[{"ITM_NUMBER": "000010", "MATERIAL": "P-100"}],
        ORDER_SCHEDULES_IN=[{"ITM_NUMBER": "000010", "REQ_QTY": 3}],
        ORDER_CONDITIONS_IN=[{"ITM_NUMBER": "000010", "COND_TYPE": "PR00", "COND_VALUE": Decimal("10.5"), "CURRENCY": "EUR"}],
    )  # fmt: skip
    assert [row for row in answer["RETURN"] if row["TYPE"] in "EA"] == []
    rfc.commit()
    return str(answer["SALESDOCUMENT"])


def test_the_doors_lead_from_the_order_to_the_money_and_all_of_it_comes_back_from_disk(sap, rfc):
    payer = customer(sap)
    material(sap)
    placed = order(rfc, payer)
    shipped = sap.ship(placed, {"000010": Decimal(2)}, "WAREHOUSE")
    bill = sap.bill(shipped, "BILLING")
    (invoice,) = sap.rows("billing")
    paid = sap.receive_payment(payer, {bill: invoice["open"]}, "ACCOUNTS")
    assert sap.rows("billing")[0]["open"] == 0
    assert sap.rows("orders")[0]["items"][0]["LFIMG"] == 2
    sap.reverse_payment(paid, "ACCOUNTS")
    assert sap.rows("billing")[0]["open"] == invoice["open"]
    sap.credit(bill, "BILLING")
    assert [deed.object for deed in sap.journal if deed.actor in {"WAREHOUSE", "BILLING", "ACCOUNTS"}]
    again = SapSimulator("sap", VirtualClock(START), seed=7)
    again.load(json.loads(json.dumps(sap.dump())))
    assert again.dump() == sap.dump()
    assert again.state() == sap.state()
    for kind in ("customers", "orders", "deliveries", "billing", "payments"):
        assert again.rows(kind) == sap.rows(kind)
        assert again.rows(kind)


def test_a_change_of_an_order_fails_by_its_reference(sap, rfc):
    payer = customer(sap)
    material(sap)
    placed = order(rfc, payer)
    sap.faults.plan("change", "PO-1", kind="lock")
    answer = rfc.call("BAPI_SALESORDER_CHANGE", SALESDOCUMENT=placed, ORDER_HEADER_INX={"UPDATEFLAG": "U"})
    assert [(row["TYPE"], row["ID"], row["NUMBER"]) for row in answer["RETURN"]] == [("E", "V1", "042")]


def test_a_lost_answer_of_an_orders_commit_is_decided_by_its_reference(sap, rfc):
    payer = customer(sap)
    material(sap)
    sap.faults.plan("commit", "PO-2", kind="drop_after_commit")
    with pytest.raises(AssertionError):
        order(rfc, payer, "PO-2")
    assert [row["BSTNK"] for row in sap.rows("orders")] == ["PO-2"]
