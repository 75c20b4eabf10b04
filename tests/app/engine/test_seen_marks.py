"""Marks of what was seen rewrite wide rows: only systems that show deletions by absence pay for them."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from sqlalchemy import event

from tests.app.engine.hubs import SmallHub


@pytest.mark.parametrize(("deletes", "marked"), [("feed", False), ("sweep", True)])
def test_reading_all_again_marks_records_only_for_a_sweep(
    hub: SmallHub, deletes: Literal["feed", "sweep"], *, marked: bool
) -> None:
    hub.left.deletes = deletes
    for number in range(4):
        hub.left.put("Customer", {"Name": f"Left {number}", "Status": "active"})
    hub.go_live()
    hub.sync()
    noted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        noted.append(statement)

    event.listen(hub.store.engine, "before_cursor_execute", note)
    hub.sync(full=True)
    event.remove(hub.store.engine, "before_cursor_execute", note)
    assert (
        any("record" in statement and "seen_run" in statement for statement in noted if statement.startswith("UPDATE")) == marked
    )
