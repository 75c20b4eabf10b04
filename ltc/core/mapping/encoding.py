"""What generated writers do without calling an operation: the usual values of each kind, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Context, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ltc.core.mapping.operations.calendar import Date, Moment
from ltc.core.mapping.operations.codec import BadValue, Remembered, Single
from ltc.core.mapping.operations.codes import Codes
from ltc.core.mapping.operations.fixed import Default
from ltc.core.mapping.operations.numbers import MOST_DIGITS, Boolean, Integer, Number, read_number, write_number
from ltc.core.mapping.operations.phone import Phone
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Anything, Email, TaxId, Text
from ltc.core.models.canonical import format_decimal


class Short(NamedTuple):
    """A condition and an expression over ``{v}``; ``{t}`` is the thing that they call, if there is one."""

    condition: str
    expression: str
    thing: Any = None


def in_short(codec: Any) -> Short | Remembered | None:
    """Say how the usual values of an operation are written without it; None if nothing is usual.

    >>> in_short(Text(width=5))
    Short(condition='{v}.__class__ is str and len({v}) <= 5', expression='{v}', thing=None)
    """
    inner = codec.inner if isinstance(codec, Default) else codec
    write = _SHORT.get(inner.__class__)
    return None if write is None else write(inner)


def _text(codec: Text | Email | Phone | TaxId) -> Short | None:
    if isinstance(codec, Text) and (codec.case or codec.pad or codec.one_line):
        return None
    fits = f" and len({{v}}) <= {codec.width}" if codec.width else ""
    return Short("{v}.__class__ is str" + fits, "{v}")


def _integer(codec: Integer) -> Short:
    return Short("{v}.__class__ is int", "str({v})" if codec.as_text else "{v}")


def _boolean(codec: Boolean) -> Short | None:
    if codec.true is None or codec.false is None:
        return None
    if codec.true is True and codec.false is False:
        return Short("{v} is True or {v} is False", "{v}")
    return Short("{v} is True or {v} is False", "{t}[{v}]", {True: codec.true, False: codec.false})


def _moment(codec: Moment) -> Short | None:
    """Write a moment of whole seconds whose form needs no reckoning; of what is no moment it raises."""
    written = {"iso": "{v}", "salesforce": "{v}[:19] + '.000+0000'"}.get(codec.form)
    if written is None:
        return None
    return Short("{v}.__class__ is str and {v}[4::3] == '--T::Z' and {v}[0] != '0' and {t}({v})", written, datetime.fromisoformat)


def _number(codec: Number) -> Short | None:
    return None if codec.as_text or codec.scale is not None else Short("{v}.__class__ is str", "exact({v})", EXACT)


def _of_few(codec: Single) -> Remembered:
    return Remembered(codec.encode)


_SHORT: Final[Mapping[type, Callable[[Any], Short | Remembered | None]]] = MappingProxyType(
    {
        **dict.fromkeys((Text, Email, Phone, TaxId), _text),
        **dict.fromkeys((Codes, Country, Currency, Date, Language), _of_few),
        Anything: lambda _: Short("{v}.__class__ is str", "{v}"),
        Boolean: _boolean,
        Integer: _integer,
        Moment: _moment,
        Number: _number,
    }
)
"""How each operation is written in short; of those to which few different texts come the results are remembered."""


EXACT: Final = Context(prec=MOST_DIGITS, traps=[InvalidOperation]).create_decimal
"""Turns canonical text into a number at once; it also takes some other texts, which ``NOT_PLAIN`` finds afterwards."""

NOT_PLAIN: Final = (
    "not text.isascii() or 'e' in text or 'E' in text or 'n' in text or 'N' in text"
    f" or len(text) - len(numbers) >= {MOST_DIGITS} and max(map(len, numbers)) > {MOST_DIGITS}"
)
"""Tells of the ``numbers`` of a record, joined to one ``text``, that not all are digits with a sign or a point, or one is long.

``EXACT`` takes exponents (with an E), infinity and what is no number (with an N), and the digits of all scripts besides. One look
at all costs less than a look at each. None is empty, so what the others hold at least is no part of the longest.
"""


def plain_price(text: Any) -> Decimal | str:
    """Turn canonical text into a number without zeros after its fraction.

    >>> plain_price("12.5"), plain_price("12.50"), plain_price("-100")
    (Decimal('12.5'), Decimal('12.5'), Decimal('-100'))
    """
    number = read_number(text)
    if number is None:
        raise BadValue("not_a_number", "is not a number")
    return write_number(format_decimal(number), None, as_text=False)
