"""Which mappings are proven: every line gives what its path must hold, by the operation's own kind, whatever the record says.

Of a record that such a mapping has read, only what depends on the record needs a look: whether required values are there, and
whether rows have keys of their own. A property test holds this together with the full check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ltc.core.mapping.operations.amounts import Amount, Measure, Price
from ltc.core.mapping.operations.calendar import Date, DayOfMoment, Moment, MomentOfDay
from ltc.core.mapping.operations.codec import MISSING
from ltc.core.mapping.operations.codes import Codes, TupleCodes
from ltc.core.mapping.operations.fixed import Case
from ltc.core.mapping.operations.names import First, Join, RowKey, Split
from ltc.core.mapping.operations.numbers import Boolean, Integer, Number
from ltc.core.mapping.operations.phone import Phone
from ltc.core.mapping.operations.places import Country, Currency, Language
from ltc.core.mapping.operations.text import Alpha, Email, TaxId, Text
from ltc.core.models.check import PATTERNS

if TYPE_CHECKING:
    from ltc.core.mapping.rules import Block, Leaf
    from ltc.core.models.shape import PathInfo

_KINDS: Final[Mapping[type, str]] = {
    Text: "text",
    Alpha: "text",
    Email: "text",
    TaxId: "text",
    Phone: "text",
    First: "text",
    Join: "text",
    RowKey: "text",
    Split: "text",
    Integer: "integer",
    Number: "decimal",
    Boolean: "boolean",
    Date: "date",
    DayOfMoment: "date",
    Moment: "time",
    MomentOfDay: "time",
    Country: "country",
    Currency: "currency",
    Language: "language",
    Amount: "money",
    Measure: "quantity",
    Price: "unit_price",
}
"""What each operation gives, or nothing. What is computed is not among them: an expression may give anything."""


def proven(block: Block, known: Mapping[str, PathInfo]) -> bool:
    """Tell whether every line that reads gives what its path holds; ``known`` are the entity's paths."""
    return all(is_proven(leaf.codec, leaf.constant, known.get(leaf.line.path)) for leaf in leaves_of(block) if leaf.reads)


def leaves_of(block: Block) -> Iterator[Leaf]:
    """Walk the leaves of a block and of everything in it."""
    yield from block.leaves
    for inner in [*(rows.block for rows in block.lists), *(pick.block for pick in block.picks)]:
        yield from leaves_of(inner)


def is_proven(codec: Any, constant: Any, info: PathInfo | None) -> bool:
    """Judge one operation; custom fields that nobody declared may hold anything plain."""
    if codec is None:
        return _fits(constant, info)
    if isinstance(codec, Case):
        return all(is_proven(branch.codec, branch.constant, info) for branch in codec.branches.values())
    if isinstance(codec, TupleCodes):
        values = [*codec.codes.table.values(), *(value for _, value in codec.patterns)]
        return _proven_codes(codec.codes, values, info)
    if isinstance(codec, Codes):
        return _proven_codes(codec, list(codec.table.values()), info)
    kind = _KINDS.get(type(codec))
    return info is None or (kind is not None and info.type == kind)


def _proven_codes(codes: Codes, values: Sequence[Any], info: PathInfo | None) -> bool:
    """Look at each value that a table can give; a code that is kept as it is must be allowed to be any text."""
    return all(_fits(value, info) for value in (*values, codes.rest)) and (not codes.keep or info is None or info.type == "text")


def _fits(value: Any, info: PathInfo | None) -> bool:
    """Tell whether a value from the file itself is what its path must hold."""
    if value is None or value is MISSING or info is None:
        return True
    if info.type == "choice":
        return value in info.values
    if info.type == "boolean":
        return isinstance(value, bool)
    pattern = PATTERNS.get(info.type, r"(?s)^.+$" if info.type == "text" else "")
    return bool(pattern) and isinstance(value, str) and re.search(pattern, value) is not None
