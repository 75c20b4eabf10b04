"""Faults that only several flows have, or a hub that lacks systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.form import Flow
from ltc.app.engine.flow.together import faults_together, unheld

FIELDS = {
    "opportunity": "number: number", "quote": "number: number", "order": "number: number", "contract": "number: number",
    "invoice": "number: number",
}  # fmt: skip


def flow(tmp_path: Path, name: str, source: str, target: str, more: str = "", *, derives: bool = True) -> Flow:
    """Load a small flow."""
    file = tmp_path / f"{name}.yaml"
    made = f"when: \"{source}.number != ''\"\nfields: {{{FIELDS[target]}}}\n" if derives else ""
    file.write_text(f"from: {source}\nto: {target}\n{made}{more}", encoding="utf-8")
    return load_flow([file])


def test_two_flows_that_say_the_same_value(tmp_path: Path) -> None:
    back = "roll_up: {opportunity.order_status: latest(order.status)}\n"
    one = flow(tmp_path, "one", "opportunity", "order", back)
    two = flow(tmp_path, "two", "opportunity", "order", f"roll_up:\n  {back[10:-2]}\n", derives=False)
    other = flow(
        tmp_path, "other", "order", "invoice", "roll_up: {order.status: {of: latest(invoice.status), codes: {paid: closed}}}\n"
    )
    (fault,) = faults_together([one, two, other])
    assert (fault.code, fault.file, fault.line, fault.column) == ("flow.two_ways_back", two.file, 4, 3)
    assert f"one too ({one.file}:5)" in fault.message


@pytest.mark.parametrize(
    ("ways", "circle"),
    [
        ([("opportunity", "quote"), ("quote", "order"), ("order", "invoice"), ("opportunity", "order")], ""),
        ([("order", "order")], "order → order"),
        (
            [("opportunity", "quote"), ("quote", "contract"), ("contract", "opportunity")],
            "opportunity → quote → contract → opportunity",
        ),
        ([("order", "invoice"), ("opportunity", "quote"), ("quote", "opportunity")], "opportunity → quote → opportunity"),
    ],
)
def test_flows_that_go_in_a_circle(tmp_path: Path, ways: list[tuple[str, str]], circle: str) -> None:
    flows = [flow(tmp_path, f"f{number}", source, target) for number, (source, target) in enumerate(ways)]
    faults = list(faults_together(flows))
    assert len(faults) == bool(circle)
    assert all(circle in fault.message and fault.line == 2 for fault in faults)


def test_a_flow_that_only_links_is_no_part_of_a_circle(tmp_path: Path) -> None:
    back = "roll_up: {contract.name: latest(quote.name)}\n"
    flows = [flow(tmp_path, "a", "quote", "contract"), flow(tmp_path, "b", "contract", "quote", back, derives=False)]
    assert list(faults_together(flows)) == []


def test_a_flow_between_entities_that_no_system_holds(tmp_path: Path) -> None:
    one = flow(tmp_path, "one", "opportunity", "order")
    assert [(fault.severity, fault.line) for fault in unheld(one, {"opportunity"})] == [("warning", 2)]
    assert list(unheld(one, {"opportunity", "order"})) == []
