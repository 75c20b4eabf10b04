from __future__ import annotations

import http.client
import json
import socket
import threading
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.simulation import KINDS, Drop, Faults, InProcessAdapter, Request, Response, Truncate, VirtualClock, serve
from tests.core.simulation.shop import START, Shop


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture(params=["served", "in process"])
def session(request, shop):
    with requests.Session() as session:
        session.trust_env = False
        if request.param == "served":
            with serve({"shop": shop}) as running:
                yield session, running.base_urls["shop"]
        else:
            session.mount("http://shop", InProcessAdapter(shop))
            yield session, "http://shop"


def test_both_doors_answer_alike(session):
    http, url = session
    created = http.post(f"{url}/orders", json={"number": "1", "amount": 1.10})
    assert created.status_code == 201
    assert created.json() == {"number": "1", "amount": 1.10}
    assert http.get(f"{url}/orders/1").json() == {"rows": [{"number": "1", "amount": 1.10}]}
    assert http.get(f"{url}/orders/2").status_code == 404
    assert http.get(f"{url}/nothing").status_code == 404
    assert http.delete(f"{url}/orders/1").status_code == 405


def test_paths_and_parameters_are_decoded_once(session):
    http, url = session
    answer = http.get(f"{url}/safe/a%2Fb%20c/d", params={"q": "x & y", "empty": ""}, headers={"authorization": "Bearer fresh-0"})
    assert answer.json() == {"rest": "a/b c/d", "query": {"q": "x & y", "empty": ""}, "at": url}


def test_bodies_of_every_kind_arrive(session):
    http, url = session
    assert http.post(f"{url}/echo", data=(part for part in (b"ab", b"c"))).content == b"abc"
    assert http.post(f"{url}/echo", data="text").text == "text"
    assert http.post(f"{url}/echo", data={"a": "1"}).text == "a=1"
    assert http.post(f"{url}/echo").content == b""


def test_a_dropped_call_is_a_connection_error(session):
    http, url = session
    with pytest.raises(requests.ConnectionError):
        http.get(f"{url}/status/0")
    assert http.get(f"{url}/status/200").ok


def test_a_drop_after_commit_leaves_the_effect(session, shop):
    http, url = session
    shop.faults.plan("create", kind="drop_after_commit")
    with pytest.raises(requests.ConnectionError):
        http.post(f"{url}/orders", json={"number": "7"})
    assert shop.state() == {"orders": {"7": 1}}
    assert [mutation.id for mutation in shop.journal] == ["7"]


def test_json_is_cut_silently_and_text_by_a_broken_connection(session, shop):
    http, url = session
    shop.orders["1"] = [{"number": "1", "note": "x" * 100}]
    shop.faults.plan("read", kind="truncate")
    cut = http.get(f"{url}/orders/1")
    assert cut.ok
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.content)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        http.get(f"{url}/cut")


def test_connections_are_kept_alive(shop):
    with serve({"shop": shop}) as running:
        connection = http.client.HTTPConnection(urlsplit(running.base_urls["shop"]).netloc)
        connection.request("GET", "/status/200")
        connection.getresponse().read()
        first = connection.sock
        connection.request("HEAD", "/status/200")
        assert connection.getresponse().read() == b""
        connection.request("GET", "/status/204")
        assert connection.getresponse().read() == b""
        assert connection.sock is first
        connection.close()


def test_nonsense_ends_the_connection_and_the_server_goes_on(shop):
    with serve({"shop": shop}) as running:
        host = urlsplit(running.base_urls["shop"])
        with socket.create_connection((host.hostname, host.port)) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            assert raw.recv(10) == b""
        assert requests.get(f"{running.base_urls['shop']}/status/200", timeout=5).ok


def test_each_simulator_has_its_port_and_stop_gives_it_back():
    running = serve({"one": Shop(), "two": Shop()})
    urls = running.base_urls
    assert len(set(urls.values())) == 2
    port = urlsplit(urls["one"]).port
    running.stop()
    running.stop()
    with serve({"one": Shop()}, ports={"one": port}) as again:
        assert again.base_urls == {"one": urls["one"]}


