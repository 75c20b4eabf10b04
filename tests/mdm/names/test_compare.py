"""Names of companies, against an authored suite: what is one company's is found, what is another's is never merged by itself."""

from __future__ import annotations

import doctest
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mdm.names.compare import LIKELY, SURE, compare

SUITE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "suite.yaml").read_text("utf-8"))
NAMES = sorted({name for group in SUITE for name in (*group["same"], *group["others"])})


class Pair(NamedTuple):
    """Two names, and whether they are one company's."""

    kind: str
    left: str
    right: str
    is_same: bool


def pairs() -> Iterator[Pair]:
    """Make the pairs of the suite."""
    for group in SUITE:
        for left, right in itertools.combinations(group["same"], 2):
            yield Pair(group["kind"], left, right, is_same=True)
        for left, right in itertools.product(group["same"], group["others"]):
            yield Pair(group["kind"], left, right, is_same=False)


def test_the_examples_of_the_reference_hold() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "names.md"
    results = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert results.attempted > 0
    assert results.failed == 0


def test_the_suite_is_large_and_hard_enough() -> None:
    every = list(pairs())
    assert len(every) >= 500
    assert sum(not pair.is_same for pair in every) >= 300
    assert len({pair.kind for pair in every}) >= 25


def test_names_of_one_company_are_found() -> None:
    rated = [(pair.is_same, compare(pair.left, pair.right).score >= LIKELY) for pair in pairs()]
    found, wrong = rated.count((True, True)), rated.count((False, True))
    missed = rated.count((True, False))
    assert 2 * found / (2 * found + wrong + missed) >= 0.95


def test_names_of_two_companies_are_never_merged_by_themselves() -> None:
    merged = [pair for pair in pairs() if not pair.is_same and compare(pair.left, pair.right).score >= SURE]
    assert merged == []
    sure = [compare(pair.left, pair.right).score >= SURE for pair in pairs() if pair.is_same]
    assert sum(sure) >= 0.8 * len(sure), "and most of what is one is merged"


@pytest.mark.parametrize("core", ["华新", "鹏达", "西湖", "天宇", "长城", "金龙"])
@pytest.mark.parametrize("other", "兴欣新大达东元成隆宇")
@pytest.mark.parametrize("place", [0, 1])
def test_chinese_cores_that_differ_by_a_character_are_two_companies(core: str, other: str, place: int) -> None:
    changed = core[:place] + other + core[place + 1 :]
    likeness = compare(f"上海{core}科技有限公司", f"上海{changed}科技有限公司")
    assert (likeness.score == 1.0) == (changed == core)
    assert changed == core or likeness.score < LIKELY


@given(st.integers(1, 30), st.integers(1, 30))
def test_numbered_sisters_are_two_companies(one: int, other: int) -> None:
    likeness = compare(f"Evergreen Growth Fund {one} LP", f"Evergreen Growth Fund {other} LP")
    assert (likeness.score >= SURE) == (one == other)
    assert compare(f"Evergreen Growth Fund {one} LP", "Evergreen Growth Fund LP").score < LIKELY


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_the_order_of_two_names_does_not_count(left: str, right: str) -> None:
    assert compare(left, right).score == compare(right, left).score
    assert compare(left, left).score == 1.0 or len(compare(left, left).why) > 1  # one goes by two names


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_stands_in_a_name_is_compared(left: str, right: str) -> None:
    assert 0.0 <= compare(left, right).score <= 1.0


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ("Deutsche Pumpen AG", "Deutsche Pumpen GmbH", "one is a stock, the other a limited company"),
        ("Vantage France SAS", "Vantage Deutschland GmbH", "other country: france and germany"),
        ("IBM Corp.", "International Business Machines", "both are ibm"),
        ("上海华新科技有限公司", "北京华新科技有限公司", "same core, other city: 上海 and 北京"),
        ("华为技术有限公司", "Huawei Technologies", "reads the same"),
    ],
)
def test_what_speaks_for_and_against_is_said(left: str, right: str, why: str) -> None:
    likeness = compare(left, right)
    assert why in likeness.why
    assert likeness.score < SURE
