"""What a loaded mapping says of itself, what it reads, and what it writes."""

from __future__ import annotations

import ast
import copy
import json
from decimal import Decimal

import pytest

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.errors import Untranslatable
from ltc.core.mapping import load
from tests.core.mapping.conftest import AUFTRAG, HERE, KUNDE


def mapping_of(tmp_path, fields, entity="customer", head="", **more):
    path = tmp_path / "m.yaml"
    path.write_text(f"system: s\nobject: O\nentity: {entity}\nkey: Id\n{head}fields:\n{fields}", encoding="utf-8")
    return load([path], **more)


@pytest.fixture
def order():
    return copy.deepcopy(AUFTRAG.examples[0].system)


def test_it_says_what_it_is():
    assert (KUNDE.system, KUNDE.object, KUNDE.entity, KUNDE.key, KUNDE.hub_key) == ("erp", "Kunde", "customer", "KUNNR", "LTCKEY")
    assert KUNDE.version == "AEDAT,AEZET"
    assert KUNDE.key_of({"KUNNR": " 1 "}) == "1"
    assert KUNDE.version_of({"AEDAT": "20260301", "AEZET": "101500"}) == "20260301101500"
    assert KUNDE.hub_key_of({"LTCKEY": None}) == ""


def test_a_record_without_an_id_is_refused():
    with pytest.raises(Untranslatable, match="no id"):
        KUNDE.key_of({})


def test_it_names_every_field_that_must_be_read():
    assert {"KUNNR", "AEDAT", "LTCKEY", "KTOKD", "ADRC.ADDRNUMBER", "PARTNERS.PARVW", "KNVV.VKORG", "ORIGIN"} <= set(
        KUNDE.source_fields
    )
    assert {"ITEMS.records.ROWID", "ITEMS.records.KWMENG", "WAERK"} <= set(AUFTRAG.source_fields)
    assert len(set(KUNDE.source_fields)) == len(KUNDE.source_fields)


def test_it_names_its_references():
    assert {(ref.path, ref.entity, ref.required) for ref in KUNDE.refs} == {
        ("parent", "customer", False),
        ("owner", "employee", True),
    }
    assert ("lines[].product", "product", True) in {(ref.path, ref.entity, ref.required) for ref in AUFTRAG.refs}


def test_every_line_knows_its_place_and_way():
    lines = {line.path: line for line in KUNDE.lines}
    assert lines["source"].direction == "in"
    assert lines["rating"].state == "proposed"
    assert lines["name"].personal
    assert (lines["kind"].line, lines["kind"].operation, lines["kind"].source) == (15, "codes", "STKZN")
    assert lines["sales_areas[].area"].operation == "key"


def test_the_guard_decides_what_concerns_the_hub():
    assert KUNDE.applies({"KTOKD": "0001"})
    assert not KUNDE.applies({"KTOKD": "XX"})
    assert KUNDE.applies({"KTOKD": None})


def test_a_proposed_line_is_neither_read_nor_written():
    raw = {**KUNDE.examples[0].system, "KLABC": "A"}
    assert "rating" not in KUNDE.get(raw)
    assert KUNDE.put(raw, {"rating": "B"}) == {}


def test_a_deprecated_line_is_read_and_not_written():
    assert KUNDE.put(KUNDE.examples[0].system, {"duns": "2"}) == {}


def test_what_is_absent_stays_absent_and_what_is_empty_is_none():
    assert KUNDE.get({"WAERS": "EUR", "STCD1": " "}) == {"currency": "EUR", "tax_id": None}


def test_every_problem_of_a_record_comes_at_once_and_personal_data_is_masked():
    raw = {**KUNDE.examples[0].system, "STCD1": ["x"], "SMTP_ADDR": "erika", "BRSCH": "??", "WAERS": "EURO"}
    raw["KNVV"] = [{"VKORG": "1", "VTWEG": "2", "SPART": "3", "WAERS": "XXXX"}]
    with pytest.raises(Untranslatable) as caught:
        KUNDE.get(raw)
    found = {error.path: error for error in caught.value.errors}
    assert set(found) == {"tax_id", "email", "industry", "currency", "sales_areas[1/2/3].currency"}
    assert found["email"].value == "••••• (5 characters)"
    assert "erika" not in str(caught.value)
    assert (found["industry"].value, found["industry"].source, found["industry"].operation) == ("??", "BRSCH", "codes")
    assert found["industry"].line == 21
    assert found["industry"].file.endswith("kunde.yaml")


