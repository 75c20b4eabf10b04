"""A back-fill reads a span again: it finds what was missed, moves no cursor, and goes on wherever it was put down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from ltc.app.engine.span import Span
from ltc.core.store import tables as t
from tests.app.engine import hubs
from tests.app.engine.fakes import FIRST, Invented
from tests.app.engine.hubs import SmallHub
from tests.app.engine.posting import customer, names
from tests.app.engine.test_slices import in_slices

NEVER = 10_000
"""A slice that is not over before its run is."""


@pytest.fixture
def filled(live: SmallHub) -> SmallHub:
    """A hub that knows eight customers of each side."""
    for number in range(8):
        customer(live.left, f"Firm {number}")
    live.sync()
    live.clock.advance(600)
    live.sync()
    return live


def positions(hub: SmallHub) -> list[tuple[Any, ...]]:
    s = t.scope
    with hub.store.reading() as tx:
        return [tuple(row) for row in tx.execute(select(s.c.system, s.c.object, s.c.cursor, s.c.full_read_at).order_by(s.c.id))]


def since(number: int) -> Span:
    """The span that begins with a modification."""
    return Span(FIRST + timedelta(seconds=number))


def numbers(report: dict[str, Any], system: str = "left") -> tuple[int, int]:
    """Say how many customers were read, and how many of them had not changed."""
    (run,) = [run for run in report["runs"] if (run["system"], run["object"]) == (system, "Customer")]
    return run["read"], run["unchanged"]


def test_what_has_not_changed_counts_as_unchanged_and_no_cursor_moves(filled: SmallHub) -> None:
    before, effects = positions(filled), len(filled.left.effects) + len(filled.right.effects)
    _, report = in_slices(filled, NEVER, span=since(0))
    assert {run["status"] for run in report["runs"]} == {"done"}
    assert numbers(report) == (8, 8)
    _, report = in_slices(filled, NEVER, span=since(6))
    assert numbers(report) == (3, 3), "of the sixth modification and later"
    assert positions(filled) == before
    assert len(filled.left.effects) + len(filled.right.effects) == effects


def test_what_the_feed_had_missed_is_found(filled: SmallHub) -> None:
    missed = filled.left.clock + 1
    customer(filled.left, "Missed")
    newest = max(row["Mod"] for row in filled.left.rows["Customer"].values())
    with filled.store.transaction() as tx:
        own = (t.scope.c.system == "left", t.scope.c.object == "Customer")
        tx.execute(update(t.scope).where(*own).values(cursor=newest))
    filled.sync()
    assert "MISSED" not in names(filled.right)
    before = positions(filled)
    _, report = in_slices(filled, NEVER, span=since(missed))
    assert numbers(report) == (1, 0)
    assert "MISSED" in names(filled.right)
    after = {row[:2]: row[2:] for row in positions(filled)}
    assert after["left", "Customer"] == {row[:2]: row[2:] for row in before}["left", "Customer"]


def test_whoever_takes_it_up_goes_on_at_its_page(filled: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = Invented.read

    def noting(self: Invented, obj: str, cursor: str, *rest: Any) -> Any:
        if (self.world.prefix, obj) == ("L", "Customer"):
            asked.append(cursor)
        return read(self, obj, cursor, *rest)

    monkeypatch.setattr(Invented, "read", noting)
    slices, report = in_slices(filled, 2, span=since(1))
    assert slices > 3
    assert numbers(report) == (8, 8)
    assert asked == ["00000000", "00000003", "00000006"], "each page once, however many workers took part"


def test_the_job_goes_on_from_its_own_cursor_afterwards(filled: SmallHub) -> None:
    in_slices(filled, 2, span=since(0))
    customer(filled.left, "Later")
    report = filled.sync()
    assert numbers(report) == (1, 0)
    assert "LATER" in names(filled.right)


def test_a_system_that_cannot_is_told(filled: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = {"cursor_at", "__dict__", "__weakref__"}
    forgetful = type("Forgetful", (), {name: what for name, what in vars(Invented).items() if name not in left_out})
    monkeypatch.setattr(hubs, "Invented", forgetful)
    before = positions(filled)
    _, report = in_slices(filled, NEVER, span=since(0))
    told = {run["error"]["message"]: run["error"]["code"] for run in report["runs"]}
    assert told["left cannot be read from a moment on."] == "system.no_memory"
    assert {run["status"] for run in report["runs"]} == {"failed"}
    assert positions(filled) == before


def test_where_a_back_fill_stands_is_in_its_own_runs(filled: SmallHub) -> None:
    in_slices(filled, NEVER, span=since(0))
    r = t.run
    with filled.store.reading() as tx:
        kept = tx.execute(select(r.c.options).where(r.c.job == "changes:left.Customer")).scalars().all()
    assert [msgspec.json.decode(one) for one in kept] == [{"cursor": f"{filled.left.clock:08d}"}]
