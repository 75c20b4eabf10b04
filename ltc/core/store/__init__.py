"""The hub's memory: one store on SQLite or PostgreSQL, its transactions, its bulk door and its leases."""

from ltc.core.store.door import Lease, Store, Tx

__all__ = ["Lease", "Store", "Tx"]
