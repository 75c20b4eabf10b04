"""Two wrong write protocols that the checker has to catch: without intents, and with the cursor moved before the data is safe."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from ltc.app.engine import deliver, runs
from ltc.app.engine.bind import bind
from ltc.app.engine.pipeline import take_in
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub
from tests.app.engine.killing import Killed, kill_at
from tests.app.engine.test_write_protocol import check, seed


def sync_through_kills(hub: SmallHub, point: str) -> None:
    """Kill once, then let the hub come to rest."""
    hub.crash = kill_at(point)
    with pytest.raises(Killed):
        hub.sync()
    hub.crash = lambda _point: None
    hub.sync()
    hub.sync()


def test_the_protocol_passes_the_checker(hub: SmallHub) -> None:
    seed(hub, ("LEFT",))
    hub.go_live()
    sync_through_kills(hub, "deliver.after_call")
    check(hub, ("LEFT",))


def test_no_intent_is_caught(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def call_without_intent(ctx: Any, scope: Any, connector: Any, drafts: Any) -> int:
        results = connector.write(scope.object, [item.item for item in drafts], lambda *_: None)
        ctx.crash("deliver.after_call")
        return bind(ctx, scope, drafts, results)

    monkeypatch.setattr(deliver, "call", call_without_intent)
    seed(hub, ("LEFT",))
    hub.go_live()
    sync_through_kills(hub, "deliver.after_call")
    with pytest.raises(AssertionError):
        check(hub, ("LEFT",))


def test_cursor_first_is_caught(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_cursor_first(ctx: Any, scope: Any, *, full: bool = False) -> None:
        del full
        cursor, more = "", True
        with ctx.store.reading() as tx:
            cursor = tx.execute(t.scope.select().where(t.scope.c.id == scope.id)).one().cursor
        while more:
            page = ctx.connectors[scope.system].read(scope.object, cursor, scope.mapping.source_fields)
            cursor, more = page.cursor, page.more
            with ctx.store.transaction() as tx:
                tx.execute(update(t.scope).where(t.scope.c.id == scope.id).values(cursor=cursor, full_read_at=ctx.now()))
            ctx.crash("control.between_cursor_and_data")
            with ctx.store.transaction() as tx:
                take_in(ctx, tx, scope, page.bodies, page.marked)

    monkeypatch.setattr(runs, "read_changes", read_cursor_first)
    hub.go_live()
    seed(hub)
    sync_through_kills(hub, "control.between_cursor_and_data")
    with pytest.raises(AssertionError):
        check(hub)
