"""Customers and materials: what is kept, who wrote it, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.backend.values import AbapError, language, message, number
from ltc.core import resources
from ltc.core.simulation import VirtualClock
from tests.connectors.sap_rfc.conftest import START, customer, material

CASES = json.loads((resources.fixtures("connectors.erp.sap_rfc") / "customers.json").read_text(encoding="utf-8"))


def save(rfc, number: str = "", **data):
    """Save fields of a customer and commit; tables are given by their names IT_…."""
    tables = {name: data.pop(name) for name in list(data) if name.startswith("IT_")}
    taken = [{"FIELDNAME": name} for name in data]
    answer = rfc.call("Z_LTC_CUSTOMER_SAVE", I_KUNNR=number, IS_DATA=data, IT_FIELDS=taken, **tables)
    rfc.commit()
    return answer


def of_customer(sap, table: str, number: str) -> dict:
    address = sap.tables.get("KNA1", number)["ADRNR"]
    rows = sap.tables.find(table, ADDRNUMBER=address) if table in {"ADRC", "ADR6"} else sap.tables.find(table, KUNNR=number)
    return rows[0] if rows else {}


def heads(sap, number: str) -> list[tuple[str, ...]]:
    names = ("OBJECTCLAS", "CHANGE_IND", "USERNAME", "UDATE", "UTIME")
    return [tuple(row[name] for name in names) for row in sap.tables.find("CDHDR", OBJECTID=number)]


# -- clerks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["why"][:40] for case in CASES])
def test_what_a_clerk_enters_is_kept_as_sap_keeps_it(sap, case):
    customer_number = sap.seed_customer(case["entered"], "SETUP")
    assert {table: _part(of_customer(sap, table, customer_number), row) for table, row in case["kept"].items()} == case["kept"]


def _part(row: dict, like: dict) -> dict:
    return {name: str(row[name]) for name in like}


def test_a_customer_without_limit_or_address_of_mail_has_no_such_rows(sap):
    number = customer(sap)
    assert number == "0000100001"
    assert of_customer(sap, "KNKK", number) == {}
    assert of_customer(sap, "ADR6", number) == {}


def test_a_clerk_changes_a_customer(sap, clock):
    number = customer(sap, SMTP_ADDR="old@acme.de")
    clock.advance(86400)
    sap.edit_customer(number, {"STRAS": "Neue Straße 1", "SMTP_ADDR": "", "ZTERM": "NT14", "TELF1": "+49 1"}, "ANNA")
    assert of_customer(sap, "ADRC", number)["STREET"] == "NEUE STRASSE 1"
    assert of_customer(sap, "ADRC", number)["TEL_NUMBER"] == "+49 1"
    assert of_customer(sap, "ADRC", number)["NAME1"] == "ACME GMBH"
    assert of_customer(sap, "ADR6", number) == {}
    assert of_customer(sap, "KNVV", number)["ZTERM"] == "NT14"
    assert of_customer(sap, "KNVV", number)["WAERS"] == "EUR"
    assert heads(sap, number) == [("DEBI", "I", "SETUP", "20260302", "060000"), ("DEBI", "U", "ANNA", "20260303", "060000")]
    assert [(deed.actor, deed.verb, deed.id) for deed in sap.journal] == [("SETUP", "create", number), ("ANNA", "update", number)]
    assert sap.journal[1].fields["STREET"] == "NEUE STRASSE 1"


def test_a_change_that_changes_nothing_leaves_no_trace(sap):
    number = customer(sap)
    sap.edit_customer(number, {"NAME1": "Acme GmbH", "ZTERM": "NT30"}, "ANNA")
    assert len(heads(sap, number)) == 1
    assert len(sap.journal) == 1


def test_a_clerk_cannot_write_what_there_is_not(sap):
    with pytest.raises(KeyError, match="NOSUCH"):
        customer(sap, NOSUCH="x")
    with pytest.raises(KeyError, match="0000000009"):
        sap.edit_customer("0000000009", {"NAME1": "x"}, "ANNA")


# -- the hub's module -----------------------------------------------------------------------------------------------


def test_a_created_customer_has_its_reference_area_and_company_code(rfc, sap):
    answer = save(
        rfc, NAME1="Straßberger", COUNTRY="DE", LANGU="D", SORT2="ab12cd34ef56", WAERS="EUR", ZTERM="NT30",
        KLIMK=Decimal("1000.5"), VKORG="2000", VTWEG="20", SPART="01", BUKRS="2000",
    )  # fmt: skip
    number = answer["E_KUNNR"]
    assert [row["TYPE"] for row in answer["RETURN"]] == ["S"]
    assert rfc.read("KNVV", ["KUNNR", "VKORG", "VTWEG", "SPART", "WAERS", "ZTERM"]) == [
        (number, "2000", "20", "01", "EUR", "NT30")
    ]
    assert rfc.read("KNB1", ["KUNNR", "BUKRS", "AKONT"]) == [(number, "2000", "140000")]
    assert rfc.read("ADRC", ["NAME1", "SORT1", "SORT2"]) == [("STRASSBERGER", "STRASSBERGER", "ab12cd34ef56")]
    assert rfc.read("KNKK", ["KLIMK", "WAERS"]) == [("1000.50", "EUR")]
    assert rfc.read("KNA1", ["KTOKD", "ERDAT", "SPRAS"]) == [("KUNA", "20260302", "D")]
    assert heads(sap, number) == [("DEBI", "I", "LTC_HUB", "20260302", "060000")]


def test_only_the_fields_that_are_named_are_taken(rfc):
    number = save(rfc, NAME1="Acme", STREET="Old 1", STCD1="1")["E_KUNNR"]
    rfc.call(
        "Z_LTC_CUSTOMER_SAVE", I_KUNNR=number.lstrip("0"), IS_DATA={"STREET": "New 2", "STCD1": "", "NAME1": ""},
        IT_FIELDS=[{"FIELDNAME": "STREET"}],
    )  # fmt: skip
    rfc.commit()
    assert rfc.read("ADRC", ["NAME1", "STREET"]) == [("ACME", "NEW 2")]
    assert rfc.read("KNA1", ["STCD1", "NAME1"]) == [("1", "ACME")]


def test_a_named_field_without_value_is_emptied(rfc):
    number = save(rfc, NAME1="Acme", STCD1="1", SMTP_ADDR="a@b.de", KLIMK=5, WAERS="EUR")["E_KUNNR"]
    save(rfc, number, STCD1="", SMTP_ADDR="", KLIMK=0)
    assert rfc.read("KNA1", ["STCD1"]) == [("",)]
    assert rfc.read("ADR6", ["SMTP_ADDR"]) == []
    assert rfc.read("KNKK", ["KLIMK", "WAERS"]) == [("0.00", "EUR")]


def test_given_rows_are_merged_by_their_keys(rfc):
    area = {"VKORG": "1000", "VTWEG": "10", "SPART": "00"}
    number = save(rfc, NAME1="Acme", IT_KNVV=[{**area, "WAERS": "EUR", "ZTERM": "NT30", "INCO1": "EXW"}])["E_KUNNR"]
    save(
        rfc,
        number,
        IT_KNVV=[{**area, "INCO1": "DAP"}, {**area, "VKORG": "3000", "WAERS": "USD"}],
        IT_KNB1=[{"BUKRS": "1000", "ZTERM": "NT14"}],
    )
    assert rfc.read("KNVV", ["VKORG", "WAERS", "ZTERM", "INCO1"]) == [("1000", "EUR", "NT30", "DAP"), ("3000", "USD", "", "")]
    assert rfc.read("KNB1", ["BUKRS", "AKONT", "ZTERM"]) == [("1000", "140000", "NT14")]


def test_a_limit_moves_with_its_currency(rfc):
    number = save(rfc, NAME1="Acme", WAERS="EUR", KLIMK=2000)["E_KUNNR"]
    save(rfc, number, KWAER="JPY")
    assert rfc.read("KNKK", ["KLIMK", "WAERS"]) == [("20.00", "JPY")]
    save(rfc, number, KLIMK=Decimal("99.6"))  # a hundred yen
    assert rfc.read("KNKK", ["KLIMK", "WAERS"]) == [("1.00", "JPY")]


@pytest.mark.parametrize(
    ("number", "data", "said"),
    [
        ("4711", {"NAME1": "x"}, ("F2", "003", "I_KUNNR")),
        ("", {"STREET": "x"}, ("ZLTC", "002", "IS_DATA")),
        ("", {"NAME1": "x", "COUNTRY": "Germany"}, ("ZLTC", "003", "IS_DATA")),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_waits(rfc, sap, number, data, said):
    answer = save(rfc, number, **data)
    assert [(row["TYPE"], row["ID"], row["NUMBER"], row["PARAMETER"]) for row in answer["RETURN"]] == [("E", *said)]
    assert answer["E_KUNNR"] == ""
    assert rfc.read("KNA1", ["KUNNR"]) == []
    assert sap.journal == []


def test_a_field_that_cannot_be_saved_is_named(rfc):
    answer = rfc.call(
        "Z_LTC_CUSTOMER_SAVE", I_KUNNR="", IS_DATA={"NAME1": "x"}, IT_FIELDS=[{"FIELDNAME": "NAME1"}, {"FIELDNAME": "KUNNR"}]
    )
    assert [(row["NUMBER"], row["FIELD"]) for row in answer["RETURN"]] == [("001", "KUNNR")]


def test_a_limit_that_is_no_number_ends_the_call(rfc):
    params = {"IS_DATA": {"NAME1": "x", "KLIMK": "much"}, "IT_FIELDS": [{"FIELDNAME": "NAME1"}, {"FIELDNAME": "KLIMK"}]}
    assert rfc.error("Z_LTC_CUSTOMER_SAVE", **params) == (500, 22, "RFC_CONVERSION_FAILURE")


def test_a_customer_can_be_changed_before_it_is_committed(rfc):
    number = rfc.call("Z_LTC_CUSTOMER_SAVE", IS_DATA={"NAME1": "Acme"}, IT_FIELDS=[{"FIELDNAME": "NAME1"}])["E_KUNNR"]
    save(rfc, number, AUFSD="01")
    assert rfc.read("KNA1", ["NAME1", "AUFSD"]) == [("ACME", "01")]


# -- materials ------------------------------------------------------------------------------------------------------


def savedata(rfc, number: str, text: str = "", kind: str = "", view: str = "X", **data):
    answer = rfc.call(
        "BAPI_MATERIAL_SAVEDATA",
        HEADDATA={"MATERIAL": number, "IND_SECTOR": "M", "MATL_TYPE": kind, "BASIC_VIEW": view},
        CLIENTDATA={"OLD_MAT_NO": "NOT FLAGGED", **data},
        CLIENTDATAX=dict.fromkeys(data, "X"),
        MATERIALDESCRIPTION=[{"LANGU": "EN", "MATL_DESC": text}] if text else [],
    )["RETURN"]
    rfc.commit()
    return answer["TYPE"], answer["ID"], answer["NUMBER"]


def test_a_material_is_created_and_then_changed(rfc, sap, clock):
    said = savedata(
        rfc, "p-9", "Pumpe", "HAWA", BASE_UOM="ST", NET_WEIGHT=Decimal("1.25"), UNIT_OF_WT="KG", EAN_UPC="4006381333931"
    )
    assert said == ("S", "M3", "356")
    fields = ["MATNR", "MTART", "MEINS", "NTGEW", "GEWEI", "EAN11", "BISMT", "ERSDA", "LAEDA", "LVORM"]
    assert rfc.read("MARA", fields) == [("P-9", "HAWA", "ST", "1.250", "KG", "4006381333931", "", "20260302", "00000000", "")]
    assert rfc.read("MAKT", ["MATNR", "SPRAS", "MAKTX"]) == [("P-9", "E", "Pumpe")]
    clock.advance(86400)
    assert savedata(rfc, "P-9", DEL_FLAG="X", OLD_MAT_NO="ab12cd34ef56") == ("S", "M3", "356")
    assert rfc.read("MARA", fields) == [
        ("P-9", "HAWA", "ST", "1.250", "KG", "4006381333931", "ab12cd34ef56", "20260302", "20260303", "X")
    ]
    assert [head[:3] for head in heads(sap, "P-9")] == [("MATERIAL", "I", "LTC_HUB"), ("MATERIAL", "U", "LTC_HUB")]
    assert [deed.verb for deed in sap.journal] == ["create", "update"]


def test_saving_the_same_again_leaves_no_trace(rfc, sap):
    for _ in range(2):
        savedata(rfc, "P-9", "Pumpe", "HAWA", BASE_UOM="ST")
    assert len(heads(sap, "P-9")) == 1
    assert len(sap.journal) == 1


def test_without_its_view_basic_data_is_not_taken(rfc, sap):
    material(sap)
    savedata(rfc, "P-100", view="", BASE_UOM="KG")
    assert rfc.read("MARA", ["MEINS"]) == [("ST",)]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"number": "", "text": "x", "kind": "HAWA", "BASE_UOM": "ST"}, ("E", "MG", "144")),
        ({"number": "P-9", "BASE_UOM": "ST"}, ("E", "M3", "305")),
        ({"number": "P-9", "text": "x", "kind": "HAWA"}, ("E", "MG", "144")),
        ({"number": "P-9", "kind": "HAWA", "BASE_UOM": "ST"}, ("E", "MG", "144")),
    ],
)
def test_a_material_needs_number_type_unit_and_name(rfc, params, said):
    assert savedata(rfc, **params) == said
    assert rfc.read("MARA", ["MATNR"]) == []


def test_a_numeric_material_number_has_its_zeros(rfc, sap):
    assert material(sap, "4711") == "000000000000004711"
    savedata(rfc, "4711", EAN_UPC="1")
    assert rfc.read("MARA", ["MATNR", "EAN11"]) == [("000000000000004711", "1")]


def test_prices_are_kept_apart(sap):
    number = material(sap, prices={"EUR": Decimal("10.50"), "JPY": Decimal(1500)})
    assert sap.tables.prices[number] == {"EUR": Decimal("10.50"), "JPY": Decimal(1500)}


# -- what checkers see ----------------------------------------------------------------------------------------------


def test_the_state_knows_no_numbers_times_or_keys(sap, rfc):
    other = type(sap)("sap", VirtualClock(START), seed=99)
    other.clock.advance(86400 * 3)
    other.tables.next_number("customer")
    other.tables.next_number("address")
    for one in (sap, other):
        customer(one, "Acme", KLIMK="100", SORT2=one.name + str(one.seed))
        material(one)
    assert other.state()["customers"] == sap.state()["customers"]
    assert other.state()["materials"] == sap.state()["materials"]
    save(rfc, "100001", STREET="x")
    assert other.state()["customers"] != sap.state()["customers"]


def test_namesakes_are_counted_in_the_state(sap):
    for tax in ("1", "2"):
        customer(sap, "Acme", STCD1=tax)
    assert [row["STCD1"] for key, row in sorted(sap.state()["customers"].items()) if key.startswith("ACME 50667")] == ["1", "2"]
    assert sap.business_key("customer", {"NAME1": "Acme", "POST_CODE1": "50667"}) == "ACME 50667"


def test_languages_and_numbers_of_parameters():
    assert [language(text) for text in ("de", "ZH", "ja", "ko", "D", "1", "")] == ["D", "1", "J", "3", "D", "1", ""]
    assert number("  ") == 0
    with pytest.raises(AbapError, match="NETWR"):
        number("1,5", "NETWR")


def test_a_message_has_every_field_of_bapiret2():
    row = message("E", "V1", "301", "No sold-to party", "1", "2", parameter="P", row=3, field="F")
    assert list(row) == [
        "TYPE", "ID", "NUMBER", "MESSAGE", "LOG_NO", "LOG_MSG_NO", "MESSAGE_V1", "MESSAGE_V2", "MESSAGE_V3", "MESSAGE_V4",
        "PARAMETER", "ROW", "FIELD", "SYSTEM",
    ]  # fmt: skip
    assert (row["MESSAGE_V2"], row["MESSAGE_V3"], row["ROW"], row["SYSTEM"]) == ("2", "", 3, "SIMCLNT100")
