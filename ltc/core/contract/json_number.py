"""Numbers with a fraction as they stand in JSON: most of them are only passed on, as the text that they are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from ltc.core.contract.records import Raw


class JsonNumber(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A number with a fraction or an exponent, of which nobody has had to know yet what number it is.

    Where anybody asks, it is the decimal number that it means.

    >>> JsonNumber("1.50") == Decimal("1.5"), str(JsonNumber("1e3")), bool(JsonNumber("0.0")), {2: "two"}[JsonNumber("2.0")]
    (True, '1E+3', False, 'two')
    """

    text: str

    @property
    def exact(self) -> Decimal:
        """The number itself."""
        return Decimal(self.text)

    def __str__(self) -> str:
        """Write it as decimal numbers are written."""
        return str(self.exact)

    def __repr__(self) -> str:
        """Show the number, as people see it when a value does not fit."""
        return repr(self.exact)

    def __eq__(self, other: object) -> bool:
        """Compare it as a number."""
        return self.exact == (other.exact if isinstance(other, JsonNumber) else other)

    def __hash__(self) -> int:
        """Hash it as a number."""
        return hash(self.exact)

    def __bool__(self) -> bool:
        """Tell whether it is not zero."""
        return bool(self.exact)


_DECODE: Final = msgspec.json.Decoder(float_hook=JsonNumber).decode


def decode_json(body: bytes) -> Raw:
    """Decode a record whose numbers with a fraction stay as they are written.

    >>> decode_json(b'{"Total": 12.50, "Count": 3}')["Total"].text
    '12.50'
    """
    record: Raw = _DECODE(body)
    return record