def test_a_row_without_a_readable_key_is_named_by_its_place(order):
    order["ITEMS"]["records"][0].update(POSNR=[], KWMENG="many")
    with pytest.raises(Untranslatable) as caught:
        AUFTRAG.get(order)
    assert {error.path for error in caught.value.errors} == {"lines[#1].number", "lines[#1].ordered_quantity"}


def test_rows_are_inserted_changed_and_taken_away(order):
    desired = AUFTRAG.get(order)
    first = desired["lines"][0]
    new = {**first, "number": "30", "ordered_quantity": {"value": "9", "unit": "C62"}}
    changed = {**first, "ordered_quantity": {"value": "4", "unit": "C62"}}
    assert AUFTRAG.put(order, {"lines": [changed]}) == {
        "ITEMS": {"records": [{"_row": "update", "ROWID": "r1", "POSNR": "000010", "PSTYV": "TAN", "KWMENG": Decimal(4)}]}
    }
    patch = AUFTRAG.put(order, {"lines": [new]})["ITEMS"]["records"]
    assert [(row["_row"], row["POSNR"], row["PSTYV"]) for row in patch] == [
        ("insert", "000030", "TAN"),
        ("delete", "000010", "TAN"),
    ]
    assert "ROWID" not in patch[0]
    assert (patch[0]["VRKME"], patch[0]["KWMENG"]) == ("ST", Decimal(9))


def test_two_lines_that_would_write_one_field_differently_are_refused(order):
    desired = AUFTRAG.get(order)
    desired["lines"][0]["ordered_quantity"] = {"value": "3", "unit": "KGM"}
    with pytest.raises(Untranslatable) as caught:
        AUFTRAG.put(order, desired)
    assert [(error.path, error.code) for error in caught.value.errors] == [
        ("lines[10].delivered_quantity", "value.contradiction")
    ]
    with pytest.raises(Untranslatable):
        AUFTRAG.put(order, desired, {"lines[].ordered_quantity"})


def test_only_keeps_to_some_paths(order):
    desired = AUFTRAG.get(order)
    desired["order_date"] = "2026-03-09"
    desired["lines"][0]["status"] = "delivered"
    desired["lines"][0]["product"] = "7"
    assert AUFTRAG.put(order, desired, {"order_date"}) == {"AUDAT": "20260309"}
    patch = AUFTRAG.put(order, {**desired, "lines": [*desired["lines"], {"number": "90"}]}, {"lines[].status"})
    assert patch["ITEMS"]["records"] == [{"_row": "update", "ROWID": "r1", "POSNR": "000010", "PSTYV": "TAN", "ABSTA": "C"}]
    assert AUFTRAG.put(order, {"lines": []}, {"lines[].status"}) == {}
    assert AUFTRAG.put(order, {"lines": []}, {"lines"})["ITEMS"]["records"][0]["_row"] == "delete"


def test_the_chosen_row_is_changed_added_and_taken_away(order):
    def partners(desired):
        return AUFTRAG.put(order, desired)["PARTNERS"]

    assert partners({"ship_to": "5"}) == [{"_row": "update", "ROLE": "WE", "NUMBER": "0000000005"}]
    assert partners({"bill_to": "6"}) == [{"_row": "insert", "ROLE": "RE", "NUMBER": "0000000006"}]
    assert partners({"ship_to": None}) == [{"_row": "delete", "ROLE": "WE"}]


