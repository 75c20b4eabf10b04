"""The connector contract: one class, two verbs, and the questions around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ltc.core.contract.kit import Kit
    from ltc.core.contract.objects import ObjectSpec
    from ltc.core.contract.records import (
        Health,
        Journal,
        ObjectSchema,
        Page,
        Raw,
        RawRecord,
        Settled,
        WriteItem,
        WriteResult,
    )


class Connector(Protocol):
    """Speaks one vendor's dialect for one configured system.

    A connector holds no state of the hub. It raises only the classes of :mod:`ltc.core.errors`; a failure of
    one record of a batch is a result, a failure of the whole call is raised.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    objects: ClassVar[Mapping[str, ObjectSpec]]

    def __init__(self, settings: BaseModel, kit: Kit) -> None:
        """Take validated settings and the kit (clock, sleep, randomness, call journal); open nothing yet."""

    def check(self) -> Health:
        """Make the cheapest call that proves address and credentials."""

    def describe(self, obj: str) -> ObjectSchema:
        """Say which fields the object has for the connected user."""

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        """Read the page of changes that follows the cursor ("" = from the beginning), oldest first.

        ``fields`` are the raw paths that the mapping reads; ``limit`` caps the page (0 = the object's page size).
        """

    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        """Read records by id, in as few calls as the vendor allows; ids that do not exist come back as DELETED."""

    def decode(self, obj: str, body: bytes) -> Raw:
        """Decode a body to plain values; numbers with a fraction become Decimal."""

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        """Do one batch of writes of one verb, at most ``batch_size`` of them; one result per item, in order."""

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        """Find out which of these writes happened, by their keys and journals."""

    def close(self) -> None:
        """Give back connections."""
