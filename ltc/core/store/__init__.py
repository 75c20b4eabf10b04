"""The hub's memory: one store on SQLite or PostgreSQL, its transactions, its bulk door and its leases."""

from ltc.core.store.door import Tx
from ltc.core.store.leases import Held, Lease
from ltc.core.store.store import Store

__all__ = ["Held", "Lease", "Store", "Tx"]
