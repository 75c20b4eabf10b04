"""Where changes show in SAP, and the cursor: every object has several places, and none has a time that can be trusted.

SAP's dates have no time of day (those with one are the server's own), so each run reads again what changed since the day
before the last run began. What is read again and has not changed, the hub knows by its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.erp.sap_rfc.read_payments import object_key
from connectors.erp.sap_rfc.table_reader import literal
from ltc.core.contract import read_cursor

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.settings import SapSettings
    from connectors.erp.sap_rfc.table_reader import TableReader

MOST_KEPT: Final = 20_000
"""Ids that a cursor may carry; when more than this changed, everything is read instead, by key."""


class Cursor(msgspec.Struct, omit_defaults=True):
    """Where reading stands.

    ``day`` is the day on which the last whole run began. In the middle of a run, ``began`` is the day on which it began,
    ``after`` the last key of a full read, and ``left`` the ids of a delta that are still to come.
    """

    day: str = ""
    began: str = ""
    after: str = ""
    left: list[str] = []

    @classmethod
    def at(cls, since: datetime) -> Cursor:
        """Begin at a moment: a day before it, since SAP's days are those of its own zone."""
        return cls(f"{since.astimezone(UTC) - timedelta(days=1):%Y%m%d}")

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read the text that an earlier page gave; "" begins at the beginning."""
        return read_cursor(text, cls)

    def write(self) -> str:
        """Write the text that goes into the store."""
        return msgspec.json.encode(self).decode()

    def since(self, overlap_days: int) -> str:
        """Give the day from which on a delta reads."""
        day = datetime.strptime(self.day, "%Y%m%d")  # noqa: DTZ007  a day of SAP's calendar has no zone
        return f"{day - timedelta(days=overlap_days):%Y%m%d}"


@dataclass(frozen=True, slots=True)
class Place:
    """A table in which changes of an object show: the column with its id, the columns with days, a further condition.

    ``through`` names a table and column by which what is found leads to the object's own id; ``part`` cuts it out before.
    """

    table: str
    column: str
    days: tuple[str, ...]
    condition: str = ""
    through: tuple[str, str] = ("", "")
    part: tuple[int, int | None] = (0, None)


@dataclass(frozen=True, slots=True)
class Head:
    """The table that holds an object's ids, the condition that makes it this object, and where its changes show."""

    table: str
    key: str
    places: tuple[Place, ...]
    condition: str = ""


def _documents(class_name: str) -> Place:
    """Describe where change documents of a class of objects show."""
    return Place("CDHDR", "OBJECTID", ("UDATE",), f"OBJECTCLAS = '{class_name}'")


_PARTS: Final = MappingProxyType({"BUKRS": (3, 7), "BELNR": (7, 17), "GJAHR": (17, 21)})
"""Where a change document's id (client, BUKRS, BELNR, GJAHR) has the parts of an accounting document's key."""

_KEY_LENGTH: Final = 10
_LEDGERS: Final = MappingProxyType({"BSID": (), "BSAD": ("AUGDT",)})


def _bills(kind: str) -> Head:
    return Head(
        "VBRK",
        "VBELN",
        (
            Place("VBRK", "VBELN", ("ERDAT",)),
            _documents("FAKTBELEG"),
            *(Place(ledger, "VBELN", ("CPUDT", *more)) for ledger, more in _LEDGERS.items()),
            *(Place(ledger, "REBZG", ("CPUDT", *more), "", ("VBRK", "BELNR")) for ledger, more in _LEDGERS.items()),
            Place("BSID", "ZUONR", ("CPUDT",), "SHKZG = 'H' AND VBELN = '' AND REBZG = ''", ("VBRK", "VBELN")),
            Place(
                "CDHDR", "OBJECTID", ("UDATE",), "OBJECTCLAS = 'BELEG'", ("VBRK", "BELNR"), _PARTS["BELNR"]
            ),  # clearing was reset
        ),
        f"VBTYP = '{kind}'",
    )


