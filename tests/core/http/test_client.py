"""Every class of outcome of a call, over real sockets and over made-up answers."""

from __future__ import annotations

import random
import re
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import responses

from ltc.core.contract import Kit
from ltc.core.errors import Gone, Later, LtcError, Misconfigured, QuotaSpent, Rejected, Stale, Unauthorised, Unknown
from ltc.core.http import HttpClient, RetryPolicy, StatusPolicy, adapter
from ltc.core.http.policy import STATUSES as STATUS_ROWS
from ltc.core.simulation import InProcessAdapter, VirtualClock, serve
from tests.core.simulation.shop import START, Shop

CANARY = 'canary/"sécret"+1'
URL = "https://api.example.test/v1"


@pytest.fixture
def calls():
    return []


@pytest.fixture
def kit(calls):
    return Kit(clock=VirtualClock(START), random=random.Random(1), record_call=calls.append, secrets=[CANARY])


@pytest.fixture
def client(kit):
    client = HttpClient(kit, URL)
    yield client
    client.close()


@pytest.fixture
def shop():
    return Shop()


def in_process(kit, shop, auth):
    return HttpClient(kit, "http://shop", auth=auth, inner=InProcessAdapter(shop))


@pytest.fixture(params=["served", "in process"])
def shopping(request, kit, shop):
    if request.param == "served":
        with serve({"shop": shop}) as running:
            client = HttpClient(kit, running.base_urls["shop"])
            yield client
            client.close()
    else:
        client = HttpClient(kit, "http://shop", inner=InProcessAdapter(shop))
        yield client
        client.close()


def outcome(act):
    """Give the class of what was raised, or None."""
    try:
        act()
    except LtcError as error:
        return type(error)
    return None


STATUSES = [
    (200, None, None),
    (201, None, None),
    (304, None, None),
    (302, Misconfigured, Misconfigured),
    (400, Rejected, Rejected),
    (401, Unauthorised, Unauthorised),
    (403, Misconfigured, Misconfigured),
    (404, Gone, Gone),
    (408, Later, Unknown),
    (409, Stale, Stale),
    (410, Gone, Gone),
    (412, Stale, Stale),
    (418, Rejected, Rejected),
    (422, Rejected, Rejected),
    (423, Later, Later),
    (429, Later, Later),
    (500, Later, Unknown),
    (501, Misconfigured, Misconfigured),
    (502, Later, Unknown),
    (503, Later, Later),
    (504, Later, Unknown),
    (599, Later, Unknown),
]


@pytest.mark.parametrize(("status", "read", "write"), STATUSES)
def test_a_status_means_one_class(shopping, status, read, write):
    path = f"/status/{status}"
    assert outcome(lambda: shopping.request("GET", path, idempotent=True, attempts=1)) is read
    assert outcome(lambda: shopping.request("POST", path, idempotent=False)) is write


def test_a_call_that_was_cut_off_is_later_for_reads_and_unknown_for_writes(shopping):
    assert outcome(lambda: shopping.get("/status/0")) is Later
    assert outcome(lambda: shopping.request("POST", "/status/0", idempotent=False)) is Unknown


def test_a_drop_after_commit_is_unknown_and_is_not_sent_again(shopping, shop):
    shop.faults.plan("create", kind="drop_after_commit")
    assert outcome(lambda: shopping.request("POST", "/orders", json={"number": "1"}, idempotent=False)) is Unknown
    assert shop.state() == {"orders": {"1": 1}}


def test_a_drop_after_commit_of_a_write_that_may_be_repeated_is_sent_again(shopping, shop):
    shop.faults.plan("create", kind="drop_after_commit")
    assert shopping.request("PUT", "/orders", json={"number": "1"}, idempotent=True).status_code == 201
    assert len(shop.orders["1"]) == 2


@pytest.mark.parametrize("path", ["/orders/1", "/cut"])
def test_a_truncated_answer_is_later_for_reads(shopping, shop, path):
    shop.orders["1"] = [{"number": "1"}]
    shop.faults.plan("read", kind="truncate", times=9)
    with pytest.raises(Later):
        shopping.get(path, expect="json" if "orders" in path else "any")


