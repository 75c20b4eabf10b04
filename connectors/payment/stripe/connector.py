"""The Stripe connector: its declaration, its verbs and its ear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel

from connectors.payment.stripe.objects import OBJECTS
from connectors.payment.stripe.settings import StripeSettings
from ltc.core.contract import Limits
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from requests.adapters import BaseAdapter

    from connectors.payment.stripe.session import Session
    from ltc.core.contract import (
        Health,
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


class StripeConnector:
    """Speaks to one account through Stripe's own library, on the hub's HTTP kit."""

    kind: ClassVar[str] = "stripe"
    title: ClassVar[str] = "Stripe"
    Settings: ClassVar[type[BaseModel]] = StripeSettings
    objects: ClassVar[Mapping[str, ObjectSpec]] = OBJECTS
    limits: ClassVar[Limits] = Limits(per_second=25, burst=25)
    """What a sandbox takes, and one endpoint of an account that is live."""

    def __init__(self, settings: BaseModel, kit: Kit, *, inner: BaseAdapter | None = None) -> None:
        """Take validated settings and the kit; ``inner`` stands in for the network."""
        if not isinstance(settings, StripeSettings):
            raise Misconfigured("These are not settings of a Stripe account.", remedy="Check `connector:` in systems.yaml.")
        self.settings = settings
        self.kit = kit
        self._inner = inner
        for secret in settings.webhook_secret:
            if secret.get_secret_value() not in kit.secrets:
                kit.secrets.append(secret.get_secret_value())

    @cached_property
    def session(self) -> Session:
        """Open the session when it is first needed: Stripe's library is large."""
        from connectors.payment.stripe.session import Session  # noqa: PLC0415

        return Session(self.settings, self.kit, self._inner)

    def check(self) -> Health:
        """Ask for the balance, which proves address and key."""
        from connectors.payment.stripe.describe import check  # noqa: PLC0415

        return check(self.session, self.kit)

    def describe(self, obj: str) -> ObjectSchema:
        """Say which fields the object has."""
        from connectors.payment.stripe.describe import describe  # noqa: PLC0415

        return describe(obj)

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read the page of changes that follows the cursor, oldest first."""
        from connectors.payment.stripe.reading import Reader  # noqa: PLC0415

        return Reader(self.session, self.settings, obj, fields).page(cursor, limit)

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        """Make the cursor of a read of what changed in a span of time; of all records, if events do not reach back so far."""
        from connectors.payment.stripe.reading import Cursor  # noqa: PLC0415

        del obj
        return Cursor.at(since, until).write()

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read records by id, one call each: Stripe has no other way."""
        from connectors.payment.stripe.reading import Reader  # noqa: PLC0415

        return Reader(self.session, self.settings, obj, fields).records(ids)

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode a record; numbers with a fraction become Decimal."""
        from connectors.payment.stripe.reading import decode  # noqa: PLC0415

        del obj
        return decode(body)

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Write a batch of one verb, record by record; an invoice goes step by step."""
        from connectors.payment.stripe.credit_notes import CreditNotes  # noqa: PLC0415
        from connectors.payment.stripe.invoices import Invoices  # noqa: PLC0415
        from connectors.payment.stripe.writer import Writer, write_all  # noqa: PLC0415

        writer = Writer(self.session, self.kit, journal)
        if obj == "invoice":
            return write_all(Invoices(writer, self.settings).write, items)
        if obj == "credit_note":
            return write_all(CreditNotes(writer, self.settings).write, items)
        return write_all(lambda item: writer.write(obj, item), items)

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Look creates up by our metadata."""
        from connectors.payment.stripe.settling import settle  # noqa: PLC0415

        return settle(self.session, obj, items)

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        """Check a webhook's signature on the raw bytes and say what may have changed."""
        from connectors.payment.stripe.hooks import hear  # noqa: PLC0415

        return hear(self.settings, self.kit.clock.now(), headers, body)

    def close(self) -> None:
        """Give back connections."""
        if "session" in self.__dict__:
            self.session.close()