def test_what_the_target_already_means_stays_as_it_is_written():
    raw = KUNDE.examples[0].system
    same = {"vat_id": "DE811569869", "phone": "+4930123456", "industry": "trade", "email": "info@mueller.example"}
    assert KUNDE.put(raw, same) == {}
    assert KUNDE.put(raw, {**same, "industry": "machinery"}) == {"BRSCH": "M1"}


def test_an_amount_in_another_currency_than_the_field_can_hold_is_refused(tmp_path):
    fixed = mapping_of(tmp_path, "  name: N\n  credit_limit: {from: L, currency: EUR}\n")
    with pytest.raises(Untranslatable, match="in currency USD, but the field holds EUR"):
        fixed.put(None, {"credit_limit": {"amount": "1.00", "currency": "USD"}})


def test_a_text_that_does_not_fit_parks_the_record_unless_it_may_be_cut(tmp_path):
    schema = ObjectSchema(
        "O", (FieldSchema("Id", "id"), FieldSchema("N", "string", length=5), FieldSchema("P", "string", length=5))
    )
    described = mapping_of(tmp_path, "  name: N\n  website: {from: P, overflow: truncate}\n", schema=schema)
    assert described.put(None, {"website": "abcdefgh"}) == {"P": "abcde"}
    with pytest.raises(Untranslatable, match="6 characters; the field holds 5"):
        described.put(None, {"name": "abcdef"})


def test_what_the_system_lets_nobody_write_is_one_way(tmp_path):
    schema = ObjectSchema("O", (FieldSchema("Id", "id"), FieldSchema("N", "string"), FieldSchema("F", "formula", writable=False)))
    described = mapping_of(tmp_path, "  name: N\n  website: F\n", schema=schema)
    assert {line.path: line.direction for line in described.lines} == {"name": "both", "website": "in"}
    assert described.put({"N": "a", "F": "b"}, {"name": "a", "website": "c"}) == {}


def test_a_new_record_gets_the_constants_of_create(tmp_path):
    made = mapping_of(tmp_path, "  name: N\n", head="create: {Status: Draft, Deep.Kind: 7}\n")
    assert made.put(None, {"name": "a", "phone": "1"}) == {"N": "a", "Status": "Draft", "Deep": {"Kind": 7}}
    assert made.put({"N": "a"}, {"name": "a"}) == {}


def test_a_case_is_decided_by_a_field(tmp_path):
    person = mapping_of(
        tmp_path,
        "  kind: {from: IsPerson, codes: {true: person, false: organisation}}\n"
        "  case:\n    on: IsPerson\n    true: {name: LastName, email: PersonEmail}\n    false: {name: Name}\n",
    )
    assert person.get({"IsPerson": True, "LastName": "Muster", "PersonEmail": "a@b.c", "Name": None}) == {
        "kind": "person",
        "name": "Muster",
        "email": "a@b.c",
    }
    assert person.get({"IsPerson": False, "LastName": None, "PersonEmail": None, "Name": "Acme"}) == {
        "kind": "organisation",
        "name": "Acme",
    }
    assert person.put(None, {"kind": "person", "name": "Muster"}) == {"IsPerson": True, "LastName": "Muster"}
    assert person.put(None, {"kind": "organisation", "name": "Acme"}) == {"IsPerson": False, "Name": "Acme"}


def test_names_of_two_fields_go_back_if_the_line_says_how(tmp_path):
    both = mapping_of(tmp_path, "  name: {join: [First, Last], split: last}\n")
    assert both.get({"First": "Anna Maria", "Last": "Muster"}) == {"name": "Anna Maria Muster"}
    assert both.put(None, {"name": "Erika Muster"}) == {"First": "Erika", "Last": "Muster"}
    assert mapping_of(tmp_path, "  name: {join: [First, Last]}\n").lines[0].direction == "in"


