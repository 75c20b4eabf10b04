"""`ltc mdm` on a hub: what it prints, how it ends, and that nothing is lost where the input is wrong."""

from __future__ import annotations

import json

import pytest

from ltc.core.store import Store
from ltc.core.store import tables as t

IDS = [f"019cada1fb807000{number:016x}" for number in range(1, 4)]
NAMES = ("Havel Pumpen GmbH", "HAVEL PUMPEN", "Isar Kran AG")
AT = "2026-03-02T08:00:00.000000Z"


@pytest.fixture
def known(hub):
    """A hub that knows three customers, of which two may be one."""
    hub.ltc("status")  # makes the store
    store = Store(f"sqlite:///{hub.dir / 'var' / 'hub.db'}")
    with store.transaction() as tx:
        for hub_id, name in zip(IDS, NAMES, strict=True):
            leaves = {"name": name, "phone": "030 1234567" if "avel" in name.lower() else "089 9876543"}
            row = {"hub_id": hub_id, "entity": "customer", "version": 1, "leaves": json.dumps(leaves).encode(), "provenance": ""}
            tx.insert_one(t.golden, {**row, "state": "live", "label": name, "created_at": AT, "updated_at": AT})
    store.close()
    return hub


def test_decisions_from_the_command_line(known):
    pinned = known.ltc("mdm", "pin", IDS[2], "phone=030 99", "--json").json
    assert pinned["hub_id"] == IDS[2]
    assert "phone = 030 99" in known.ltc("mdm", "golden", IDS[2]).out
    merged = known.ltc("mdm", "merge", IDS[1], IDS[0], "--json")
    assert (merged.code, merged.json["hub_id"], merged.json["resolves"]) == (0, IDS[0], IDS[1])
    shown = known.ltc("mdm", "golden", IDS[1], "--json").json
    assert (shown["hub_id"], shown["also"]) == (IDS[0], [IDS[1]])
    assert f"These ids lead here: {IDS[1]}." in known.ltc("mdm", "golden", IDS[0]).out
    refused = known.ltc("mdm", "undo", str(merged.json["decision"] + 98), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "decision.unknown")
    assert "is taken back" in known.ltc("mdm", "undo", str(pinned["decision"])).out
    assert known.ltc("mdm", "undo", str(merged.json["decision"]), "--json").json["restored"] == IDS[1]
    listed = known.ltc("mdm", "decisions", "--json").json["decisions"]
    assert [one["kind"] for one in listed] == ["undo", "undo", "merge", "pin"]
    assert "takes back" in known.ltc("mdm", "decisions", IDS[0]).out


def test_matching_and_explaining_from_the_command_line(known):
    told = known.ltc("mdm", "explain", IDS[0], IDS[1], "--json").json
    assert told["decision"] == "same"
    shown = known.ltc("mdm", "explain", IDS[0], IDS[2]).out
    assert "different" in shown
    assert "name" in shown
    found = known.ltc("mdm", "match", "--entity", "customer", "--preview", "--json").json
    assert found["records"] == 3
    assert found["opened"] == 0
    assert "3 records" in known.ltc("mdm", "match", "--entity", "customer").out
    assert known.ltc("mdm", "review", "--json").json == known.ltc("review", "--json").json


def test_files_are_matched_without_a_hub(known, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    rows = "id,name,phone,street,postal_code\n1,{},030 1234567,Domplatz 3,10115\n2,{},089 9876543,Am Tor {},8033{}\n"
    (folder / "crm.csv").write_text(rows.format("Havel Pumpen GmbH", "Isar Kran AG", 1, 1), "utf-8")
    (folder / "erp.csv").write_text(rows.format("HAVEL PUMPEN", "Lech Beton", 2, 2), "utf-8")
    found = known.ltc("mdm", "match", str(folder), "--entity", "customer", "--json").json
    pairs = [[one["left"], one["right"]] for one in found["pairs"]]
    assert [{"source": "crm", "id": "1"}, {"source": "erp", "id": "1"}] in [*found["clusters"], *pairs]
    assert "4 records" in known.ltc("mdm", "match", str(folder), "--entity", "customer", "--task", "link").out
    (folder / "erp.csv").write_text("name\nx\n", "utf-8")
    wrong = known.ltc("mdm", "match", str(folder), "--entity", "customer", "--json")
    assert (wrong.code, wrong.json["error"]["file"], wrong.json["error"]["line"]) == (2, str(folder / "erp.csv"), 1)


WRONG = [
    (("golden", "nonsense"), 1, "golden.unknown"),
    (("merge", IDS[0], IDS[0]), 1, "golden.same"),
    (("split", IDS[0], "crm"), 2, "usage"),
    (("pin", IDS[0], "phone"), 2, "usage"),
    (("pin", IDS[0], "fone=1"), 2, "golden.field"),
    (("match", "--entity", "order"), 2, "matching.entity"),
    (("match", "--entity", "person"), 2, "matching.entity"),
    (("match", "--entity", "customer", "--free", "crm"), 2, "usage"),
    (("match", "no/such/folder", "--entity", "customer"), 2, "matching.file"),
    (("quality", "--entity", "customer"), 2, "config.unknown_entity"),
    (("undo", "x"), 2, "usage"),
]


def test_what_is_wrong_is_told_and_changes_nothing(known):
    for words, code, error in WRONG:
        said = known.ltc("mdm", *words, "--json")
        assert (said.code, said.json["error"]["code"]) == (code, error), (words, said.out)
    assert known.ltc("mdm", "decisions", "--json").json["decisions"] == []
