"""What a mapping wants of a record, by which whole tables need not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.settings import SapSettings
    from connectors.erp.sap_rfc.table_reader import TableReader


@dataclass(frozen=True, slots=True)
class Wanted:
    """Raw paths such as ``NAME1`` and ``VBAP[].MATNR``; none at all means everything."""

    paths: frozenset[str]

    @classmethod
    def of(cls, fields: Sequence[str]) -> Wanted:
        """Take the paths that a mapping reads.

        >>> sorted(Wanted.of(["VBAP[].MATNR", "KUNNR"]).paths)
        ['KUNNR', 'VBAP.MATNR']
        """
        return cls(frozenset(path.replace("[]", "").removeprefix("/") for path in fields))

    def any(self, *names: str, rows: str = "") -> bool:
        """Tell whether one of these is wanted: fields of the record, or of its rows."""
        if not self.paths or (rows and rows in self.paths):
            return True
        return any((f"{rows}.{name}" if rows else name) in self.paths for name in names)

    def rows(self, name: str) -> bool:
        """Tell whether anything of a list is wanted."""
        return not self.paths or any(path == name or path.startswith(f"{name}.") for path in self.paths)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an assembly works with: the tables, what is wanted, and whose customising it is."""

    tables: TableReader
    wanted: Wanted
    settings: SapSettings
