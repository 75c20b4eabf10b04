"""Pairs that are given: every one judged by itself, with its reasons; names against the authored suite, identifiers as vetoes."""

from __future__ import annotations

from math import isclose, log2
from pathlib import Path

import pytest

from ltc.core.errors import Misconfigured
from mdm.matching.given import judge, read_pairs, unread
from tests.mdm.names.test_compare import pairs

BERLIN = {"name": "Havel Pumpen GmbH", "street": "Domplatz 3", "postal_code": "10115", "phone": "030 1234567"}


def test_names_alone_are_told_apart_as_a_person_would() -> None:
    judged = [(pair.is_same, judge("customer", {"name": pair.left}, {"name": pair.right})) for pair in pairs()]
    found = sum(is_same and one.score >= 0.5 for is_same, one in judged)
    wrong = sum(not is_same and one.score >= 0.5 for is_same, one in judged)
    missed = sum(is_same and one.score < 0.5 for is_same, one in judged)
    assert 2 * found / (2 * found + wrong + missed) >= 0.95
    assert [one for is_same, one in judged if one.decision == "same" and not is_same] == []
    asked = [one.decision != "different" for is_same, one in judged if not is_same]
    assert sum(asked) <= 0.1 * len(asked), "and hardly any of the others is put before a person"


@pytest.mark.parametrize("entity", ["customer", "contact", "product"])
def test_the_weights_add_up_to_the_score(entity: str) -> None:
    left = {"name": "Havel Pump P100", "email": "a@havel.example", "phone": "030 1234567", "price": "100"}
    judged = judge(entity, left, {**left, "name": "Havel Pump P200", "price": "99"})
    bits = sum(reason.weight for reason in judged.why)
    assert isclose(log2(judged.score / (1 - judged.score)), bits, abs_tol=1e-6)
    assert judged.why[0].field == "any pair"


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("duns", "150483782", "150483783"),
        ("lei", "529900T8BM49AURSDO55", "5493006MHB84DD0ZWV18"),
        ("registration_id", "91440300708461136T", "9144030071526726XG"),
    ],
)
def test_contradicting_strong_identifiers_are_a_veto(field: str, one: str, other: str) -> None:
    judged = judge("customer", {**BERLIN, field: one}, {**BERLIN, field: other})
    assert judged.score > 0.99
    assert judged.decision == "review"
    assert f"strong identifiers contradict: {field}" in judged.doubts
    assert judge("customer", {**BERLIN, field: one}, {**BERLIN, field: one}).decision == "same"


@pytest.mark.parametrize("field", ["duns", "lei", "registration_id", "vat_id", "tax_id"])
def test_identifiers_that_are_not_valid_are_a_doubt_as_well(field: str) -> None:
    assert judge("customer", {**BERLIN, field: "X-1"}, {**BERLIN, field: "X-2"}).decision == "review"
    assert judge("customer", {**BERLIN, field: "X 1"}, {**BERLIN, field: "x-1"}).decision == "same"


def test_of_one_name_at_another_house_a_person_is_asked() -> None:
    other = judge("customer", BERLIN, {**BERLIN, "street": "Hauptstr. 9", "phone": ""})
    assert other.decision == "review"
    assert any(doubt.startswith("address: ") for doubt in other.doubts)


def test_different_names_at_one_address_are_not_the_same() -> None:
    assert judge("customer", BERLIN, {**BERLIN, "name": "Spree Bagger AG"}).decision == "review"
    apart = judge("customer", {"name": "Havel Pumpen GmbH"}, {"name": "Spree Bagger AG"})
    assert apart.decision == "different"


def test_a_person_is_not_known_by_the_name_alone() -> None:
    anna = {"first_name": "Anna", "last_name": "Löw"}
    assert judge("contact", anna, anna).decision == "review"
    assert judge("contact", {**anna, "email": "a@x.example"}, {**anna, "email": "A@X.example"}).decision == "same"
    numbers = [{**anna, "email": "a@x.example", "national_id": number} for number in ("1111111", "7654321")]
    assert judge("contact", *numbers).decision == "review"


def test_products_of_two_model_numbers_or_sizes_are_not_the_same() -> None:
    drill = {"name": "Acme Drill DR-1840 18 V", "brand": "Acme", "price": "99"}
    assert judge("product", drill, {"name": "Acme drill 18 volts (DR1840)", "price": "95"}).decision == "same"
    assert judge("product", drill, {**drill, "name": "Acme Drill DR-1840 12 V"}).decision == "review"
    assert judge("product", {**drill, "gtin": "4006381333931"}, {**drill, "gtin": "036000291452"}).decision == "review"
    assert judge("product", drill, {"name": "Bolt cutter BC-7 heavy", "brand": "Bolt"}).decision == "different"


def test_nothing_to_compare_is_no_answer() -> None:
    judged = judge("customer", {"name": "Acme"}, {"phone": "030 1234567"})
    assert judged.decision == "review"
    assert judged.doubts == ("There is no field that both records have.",)


def written(folder: Path, content: str | bytes) -> Path:
    """Write a file of pairs."""
    path = folder / "pairs.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_rows_are_read_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeffcase,a.name,a.phone,b.name,b.nmae\r\n7,Acme,,"Bolt,\nNut",x\r\n')
    (row,) = read_pairs(path, "customer")
    assert (row.left, row.right) == ({"name": "Acme"}, {"name": "Bolt,\nNut", "nmae": "x"})
    assert row.said["case"] == "7"
    assert unread(row.said, "customer") == ["b.nmae"]


@pytest.mark.parametrize(
    ("content", "code", "line", "says"),
    [
        ("", "matching.empty", 1, "empty"),
        ("a.name,b.name\n", "matching.empty", 2, "no pairs"),
        ("name,other\nx,y\n", "matching.columns", 1, "no column a.<field>"),
        ("a.name,b.nmae\nx,y\n", "matching.columns", 1, "no column b.<field>"),
        ("a.name;b.name\nx;y\n", "matching.columns", 1, "separated by commas"),
        ("a.name,b.name,score\nx,y,1\n", "matching.columns", 1, "score"),
        ("a.name,a.name,b.name\nx,y,z\n", "matching.columns", 1, "there twice"),
        ("a.name,b.name\nx,y\nx,y,z\n", "matching.row", 3, "3 values for 2 columns"),
        ('a.name,b.name\nx,"y\n', "matching.csv", 2, "not CSV"),
        (b"a.name,b.name\nx,y\nM\xfcller,Muller\n", "matching.encoding", 3, "byte 2 of the line is 0xfc"),
        ("a.name,b.name\nx,y\n".encode("utf-16"), "matching.encoding", 1, "UTF-8"),
        ("a.name,b.name\nx,y\n" + "n" * 10_000_000 + ",y\n", "matching.csv", 3, "limit"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_wrong_files_are_told_with_their_place(tmp_path: Path, content: str | bytes, code: str, line: int, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(Misconfigured) as caught:
        list(read_pairs(path, "customer"))
    (fault,) = caught.value.faults
    assert (fault.code, fault.file, fault.line) == (code, str(path), line)
    assert says in fault.message
    assert fault.remedy


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(Misconfigured, match="cannot be read"):
            list(read_pairs(path, "customer"))
