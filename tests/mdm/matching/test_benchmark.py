from __future__ import annotations

import json

from benchmarks import matching as benchmark
from mdm.matching import matchers
from mdm.matching.records import ScoredPair
from tests.mdm.matching.test_records import write_set

RECORDS = "source,id,name\na,1,Acme\nb,1,Acme\na,2,Bolt\nb,2,Bolt\na,3,Cord\nb,3,Dart\n"
PAIRS = "source_a,id_a,source_b,id_b\na,1,b,1\na,2,b,2\n"


def test_figures_are_those_of_the_pairs(tmp_path, monkeypatch):
    asked = []

    def match(records, entity, task, free, labels):
        asked.append((len(records), entity, task, free, labels))
        return [ScoredPair(0, 1, 0.99999999), ScoredPair(2, 3, 0.4), ScoredPair(4, 5, 0.7)]

    monkeypatch.setattr(benchmark, "matcher", lambda _entity: match)
    folder = write_set(tmp_path, {"entity": "customer", "task": "link", "duplicate_free_sources": True}, RECORDS, PAIRS)
    figures = benchmark.run(folder, 0, 1)
    assert asked == [(6, "customer", "link", {"a", "b"}, {})]
    assert figures["pairwise"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert figures["clustered"] == figures["pairwise"]
    assert figures["automatic"] == {"precision": 1.0, "share": 0.5}
    assert (figures["review_share"], figures["candidates"]) == (0.6667, 3)
    labelled = benchmark.run(folder, 400, 1)
    assert labelled["labels"] == 2
    assert labelled["pairwise"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert asked[-1][-1] == {(2, 3): True, (4, 5): False}


def test_pairs_within_a_source_do_not_count_where_sources_are_linked(tmp_path):
    measured = benchmark.read_set(write_set(tmp_path, {"entity": "customer", "task": "link"}, RECORDS, PAIRS))
    assert benchmark.inside([(0, 1, 2)], measured) == {(0, 1), (1, 2)}


def test_what_cannot_be_measured_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["matching.py", "--data", str(tmp_path / "nowhere"), "--json"])
    assert benchmark.main() == 2
    assert "cannot be read" in capsys.readouterr().err
    monkeypatch.setattr(matchers, "_HOMES", {})
    write_set(tmp_path)
    monkeypatch.setattr("sys.argv", ["matching.py", "--data", str(tmp_path), "--json"])
    assert benchmark.main() == 2
    assert json.dumps("matcher")[1:-1] in capsys.readouterr().err
