"""The connector to SAP ERP by RFC: its declaration and its verbs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import BaseModel

from connectors.erp.sap_rfc.objects import OBJECTS
from connectors.erp.sap_rfc.settings import SapSettings
from ltc.core.contract import Health
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.erp.sap_rfc.pool import Pool
    from ltc.core.contract import (
        Journal,
        Kit,
        ObjectSchema,
        ObjectSpec,
        Page,
        Raw,
        RawRecord,
        Settled,
        WriteItem,
        WriteResult,
    )

WRITERS: Final = {"customer": "customers", "material": "materials", "sales_order": "orders", "incoming_payment": "payments"}


class SapRfcConnector:
    """Reads by RFC_READ_TABLE and writes by BAPIs, through pyrfc or its stand-in."""

    kind: ClassVar[str] = "sap_rfc"
    title: ClassVar[str] = "SAP ERP (RFC)"
    Settings: ClassVar[type[BaseModel]] = SapSettings
    objects: ClassVar[Mapping[str, ObjectSpec]] = OBJECTS

    def __init__(self, settings: BaseModel, kit: Kit, *, connect: Callable[..., Any] | None = None) -> None:
        """Take validated settings and the kit; ``connect`` stands in for the library's Connection."""
        if not isinstance(settings, SapSettings):
            raise Misconfigured("These are not settings of an SAP system.", remedy="Check `connector:` in systems.yaml.")
        self.settings = settings
        self.kit = kit
        self._connect = connect

    @cached_property
    def pool(self) -> Pool:
        """Log on when it is first needed."""
        from connectors.erp.sap_rfc.pool import Pool  # noqa: PLC0415

        return Pool(self.settings, self.kit, self._connect)

    def check(self) -> Health:
        """Log on and ask for a sign of life."""
        begun = time.perf_counter()
        with self.pool.session() as session:
            told = str(session.call("STFC_CONNECTION", REQUTEXT="LTC Hub").get("RESPTEXT", ""))
        return Health(ok=True, latency_ms=round((time.perf_counter() - begun) * 1000, 1), message=" ".join(told.split()))

    def describe(self, obj: str) -> ObjectSchema:
        """Say which fields the object has, by SAP's own dictionary."""
        from connectors.erp.sap_rfc.describe import describe  # noqa: PLC0415

        return describe(self.pool, obj)

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read the page of changes that follows the cursor."""
        from connectors.erp.sap_rfc.reader import read_page  # noqa: PLC0415

        return read_page(self.pool, obj, cursor, fields, limit)

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Make the cursor of a read of what changed since a day; it always goes on to the present day."""
        from connectors.erp.sap_rfc.feed import Cursor  # noqa: PLC0415

        del obj, until
        return Cursor.at(since).write()

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read records by id."""
        from connectors.erp.sap_rfc.reader import fetch  # noqa: PLC0415

        return fetch(self.pool, obj, ids, fields) if ids else []

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode a record; numbers with a fraction become Decimal."""
        from connectors.erp.sap_rfc.reader import decode  # noqa: PLC0415

        del obj
        return decode(body)

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Write items one by one: each BAPI and its COMMIT in the same session."""
        if obj not in WRITERS:
            raise Misconfigured(
                f"The hub does not write {obj} to SAP.", remedy="Leave it to SAP: `wants` in the system's settings."
            )
        from connectors.erp.sap_rfc.batch import write_each  # noqa: PLC0415

        return write_each(self.pool, import_module(f"connectors.erp.sap_rfc.{WRITERS[obj]}").write, items, journal)

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Look creates up by the number that was journalled and by the hub's key."""
        from connectors.erp.sap_rfc.settle import settle  # noqa: PLC0415

        return settle(self.pool, self.settings, obj, items)

    def close(self) -> None:
        """Log off."""
        if "pool" in self.__dict__:
            self.pool.close()
