from __future__ import annotations

import requests
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.http import StatusPolicy, retry_after
from tests.core.simulation.shop import START

DATES = st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,4} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{0,9} [+-]?[0-9A-Z]{0,9}", fullmatch=True)


@given(st.one_of(st.text(), DATES, st.floats().map(str), st.integers().map(str)))
def test_no_retry_after_is_too_odd(value):
    response = requests.Response()
    response.headers["Retry-After"] = value
    after = retry_after(response, START)
    assert after is None or after >= 0


@given(st.integers(100, 999))
def test_every_status_means_something(status):
    row = StatusPolicy().row(status)
    assert (row is None) == (status // 100 == 2 or status == 304)
