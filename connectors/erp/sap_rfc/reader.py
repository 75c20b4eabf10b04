"""Reading: pages of changes and records by id, as bytes that are the same whenever the record is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.erp.sap_rfc import feed, read_finance, read_masters, read_payments, read_sales
from connectors.erp.sap_rfc.mock_sap import MOCK_SAP
from connectors.erp.sap_rfc.objects import OBJECTS
from connectors.erp.sap_rfc.table_reader import TableReader
from connectors.erp.sap_rfc.wanted import Reading, Wanted
from ltc.core.contract import Page, Presence, Raw, RawRecord

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Pool, Session

Assembly = Callable[[Reading, Sequence[str]], dict[str, Raw]]

ASSEMBLIES: Final[Mapping[str, Assembly]] = MappingProxyType(
    {
        "customer": read_masters.customers,
        "material": read_masters.materials,
        "sales_order": read_sales.orders,
        "delivery": read_sales.deliveries,
        "billing_document": read_finance.invoices,
        "credit_memo": read_finance.credit_memos,
        "incoming_payment": read_payments.payments,
    }
)
_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode
_DATE: Final = re.compile(r"[Dd]ate:? (?P<day>\d{8}|\d{4}-\d\d-\d\d)")
_PLAIN: Final = msgspec.json.Decoder(float_hook=Decimal)


def tables_of(session: Session, pool: Pool) -> TableReader:
    """Read a system's tables through a session."""
    return TableReader(session, MOCK_SAP if pool.settings.tables == "mock_sap" else None, pool.widths)


def system_day(session: Session, pool: Pool) -> str:
    """Tell which day it is in SAP: its own dates are compared with it, and its clock need not be ours."""
    told = _DATE.search(str(session.call("STFC_CONNECTION", REQUTEXT="LTC Hub").get("RESPTEXT", "")))
    return told["day"].replace("-", "") if told else f"{pool.kit.clock.now():%Y%m%d}"


def read_page(pool: Pool, obj: str, cursor: str, fields: Sequence[str], limit: int) -> Page:
    """Read the page that the cursor asks for: of everything the first time, of what changed later."""
    at, size = feed.Cursor.read(cursor), limit or OBJECTS[obj].page_size
    settings = pool.settings
    with pool.session() as session:
        tables = tables_of(session, pool)
        if not at.began:
            at.began = system_day(session, pool)
            if at.day and pool.settings.tables == "ecc":
                at.left = feed.changed(tables, obj, at.since(settings.overlap_days), settings)
                if not at.left:
                    return Page([], feed.Cursor(day=at.began).write(), more=False)
                if len(at.left) > feed.MOST_KEPT:
                    at.left = []
        if at.left:
            ids, at.left = at.left[:size], at.left[size:]
            more = bool(at.left)
        else:
            ids = feed.everything(tables, obj, at.after, size, settings)
            at.after, more = (ids[-1] if ids else at.after), len(ids) == size
        records = _assemble(Reading(tables, Wanted.of(fields), settings), obj, ids)
    gone = _marks(obj, [key for key in ids if key not in records]) if at.day else []
    following = at if more else feed.Cursor(day=at.began)
    return Page([_ENCODE(record) for record in records.values()], following.write(), more, gone)


def fetch(pool: Pool, obj: str, ids: Sequence[str], fields: Sequence[str]) -> list[RawRecord]:
    """Read records by id, in the order of the ids; what is not there comes as deleted."""
    with pool.session() as session:
        reading = Reading(tables_of(session, pool), Wanted.of(fields), pool.settings)
        found = _assemble(reading, obj, list(dict.fromkeys(ids)))
    return [
        RawRecord(key, "", _ENCODE(found[key])) if key in found else RawRecord(key, "", b"{}", Presence.DELETED) for key in ids
    ]


def decode(body: bytes) -> Raw:
    """Decode a record; numbers with a fraction become Decimal."""
    record: Raw = _PLAIN.decode(body)
    return record


def _assemble(reading: Reading, obj: str, ids: Sequence[str]) -> dict[str, Raw]:
    found = ASSEMBLIES[obj](reading, ids) if ids else {}
    return {key: found[key] for key in ids if key in found}


def _marks(obj: str, ids: Sequence[str]) -> list[RawRecord]:
    """Mark what changed and is no longer there; of two kinds in one table, a missing one is the other kind."""
    if obj in {"billing_document", "credit_memo", "incoming_payment"}:
        return []
    return [RawRecord(key, "", b"{}", Presence.DELETED) for key in ids]