def test_many_threads_are_answered_one_at_a_time():
    shop = Shop()
    with serve({"shop": shop}) as running:
        url = running.base_urls["shop"]

        def post():
            with requests.Session() as http:
                for _ in range(10):
                    http.post(f"{url}/orders", json={"number": "1"}, timeout=5)

        threads = [threading.Thread(target=post) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert shop.state() == {"orders": {"1": 80}}
    assert shop.requests == 80


def test_a_dump_restores_data_journal_and_attempts():
    shop = Shop("hostile")
    numbers = [str(number) for number in range(200)]
    for number in numbers:
        shop.handle(Request("POST", "/orders", body=json.dumps({"number": number}).encode()))
    twin = Shop("hostile")
    twin.load(json.loads(json.dumps(shop.dump())))
    assert twin.state() == shop.state()
    assert twin.journal == shop.journal
    keys = [f"order:{number}" for number in numbers]
    assert [twin.faults.decide("create", key) for key in keys] == [shop.faults.decide("create", key) for key in keys]


def test_calm_never_fails_and_hostile_fails_about_one_key_in_twelve():
    keys = [f"key {number}" for number in range(5000)]
    calm, hostile = Faults(1, "calm"), Faults(1, "hostile")
    assert not any(calm.decide("create", key) for key in keys)
    failed = [key for key in keys if hostile.decide("create", key)]
    assert 0.06 < len(failed) / len(keys) < 0.10
    assert {fired.kind for fired in hostile.fired} == set(KINDS)


@given(st.integers(0, 2**32), st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["read", "write"])), max_size=60))
def test_faults_do_not_depend_on_the_order_of_calls(seed, calls):
    def outcome(order):
        faults = Faults(seed, "hostile")
        seen = {}
        for key, point in order:
            seen.setdefault((point, key), []).append(faults.decide(point, key))
        return seen

    assert outcome(calls) == outcome(sorted(calls)) == outcome(calls[::-1])


@given(st.integers(0, 2**32), st.text())
def test_a_key_fails_at_most_twice_and_then_never(seed, key):
    faults = Faults(seed, "hostile")
    kinds = [faults.decide("write", key) for _ in range(6)]
    assert kinds[2:] == [None] * 4
    assert kinds[1] in {None, kinds[0]}


def test_a_planned_fault_comes_first_and_as_often_as_ordered():
    faults = Faults(1, "calm")
    faults.plan("create", "a", times=2, kind="lock")
    faults.plan("*", kind="partial")
    assert [faults.decide("create", key) for key in "abaaa"] == ["lock", "partial", "lock", None, None]
    assert [fired.key for fired in faults.fired] == ["a", "b", "a"]


def test_only_the_kinds_of_a_place_happen_there():
    faults = Faults(3, "hostile")
    kinds = {faults.decide("read", str(key), kinds=("503", "truncate")) for key in range(2000)}
    assert kinds == {None, "503", "truncate"}


def test_virtual_time_moves_by_sleeping_only():
    clock = VirtualClock(START)
    clock.sleep(1.5)
    clock.sleep(-10)
    clock.advance(60)
    assert (clock.now() - START).total_seconds() == 61.5
    with pytest.raises(ValueError, match="zone-aware"):
        VirtualClock(START.replace(tzinfo=None))


def test_decimals_travel_as_json_numbers():
    headers, body = Response(200, {"amount": Decimal("1.10"), "name": "Köln"}).encode()
    assert body == '{"amount":1.10,"name":"Köln"}'.encode()
    assert headers["Content-Type"].startswith("application/json")
    assert Request("POST", "/", body=body).json()["amount"] == Decimal("1.10")


def test_a_cut_always_loses_something():
    for share in (0.0, 0.5, 1.0):
        _, short, declared = Truncate(Response(200, {"a": 1}), share).cut()
        assert declared == len(short) < len(b'{"a":1}')
    assert Truncate(Response(200, {"a": 1}), silent=False).cut()[2] == len(b'{"a":1}')


def test_expired_tokens_locks_and_partial_success_are_the_vendors_own_words(shop):
    answers = [shop.disturbed(kind, lambda: Response(200)) for kind in ("lock", "429", "expire_token", "partial")]
    assert [answer.status for answer in answers] == [409, 429, 401, 500]
    assert isinstance(shop.disturbed("drop_before", lambda: Response(200)), Drop)
    assert shop.disturbed(None, lambda: Response(200)) == Response(200)
