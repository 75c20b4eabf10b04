"""Writing customers and materials: what SAP has afterwards, and in how many calls."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Rejected
from tests.connectors.sap_rfc.conftest import customer, material
from tests.connectors.sap_rfc.hub import Hub, change, create, key_of

COMMIT, ROLLBACK = "BAPI_TRANSACTION_COMMIT", "BAPI_TRANSACTION_ROLLBACK"
ACME = {
    "NAME1": "Acme GmbH", "STREET": "Domstr. 1", "CITY1": "Köln", "POST_CODE1": "50667", "COUNTRY": "DE", "LANGU": "D",
    "STCEG": "DE123456789", "SMTP_ADDR": "info@acme.example", "WAERS": "EUR", "ZTERM": "NT30",
    "KLIMK": Decimal("25000.5"), "KWAER": "EUR",
}  # fmt: skip


@pytest.fixture
def hub(sap: SapSimulator) -> Hub:
    return Hub(sap)


# -- customers ------------------------------------------------------------------------------------------------------


def test_a_customer_is_created_with_its_number_stored_before_commit(hub, sap):
    seen = []

    def journal(key: str, step: str, data: dict) -> None:
        seen.append((key, step, data["id"], len(sap.tables.rows("KNA1")), hub.names[-1]))

    (result,) = hub.connector.write("customer", [create(1, ACME)], journal)
    assert (result.outcome, result.error, result.answer) == (Outcome.CREATED, None, None)
    assert seen == [("intent-1", "number", result.id, 0, "Z_LTC_CUSTOMER_SAVE")]
    assert hub.names == ["Z_LTC_CUSTOMER_SAVE", COMMIT]
    found = hub.read("customer", result.id)
    assert {name: found[name] for name in ("NAME1", "CITY1", "STCEG", "SMTP_ADDR", "SORT2", "KTOKD", "KLIMK", "ZTERM")} == {
        "NAME1": "ACME GMBH", "CITY1": "KÖLN", "STCEG": "DE123456789", "SMTP_ADDR": "info@acme.example", "SORT2": key_of(1),
        "KTOKD": "KUNA", "KLIMK": Decimal("25000.50"), "ZTERM": "NT30",
    }  # fmt: skip
    assert [row["AREA"] for row in found["KNVV"]] == ["1000/10/00"]


def test_only_what_changed_of_a_customer_is_written(hub, sap):
    number = hub.one("customer", create(1, ACME)).id
    before = hub.read("customer", number)
    result = hub.one("customer", change(number, {"CITY1": "Bonn", "SMTP_ADDR": None, "KLIMK": None}))
    assert (result.outcome, result.id) == (Outcome.UPDATED, number)
    after = hub.read("customer", number)
    assert {name for name in after if after[name] != before[name]} == {"CITY1", "SMTP_ADDR", "KLIMK"}
    assert (after["CITY1"], after["SMTP_ADDR"], after["KLIMK"]) == ("BONN", "", 0)
    assert set(sap.journal[-1].fields) == {"CITY1", "SMTP_ADDR", "KLIMK"}


def test_sales_areas_and_company_codes_are_added_and_changed_by_key(hub):
    number = hub.one("customer", create(1, ACME)).id
    areas = [{"_row": "insert", "AREA": "2000/10/00", "INCO1": "EXW"}, {"_row": "update", "AREA": "1000/10/00", "KONDA": "01"}]
    hub.one("customer", change(number, {"KNVV": areas, "KNB1": [{"_row": "insert", "BUKRS": "2000", "ZTERM": None}]}))
    found = hub.read("customer", number)
    assert [(row["AREA"], row["INCO1"], row["KONDA"], row["ZTERM"]) for row in found["KNVV"]] == [
        ("1000/10/00", "", "01", "NT30"),
        ("2000/10/00", "EXW", "", ""),
    ]
    assert [row["BUKRS"] for row in found["KNB1"]] == ["1000", "2000"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"KNVV": [{"_row": "delete", "AREA": "1000/10/00"}]}, "sap.area_delete"),
        ({"KNB1": [{"_row": "delete", "BUKRS": "1000"}]}, "sap.area_delete"),
        ({"KNVV": [{"_row": "insert", "AREA": "EMEA"}]}, "sap.area"),
    ],
)
def test_what_sap_cannot_do_is_refused_without_asking(hub, fields, code):
    error = hub.refusal("customer", change("0000100001", fields))
    assert (type(error), error.code, hub.names) == (Rejected, code, [])
    assert error.remedy


def test_a_customer_is_flagged_for_deletion(hub, sap):
    number = customer(sap)
    assert hub.one("customer", change(number, {}, Verb.DEACTIVATE)).outcome is Outcome.UPDATED
    assert hub.read("customer", number)["LOEVM"] == "X"


def test_an_unknown_field_stops_the_record_and_names_the_field(hub):
    number = hub.one("customer", create(1, ACME)).id
    error = hub.refusal("customer", change(number, {"COUNTRY": "Germany"}))
    assert isinstance(error, Rejected)
    assert (error.field, error.code) == ("COUNTRY", "sap.zltc003")
    assert "Germany" in error.message
    assert hub.names[-1] == ROLLBACK


# -- materials ------------------------------------------------------------------------------------------------------


def test_a_material_is_created_changed_and_flagged(hub):
    fields = {"MATNR": "p-7", "MAKTX": "Pumpe", "MEINS": "ST", "NTGEW": Decimal("12.5"), "GEWEI": "KG", "MATKL": "HARDWARE"}
    result = hub.one("material", create(1, fields))
    assert (result.outcome, result.id) == (Outcome.CREATED, "P-7")
    found = hub.read("material", "P-7")
    assert (found["BISMT"], found["MTART"], found["MAKTX"], found["NTGEW"]) == (key_of(1), "HAWA", "Pumpe", Decimal("12.500"))
    hub.one("material", change("P-7", {"MAKTX": "Kreiselpumpe", "NTGEW": None}))
    after = hub.read("material", "P-7")
    assert {name for name in found if after[name] != found[name]} == {"MAKTX", "NTGEW"}
    hub.one("material", change("P-7", {}, Verb.DEACTIVATE))
    assert hub.read("material", "P-7")["LVORM"] == "X"


def test_the_number_of_a_material_is_the_one_that_sap_stores(hub):
    result = hub.one("material", create(1, {"MATNR": "4711", "MAKTX": "x", "MEINS": "ST"}))
    assert result.id == "000000000000004711"
    assert hub.steps.kept["intent-1"]["number"] == {"id": result.id}
    assert hub.read("material", result.id)["MAKTX"] == "x"


def test_another_material_of_the_same_number_is_left_alone(hub, sap):
    number = material(sap)
    fields = {"MATNR": number, "MAKTX": "mine", "MEINS": "KG"}
    error = hub.refusal("material", create(1, fields))
    assert isinstance(error, Rejected)
    assert (error.code, error.field) == ("sap.material_exists", "MATNR")
    assert [one for one in sap.journal if one.actor == "LTC_HUB"] == []
    hub.one("material", change(number, {"BISMT": key_of(1)}))
    assert hub.one("material", create(1, fields)).outcome is Outcome.CREATED
