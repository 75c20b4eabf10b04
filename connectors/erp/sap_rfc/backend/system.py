"""What every function module is given: the database, the time, the journal, and the way to write change documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from connectors.erp.sap_rfc.backend.tables import Tables

if TYPE_CHECKING:
    from ltc.core.contract import Clock

Record: TypeAlias = Callable[[str, str, str, str, Mapping[str, Any]], None]
"""The journal: actor, verb, object, id, fields."""


@dataclass(slots=True)
class System:
    """One client of an ABAP system."""

    tables: Tables
    clock: Clock
    record: Record

    def today(self) -> str:
        """Tell the date as SAP writes it; the system's time zone is UTC."""
        return f"{self.clock.now():%Y%m%d}"

    def time(self) -> str:
        """Tell the time of the day as SAP writes it."""
        return f"{self.clock.now():%H%M%S}"

    def changed(self, object_class: str, object_id: str, user: str, indicator: str = "U", transaction: str = "") -> str:
        """Write the head of a change document and give its number."""
        change = self.tables.next_number("change")
        self.tables.put(
            "CDHDR",
            {
                "OBJECTCLAS": object_class, "OBJECTID": object_id, "CHANGENR": change, "USERNAME": user, "UDATE": self.today(),
                "UTIME": self.time(), "TCODE": transaction, "CHANGE_IND": indicator,
            },
        )  # fmt: skip
        return change