HEADS: Final[Mapping[str, Head]] = MappingProxyType(
    {
        "customer": Head("KNA1", "KUNNR", (Place("KNA1", "KUNNR", ("ERDAT",)), _documents("DEBI"))),
        "material": Head("MARA", "MATNR", (Place("MARA", "MATNR", ("ERSDA", "LAEDA")), _documents("MATERIAL"))),
        "sales_order": Head(
            "VBAK",
            "VBELN",
            (
                Place("VBAK", "VBELN", ("ERDAT", "AEDAT")),
                _documents("VERKBELEG"),
                Place("VBFA", "VBELV", ("ERDAT",), "VBTYP_V = 'C'"),
            ),
            "VBTYP = 'C'",
        ),
        "delivery": Head("LIKP", "VBELN", (Place("LIKP", "VBELN", ("ERDAT", "AEDAT")), _documents("LIEFERUNG"))),
        "billing_document": _bills("M"),
        "credit_memo": _bills("O"),
    }
)


def changed(tables: TableReader, obj: str, since: str, settings: SapSettings) -> list[str]:
    """List the ids of what changed since a day, from every place where it shows."""
    if obj == "incoming_payment":
        return _payments(tables, settings, [f"CPUDT >= '{since}'", f"AEDAT >= '{since}'"], since)
    found: set[str] = set()
    for place in HEADS[obj].places:
        if tables.has(place.table):
            found |= _shown(tables, place, since)
    return sorted(found)


def _shown(tables: TableReader, place: Place, since: str) -> set[str]:
    days = " OR ".join(f"{day} >= '{since}'" for day in place.days)
    options = [f"( {days} )", *([f"AND {place.condition}"] if place.condition else [])]
    ids = {str(row[place.column])[slice(*place.part)] for row in tables.rows(place.table, [place.column], options)} - {""}
    table, column = place.through
    if not table:
        return ids
    ids = {one for one in ids if len(one) <= _KEY_LENGTH}  # an assignment (ZUONR) may be any text
    return {str(row["VBELN"]) for rows in tables.by(table, column, ids, ["VBELN"]).values() for row in rows}


def _payments(tables: TableReader, settings: SapSettings, days: Iterable[str], since: str = "") -> list[str]:
    kind = f"AND BLART = '{settings.payment_type}'"
    options = [f"( {' OR '.join(days)} )", kind]
    keys = {object_key(row) for row in tables.rows("BKPF", ["BUKRS", "BELNR", "GJAHR"], options)}
    if since:
        documents = tables.rows("CDHDR", ["OBJECTID"], ["OBJECTCLAS = 'BELEG'", f"AND UDATE >= '{since}'"])
        keys |= {_from_change(str(row["OBJECTID"])) for row in documents}
        assigned = tables.rows("BSAD", ["BUKRS", "BELNR", "GJAHR"], [f"AUGDT >= '{since}'", kind])
        keys |= {object_key(row) for row in assigned}
    return sorted(keys)


def _from_change(object_id: str) -> str:
    """Turn a change document's id (client, BUKRS, BELNR, GJAHR) into the key of the document.

    >>> _from_change("100100014000000012026")
    '140000000110002026'
    """
    return object_key({name: object_id[slice(*part)] for name, part in _PARTS.items()})


def everything(tables: TableReader, obj: str, after: str, count: int, settings: SapSettings) -> list[str]:
    """List the next ids of a full read, by key."""
    if obj == "incoming_payment":
        return _all_payments(tables, after, count, settings)
    head = HEADS[obj]
    options = [
        f"{head.key} > {literal(after)}",
        *([f"AND {head.condition}"] if head.condition and tables.has(head.table) else []),
    ]
    rows = tables.rows(head.table, [head.key], options, count=count)
    return sorted(str(row[head.key]) for row in rows)


def _all_payments(tables: TableReader, after: str, count: int, settings: SapSettings) -> list[str]:
    """List payments in the order of the ledger's own key: company code, number, year."""
    options = [f"BLART = '{settings.payment_type}'"]
    if after:
        number, company, year = (literal(part) for part in (after[:10], after[10:-4], after[-4:]))
        options += [
            f"AND ( BUKRS > {company}",
            f"OR ( BUKRS = {company} AND BELNR > {number} )",
            f"OR ( BUKRS = {company} AND BELNR = {number} AND GJAHR > {year} ) )",
        ]
    return [object_key(row) for row in tables.rows("BKPF", ["BUKRS", "BELNR", "GJAHR"], options, count=count)]
