"""Proposed lines run in the shadow and deprecated ones are warned of: counted once for a run, and never written."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub


def run_of(report, system, obj):
    return next(run for run in report["runs"] if (run["system"], run["object"]) == (system, obj))


@pytest.fixture
def lined(hub: SmallHub) -> SmallHub:
    """A hub of which one system has a proposed and a deprecated line."""
    hub.add_line("left", "Customer", "website: {from: Site, state: proposed}\n  industry: {from: Branch, state: deprecated}")
    hub.add_line("right", "Customer", "website: Site\n  industry: Branch")
    return hub


def test_a_deprecated_line_that_fires_is_warned_of_once(lined: SmallHub) -> None:
    for number in range(3):
        lined.left.put("Customer", {"Name": f"C{number}", "Status": "active", "Branch": "Tools" if number else None})
    run = run_of(lined.sync(), "left", "Customer")
    (warning,) = run["warnings"]
    assert (warning["code"], warning["severity"], warning["path"]) == ("mapping.deprecated", "warning", "industry")
    assert "in 2 records of this run" in warning["message"]
    assert warning["line"] > 1
    assert run_of(lined.sync(), "left", "Customer")["warnings"] == []  # nothing was read anew


def test_a_proposed_line_is_counted_and_seen_by_nobody(lined: SmallHub) -> None:
    lined.go_live()
    lined.left.put("Customer", {"Name": "One", "Status": "active", "Site": "one.example"})
    lined.left.put("Customer", {"Name": "Two", "Status": "active", "Site": ["odd"]})
    run = run_of(lined.sync(), "left", "Customer")
    assert run["proposed"] == {"website": {"would_give": 1, "would_not_fit": 1}}
    assert run_of(run_report := lined.sync(), "right", "Customer")["proposed"] == {}
    assert run_report["totals"]["parked"] == 0
    with lined.store.reading() as tx:
        leaves = [json.loads(row[0]) for row in tx.execute(select(t.golden.c.leaves).where(t.golden.c.entity == "customer"))]
    assert not any("website" in one for one in leaves)
    assert [row.get("Site") for row in lined.right.rows["Customer"].values()] == [None, None]


def test_a_value_of_the_other_system_is_not_written_through_a_proposed_or_deprecated_line(lined: SmallHub) -> None:
    lined.go_live()
    lined.right.put("Customer", {"Name": "ONE", "Status": "active", "Site": "one.example", "Branch": "Tools"})
    lined.sync()
    (row,) = lined.left.rows["Customer"].values()
    assert (row["Name"], row.get("Site"), row.get("Branch")) == ("ONE", None, None)


def test_a_mapping_without_such_lines_counts_nothing(hub: SmallHub) -> None:
    hub.left.put("Customer", {"Name": "One", "Status": "active"})
    run = run_of(hub.sync(), "left", "Customer")
    assert (run["warnings"], run["proposed"]) == ([], {})
    assert all(scope.shadow is None and not scope.deprecated for scope in hub.context().scopes.values())
