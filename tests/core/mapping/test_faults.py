"""Every fault of a mapping is found at load, at its line and column, with a remedy; and all of them at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ltc.core.contract import FieldSchema, ObjectSchema
from ltc.core.errors import Misconfigured
from ltc.core.mapping import build, load
from ltc.core.yamlfile import Node
from ltc.core.yamlfile import load as load_yaml
from tests.core.mapping.conftest import HERE

HEAD = "system: s\nobject: O\nentity: customer\nkey: Id\nfields:\n  name: Name\n"
ORDER = "system: s\nobject: O\nentity: order\nkey: Id\nfields:\n"
SCHEMA = ObjectSchema(
    "O",
    (
        FieldSchema("Id", "id", writable=False),
        FieldSchema("Name", "string", length=40),
        FieldSchema("Phone", "string"),
        FieldSchema("Account", "reference", fields=(FieldSchema("Name", "string"),)),
        FieldSchema("Lines", "list", fields=(FieldSchema("Nr", "string"), FieldSchema("Qty", "number"))),
    ),
)


def faults(tmp_path, text, schema=None):
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        load([path], schema=schema)
    return list(caught.value.faults)


CORPUS = [
    ("unknown header key", HEAD + "verson: X\n", "unknown_key", 7, 1, "Did you mean 'version'?"),
    ("missing key", HEAD.replace("key: Id\n", ""), "missing_key", 1, 1, "Add `key: …`."),
    ("unknown entity", HEAD.replace("customer", "costumer"), "unknown_entity", 3, 9, "Did you mean 'customer'?"),
    ("unknown path", HEAD + "  billing_adress: {city: C}\n", "unknown_path", 7, 3, "Did you mean 'billing_address'?"),
    (
        "unknown inner path",
        HEAD + "  billing_address:\n    stret: S\n",
        "unknown_path",
        8,
        5,
        "Did you mean 'billing_address.street'?",
    ),
    ("unknown dotted path", HEAD + "  billing_address.cty: C\n", "unknown_path", 7, 3, "Did you mean 'billing_address.city'?"),
    (
        "duplicate target",
        HEAD + "  billing_address:\n    city: A\n  billing_address.city: B\n",
        "duplicate_target",
        9,
        3,
        "Keep one",
    ),
    ("required path", HEAD.replace("  name: Name\n", "  phone: Phone\n"), "required_path", 6, 3, "Add `name:`."),
    ("unknown option", HEAD + "  phone: {from: P, withd: 3}\n", "unknown_key", 7, 20, "Did you mean 'width'?"),
    ("option of another operation", HEAD + "  phone: {from: P, scale: 3}\n", "key_does_not_apply", 7, 20, "Remove it"),
    ("unknown operation", HEAD + "  phone: {from: P, as: fone}\n", "unknown_operation", 7, 20, "Did you mean 'phone'?"),
    ("type clash", HEAD + "  phone: {from: P, as: money, currency: EUR}\n", "type_clash", 7, 20, "Use one of: text"),
    ("type clash of a group", HEAD + "  billing_address: Address\n", "type_clash", 7, 20, "Map the paths below it."),
    ("type clash of a list", HEAD + "  sales_areas: Areas\n", "type_clash", 7, 16, "each"),
    ("bad choice", HEAD + "  status: {from: S, codes: {A: activ}}\n", "type_clash", 7, 32, "Did you mean 'active'?"),
    (
        "codes not invertible",
        HEAD + "  status: {from: S, codes: {A: active, B: active}}\n",
        "codes_not_invertible",
        7,
        32,
        "preferred",
    ),
    ("unknown table", HEAD + "  status: {from: S, codes: states}\n", "unknown_codes", 7, 28, "mappings/codes"),
    (
        "preferred not in table",
        HEAD + "  status: {from: S, codes: {A: active}, preferred: [Z]}\n",
        "bad_option",
        7,
        53,
        "Name codes",
    ),
    ("keep on a choice", HEAD + "  status: {from: S, codes: {A: active}, else: keep}\n", "type_clash", 7, 11, "park"),
    ("parts of codes", HEAD + "  status: {from: [A, B], codes: {x/1: active, y: blocked}}\n", "bad_option", 7, 50, "A/B"),
    (
        "a star cannot be written",
        HEAD + '  status: {from: S, codes: {A: active, "*": blocked}}\n',
        "codes_not_invertible",
        7,
        21,
        "`*`",
    ),
    ("wrong way for all", HEAD + "one_way: out\n", "bad_option", 7, 10, "in"),
    ("no currency", HEAD + "  credit_limit: Limit\n", "missing_key", 7, 17, "currency"),
    ("bad currency", HEAD + "  credit_limit: {from: L, currency: {const: EURO}}\n", "bad_option", 7, 27, "EUR"),
    ("bad state", HEAD + "  phone: {from: P, state: propsed}\n", "bad_option", 7, 27, "Did you mean 'proposed'?"),
    ("bad direction", HEAD + "  phone: {from: P, one_way: inn}\n", "bad_option", 7, 29, "Did you mean 'in'?"),
    ("computed cannot go out", HEAD + "  phone: {compute: record.P, one_way: out}\n", "one_way", 7, 30, "Remove it."),
    ("two sources", HEAD + "  phone: {from: P, const: x}\n", "one_source", 7, 20, "exactly one"),
    ("no source", HEAD + "  phone: {as: phone}\n", "one_source", 7, 10, "exactly one"),
    ("cel syntax", HEAD + '  phone: {compute: "record.A +"}\n', "bad_cel", 7, 31, "cel.dev"),
    ("cel variable", HEAD + '  phone: {compute: "foo.A"}\n', "bad_cel", 7, 21, "record"),
    ("cel type", HEAD + "  phone: {compute: \"record.A == 'x'\"}\n", "type_clash", 7, 20, "Convert"),
    ("guard is no condition", HEAD + "when: \"'x'\"\n", "bad_cel", 7, 7, "Compare"),
    ("ref on a plain field", HEAD + "  phone: {from: P, ref: customer}\n", "type_clash", 7, 20, "Remove"),
    ("ref to the wrong entity", HEAD + "  parent: {from: P, ref: employee}\n", "type_clash", 7, 21, "ref: customer"),
    ("bad zone", HEAD + "  created_at: {from: C, zone: Europe/Belin}\n", "bad_option", 7, 31, "Did you mean 'Europe/Berlin'?"),
    ("day and moment without zone", HEAD + "  created_at: {from: C, as: date}\n", "missing_key", 7, 15, "zone"),
    ("bad format", HEAD + "  created_at: {from: C, format: ios}\n", "bad_option", 7, 25, "Did you mean 'iso'?"),
    ("bad region", HEAD + "  phone: {from: P, as: phone, region: Germany}\n", "bad_option", 7, 31, "two letters"),
    ("split without width", HEAD.replace("name: Name", "name: {split: [A, B]}"), "missing_key", 6, 9, "width"),
    ("list of fields", HEAD + "  phone: [A, B]\n", "bad_line", 7, 10, "first, join or split"),
    ("alpha without width", HEAD + "  number: {from: N, as: alpha}\n", "missing_key", 7, 11, "width: 10"),
    (
        "boolean tokens alike",
        HEAD + "  custom.x: {from: F, as: boolean, true: X, false: X}\n",
        "codes_not_invertible",
        7,
        36,
        "own",
    ),
    ("row key", ORDER + "  lines: {each: L, fields: {product: P}}\n", "no_row_key", 6, 10, "Add `key:`"),
    ("rows without fields", ORDER + "  lines: {each: L, key: K}\n", "missing_key", 6, 10, "fields"),
    (
        "unknown path in rows",
        ORDER + "  lines: {each: L, key: K, fields: {prodct: P}}\n",
        "unknown_path",
        6,
        37,
        "Did you mean 'lines[].product'?",
    ),
    ("picked row without condition", ORDER + "  ship_to: {each: P, from: N}\n", "missing_key", 6, 12, "where"),
    ("case without field", HEAD + "  phone: {case: {a: A, b: B}}\n", "missing_key", 7, 17, "on: Field"),
    ("bad example", HEAD + "examples:\n  - sytem: {}\n    canonical: {}\n", "unknown_key", 8, 5, "Did you mean 'system'?"),
    ("where is no group", ORDER + "  lines: {each: L, key: K, where: X, fields: {}}\n", "bad_option", 6, 35, "where: {ROLE"),
    ("custom is a group", HEAD + "  custom: C\n", "type_clash", 7, 11, "custom.region: C"),
    ("branch is a group", HEAD + "  case: {on: F, x: 1}\n", "bad_fields", 7, 20, "name: Name"),
    ("fields are a group", HEAD.replace("  name: Name\n", "  - name\n"), "bad_fields", 6, 3, "name: Name"),
    ("entity is no text", HEAD.replace("customer", "[customer]"), "unknown_entity", 3, 9, "Use one of"),
    ("guard is no text", HEAD + "when: [1]\n", "bad_cel", 7, 7, "in quotes"),
    ("a key twice", HEAD + "  name: Other\n", "", 7, 3, "Keep one"),
]

WITH_SCHEMA = [
    ("unknown field", HEAD + "  phone: Phon\n", "unknown_source", 7, 10, "Did you mean 'Phone'?"),
    ("unknown related field", HEAD + "  phone: Account.Nam\n", "unknown_source", 7, 10, "Did you mean 'Account.Name'?"),
    (
        "unknown row field",
        ORDER + "  lines:\n    each: Lines\n    fields:\n      number: Nrr\n",
        "unknown_source",
        9,
        15,
        "Did you mean 'Nr'?",
    ),
    ("unknown version", HEAD + "version: Stamp\n", "unknown_source", 7, 10, "Check the name"),
    ("unknown field in a guard", HEAD + "when: record.Typ == 'x'\n", "unknown_source", 7, 14, "It has: "),
    (
        "unknown field in where",
        ORDER + "  ship_to: {each: Lines, where: {Rol: WE}, from: Nr}\n",
        "unknown_source",
        6,
        34,
        "Check the name",
    ),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "remedy"), [pytest.param(*case[1:], id=case[0]) for case in CORPUS])
def test_one_fault_at_its_place(tmp_path, text, code, line, column, remedy):
    found = faults(tmp_path, text)
    assert [(fault.code.removeprefix("mapping."), fault.line, fault.column) for fault in found] == [
        (code or "yaml.duplicate_key", line, column)
    ]
    assert found[0].file.endswith("m.yaml")
    assert found[0].message
    assert remedy in found[0].remedy


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "remedy"), [pytest.param(*case[1:], id=case[0]) for case in WITH_SCHEMA]
)
def test_one_fault_against_the_described_schema(tmp_path, text, code, line, column, remedy):
    found = faults(tmp_path, text, SCHEMA)
    assert [(fault.code.removeprefix("mapping."), fault.line, fault.column) for fault in found] == [(code, line, column)]
    assert remedy in found[0].remedy


def test_all_faults_come_at_once(tmp_path):
    text = HEAD + "  phon: P\n  status: {from: S, codes: {A: activ}}\n  credit_limit: L\nverson: 1\n"
    assert [fault.line for fault in faults(tmp_path, text)] == [7, 8, 9, 10]


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
