"""`ltc mdm pairs`: rows go in, the same rows come out with score, decision and reasons; wrong input ends with 2."""

from __future__ import annotations

import json

import pytest

from ltc.app.cli.root import run

ROWS = "case,a.name,b.name,a.town\n1,Müller GmbH,MUELLER,x\n2,Growth Fund II LP,Growth Fund III LP,\n"


@pytest.fixture
def ltc(capsys, tmp_path):
    """Run a command outside of any hub."""

    def go(*words):
        capsys.readouterr()
        code = run([*words])
        return code, *capsys.readouterr()

    go.file = tmp_path / "pairs.csv"
    go.file.write_text(ROWS, "utf-8")
    return go


def test_rows_come_back_judged(ltc):
    code, out, err = ltc("mdm", "pairs", str(ltc.file), "--entity", "customer", "--json")
    told = json.loads(out)
    assert code == 0
    assert [row["decision"] for row in told["pairs"]] == ["same", "different"]
    assert told["totals"] == {"same": 1, "review": 0, "different": 1}
    first, second = told["pairs"]
    assert (first["case"], first["a.name"], first["a.town"]) == ("1", "Müller GmbH", "x")
    assert {"field", "level", "weight"} <= set(first["why"][1])
    assert second["why"][1]["detail"] == "other number: 2 and 3"
    assert "a.town" in err


def test_a_person_gets_a_table(ltc):
    code, out, _ = ltc("mdm", "pairs", str(ltc.file), "--entity", "customer")
    assert code == 0
    assert "name +11.1" in out
    assert "1 same, 0 review, 1 different." in out


@pytest.mark.parametrize("entity", ["order", "", "custommer"])
def test_what_cannot_be_matched_is_told(ltc, entity):
    code, out, _ = ltc("mdm", "pairs", str(ltc.file), "--entity", entity, "--json")
    told = json.loads(out)["error"]
    assert (code, told["code"]) == (2, "matching.entity")
    assert "customer" in told["remedy"]


def test_wrong_files_end_with_two_and_their_place(ltc):
    ltc.file.write_bytes(b"a.name,b.name\nM\xfcller,x\n")
    code, out, _ = ltc("mdm", "pairs", str(ltc.file), "--entity", "customer", "--json")
    told = json.loads(out)["error"]
    assert (code, told["line"], told["file"]) == (2, 2, str(ltc.file))
    assert ltc("mdm", "pairs", str(ltc.file.parent / "none.csv"), "--entity", "customer")[0] == 2
