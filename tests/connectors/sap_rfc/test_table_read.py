"""RFC_READ_TABLE as it is known: fixed width, small selections, and its exceptions."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from connectors.erp.sap_rfc.backend.dictionary import TABLES
from tests.connectors.sap_rfc.conftest import customer, material

PLAIN = ["KUNNR", "NAME1"]


@pytest.fixture
def three(sap):
    """Three customers: two German, one French with an apostrophe in its name."""
    return [
        customer(sap, "Acme", REGIO="NW"),
        customer(sap, "Beta_1 100%", REGIO="BY"),
        customer(sap, "L'Étoile", LAND1="FR", PSTLZ="75001"),
    ]


def found(rfc, *where: str) -> list[str]:
    return [name for (name,) in rfc.read("KNA1", ["NAME1"], *where)]


# -- the form of the answer -----------------------------------------------------------------------------------------


def test_rows_are_cut_by_offset_and_length(rfc, three):
    answer = rfc.call(
        "RFC_READ_TABLE", QUERY_TABLE="kna1", FIELDS=[{"FIELDNAME": "KUNNR"}, {"FIELDNAME": "name1"}, {"FIELDNAME": "LAND1"}]
    )
    assert answer["FIELDS"][1] == {
        "FIELDNAME": "NAME1",
        "OFFSET": "000010",
        "LENGTH": "000035",
        "TYPE": "C",
        "FIELDTEXT": "Name",
    }
    assert answer["DATA"][0]["WA"] == f"{three[0]}{'ACME':35}DE"
    assert [row["WA"][:10] for row in answer["DATA"]] == sorted(three)


def test_a_delimiter_moves_the_offsets(rfc, three):
    answer = rfc.call(
        "RFC_READ_TABLE",
        QUERY_TABLE="KNA1",
        DELIMITER="|",
        FIELDS=[{"FIELDNAME": "KUNNR"}, {"FIELDNAME": "LAND1"}, {"FIELDNAME": "LOEVM"}],
    )
    assert [field["OFFSET"] for field in answer["FIELDS"]] == ["000000", "000011", "000015"]
    assert answer["DATA"][0]["WA"] == f"{three[0]}|DE |"


def test_without_fields_there_are_all_and_the_client_comes_first(rfc, sap):
    material(sap, NTGEW="1.5", GEWEI="KG")
    answer = rfc.call("RFC_READ_TABLE", QUERY_TABLE="MAKT")
    assert [field["FIELDNAME"] for field in answer["FIELDS"]] == ["MANDT", "MATNR", "SPRAS", "MAKTX"]
    assert answer["DATA"] == [{"WA": f"100{'P-100':18}EPUMPE"}]


def test_numbers_stand_right_with_their_sign_behind(rfc, sap):
    material(sap, NTGEW=Decimal("-1234.5"))
    material(sap, "P-200")
    assert [row["WA"] for row in rfc.call("RFC_READ_TABLE", QUERY_TABLE="MARA", FIELDS=[{"FIELDNAME": "NTGEW"}])["DATA"]] == [
        "    1234.500-",
        "       0.000",
    ]


def test_a_number_that_does_not_fit_is_marked_with_a_star(rfc, sap):
    material(sap, NTGEW=Decimal("1234567890.123"))
    (row,) = rfc.call("RFC_READ_TABLE", QUERY_TABLE="MARA", FIELDS=[{"FIELDNAME": "NTGEW"}, {"FIELDNAME": "MEINS"}])["DATA"]
    assert row["WA"] == "*4567890.123 ST"


def test_dates_and_digits_have_their_initials(rfc, sap):
    material(sap)
    sap.tables.put("VBFA", {"VBELV": "1", "VBELN": "2", "VBTYP_N": "J"})
    assert rfc.read("MARA", ["ERSDA", "LAEDA"]) == [("20260302", "00000000")]
    assert rfc.read("VBFA", ["POSNV", "ERDAT"]) == [("000000", "00000000")]


def test_no_data_tells_the_fields_only(rfc, three):
    answer = rfc.call("RFC_READ_TABLE", QUERY_TABLE="KNA1", NO_DATA="X", FIELDS=[{"FIELDNAME": "KUNNR"}])
    assert three
    assert answer["DATA"] == []
    assert len(answer["FIELDS"]) == 1


def test_pages_follow_each_other(rfc, three):
    pages = [rfc.read("KNA1", ["KUNNR"], ROWSKIPS=skip, ROWCOUNT=2) for skip in (0, 2, 4)]
    assert [[number for (number,) in page] for page in pages] == [three[:2], three[2:], []]


def test_a_row_is_at_most_512_characters_wide(rfc, sap):
    customer(sap, SMTP_ADDR="a@b.de")
    wide = ["SMTP_ADDR", "ADDRNUMBER", "SMTP_ADDR"]
    assert rfc.read("ADR6", wide)[0][0] == "a@b.de"
    asked = [{"FIELDNAME": name} for name in [*wide, "ADDRNUMBER", "ADDRNUMBER"]]
    assert 241 * 2 + 10 * 3 == 512
    assert len(rfc.call("RFC_READ_TABLE", QUERY_TABLE="ADR6", FIELDS=asked)["DATA"]) == 1
    assert rfc.error("RFC_READ_TABLE", QUERY_TABLE="ADR6", FIELDS=asked, DELIMITER=";") == (500, 5, "DATA_BUFFER_EXCEEDED")


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"QUERY_TABLE": "NOSUCH"}, "TABLE_NOT_AVAILABLE"),
        ({"QUERY_TABLE": "BSEG"}, "TABLE_WITHOUT_DATA"),
        ({"QUERY_TABLE": "KNA1", "FIELDS": [{"FIELDNAME": "NOSUCH"}]}, "FIELD_NOT_VALID"),
    ],
)
def test_what_cannot_be_read_is_an_exception(rfc, params, key):
    assert rfc.error("RFC_READ_TABLE", **params) == (500, 5, key)


# -- the selection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (["LAND1 = 'FR'"], ["L'ÉTOILE"]),
        (["land1 eq 'FR'"], ["L'ÉTOILE"]),
        (["LAND1 <> 'FR'"], ["ACME", "BETA_1 100%"]),
        (["LAND1 NE 'DE'"], ["L'ÉTOILE"]),
        (["NAME1 = 'L''ÉTOILE'"], ["L'ÉTOILE"]),
        (["NAME1 > 'ACME'"], ["BETA_1 100%", "L'ÉTOILE"]),
        (["NAME1 GE 'ACME' AND NAME1 LT 'L'"], ["ACME", "BETA_1 100%"]),
        (["NAME1 LIKE 'B%'"], ["BETA_1 100%"]),
        (["NAME1 LIKE '_CM_'"], ["ACME"]),
        (["NAME1 NOT LIKE '%E%'"], []),
        (["NAME1 LIKE '%.%'"], []),
        (["NOT LAND1 = 'DE'"], ["L'ÉTOILE"]),
        (["LAND1 = 'FR' OR NAME1 = 'ACME'"], ["ACME", "L'ÉTOILE"]),
        (["LAND1 = 'FR' OR LAND1 = 'DE' AND NAME1 = 'ACME'"], ["ACME", "L'ÉTOILE"]),
        (["( LAND1 = 'FR' OR LAND1 = 'DE' ) AND NAME1 = 'ACME'"], ["ACME"]),
        (["LAND1 = 'DE'", "AND NOT ( NAME1 = 'ACME'", "OR NAME1 = 'OTHER' )"], ["BETA_1 100%"]),
        (["LAND1 = 'DE ' AND LOEVM = ' '"], ["ACME", "BETA_1 100%"]),
        (["ERDAT >= '20260302'"], ["ACME", "BETA_1 100%", "L'ÉTOILE"]),
        (["ERDAT > '20260302'"], []),
        (["LAND1 = 'DE' AND LAND1 = 'FR'"], []),
        (["", "  "], ["ACME", "BETA_1 100%", "L'ÉTOILE"]),
    ],
)
def test_a_selection_finds_what_it_says(rfc, three, where, names):
    assert three
    assert found(rfc, *where) == names


@pytest.mark.parametrize(
    "where",
    [
        ["LAND1 = DE"],
        ["LAND1 'DE'"],
        ["LAND1 = 'DE"],
        ["LAND1 = 'D", "E'"],
        ["LAND1 = 'DE' AND"],
        ["LAND1 = 'DE' NAME1 = 'X'"],
        ["( LAND1 = 'DE'"],
        ["LAND1 = 'DE' )"],
        ["(LAND1 = 'DE')"],
        ["NOSUCH = 'DE'"],
        ["LAND1 BETWEEN 'A' AND 'B'"],
        ["LAND1 == 'DE'"],
        ["LAND1 NOT = 'DE'"],
        ["; DROP TABLE KNA1"],
        ["= 'DE'"],
    ],
)
def test_a_selection_with_a_fault_is_refused(rfc, three, where):
    assert three
    options = [{"TEXT": line} for line in where]
    assert rfc.error("RFC_READ_TABLE", QUERY_TABLE="KNA1", FIELDS=[{"FIELDNAME": "KUNNR"}], OPTIONS=options) == (
        500,
        5,
        "OPTION_NOT_VALID",
    )


def test_a_line_of_a_selection_has_72_characters(rfc, three):
    longest = f"KUNNR = '{three[0]}'".ljust(64) + "AND MANDT = '100'"
    assert len(longest) > 72
    assert rfc.error("RFC_READ_TABLE", QUERY_TABLE="KNA1", OPTIONS=[{"TEXT": longest}]) == (500, 22, "RFC_CONVERSION_FAILURE")
    assert rfc.read("KNA1", ["KUNNR"], f"KUNNR = '{three[0]}'".ljust(72)) == [(three[0],)]


def test_numbers_are_compared_as_numbers(rfc, sap):
    for number, weight in (("P-1", "9.5"), ("P-2", "10"), ("P-3", "100")):
        material(sap, number, NTGEW=Decimal(weight))
    assert rfc.read("MARA", ["MATNR"], "NTGEW > '9.5'") == [("P-2",), ("P-3",)]
    assert rfc.read("MARA", ["MATNR"], "NTGEW = 10.000") == [("P-2",)]
    options = [{"TEXT": "NTGEW = 'ten'"}]
    assert (
        rfc.error("RFC_READ_TABLE", QUERY_TABLE="MARA", FIELDS=[{"FIELDNAME": "MATNR"}], OPTIONS=options)[2] == "OPTION_NOT_VALID"
    )


def test_digits_are_compared_with_their_zeros(rfc, sap):
    sap.tables.put("VBAP", {"VBELN": "0000000001", "POSNR": "10"})
    assert rfc.read("VBAP", ["POSNR"], "POSNR = '10'") == [("000010",)]
    assert rfc.read("VBAP", ["POSNR"], "POSNR = '000010'") == [("000010",)]


def test_what_changed_is_found_anew_after_an_index_was_made(rfc, sap):
    number = customer(sap, "Acme")
    assert found(rfc, "LAND1 = 'DE'") == ["ACME"]
    sap.edit_customer(number, {"LAND1": "FR"}, "CLERK")
    customer(sap, "Beta")
    assert found(rfc, "LAND1 = 'DE'") == ["BETA"]
    assert found(rfc, "LAND1 = 'FR'") == ["ACME"]


def test_500_keys_among_5000_rows_are_found_at_once(rfc, sap):
    for place in range(5000):
        sap.tables.put("KNB1", {"KUNNR": f"{place:010d}", "BUKRS": "1000"})
    keys = [f"{place:010d}" for place in range(0, 5000, 10)]
    lines = [f"KUNNR = '{key}' OR" for key in keys[:-1]] + [f"KUNNR = '{keys[-1]}'"]
    assert [number for (number,) in rfc.read("KNB1", ["KUNNR"], *lines)] == keys
    alone = min(_timed(rfc, ["KUNNR LIKE '%0'"]) for _ in range(3))
    assert min(_timed(rfc, lines) for _ in range(3)) < 5 * alone, "500 keys cost as little as one look at every row"


def _timed(rfc, lines: list[str]) -> float:
    start = time.process_time()
    rfc.read("KNB1", ["KUNNR"], *lines)
    return time.process_time() - start


# -- the dictionary -------------------------------------------------------------------------------------------------


def test_the_dictionary_describes_types_keys_and_references(rfc):
    fields = {row["FIELDNAME"]: row for row in rfc.call("DDIF_FIELDINFO_GET", TABNAME="VBAP", LANGU="E")["DFIES_TAB"]}
    assert [name for name, row in fields.items() if row["KEYFLAG"] == "X"] == ["MANDT", "VBELN", "POSNR"]
    assert (fields["MANDT"]["DATATYPE"], fields["MANDT"]["POSITION"]) == ("CLNT", "0001")
    assert (fields["NETWR"]["DATATYPE"], fields["NETWR"]["REFTABLE"], fields["NETWR"]["REFFIELD"]) == ("CURR", "VBAP", "WAERK")
    assert (fields["KWMENG"]["LENG"], fields["KWMENG"]["DECIMALS"], fields["KWMENG"]["DATATYPE"]) == ("000015", "000003", "QUAN")
    assert fields["MATNR"]["FIELDTEXT"] == "Material"
    one = rfc.call("DDIF_FIELDINFO_GET", TABNAME="VBRP", FIELDNAME="NETWR")["DFIES_TAB"]
    assert [(row["REFTABLE"], row["REFFIELD"]) for row in one] == [("VBRK", "WAERK")]
    assert rfc.error("DDIF_FIELDINFO_GET", TABNAME="NOSUCH") == (500, 5, "NOT_FOUND")


def test_every_field_has_a_text_and_every_reference_leads_to_a_key_of_currency_or_unit():
    for table in TABLES.values():
        for field in table.fields:
            assert field.text != field.name, f"{table.name}-{field.name}"
            if field.datatype in {"CURR", "QUAN"}:
                name, _, column = field.reference.partition("-")
                kind = TABLES[name].by_name[column].datatype
                assert kind == {"CURR": "CUKY", "QUAN": "UNIT"}[field.datatype], f"{table.name}-{field.name}"


def test_open_and_cleared_items_look_alike():
    assert [field.name for field in TABLES["BSID"].fields] == [field.name for field in TABLES["BSAD"].fields]


# -- the tables themselves ------------------------------------------------------------------------------------------


def test_a_copy_of_a_row_does_not_reach_the_table(sap):
    number = customer(sap)
    row = sap.tables.get("KNA1", number)
    row["NAME1"] = "CHANGED"
    sap.tables.find("KNA1", KUNNR=number)[0]["NAME1"] = "CHANGED"
    sap.tables.rows("KNA1")[0]["NAME1"] = "CHANGED"
    assert sap.tables.get("KNA1", number)["NAME1"] == "ACME GMBH"


def test_rows_are_kept_in_the_order_of_their_keys_and_go_when_deleted(sap):
    for item in ("30", "10", "20"):
        sap.tables.put("VBAP", {"VBELN": "0000000001", "POSNR": item, "MATNR": "P"})
    assert [row["POSNR"] for row in sap.tables.find("VBAP", MATNR="P")] == ["000010", "000020", "000030"]
    sap.tables.delete("VBAP", "0000000001", "000020")
    sap.tables.delete("VBAP", "0000000001", "000099")
    assert [row["POSNR"] for row in sap.tables.rows("VBAP")] == ["000010", "000030"]
    assert [row["POSNR"] for row in sap.tables.find("VBAP", MATNR="P")] == ["000010", "000030"]


def test_a_field_that_a_table_does_not_have_is_a_mistake(sap):
    with pytest.raises(KeyError, match="NOSUCH"):
        sap.tables.put("KNA1", {"KUNNR": "1", "NOSUCH": "x"})


def test_number_ranges_do_not_disturb_each_other(sap):
    drawn = [sap.tables.next_number(name) for name in ("customer", "order", "delivery", "billing", "payment", "order")]
    assert drawn == ["0000100001", "0000000001", "0080000001", "0090000001", "1400000001", "0000000002"]