def test_tables_of_codes_come_from_files(tmp_path):
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "states.yaml").write_text(
        "codes: {A: active, B: active, X: blocked}\npreferred: [A]\n", encoding="utf-8"
    )
    tables = mapping_of(tmp_path, "  name: N\n  status: {from: S, codes: states}\n")
    assert tables.get({"S": "B"}) == {"status": "active"}
    assert tables.put(None, {"status": "active"}) == {"S": "A"}
    own = tmp_path / "own"
    own.mkdir()
    (own / "states.yaml").write_text("codes: {Z: inactive}\n", encoding="utf-8")
    both = mapping_of(tmp_path, "  name: N\n  status: {from: S, codes: states}\n", codes_dirs=[own])
    assert both.get({"S": "Z"}) == {"status": "inactive"}
    assert both.fingerprint != tables.fingerprint


def test_overlays_win_key_by_key_and_null_takes_a_line_away(tmp_path):
    shipped = tmp_path / "shipped.yaml"
    shipped.write_text(
        "system: s\nobject: O\nentity: customer\nkey: Id\nfields: {name: N, phone: P, website: W}\n", encoding="utf-8"
    )
    own = tmp_path / "own.yaml"
    own.write_text("fields: {phone: {from: P2, as: phone}, website: null, billing_address: {city: C}}\n", encoding="utf-8")
    both = load([shipped, own])
    assert {line.path: line.source for line in both.lines} == {"name": "N", "phone": "P2", "billing_address.city": "C"}
    assert next(line for line in both.lines if line.path == "phone").file == str(own)
    assert both.fingerprint != load([shipped]).fingerprint


def test_the_fingerprint_does_not_follow_examples_and_places(tmp_path):
    plain = mapping_of(tmp_path, "  name: N\n")
    with_example = mapping_of(tmp_path, "  # a comment\n  name: N\nexamples:\n  - {system: {N: a}, canonical: {name: a}}\n")
    assert plain.fingerprint == with_example.fingerprint
    assert plain.fingerprint != mapping_of(tmp_path, "  name: M\n").fingerprint


def test_the_generated_code_can_be_read():
    assert AUFTRAG.code.startswith("def get(raw):")
    assert "raw['WAERK']" in AUFTRAG.code
    assert "field('WAERK', M)" in AUFTRAG.code


def test_field_names_are_data_in_the_generated_code(tmp_path):
    odd = mapping_of(tmp_path, '  name: "it\'s \\"_\\\\"\n')
    assert odd.get({"it's \"_\\": "a"}) == {"name": "a"}


def test_two_loads_of_one_file_are_equal_in_meaning():
    again = load([HERE / "auftrag.yaml"])
    assert (again.fingerprint, again.code, again.lines) == (AUFTRAG.fingerprint, AUFTRAG.code, AUFTRAG.lines)


def test_no_text_of_the_file_gets_into_the_generated_code_unquoted(tmp_path):
    evil = 'x"""\n    raise SystemExit\n' + "'''\\"
    path = tmp_path / "m.yaml"
    path.write_text(
        f"system: s\nobject: {json.dumps(evil)}\nentity: customer\nkey: Id\nfields:\n"
        f"  name: {json.dumps(evil)}\n  kind: {{const: person}}\n  website: {{const: {json.dumps(evil)}}}\n",
        encoding="utf-8",
    )
    mapping = load([path])
    tree = ast.parse(mapping.code)
    assert [getattr(one, "name", "") for one in tree.body] == ["get", "get_carefully"]
    assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree))
    assert mapping.get({}) == {"kind": "person", "website": evil}


def test_rows_go_the_way_of_their_list(tmp_path):
    rows = (
        "  lines: {each: L, key: K, one_way: in, fields: {product: P, status: {from: S, state: deprecated, codes: {O: open}}}}\n"
    )
    only_in = mapping_of(tmp_path, rows, "order")
    assert {line.direction for line in only_in.lines} == {"in"}
    assert only_in.put({"L": []}, {"lines": [{"number": "1", "product": "p"}]}) == {}
    assert {line.state for line in only_in.lines} == {"active", "deprecated"}
    proposed = mapping_of(tmp_path, rows.replace("one_way: in", "state: proposed"), "order")
    assert {line.state for line in proposed.lines} == {"proposed"}
    assert proposed.get({"L": [{"K": "1", "P": "p"}]}) == {}
