"""What the engine tells while it works: every line with its run, system and record, and none with what a record says."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from ltc.app.engine.telling import MOST
from ltc.app.telemetry.logs import logging_to
from ltc.core.errors import Later, Misconfigured, Rejected
from tests.app.engine.hubs import SmallHub

NAME, TAX, PHONE = "Ada Lovelace", "DE136695976", "+4915112345678"


def lines(hub: SmallHub, **how: Any) -> list[dict[str, Any]]:
    """Run a sync, and give the lines that it wrote."""
    stream = io.StringIO()
    with logging_to(stream, form="json"):
        hub.sync(**how)
    return [json.loads(one) for one in stream.getvalue().splitlines()]


def test_records_that_were_written_or_parked_are_told_with_all_that_finds_them(live: SmallHub) -> None:
    live.left.put("Product", {"Number": "P-1", "Name": "Pump"})
    live.left.put("Customer", {"Name": NAME, "Tax": TAX, "Phone": PHONE, "Status": "active"})
    live.left.put("Customer", {"Name": "Other", "Phone": PHONE, "Status": PHONE, "Credit": NAME, "Currency": "EUR"})
    live.right.refuse[NAME.upper()] = live.right.refuse[NAME] = Rejected(f"{NAME} at {PHONE} is blocked", field="Name")
    said = lines(live)
    created = [one for one in said if one["message"] == "A record of right.Product was created."]
    assert [(one["system"], one["object"], one["entity"], one["key"]) for one in created] == [
        ("right", "Product", "product", "P-1")
    ]
    assert created[0]["record"] in live.right.rows["Product"]
    assert created[0]["run"] > 0
    parked = {one["message"]: one for one in said if "was parked" in one["message"]}
    assert set(parked) == {
        "A record of right.Customer was parked at deliver: record.rejected.",
        "A record of left.Customer was parked at translate: record.untranslatable.",
    }
    assert {one["level"] for one in parked.values()} == {"warning"}
    assert all(one["run"] and one["system"] and one["entity"] for one in said if one["logger"] == "ltc.work")
    text = json.dumps(said, ensure_ascii=False)
    assert [one for one in (NAME, NAME.upper(), TAX, PHONE) if one in text] == []


def test_the_end_of_a_run_is_told_with_its_numbers_or_its_fault(live: SmallHub) -> None:
    live.left.put("Product", {"Number": "P-1", "Name": "Pump"})
    read = next(one for one in lines(live) if one["message"].startswith("left.Product: "))
    assert read["message"] == "left.Product: 1 read."
    assert (read["level"], read["read"], read["system"], read["object"]) == ("info", 1, "left", "Product")
    live.left.faults = ["read_later"] * 20
    failed = [one for one in lines(live) if one["level"] == "warning"]
    assert {one["system"] for one in failed} == {"left"}
    assert all("failed: " in one["message"] for one in failed)


@pytest.mark.parametrize("answer", [f'{{"contact": "{NAME}"}}', f"{NAME} is known already"])
def test_what_a_system_answered_word_for_word_is_in_no_line(live: SmallHub, answer: str) -> None:
    def during(_what: str) -> None:
        raise Misconfigured(f"The system answered 400 Bad Request to GET: {answer}")

    live.left.during = during
    failed = [one["message"] for one in lines(live) if one["level"] == "warning"]
    assert "left.Customer failed: The system answered 400 Bad Request to GET" in failed
    assert not any(NAME in line for line in failed)


def test_a_thousand_equal_faults_are_told_in_a_few_lines(live: SmallHub) -> None:
    live.left.numbers["Customer"] = 1000
    for number in range(MOST + 15):
        live.left.put("Customer", {"Name": f"N{number}", "Status": "active", "Credit": "much", "Currency": "EUR"})
    context = live.context()
    context.connectors["left"].page_size = 1000  # type: ignore[attr-defined]
    live.context = lambda: context  # type: ignore[method-assign]
    parked = [one["message"] for one in lines(live) if "parked" in one["message"] and one["level"] == "warning"]
    assert len(parked) == MOST + 1
    assert parked[-1] == "15 more of left.Customer were parked."


def test_what_is_rolled_back_is_not_told(live: SmallHub) -> None:
    """A transaction that another one stood in the way of is done again: its lines are those of the time that counted."""
    live.left.put("Customer", {"Name": "Ada", "Status": "active", "Credit": "much", "Currency": "EUR"})
    falls = iter([Later("in the way", code="store.race")])

    def crash(point: str) -> None:
        if point == "read.before_page_commit" and (fault := next(falls, None)):
            raise fault

    live.crash = crash
    assert len([one for one in lines(live) if "was parked" in one["message"]]) == 1
    assert next(falls, None) is None


def test_a_command_that_reports_by_itself_writes_no_lines(live: SmallHub, capfd: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process where nobody set the log up
    live.left.put("Customer", {"Name": "Ada", "Status": "active", "Credit": "much", "Currency": "EUR"})
    live.sync()
    assert capfd.readouterr().err == ""
