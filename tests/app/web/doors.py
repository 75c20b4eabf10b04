"""A hub's door, and who posts to it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import select

from ltc.app.engine.hooks import Hooks
from ltc.app.web.door import Door
from ltc.core.store import tables as t
from tests.app.engine.hubs import SmallHub

LARGEST = 4096
AT_ONCE = 16


@dataclass
class Porch:
    """A hub, its lanes, and where it listens."""

    hub: SmallHub
    hooks: Hooks
    address: str
    door: Door

    def post(self, headers: Mapping[str, str], body: bytes, system: str = "left") -> requests.Response:
        """Post one webhook."""
        return requests.post(f"{self.address}/hooks/{system}", data=body, headers=dict(headers), timeout=60)

    def post_all(self, webhooks: list[tuple[dict[str, str], bytes]]) -> list[requests.Response]:
        """Post many, several at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda one: self.post(*one), webhooks))

    def kept(self) -> list[tuple[Any, ...]]:
        """Show what the inbox holds."""
        h = t.hook
        with self.hub.store.reading() as tx:
            rows = tx.execute(select(h.c.system, h.c.event, h.c.object, h.c.ext_id, h.c.state).order_by(h.c.event))
            return [tuple(row) for row in rows]
