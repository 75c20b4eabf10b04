"""A page may be long; what is worked on at once is not."""

from __future__ import annotations

import pytest

from ltc.app.engine.intake import Arrivals
from ltc.core.contract import Presence, RawRecord

GONE = [RawRecord("7", "", b"{}", Presence.DELETED)]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, [0]), (1, [1]), (499, [499]), (500, [500]), (501, [500, 1]), (1000, [500, 500]), (1201, [500, 500, 201])],
)
def test_a_long_page_is_divided_in_its_order_and_who_is_gone_comes_last(count: int, sizes: list[int]) -> None:
    bodies = [(str(number).encode(), str(number)) for number in range(count)]
    slices = list(Arrivals(bodies, GONE).slices(500))
    assert [len(some.bodies) for some in slices] == sizes
    assert [body for some in slices for body in some.bodies] == bodies
    assert [list(some.marked) for some in slices] == [[]] * (len(sizes) - 1) + [GONE]
