"""A rollout that names what there is not is refused, and changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ltc.app.engine.rollout import set_mode
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub


def test_an_attribute_that_no_mapping_writes_does_not_go_live(hub: SmallHub) -> None:
    hub.sync()
    ctx = hub.context()
    customers = [scope for scope in ctx.scopes.values() if scope.entity == "customer" and not scope.is_hub]
    with pytest.raises(Misconfigured, match="'phnoe'") as refused:
        set_mode(ctx, customers, "live", leaves=("name", "phnoe"), actor="anna")
    assert "phone" in refused.value.remedy
    numbers = [scope.id for scope in customers]
    modes = select(t.scope.c.mode, t.scope.c.live_leaves).where(t.scope.c.id.in_(numbers))
    with hub.store.reading() as tx:
        before = {tuple(row) for row in tx.execute(modes)}
    assert before == {("observe", "")}
    set_mode(ctx, customers, "live", leaves=("name", "phone"), actor="anna")
    with hub.store.reading() as tx:
        after = {tuple(row) for row in tx.execute(modes)}
    assert after == {("live", '["name","phone"]')}