def test_a_truncated_answer_is_unknown_for_writes(shopping, shop):
    shop.faults.plan("create", kind="truncate")
    with pytest.raises(Unknown, match="not whole JSON"):
        shopping.request("POST", "/orders", json={"number": "1"}, idempotent=False)


def test_a_read_is_tried_until_it_passes(shopping, shop, kit):
    shop.orders["1"] = [{"number": "1"}]
    for kind in ("truncate", "drop_before", "503"):
        shop.faults.plan("read", kind=kind)
    assert shopping.get("/orders/1").json() == {"rows": [{"number": "1"}]}
    assert kit.calls == 4


def test_a_read_is_not_tried_forever(shopping, shop, kit):
    shop.orders["1"] = []
    shop.faults.plan("read", times=99, kind="429")
    with pytest.raises(Later):
        shopping.get("/orders/1")
    assert kit.calls == RetryPolicy().attempts


def test_retry_after_in_seconds_is_honoured(client, kit):
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", status=429, headers={"Retry-After": "17"})
        mock.get(f"{URL}/a", json={})
        client.get("/a")
    assert (kit.clock.now() - START).total_seconds() == 17


def test_retry_after_as_a_date_is_honoured(shopping, shop, kit):
    shop.orders["1"] = []
    shop.faults.plan("read", kind="503")
    shopping.get("/orders/1")
    assert (kit.clock.now() - START).total_seconds() == 7


def test_a_date_in_the_past_or_nonsense_means_no_particular_wait(client):
    with responses.RequestsMock() as mock:
        for value, after in (("Thu, 01 Jan 2015 00:00:00 GMT", 0.0), ("soon", None), ("-5", None), ("inf", None), ("2.5", 2.5)):
            mock.post(f"{URL}/a", status=429, headers={"Retry-After": value})
            with pytest.raises(Later) as caught:
                client.request("POST", "/a", idempotent=False)
            assert caught.value.after == after


def test_a_long_wait_is_left_to_the_engine(client, kit):
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", status=429, headers={"Retry-After": "3600"})
        with pytest.raises(Later) as caught:
            client.get("/a")
    assert caught.value.after == 3600
    assert kit.calls == 1
    assert kit.clock.now() == START


def test_waits_grow_with_jitter_from_the_kit(kit):
    def waits(seed):
        kit.random = random.Random(seed)
        kit.clock = VirtualClock(START)
        client = HttpClient(kit, URL)
        slept = []
        kit.clock.sleep = slept.append
        with responses.RequestsMock() as mock:
            mock.get(f"{URL}/a", status=500)
            with pytest.raises(Later):
                client.get("/a")
        client.close()
        return slept

    first = waits(1)
    assert len(first) == 3
    assert first == waits(1) != waits(2)
    assert all(0.25 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(first))


def test_the_deadline_ends_the_tries(kit):
    kit.deadline_seconds = 20
    client = HttpClient(kit, URL)
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", status=429, headers={"Retry-After": "15"})
        with pytest.raises(Later):
            client.get("/a")
    client.close()
    assert kit.calls == 2


def test_a_token_is_refreshed_once(kit, shop):
    asked = []

    def auth(refresh):
        asked.append(refresh)
        return {"Authorization": f"Bearer {shop.token if refresh else 'stale'}"}

    client = in_process(kit, shop, auth)
    assert client.get("/safe/x").json()["rest"] == "x"
    assert asked == [False, False, True]
    assert kit.calls == 2
    client.close()


def test_a_token_that_is_refused_twice_is_unauthorised(kit, shop):
    client = in_process(kit, shop, lambda refresh: {"Authorization": f"Bearer no-{refresh}"})
    with pytest.raises(Unauthorised, match="credentials"):
        client.get("/safe/x")
    assert kit.calls == 2
    client.close()


