"""Values of records as parameters of function modules: ABAP has no null, no float and no truth value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from connectors.erp.shared.codecs import INITIAL_DATE

DAYS: Final = frozenset({"AUDAT", "VDATU", "EDATU", "BUDAT", "BLDAT"})
NUMBERS: Final = frozenset({"KLIMK", "NTGEW", "KWMENG", "NETPR", "KPEIN", "WRBTR", "FEE"})


def parameter(name: str, value: Any) -> Any:
    """Give a field's value as RFC takes it: what is empty is ABAP's initial value of its type.

    >>> parameter("NAME1", None), parameter("VDATU", None), parameter("KLIMK", None), parameter("NTGEW", 12)
    ('', '00000000', Decimal('0'), Decimal('12'))
    """
    if name in DAYS:
        return str(value) if value else INITIAL_DATE
    if name in NUMBERS:
        return Decimal(str(value)) if value is not None and value != "" else Decimal(0)
    if value is None or value is False:
        return ""
    return "X" if value is True else value


def position(row: Mapping[str, Any]) -> str:
    """Give the number of an item as SAP writes it.

    >>> position({"POSNR": "10"})
    '000010'
    """
    return str(row["POSNR"]).zfill(6)
