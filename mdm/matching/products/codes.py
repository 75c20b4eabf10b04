"""Compare model numbers: equal, within the other's text, or alike up to a suffix for colour or country."""

from __future__ import annotations

from typing import Final

from mdm.matching.products.text import Product

NAMES: Final = (
    "model number: alike",
    "model number: common start",
    "model number: left in right name",
    "model number: right in left name",
    "model number: left in right text",
    "model number: right in left text",
    "model number: start of left in right text",
    "model number: share of left in right text",
    "model number: start of right in left text",
    "model number: share of right in left text",
    "model number: how many left",
    "model number: how many right",
)

_SHORTEST: Final = 4
_MOST: Final = 6
"""A description may list dozens of other products' numbers: so many are looked at."""


def common_start(one: str, other: str) -> int:
    """Count the letters that two codes begin with alike.

    >>> common_start("mdrex32lpblk", "mdrex32lpwhi")
    9
    """
    count = 0
    for letter, opposite in zip(one, other, strict=False):
        if letter != opposite:
            break
        count += 1
    return count


def longest_within(codes: tuple[str, ...], text: str) -> int:
    """Measure the longest code that is part of a text.

    >>> longest_within(("mdrex32", "ab12"), "earbudsmdrex32lp")
    7
    """
    return max((len(code) for code in codes if len(code) >= _SHORTEST and code in text), default=0)


def start_within(codes: tuple[str, ...], text: str) -> tuple[int, float]:
    """Find the longest start of a code in a text: its length and its share of the code.

    >>> start_within(("wtw6700twh",), "whirlpoolwtw6700twcabrio")
    (9, 0.9)
    """
    best, share = 0, 0.0
    for code in codes:
        size = len(code)
        while size >= _SHORTEST and code[:size] not in text:
            size -= 1
        if size >= _SHORTEST and size > best:
            best, share = size, size / len(code)
    return best, share


def compare(left: Product, right: Product) -> tuple[float, ...]:
    """Compare two products' model numbers, in the order of ``NAMES``."""
    alike, start = 0.0, 0
    for one in left.codes[:_MOST]:
        for other in right.codes[:_MOST]:
            common = common_start(one, other)
            if common >= _SHORTEST - 1:
                alike, start = max((alike, start), (2 * common / (len(one) + len(other)), common))
    return (
        alike,
        start,
        longest_within(left.codes, right.compact),
        longest_within(right.codes, left.compact),
        longest_within(left.codes, right.whole),
        longest_within(right.codes, left.whole),
        *start_within(left.codes[:_MOST], right.whole),
        *start_within(right.codes[:_MOST], left.whole),
        len(left.codes),
        len(right.codes),
    )