def test_new_credentials_that_are_refused_too_are_told_from_old_ones(kit, shop):
    def ended(refresh):
        return {"Authorization": f"Bearer no-{refresh}"}

    def fixed(_refresh):
        return {"Authorization": "Bearer wrong"}

    for auth, renewed in ((ended, True), (fixed, False)):
        client = in_process(kit, shop, auth)
        with pytest.raises(Unauthorised) as refusal:
            client.get("/safe/x")
        assert refusal.value.renewed is renewed
        client.close()


def test_a_token_that_another_thread_refreshed_is_used(kit, shop):
    tokens = iter(["stale", shop.token])

    def auth(refresh):
        assert not refresh
        return {"Authorization": f"Bearer {next(tokens)}"}

    client = in_process(kit, shop, auth)
    assert client.get("/safe/x").ok
    client.close()


def test_a_connector_overrides_rows_and_reads_bodies(kit):
    def spent(response):
        return QuotaSpent("The day's calls are spent.") if b"REQUEST_LIMIT_EXCEEDED" in response.content else None

    policy = StatusPolicy().overridden({404: (Rejected, Rejected)}, classifier=spent)
    client = HttpClient(kit, URL, policy=policy)
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", status=403, json=[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], headers={"Retry-After": "60"})
        mock.get(f"{URL}/b", status=404)
        with pytest.raises(QuotaSpent) as caught:
            client.get("/a")
        with pytest.raises(Rejected):
            client.get("/b")
    assert caught.value.until == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert kit.calls == 2
    client.close()


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_system_that_is_not_there_is_later_even_for_writes(kit, idempotent):
    client = HttpClient(kit, "http://127.0.0.1:9")
    with pytest.raises(Later, match="could not be reached") as caught:
        client.request("POST", "/a", idempotent=idempotent)
    assert caught.value.code == "system.unreachable"
    client.close()


def test_a_system_that_cuts_the_connection_is_not_unreachable(client):
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", body=requests.ConnectionError("reset"))
        with pytest.raises(Later) as caught:
            client.get("/a")
    assert caught.value.code == Later.code


@pytest.mark.parametrize(
    ("error", "read", "write"),
    [
        (requests.ConnectTimeout("slow"), Later, Later),
        (requests.ReadTimeout("slow"), Later, Unknown),
        (requests.ConnectionError("reset"), Later, Unknown),
        (requests.exceptions.ChunkedEncodingError("cut"), Later, Unknown),
        (requests.exceptions.ContentDecodingError("gzip"), Later, Unknown),
        (requests.exceptions.SSLError("certificate"), Misconfigured, Misconfigured),
        (requests.exceptions.InvalidURL("bad"), Misconfigured, Misconfigured),
        (requests.exceptions.ProxyError("no"), Later, Later),
    ],
)
def test_a_lack_of_an_answer_means_one_class(client, error, read, write):
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", body=error)
        mock.post(f"{URL}/a", body=error)
        assert outcome(lambda: client.get("/a")) is read
        assert outcome(lambda: client.request("POST", "/a", idempotent=False)) is write


