"""The Salesforce connector: its declaration and its verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from connectors.crm.salesforce.objects import HUB_KEY, LINES, OBJECTS
from connectors.crm.salesforce.settings import SalesforceSettings
from ltc.core.contract import Finding, Limits, Settled, Verb
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from requests.adapters import BaseAdapter

    from connectors.crm.salesforce.session import Session
    from connectors.crm.salesforce.writer import Writer
    from ltc.core.contract import Health, Journal, Kit, ObjectSchema, ObjectSpec, Page, Raw, RawRecord, WriteItem, WriteResult


class SalesforceConnector:
    """Speaks to one org by REST, sObject Collections and Bulk API 2.0, through simple-salesforce."""

    kind: ClassVar[str] = "salesforce"
    title: ClassVar[str] = "Salesforce"
    Settings: ClassVar[type[BaseModel]] = SalesforceSettings
    objects: ClassVar[Mapping[str, ObjectSpec]] = OBJECTS
    limits: ClassVar[Limits] = Limits(per_day=100_000, gauged=True)
    """What an Enterprise org has without licences; the org itself says how much it really has, over the last 24 hours."""

    def __init__(self, settings: BaseModel, kit: Kit, *, inner: BaseAdapter | None = None) -> None:
        """Take validated settings and the kit; ``inner`` stands in for the network."""
        if not isinstance(settings, SalesforceSettings):
            raise Misconfigured("These are not settings of a Salesforce system.", remedy="Check `connector:` in systems.yaml.")
        self.settings = settings
        self.kit = kit
        self._inner = inner

    @cached_property
    def session(self) -> Session:
        """Open the session when it is first needed: simple-salesforce is slow to import."""
        from connectors.crm.salesforce.session import Session  # noqa: PLC0415

        return Session(self.settings, self.kit, self._inner)

    def check(self) -> Health:
        """Ask for the limits, which proves address, credentials and quota."""
        from connectors.crm.salesforce.describe import check  # noqa: PLC0415

        return check(self.session, self.kit)

    def describe(self, obj: str) -> ObjectSchema:
        """Say which fields the object has for the connected user; child rows as ``OrderItems.records``."""
        from connectors.crm.salesforce.describe import describe  # noqa: PLC0415

        lines = [(LINES[obj].relationship, LINES[obj].object)] if obj in LINES else []
        return describe(self.session, obj, lines)

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read the page of changes that follows the cursor, oldest first."""
        from connectors.crm.salesforce.query import read_page  # noqa: PLC0415

        return read_page(self.session, obj, cursor, fields, limit, self.settings, self.kit)

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Make the cursor of a read of what changed in a span of time."""
        from connectors.crm.salesforce.cursor import Cursor  # noqa: PLC0415

        del obj
        return Cursor.at(since, until).write()

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read records by id, up to 2,000 a call."""
        from connectors.crm.salesforce.query import fetch  # noqa: PLC0415

        return fetch(self.session, obj, ids, fields) if ids else []

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode a record; numbers with a fraction become Decimal."""
        from connectors.crm.salesforce.query import decode  # noqa: PLC0415

        del obj
        return decode(body)

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Write a batch of one verb; an order goes step by step, other records with lines in two."""
        from connectors.crm.salesforce.lines import write_lined  # noqa: PLC0415
        from connectors.crm.salesforce.order import Orders  # noqa: PLC0415

        if not items:
            return []
        if obj == "Order":
            return Orders(self.session, self._writer, journal).write(items)
        if obj in LINES and items[0].verb in {Verb.CREATE, Verb.AMEND}:
            return write_lined(self.session, self._writer, obj, items, journal)
        return self._writer.items(obj, items)

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Look creates up by their key; whether an amendment happened, a read tells better than we can here."""
        from connectors.crm.salesforce.query import matching  # noqa: PLC0415
        from connectors.crm.salesforce.writer import hub_key  # noqa: PLC0415

        creates = [item for item in items if item.verb is Verb.CREATE]
        rows = matching(self.session, obj, ["Id", HUB_KEY], HUB_KEY, [hub_key(item) for item in creates])
        found = {str(row[HUB_KEY]): str(row["Id"]) for row in rows}
        done = Finding.PARTIAL if obj in LINES else Finding.DONE
        return [
            Settled(item.key, done, found[hub_key(item)])
            if item.verb is Verb.CREATE and hub_key(item) in found
            else Settled(item.key, Finding.ABSENT if item.verb is Verb.CREATE else Finding.UNCLEAR, item.id)
            for item in items
        ]

    def close(self) -> None:
        """Give back connections."""
        if "session" in self.__dict__:
            self.session.close()

    @cached_property
    def _writer(self) -> Writer:
        from connectors.crm.salesforce.writer import Writer  # noqa: PLC0415

        return Writer(self.session, self.settings, self.kit)
