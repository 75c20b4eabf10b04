"""Lists of Stripe come newest first; here they are read oldest first, page by page.

The oldest page is found by going back, first page by page, then by halving the time in which objects were created; from there,
``ending_before`` leads to the newer ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.payment.stripe.session import HEADS, LISTS, ListPage
from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from connectors.payment.stripe.session import Session

_BEGINNING: Final = 1_262_304_000
"""2010: there was no Stripe before."""
_WALK: Final = 8
"""Pages to go back one by one before time is halved: a small account is read sooner so."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some objects of a list, oldest first, and whether newer ones follow; ``last`` and ``created`` are the newest one's."""

    bodies: Sequence[bytes]
    more: bool
    last: str
    created: int


def forward(session: Session, path: str, params: Mapping[str, Any], size: int, last: str, since: int) -> Stretch:
    """Read the objects that follow the one that was last read; without one, the oldest that are not older than ``since``."""
    if last:
        try:
            page = _page(session, path, params, size, {"ending_before": last})
        except Misconfigured as error:
            if error.code != "stripe.resource_missing":
                raise
            # The object that marked the place was deleted: go on from its time. What shares its second is read again.
        else:
            return _stretch(page, last, since, more=page.has_more)
    return _oldest(session, path, params, size, since)


def _oldest(session: Session, path: str, params: Mapping[str, Any], size: int, since: int) -> Stretch:
    page = _page(session, path, params, size, {"created": {"gte": since}} if since else {})
    if not page.has_more:
        return _stretch(page, "", since, more=False)
    low, steps = max(since, _BEGINNING), 0
    while page.has_more:
        oldest = HEADS.decode(page.data[-1])
        high = oldest.created
        if steps < _WALK or low >= high:
            steps += 1
            page = _page(session, path, params, size, {"created": {"gte": since}, "starting_after": oldest.id})
            continue
        middle = (low + high) // 2
        older = _page(session, path, params, size, {"created": {"gte": since, "lte": middle}})
        if older.data:
            page = older
        else:
            low = middle + 1
    return _stretch(page, "", since, more=True)


def _page(session: Session, path: str, params: Mapping[str, Any], size: int, more: Mapping[str, Any]) -> ListPage:
    return LISTS.decode(session.read(path, {**params, "limit": size, **more}))


def _stretch(page: ListPage, last: str, since: int, *, more: bool) -> Stretch:
    bodies = [bytes(one) for one in reversed(page.data)]
    if not bodies:
        return Stretch([], more, last, since)
    newest = HEADS.decode(bodies[-1])
    return Stretch(bodies, more, newest.id, newest.created)