@pytest.mark.parametrize("address", ["", "host", "ftp://host", "https://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_misconfigured(kit, address):
    with pytest.raises(Misconfigured, match="base_url"):
        HttpClient(kit, address)


def test_credentials_go_to_no_other_host(client):
    with pytest.raises(Misconfigured, match="base_url"):
        client.get("https://evil.example.test/v1/next")
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/next", json={})
        assert client.get(f"{URL}/next").ok


def test_every_call_has_a_time_out_and_ignores_the_environment(client, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with responses.RequestsMock() as mock:
        mock.get(f"{URL}/a", json={})
        client.get("/a")
        assert mock.calls[0].request.req_kwargs["timeout"] == (5.0, 30.0)
        assert not mock.calls[0].request.req_kwargs["proxies"]


def test_calls_and_quota_are_counted(shopping, kit):
    shopping.request("POST", "/orders", json={"number": "1"}, idempotent=False)
    assert kit.calls == 1
    assert kit.quota == {"used": 7, "limit": 100}


def test_each_call_is_journalled_with_what_came_of_it(shopping, calls, kit):
    kit.clock.advance(5)
    shopping.request("POST", "/orders", json={"number": "1"}, idempotent=False)
    with pytest.raises(Unknown):
        shopping.request("POST", "/status/0", idempotent=False)
    assert [(call.method, call.status) for call in calls] == [("POST", "201"), ("POST", "ConnectionError")]
    assert calls[0].target.endswith("/orders")
    assert calls[0].at == kit.clock.now()
    assert '{"number": "1"}' in calls[0].request
    assert calls[0].response == '{"number":"1"}'


def test_the_canary_is_in_no_journal_and_in_no_error(client, calls):
    bodies = [{"data": {"assertion": "eyJh", "user": CANARY}}, {"json": {"password": "hunter2", "note": CANARY}}]
    answer = {"error": f"wrong {CANARY}", "client_secret": "another"}
    headers = {"X-Api-Key": "abc123", "Authorization": "Bearer abc123456789"}
    lost = requests.ConnectionError(f"Max retries with url: /fail?key={CANARY}")
    secrets = [CANARY, "sécret", "s%C3%A9cret", "s\\u00e9cret", "another", "hunter2", "eyJh", "tok-123456", "abc123"]
    page = {"echo": CANARY, "access_token": "tok-123456"}
    texts = []

    def keep(act):
        try:
            act()
        except LtcError as error:
            texts.extend(["".join(traceback.format_exception(error)), repr(error), str(error), repr(vars(error))])

    with responses.RequestsMock() as mock:
        mock.post(f"{URL}/token", status=400, json=answer)
        mock.get(f"{URL}/page", json=page)
        mock.get(f"{URL}/fail", body=lost)
        for body in bodies:
            keep(lambda body=body: client.request("POST", "/token", **body, idempotent=False))
        keep(lambda: client.get("/page", params={"q": CANARY}))
        keep(lambda: client.request("GET", "/fail", params={"key": CANARY}, headers=headers, idempotent=True))
    told = "\n".join(texts + [repr(call) for call in calls] + [repr(client), repr(client.kit)])
    assert [secret for secret in secrets if secret in told] == []
    assert "wrong •••" in told
    assert len(calls) == 7


def test_an_sdks_session_gets_time_outs_journal_and_http_on_loopback(kit, shop, calls):
    with serve({"shop": shop}) as running, requests.Session() as session:
        plain = running.base_urls["shop"]
        session.mount("https://127.0.0.1", adapter(kit))
        answer = session.get(f"{plain.replace('http:', 'https:')}/status/200", headers={"Authorization": "Bearer abcdefgh"})
        assert answer.json() == {"told": ""}
    assert kit.calls == 1
    assert calls[0].target == f"{plain}/status/200"
    assert "abcdefgh" not in calls[0].request


def test_a_read_time_out_is_real(kit):
    answered = threading.Event()

    class Slow(Shop):
        def handle(self, request):
            answered.wait(1)
            return super().handle(request)

    with serve({"slow": Slow()}) as running:
        client = HttpClient(kit, running.base_urls["slow"], timeout=(1.0, 0.05))
        with pytest.raises(Unknown, match="ReadTimeout"):
            client.request("POST", "/status/200", idempotent=False)
        answered.set()
        client.close()


def test_the_reference_tells_the_table_as_it_is():
    text = (Path(__file__).parents[3] / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    policy = StatusPolicy()
    told = {}
    for statuses, read, write in re.findall(r"^\| ([\dx][^|]*) \| `?(\w+)`? \| `?(\w+)`? \|$", text, re.MULTILINE):
        for status in re.findall(r"\d(?:\d\d|xx)", statuses):
            told[int(status.replace("xx", "99"))] = (read, write)
    rows = {status: policy.row(status) for status in {*STATUS_ROWS, *told}}
    real = {status: (row[0].__name__, row[1].__name__) if row else ("success", "success") for status, row in rows.items()}
    assert told == real
