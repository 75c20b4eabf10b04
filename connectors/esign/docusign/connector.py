"""The DocuSign connector: its declaration and its verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from connectors.esign.docusign.envelope import OBJECTS, decode, describe
from connectors.esign.docusign.settings import DocusignSettings
from ltc.core.contract import Health, Limits
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from requests.adapters import BaseAdapter

    from connectors.esign.docusign.reading import Reader
    from connectors.esign.docusign.session import Session
    from connectors.esign.docusign.writing import Writer
    from ltc.core.contract import (
        Hint,
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


class DocusignConnector:
    """Speaks to one account by the eSignature REST API v2.1, and hears its Connect messages."""

    kind: ClassVar[str] = "docusign"
    title: ClassVar[str] = "DocuSign"
    Settings: ClassVar[type[BaseModel]] = DocusignSettings
    objects: ClassVar[Mapping[str, ObjectSpec]] = OBJECTS
    limits: ClassVar[Limits] = Limits(per_second=10, burst=200, per_hour=3000, gauged=True)
    """3,000 calls an hour, and never more than 500 in 30 seconds."""

    def __init__(self, settings: BaseModel, kit: Kit, *, inner: BaseAdapter | None = None) -> None:
        """Take validated settings and the kit; ``inner`` stands in for the network."""
        if not isinstance(settings, DocusignSettings):
            raise Misconfigured("These are not settings of a DocuSign account.", remedy="Check `connector:` in systems.yaml.")
        self.settings = settings
        self.kit = kit
        self._inner = inner

    @cached_property
    def session(self) -> Session:
        """Open the session when it is first needed: the library for assertions is slow to import."""
        from connectors.esign.docusign.session import Session  # noqa: PLC0415

        return Session(self.settings, self.kit, self._inner)

    def check(self) -> Health:
        """Sign in, and list one template, which proves the account and the rights."""
        began = self.kit.clock.now()
        self.session.call("GET", "/templates", params={"count": "1"}, idempotent=True)
        milliseconds = (self.kit.clock.now() - began).total_seconds() * 1000
        used, limit = self.kit.quota.get("used", 0), self.kit.quota.get("limit", 0)
        message = f"Signed in; {used} of {limit} calls of this hour used."
        return Health(ok=True, latency_ms=milliseconds, message=message, quota={"used": used, "limit": limit})

    def describe(self, obj: str) -> ObjectSchema:
        """Say which fields an envelope has."""
        del obj
        return describe()

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read the page of changes that follows the cursor, oldest first."""
        del obj, fields
        return self._reader.page(cursor, limit)

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Make the cursor of a read of what changed in a span of time."""
        from connectors.esign.docusign.reading import Cursor  # noqa: PLC0415

        del obj
        return Cursor.of(since, until).write()

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read envelopes by id, up to 100 in one call."""
        del obj, fields
        return self._reader.fetch(ids)

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode an envelope: people in one list, custom fields by name."""
        del obj
        return decode(body, self.settings)

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Write envelopes of one verb; a new one is a draft first and then sent, each step journalled."""
        del obj
        return self._writer.write(items, journal) if items else []

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Look creates up by our keys; whether an amendment happened, a read tells better than we can here."""
        del obj
        return self._writer.settle(items) if items else []

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Check a Connect message's signature and say which envelope may have changed."""
        from connectors.esign.docusign.hooks import hear  # noqa: PLC0415

        return hear(self.settings.webhook_secret, self.settings.account_id, headers, body)

    def close(self) -> None:
        """Give back connections."""
        if "session" in self.__dict__:
            self.session.close()

    @cached_property
    def _reader(self) -> Reader:
        from connectors.esign.docusign.reading import Reader  # noqa: PLC0415

        return Reader(self.session, self.settings, self.kit)

    @cached_property
    def _writer(self) -> Writer:
        from connectors.esign.docusign.writing import Writer  # noqa: PLC0415

        return Writer(self.session, self._reader, self.settings)
