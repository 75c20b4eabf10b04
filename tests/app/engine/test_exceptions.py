"""An exception says which field is to blame, and which line of which mapping, whoever found the fault."""

from __future__ import annotations

import pytest

from ltc.app.engine.stewards import edit, retry
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.store.queries.audit import audit
from ltc.core.store.queries.exceptions import exceptions
from tests.app.engine.fakes import REFUSED
from tests.app.engine.hubs import SmallHub


def refused(hub: SmallHub, name: str, reason: Rejected) -> dict[str, object]:
    """Let the ERP refuse a customer, and give the exception."""
    hub.go_live()
    hub.right.refuse[name.upper()] = hub.right.refuse[name] = reason
    hub.left.put("Customer", {"Name": name, "Status": "active"})
    hub.sync()
    with hub.store.reading() as tx:
        (found,) = exceptions(tx)
    return found


def test_a_field_that_the_target_refused_is_told_with_its_line(hub: SmallHub) -> None:
    found = refused(hub, "Ada", REFUSED)
    lines = (hub.tmp / "right_Customer.yaml").read_text(encoding="utf-8").splitlines()
    assert (found["stage"], found["field"], found["source_field"]) == ("deliver", "name", "Name")
    assert found["mapping"]["file"].endswith("right_Customer.yaml")
    assert lines[found["mapping"]["line"] - 1] == "  name: Name"
    assert found["error"] == {
        "code": "record.rejected", "message": "Name is not allowed.", "remedy": "", "severity": "error", "column": 0,
        "file": found["mapping"]["file"], "line": found["mapping"]["line"], "path": "name",
    }  # fmt: skip


def test_a_field_that_no_line_writes_is_told_as_the_target_calls_it(hub: SmallHub) -> None:
    found = refused(hub, "Ada", Rejected("No such field.", field="Shoe_Size"))
    assert (found["field"], found["source_field"], found["mapping"]) == ("", "Shoe_Size", {"file": "", "line": 0})


def test_to_retry_what_is_not_there_is_refused_as_a_whole(hub: SmallHub) -> None:
    found = refused(hub, "Ada", REFUSED)
    with pytest.raises(Rejected, match="no open exception 99"):
        retry(hub.context(), [int(str(found["id"])), 99], actor="anna")
    with hub.store.reading() as tx:
        assert audit(tx, action="exception") == []
    assert hub.exceptions("open") == [("", "deliver", "record.rejected")]


def test_an_edit_lets_a_record_go_on_until_its_source_changes(hub: SmallHub) -> None:
    hub.go_live()
    wrong = hub.left.put("Customer", {"Name": "Ada", "Status": "sleepy"})
    hub.sync()
    with hub.store.reading() as tx:
        number = int(str(exceptions(tx)[0]["id"]))
    with pytest.raises(Misconfigured, match="no raw field 'Statsu'") as refused_edit:
        edit(hub.context(), number, {"Statsu": "active", "Name": "Eve"}, actor="anna")
    assert "Status" in refused_edit.value.remedy
    assert [found[0] for found in hub.exceptions("open")] == [wrong]
    assert edit(hub.context(), number, {"Status": "awake"}, actor="anna") == {"retried": 1, "parked": [number]}
    assert edit(hub.context(), number, {"Status": "active"}, actor="anna") == {"retried": 1, "parked": []}
    hub.sync()
    assert hub.exceptions("open") == []
    assert [row["Name"] for row in hub.right.rows["Customer"].values()] == ["ADA"]
    hub.left.put("Customer", {**hub.left.rows["Customer"][wrong], "Name": "Ada Ltd"}, wrong)
    hub.sync()
    assert [found[0] for found in hub.exceptions("open")] == [wrong]
