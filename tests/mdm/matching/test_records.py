from __future__ import annotations

import json

import pytest

from ltc.core.errors import Misconfigured
from mdm.matching.records import read_records, read_set

RECORDS = "source,id,name,phone\ncrm,1,Acme GmbH,\nerp,1,ACME,0221 1\nerp,2,Bolt,\n"


def write_set(folder, meta=None, records=RECORDS, pairs="source_a,id_a,source_b,id_b\nerp,1,crm,1\n"):
    said = {"entity": "customer", "task": "link", "duplicate_free_sources": ["crm"]} if meta is None else meta
    (folder / "meta.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / "records.csv").write_text(records, encoding="utf-8")
    (folder / "pairs.csv").write_text(pairs, encoding="utf-8")
    return folder


def fault(read, path):
    with pytest.raises(Misconfigured) as caught:
        read(path)
    found = caught.value.faults[0]
    assert found.message
    assert found.remedy
    return found.code, found.line, found.message


def test_a_set_is_read_with_its_pairs_by_place(tmp_path):
    found = read_set(write_set(tmp_path))
    assert (found.entity, found.task, found.free) == ("customer", "link", {"crm"})
    assert found.truth == {(0, 1)}
    assert found.records[0].fields == {"name": "Acme GmbH"}
    assert found.name == tmp_path.name


@pytest.mark.parametrize(("said", "free"), [(True, {"crm", "erp"}), (False, set()), ({"erp": True, "crm": False}, {"erp"})])
def test_which_sources_are_free_of_duplicates_is_said_in_three_ways(tmp_path, said, free):
    meta = {"entity": "person", "task": "dedupe", "duplicate_free_sources": said}
    found = read_set(write_set(tmp_path, meta))
    assert (found.free, found.entity) == (free, "contact")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "matching.empty", 1),
        ("source,id,name\n", "matching.empty", 2),
        ("source,name\ncrm,Acme\n", "matching.columns", 1),
        ("source,id,name,name\ncrm,1,A,B\n", "matching.columns", 1),
        ("source,id,name\ncrm,1\n", "matching.row", 2),
        ("source,id,name\ncrm,1,A\ncrm,1,B\n", "matching.twice", 3),
        ('source,id,name\ncrm,1,"A\n', "matching.csv", 2),
        ("source,id,name\ncrm,1," + "x" * 10_000_000 + "\n", "matching.csv", 2),
    ],
)
def test_wrong_records_are_told_with_their_place(tmp_path, text, code, line):
    path = tmp_path / "records.csv"
    path.write_text(text, encoding="utf-8")
    assert fault(read_records, path)[:2] == (code, line)


def test_another_encoding_is_told(tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes("source,id,name\ncrm,1,Müller\n".encode("latin-1"))
    code, _, message = fault(read_records, path)
    assert (code, "0xfc" in message) == ("matching.encoding", True)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(b"\xef\xbb\xbf" + RECORDS.encode())
    assert [record.source for record in read_records(path)] == ["crm", "erp", "erp"]


def test_a_missing_file_a_strange_entity_and_a_pair_of_nobody_are_told(tmp_path):
    assert fault(read_set, tmp_path)[0] == "matching.file"
    assert fault(read_set, write_set(tmp_path, {"entity": "star", "task": "link"}))[0] == "matching.meta"
    pairs = "source_a,id_a,source_b,id_b\nerp,1,crm,9\n"
    assert fault(read_set, write_set(tmp_path, pairs=pairs)) == ("matching.pair", 2, "There is no record crm 9.")
