"""Conditions in plain words: what holds, what is waited for, and what can no longer come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ltc.app.engine.flow.conditions import parts_of, split, waits_for
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.ways import Hop, Sight, View

FLOW = """\
from: opportunity
to: order
with: {{contract: any, quote: any}}
when: "{}"
fields: {{opportunity: hub_id}}
"""
WON = "opportunity.status == 'won'"
SIGNED = "contract.status in ['signed', 'active']"


def view(deal: dict[str, Any], roles: tuple[str, ...] = (), **relatives: dict[str, Any]) -> View:
    """See a deal and its relatives."""
    others = {(Hop(name, name, is_relative=True),): Sight(name, nested) for name, nested in relatives.items()}
    return View("opportunity", Sight("o", deal), others, roles)


@pytest.mark.parametrize(
    ("when", "seen", "said", "may_come"),
    [
        (WON, view({"status": "won"}), "", True),
        (WON, view({"status": "open"}), "opportunity to be won (it is open)", True),
        (WON, view({}), "opportunity to be won (it is without a status)", True),
        (SIGNED, view({}), "a contract that is signed or active", True),
        (SIGNED, view({}, contract={"status": "in_signature"}), "contract to be signed or active (it is in_signature)", True),
        (SIGNED, view({}, contract={"status": "terminated"}), "contract to be signed or active (it is terminated)", False),
        (
            f"{WON} && {SIGNED}", view({"status": "open"}),
            "opportunity to be won (it is open) and a contract that is signed or active", True,
        ),
        (f"{WON} && size(opportunity.lines) > 0", view({"status": "won", "lines": []}), "opportunity to have lines", True),
        ("opportunity.name != null", view({}), "opportunity.name to be there", True),
        ("opportunity.currency == 'EUR'", view({"currency": "USD"}), "opportunity.currency to be EUR", True),
        ("opportunity.name.startsWith('A && B')", view({"name": "C"}), "`opportunity.name.startsWith('A && B')`", True),
        ("'esign' in hub.roles", view({}), "a system with the role esign", False),
        (f"!('esign' in hub.roles) || {SIGNED}", view({}, ("esign",)), "a contract that is signed or active", True),
        (f"!('esign' in hub.roles) || {SIGNED}", view({}), "", True),
        (
            f"({WON} || (opportunity.status == 'open' && quote.status == 'accepted'))", view({"status": "open"}),
            "opportunity to be won (it is open) or a quote that is accepted", True,
        ),
        (
            f"{WON} ? {SIGNED} : false", view({"status": "open"}),
            f"`{WON} ? {SIGNED} : false`", True,
        ),
        ("int(opportunity.name) + 1 == 2", view({"name": "C"}), "`int(opportunity.name) + 1 == 2` cannot be computed", True),
    ],
)  # fmt: skip
def test_what_a_condition_waits_for(tmp_path: Path, when: str, seen: View, said: str, may_come: bool) -> None:
    file = tmp_path / "a_flow.yaml"
    file.write_text(FLOW.format(when), encoding="utf-8")
    flow = load_flow([file])
    found = waits_for(flow, flow.begins, seen)
    assert (found.holds, found.may_come) == (not said, may_come)
    assert found.waits_for.startswith(said)
    parts = parts_of(flow, flow.begins, seen)
    assert found.holds == all(part.outcome.holds for part in parts)
    if "cannot be computed" not in said:
        assert found.holds == flow.begins.holds(seen)


@pytest.mark.parametrize(
    ("text", "sign", "parts"),
    [
        ("a", "&&", ["a"]),
        ("a && (b && c) && d[e && f]", "&&", ["a", "(b && c)", "d[e && f]"]),
        ('a == "&&" && b', "&&", ['a == "&&"', "b"]),
        ("a && b ? c : d", "&&", ["a && b ? c : d"]),
        ("a && b || c", "&&", ["a && b || c"]),
        ("a && b || c", "||", ["a && b", "c"]),
        ("l.exists(x, x && y) && b", "&&", ["l.exists(x, x && y)", "b"]),
    ],
)
def test_an_expression_is_cut_where_it_may_be(text: str, sign: str, parts: list[str]) -> None:
    assert split(text, sign) == parts
