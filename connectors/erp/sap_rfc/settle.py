"""Finding out whether a create happened: by the number that was journalled before COMMIT, else by the hub's key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from connectors.erp.sap_rfc.read_payments import object_key
from connectors.erp.sap_rfc.read_sales import HEADER
from connectors.erp.sap_rfc.reader import tables_of
from ltc.core.contract import Finding, Settled, Verb

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Pool
    from connectors.erp.sap_rfc.settings import SapSettings
    from connectors.erp.sap_rfc.table_reader import TableReader
    from ltc.core.contract import WriteItem

_BKPF: Final = ("BUKRS", "BELNR", "GJAHR")


def settle(pool: Pool, settings: SapSettings, obj: str, items: Sequence[WriteItem]) -> list[Settled]:
    """Look creates up; whether an amendment happened, reading the record tells."""
    created = [item for item in items if item.verb is Verb.CREATE]
    found: dict[str, list[str]] = {}
    if created:
        with pool.session() as session:
            found = owners(tables_of(session, pool), settings, obj, [item.short_key for item in created])
    return [_settled(item, found) for item in items]


def _settled(item: WriteItem, found: dict[str, list[str]]) -> Settled:
    if item.verb is not Verb.CREATE:
        return Settled(item.key, Finding.UNCLEAR, item.id)
    ids = found.get(item.short_key, [])
    journalled = str(item.journal.get("number", {}).get("id", ""))
    if journalled in ids:
        return Settled(item.key, Finding.DONE, journalled)
    if len(ids) > 1:
        return Settled(item.key, Finding.SEVERAL, candidates=ids)
    return Settled(item.key, Finding.DONE, ids[0]) if ids else Settled(item.key, Finding.ABSENT)


def owners(tables: TableReader, settings: SapSettings, obj: str, keys: Sequence[str]) -> dict[str, list[str]]:
    """Find the objects that carry the hub's keys, by key."""
    if obj == "customer":
        addresses = tables.by("ADRC", "SORT2", keys, ["ADDRNUMBER"])
        numbers = tables.by("KNA1", "ADRNR", [row["ADDRNUMBER"] for rows in addresses.values() for row in rows], ["KUNNR"])
        return {
            key: [one["KUNNR"] for row in rows for one in numbers.get(row["ADDRNUMBER"], ())] for key, rows in addresses.items()
        }
    if obj == "material":
        return {key: [row["MATNR"] for row in rows] for key, rows in tables.by("MARA", "BISMT", keys, ["MATNR"]).items()}
    if obj == "incoming_payment":
        found: dict[str, list[str]] = defaultdict(list)
        for key, rows in tables.by("BKPF", "XBLNR", keys, _BKPF, f"BLART = '{settings.payment_type}'").items():
            found[key] += [object_key(row) for row in rows]
        return found
    if settings.order_reference == "BSTNK":
        return {key: [row["VBELN"] for row in rows] for key, rows in tables.by("VBAK", "BSTNK", keys, ["VBELN"]).items()}
    rows_of = tables.by("VBKD", "IHREZ", keys, ["VBELN"], f"POSNR = '{HEADER}'")
    return {key: [row["VBELN"] for row in rows] for key, rows in rows_of.items()}
