"""What is fast and what explains errors are one: the same values and the same errors on tens of thousands of spoiled records."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import msgspec
import pytest

from benchmarks.orders import mapping as benchmark_mapping
from benchmarks.orders import order_body
from ltc.core.errors import Untranslatable
from ltc.core.mapping import load
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.reference import UNEXPECTED, read_record
from ltc.core.mapping.rules import bury, dig
from ltc.core.mapping.writing import write_record
from ltc.core.models import is_complete, validate
from ltc.core.models.leaves import flatten, references
from tests.core.mapping.conftest import MAPPINGS
from tests.core.mapping.mutating import Spoiler, clean_records, copied, exactly, in_json
from tests.core.mapping.test_straight import FILES

SHIPPED = {f"{path.parent.name}.{path.stem}": path for path in FILES}
SUBJECTS = [*sorted(MAPPINGS), "benchmark", *SHIPPED]
DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
LONG = [f"{'9' * digits}.{fraction}" for digits in (57, 58, 80) for fraction in ("5", "50")]
"""Amounts as long as the models hold them, and longer."""
ODD_NUMBERS = [
    *(
        "12.50",
        "7",
        "0",
        "0.00",
        "100",
        "-1.5",
        "-0",
        "-0.0",
        "-100",
        "+5",
        "007",
        "00.5",
        ".5",
        "5.",
        "-5.",
        "0.0000001",
        "1" * 60,
    ),
    *("1e3", "1.50e1", "1E5", "1.5e-3", "1e0003", "1e1000", "NaN", "sNaN", "nan7", "Infinity", "-inf", "1_0.5", "٣", "٣.5", "²"),
    *(
        "",
        "-",
        ".",
        "1.2.3",
        "5-",
        "--5",
        " 12.5",
        "12.5\n",
        '"1.5"',
        "true",
        "\x00",
        "x",
        "1" * 61,
        "0" * 60 + "1.5",
        f"0.{'0' * 59}1",
    ),
    *(None, 7, 1.5, True, b"1.5", bytearray(b"1.5"), ["1.5"], [1.5], {}, Decimal("1.5"), (0, (1,), 0)),
    *(f"{'9' * digits}.{fraction}" for digits in (57, 58, 80) for fraction in ("5", "50")),
]
"""What may stand where the canonical text of a number is expected, and what must not."""
READ, WRITTEN = 100_000, 20_000
"""So many spoiled records are spread over all mappings; the first takes 14 seconds, the second 5."""


def subject(name):
    """Load a mapping, and give it with the clean records to begin with."""
    if name == "benchmark":
        m = benchmark_mapping()
        return m, [DECODE(order_body(number)) for number in range(1, 40)]
    m = MAPPINGS.get(name) or load([SHIPPED[name]])
    return m, clean_records(m)


def outcome(work, *given):
    """Say what came of it: a value, the errors that were named, or the kind of what was raised."""
    try:
        return "value", work(*given)
    except Untranslatable as refusal:
        return "errors", refusal.errors
    except Exception as problem:  # noqa: BLE001  # whatever it is, both must raise it
        return "raised", type(problem)


def same(one, other):
    """Compare two outcomes, values down to their types."""
    return one[0] == other[0] and (exactly(one[1], other[1]) if one[0] == "value" else one[1] == other[1])


def read_alike(name, count, seed):
    """Read spoiled records in every way; return the first on which the ways part."""
    m, clean = subject(name)
    spoiler = Spoiler(seed)
    for _ in range(count):
        raw = spoiler.spoiled(spoiler.random.choice(clean))
        told = outcome(read_record, m.block, raw)
        if not same(outcome(m.get, raw), told):
            return "get", raw
        for attempt in (m._generated.get, m._generated.careful()):
            try:
                found = attempt(raw)
            except UNEXPECTED:
                continue  # it leaves the record to the next one
            if not same(("value", found), told):
                return attempt, raw
        if not same(outcome(m.get, in_json(raw)), told):
            return "json", raw
        for form in (raw, in_json(raw)):
            leaves = m.leaves(form)
            if leaves is not None and not (told[0] == "value" and same_leaves(m, leaves, told[1])):
                return "leaves", form
    return None


def same_leaves(m, leaves, nested):
    """Compare what was read straight with a nested record, down to the order of the leaves."""
    if not is_complete(m.entity, nested):
        return False
    flat = flatten(m.entity, nested)
    return list(leaves[0]) == list(flat) and exactly(leaves[0], flat) and leaves[1] == references(m.entity, flat)


def written_in_full(m, old, desired, only):
    """Write by the readable writer alone."""
    if old is None:
        patch = write_record(m.block, None, None, desired, only)
        for path, value in m._create.items():
            if dig(patch, path) is None:
                bury(patch, path, value)
        return patch
    try:
        seen = read_record(m.block, old)
    except Untranslatable:
        seen = None
    return write_record(m.block, old, seen, desired, only)


def write_alike(name, count, seed):
    """Write spoiled canonical records, as new ones and over what is there; return the first on which the ways part."""
    m, clean = subject(name)
    known = [found[1] for raw in clean if (found := outcome(m.get, raw))[0] == "value"]
    known += [dict(example.canonical) for example in m.examples]
    spoiler = Spoiler(seed)
    chance = spoiler.random
    lines = [line.path for line in m.lines]
    for _ in range(count):
        old = spoiler.spoiled(chance.choice(clean)) if chance.random() < 0.4 else chance.choice(clean)
        now = outcome(m.get, old)
        desired = now[1] if now[0] == "value" and chance.random() < 0.6 else chance.choice(known)
        desired = spoiler.spoiled(desired)
        only = chance.sample(lines, min(len(lines), 4)) if chance.random() < 0.3 else None
        for before in (None, old):
            fast = outcome(m.put, copied(before), copied(desired), only)
            if not same(fast, outcome(written_in_full, m, before, desired, only)):
                return before, desired, only
    return None


@pytest.mark.parametrize("name", SUBJECTS)
def test_spoiled_records_are_read_alike_by_all_engines(name):
    assert read_alike(name, READ // len(SUBJECTS) + 1, seed=1) is None


@pytest.mark.parametrize("name", SUBJECTS)
def test_spoiled_records_are_written_alike_by_all_writers(name):
    assert write_alike(name, WRITTEN // len(SUBJECTS) + 1, seed=2) is None


def with_number(canonical, place, number):
    """Put a number into a canonical order: its total, or one of a line."""
    (line, *rest) = canonical["lines"]
    part = {"ordered_quantity": "value", "unit_price": "amount", "line_total": "amount"}.get(place)
    if part is not None:
        return {**canonical, "lines": [{**line, place: {**line[place], part: number}}, *rest]}
    return {**canonical, "total": {**canonical["total"], "amount": number}}


@pytest.mark.parametrize("place", ["total", "ordered_quantity", "unit_price", "line_total"])
@pytest.mark.parametrize("many", [0, 8])
def test_every_text_of_a_number_is_written_alike(place, many):
    m, (raw, *_) = subject("benchmark")
    canonical = m.get(raw)
    canonical["lines"] += [canonical["lines"][-1]] * many
    for number in ODD_NUMBERS:
        desired = with_number(canonical, place, number)
        fast = outcome(m.put, None, copied(desired))
        assert same(fast, outcome(written_in_full, m, None, desired, None)), number


def test_lines_that_share_a_field_are_written_alike():
    m, (raw, *_) = subject("benchmark")
    canonical = m.get(raw)
    line = canonical["lines"][0]
    currencies = product(("EUR", "USD", "XXX", None, [], MISSING), *[("EUR", "USD", "XXX", None)] * 2)
    units = product(*[("KGM", "C62", "kgm", None, [], MISSING)] * 2, ("1", "100"))
    orders = [
        without_missing(
            {
                "currency": own,
                **{name: {"amount": "1.00", "currency": one} for name, one in zip(("total", "net_total"), others, strict=True)},
            }
        )
        for own, *others in currencies
    ]
    lines = [
        without_missing({
            "ordered_quantity": MISSING if counted is MISSING else {"value": "2.5", "unit": counted},
            "unit_price": MISSING if priced is MISSING else {"amount": "1.5", "currency": "EUR", "per": per, "unit": priced},
        })
        for counted, priced, per in units
    ]  # fmt: skip
    for change in (*orders, *({"lines": [{"number": "10", **one}, line]} for one in lines)):
        desired = {**{name: value for name, value in canonical.items() if name != "currency"}, **change}
        fast = outcome(m.put, None, copied(desired))
        assert same(fast, outcome(written_in_full, m, None, desired, None)), change


def without_missing(record):
    """Leave out what is not there."""
    return {name: value for name, value in record.items() if value is not MISSING}


def test_usual_records_are_written_by_generated_code_alone(monkeypatch):
    m, raws = subject("benchmark")
    expected = [written_in_full(m, None, m.get(raw), None) for raw in raws]
    monkeypatch.setattr("ltc.core.mapping.mapping.write_record", None)
    assert exactly([m.put(None, m.get(raw)) for raw in raws], expected)
    credit = with_number(with_number(m.get(raws[0]), "total", "-12.50"), "unit_price", "100")
    assert m.put(None, credit)["TotalAmount"] == Decimal("-12.50")
    assert str(m.put(None, credit)["OrderItems"]["records"][0]["UnitPrice"]) == "100"


def test_a_record_with_a_number_where_a_text_is_usual_is_read_by_generated_code(monkeypatch):
    m, (raw, *_) = subject("benchmark")
    expected = read_record(m.block, raw | {"PoNumber": 7})
    monkeypatch.setattr("ltc.core.mapping.mapping.read_record", None)
    assert expected["purchase_order"] == "7"
    assert m.get(raw | {"PoNumber": 7}) == expected
    assert m.leaves(raw | {"PoNumber": 7})[0] == flatten("order", expected)


@pytest.mark.parametrize("number", ["1.2E+5", "-0.0", "-0.0000", "-0.5", "12.5", "7", "1.23456", "1E+70", *LONG])
@pytest.mark.parametrize("currency", ["CLF", "KWD", "JPY", "EUR"])
def test_amounts_have_the_digits_of_every_currency(currency, number):
    m = MAPPINGS["auftrag"]
    raw = {**m.examples[0].system, "WAERK": currency, "NETWR": Decimal(number)}
    told = outcome(read_record, m.block, raw)
    assert outcome(m.get, raw) == told
    assert outcome(m.get, in_json(raw)) == told


@pytest.mark.parametrize("number", ["9" * 80 + ".50", "9" * 59 + ".5", "1E+70", "0." + "1" * 60])
def test_a_number_that_the_models_cannot_hold_is_refused_by_all(number):
    m, (raw, *_) = subject("benchmark")
    for change in (
        {"TotalAmount": Decimal(number)},
        {"OrderItems": {"records": [{**raw["OrderItems"]["records"][0], "Quantity": Decimal(number)}]}},
    ):
        spoiled = {**raw, **change}
        told = outcome(m.get, spoiled)
        assert told == outcome(read_record, m.block, spoiled)
        if told[0] == "value":  # an amount is rounded to its currency's digits
            validate(m.entity, told[1])
        else:
            assert [error.code for error in told[1]] == ["value.not_a_number"]
            assert m.leaves(spoiled) is None
