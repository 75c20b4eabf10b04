"""All faults of a mapping come at once, whatever a person writes; each by itself is in the corpus, tests/core/mapping/broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltc.core.errors import Misconfigured
from ltc.core.mapping import build, load
from ltc.core.yamlfile import Node
from ltc.core.yamlfile import load as load_yaml
from tests.core.mapping.conftest import HERE

HEAD = "system: s\nobject: O\nentity: customer\nkey: Id\nfields:\n  name: Name\n"


def faults(tmp_path, text):
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load([path])
    return list(caught.value.faults)


def test_all_faults_come_at_once(tmp_path):
    text = HEAD + "  phon: P\n  status: {from: S, codes: {A: activ}}\n  credit_limit: L\nverson: 1\n"
    assert [fault.line for fault in faults(tmp_path, text)] == [7, 8, 9, 10]


def test_a_mapping_needs_a_file():
    with pytest.raises(Misconfigured) as caught:
        load([])
    assert caught.value.code == "mapping.no_file"


def test_faults_of_an_overlay_name_the_file_that_a_person_must_mend(tmp_path):
    (tmp_path / "shipped.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "own.yaml").write_text("fields:\n  phon: P\n", encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load([tmp_path / "shipped.yaml", tmp_path / "own.yaml"])
    [fault] = caught.value.faults
    assert (fault.file, fault.line) == (str(tmp_path / "own.yaml"), 2)


TREES = [load_yaml(HERE / name) for name in ("kunde.yaml", "auftrag.yaml")]
WORDS = ["", "X", "name", "from", "EUR", "in", "case", "on", "iso", "record.A ==", "/F", "A.B", "a..b", 7, True, None, -1]
VALUES = st.recursive(
    st.sampled_from(WORDS).map(lambda value: Node("scalar", value, "f.yaml", 9, 9, "" if value is None else str(value))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda children: Node("sequence", children, "f.yaml", 9, 9)),
        st.dictionaries(
            st.sampled_from(["from", "as", "each", "key", "fields", "name", "case", "on", "codes", "const", "where"]), inner
        ).map(lambda children: Node("mapping", children, "f.yaml", 9, 9)),
    ),
    max_leaves=4,
)


def changed(node, steps, value):
    """Replace one node somewhere in a tree; the numbers choose where."""
    children = list(node.value.items() if node.kind == "mapping" else enumerate(node.value)) if node.kind != "scalar" else []
    if not children or not steps:
        return value
    key, child = children[steps[0] % len(children)]
    below = changed(child, steps[1:], value)
    if node.kind == "mapping":
        return replace(node, value={**node.value, key: below})
    return replace(node, value=[*node.value[:key], below, *node.value[key + 1 :]])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=st.integers(0, 1), steps=st.lists(st.integers(0, 40), min_size=1, max_size=6), value=VALUES)
def test_whatever_a_person_writes_is_loaded_or_refused_with_faults(tree, steps, value):
    try:
        build(changed(TREES[tree], steps, value))
    except Misconfigured as refusal:
        found = refusal.faults
    else:
        found = ()
    assert all(fault.message and fault.line and fault.code.startswith("mapping.") for fault in found)
