"""What generated writers do without calling an operation: the usual values of each kind, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ltc.core.mapping.operations.calendar import Date, Moment, moment_writer
from ltc.core.mapping.operations.codec import BadValue, Remembered, Single
from ltc.core.mapping.operations.codes import Codes
from ltc.core.mapping.operations.fixed import Default
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number, is_plain, read_number, write_number
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
    return Short("{v} is True or {v} is False", "{t}[{v}]", {True: codec.true, False: codec.false})


def _moment(codec: Moment) -> Short | None:
    writer = moment_writer(codec.form)
    return None if writer is None else Short("{v}.__class__ is str and (x := {t}({v}))", "x", writer)


def _number(codec: Number) -> Short | None:
    return None if codec.as_text or codec.scale is not None else Short("{v}.__class__ is str", "{t}({v})", plain_number)


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


def plain_number(text: Any) -> Decimal:
    """Turn canonical text into a number, at once if it is only digits and a point.

    >>> plain_number("12.50"), plain_number("-1")
    (Decimal('12.50'), Decimal('-1'))
    """
    number = read_number(text)
    if number is None:
        raise BadValue("not_a_number", "is not a number")
    return number


def plain_price(text: Any) -> Decimal | str:
    """Turn canonical text into a number without zeros after its fraction.

    >>> plain_price("12.5"), plain_price("12.50"), plain_price("100")
    (Decimal('12.5'), Decimal('12.5'), Decimal('100'))
    """
    if text.__class__ is str and (text[-1:] != "0" or "." not in text) and is_plain(text):
        return Decimal(text)
    return write_number(format_decimal(plain_number(text)), None, as_text=False)
