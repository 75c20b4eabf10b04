from __future__ import annotations

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.errors import Gone, Later, Misconfigured, QuotaSpent, Rejected, Stale, Unauthorised, Unknown
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


@pytest.mark.parametrize(
    ("status", "body", "read", "write"),
    [
        (400, b'{"errorCode":"ENVELOPE_IS_INCOMPLETE","message":"The Env', Later, Unknown),
        (403, b'[{"errorCode":"REQUEST_LIMIT_EXC', Later, Unknown),
        (404, b' {"error":', Later, Unknown),
        (409, b"[", Later, Unknown),
        (400, b'{"errorCode":"ENVELOPE_IS_INCOMPLETE"}', Rejected, Rejected),
        (400, b"The envelope is not comp", Rejected, Rejected),
        (403, b"", Misconfigured, Misconfigured),
        (404, b"null", Gone, Gone),
        (412, b"{}", Stale, Stale),
        (401, b'{"error":', Unauthorised, Unauthorised),
        (429, b'{"error":', Later, Later),
        (501, b'{"error":', Misconfigured, Misconfigured),
    ],
)
def test_a_refusal_is_final_only_if_what_it_says_came_whole(status, body, read, write):
    response = requests.Response()
    response.status_code, response._content = status, body
    response.request = requests.Request("PUT", "https://api.example.test/").prepare()
    policy = StatusPolicy()
    assert type(policy.of_answer(response, idempotent=True, now=START)) is read
    assert type(policy.of_answer(response, idempotent=False, now=START)) is write


def test_what_is_cut_off_is_not_for_a_connector_to_read():
    response = requests.Response()
    response.status_code, response._content = 400, b'{"error": {"code": "rate'
    policy = StatusPolicy(classifier=lambda answer: QuotaSpent(f"{len(answer.content)} bytes"))
    assert type(policy.of_answer(response, idempotent=True, now=START)) is Later
