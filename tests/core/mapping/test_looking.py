"""Looking at a record line by line agrees with reading it whole, and shows what each line would write."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from ltc.core.errors import Untranslatable
from ltc.core.mapping.looking import look
from ltc.core.models.check import is_complete
from ltc.core.models.leaves import flatten
from tests.core.mapping.conftest import AUFTRAG, KUNDE, MAPPINGS, dirty


@given(st.sampled_from(sorted(MAPPINGS)).flatmap(lambda name: st.tuples(st.just(name), dirty(name))))
@example(("kunde", {**KUNDE.examples[0].system, "KNB1": [{"AKONT": "0000140000"}]}))
def test_line_by_line_is_what_the_whole_reads(drawn):
    name, raw = drawn
    mapping = MAPPINGS[name]
    looks = [one for one in look(mapping, raw) if one.line.state != "proposed"]
    leaves, wrong = whole(mapping, raw)
    assert wrong <= {one.path for one in looks if one.faults}
    seen = {one.path: one.value for one in looks if one.line.operation != "each"}
    for path, value in leaves.items():
        if value != [] and "[" not in path:
            assert seen[path] == value


def whole(mapping, raw):
    """Read a record as a whole: its leaves, or the paths that do not fit; none where the check of the whole misses something."""
    try:
        nested = mapping.get(raw)
        return flatten(mapping.entity, nested) if is_complete(mapping.entity, nested) else {}, set()
    except Untranslatable as problem:
        return {}, {error.path for error in problem.errors}


def test_both_sides_of_a_line():
    looks = {one.path: one for one in look(KUNDE, KUNDE.examples[0].system)}
    assert looks["language"].found == {"SPRAS": "D"}
    assert (looks["language"].value, looks["language"].back) == ("de", {"SPRAS": "D"})
    assert looks["vat_id"].back == {"STCEG": "DE811569869"}
    assert (looks["payment_terms"].value, looks["payment_terms"].defaulted) == ("NET30", True)
    assert looks["source"].back == {}
    assert looks["owner"].found == {"PARTNERS[2].KUNN2": "77"}
    assert looks["company_codes[1000].reconciliation_account"].found == {"KNB1[1].AKONT": "0000140000"}


def test_a_proposed_line_is_looked_at():
    raw = {**KUNDE.examples[0].system, "KLABC": "A"}
    (rating,) = [one for one in look(KUNDE, raw) if one.line.state == "proposed"]
    assert (rating.value, rating.back) == ("A", {"KLABC": "A"})


def test_each_line_has_its_own_fault():
    looks = look(AUFTRAG, {**AUFTRAG.examples[0].system, "NETWR": "much", "AUDAT": "2026"})
    assert {one.path for one in looks if one.faults} == {"total", "order_date"}
    assert next(one for one in looks if one.path == "currency").value == "JPY"


def test_lists_say_how_many_rows_are_meant():
    looks = {one.path: one for one in look(AUFTRAG, AUFTRAG.examples[0].system)}
    assert looks["lines"].value == 1
    assert looks["lines[10].line_total"].found == {"ITEMS.records[1].NETWR": Decimal(1050), "/WAERK": "JPY"}
