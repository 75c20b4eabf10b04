"""The door: a webhook is answered when it is kept, and whatever else comes is refused with its reason."""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

import pytest
import requests

from ltc.app.engine.hooks import Hooks
from ltc.app.web.door import MOST_IN_FLIGHT, Door
from ltc.app.web.refusals import MOST
from ltc.app.web.serving import Serving
from ltc.core.errors import Later, LtcError, Misconfigured
from tests.app.engine.fakes import SECRET, signed
from tests.app.web.doors import LARGEST, Porch

OTHER = "another-secret"
refuses = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""What is refused at the door itself reaches no database: one of them is enough."""


def refused(answer: requests.Response, status: int, code: str) -> None:
    """Insist on a refusal in the shape in which the hub tells all faults."""
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert SECRET not in answer.text


def test_a_webhook_is_kept_before_it_is_answered(porch: Porch) -> None:
    answer = porch.post(*signed("e1", "Customer", "L1"))
    assert (answer.status_code, answer.json()) == (200, {"new": 1, "known": 0})
    assert porch.kept() == [("left", "e1", "Customer", "L1", "pending")], "no lane runs: the answer came with the commit"


def test_a_webhook_becomes_a_change_in_the_other_system(porch: Porch) -> None:
    ext_id = porch.hub.left.put("Customer", {"Name": "Alpha", "Status": "active", "Tax": "T1"})
    assert porch.post(*signed("e1", "Customer", ext_id)).status_code == 200
    porch.hooks.drain()
    assert [row["Name"] for row in porch.hub.right.rows["Customer"].values()] == ["ALPHA"]


def test_a_replayed_webhook_is_taken_and_nothing_follows(porch: Porch) -> None:
    webhook = signed("e1", "Customer", porch.hub.left.put("Customer", {"Name": "Alpha", "Status": "active"}))
    porch.post(*webhook)
    porch.hooks.drain()
    reads = len(porch.hub.left.fetched)
    answer = porch.post(*webhook)
    assert (answer.status_code, answer.json()) == (200, {"new": 0, "known": 1})
    assert porch.hooks.drain() == 0
    assert len(porch.hub.left.fetched) == reads


@refuses
def test_a_forged_webhook_is_refused(porch: Porch, caplog: pytest.LogCaptureFixture) -> None:
    headers, body = signed("e1", "Customer", "L1", secret=OTHER)
    refused(porch.post(headers, body), 401, "hook.forged")
    good, body = signed("e1", "Customer", "L1")
    refused(porch.post(good, body.replace(b"L1", b"L2")), 401, "hook.forged")
    refused(porch.post({}, body), 401, "hook.forged")
    assert porch.kept() == []
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert lines == ["A webhook for 'left' was refused with 401: hook.forged"] * 3
    assert all(secret not in caplog.text for secret in (SECRET, OTHER, headers["x-signature"], good["x-signature"]))


def test_a_stale_webhook_is_refused(porch: Porch, caplog: pytest.LogCaptureFixture) -> None:
    now = int(porch.hub.clock.now().timestamp())
    refused(porch.post(*signed("e1", "Customer", "L1", at=now - 3_600)), 401, "hook.stale")
    assert "refused with 401: hook.stale" in caplog.text
    assert porch.post(*signed("e1", "Customer", "L1", at=now - 60)).status_code == 200
    assert len(porch.kept()) == 1


@refuses
def test_a_webhook_that_is_too_large_is_refused(porch: Porch, caplog: pytest.LogCaptureFixture) -> None:
    headers, body = signed("e1", "Customer", "L" * LARGEST)
    refused(porch.post(headers, body), 413, "hook.too_large")
    answer = requests.post(f"{porch.address}/hooks/left", data=iter([body[:3000], body[3000:]]), headers=headers, timeout=60)
    refused(answer, 413, "hook.too_large")
    assert caplog.text.count("refused with 413: hook.too_large") == 2
    assert "LLLL" not in caplog.text
    assert porch.kept() == []
    assert porch.post(*signed("e2", "Customer", "L1")).status_code == 200


@refuses
def test_a_system_that_posts_nothing_is_refused(porch: Porch, caplog: pytest.LogCaptureFixture) -> None:
    refused(porch.post(*signed("e1", "Customer", "L1"), system="nobody"), 404, "hook.unknown_system")
    assert "A webhook for 'nobody' was refused with 404: hook.unknown_system" in caplog.text
    assert porch.kept() == []


@refuses
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_refused(porch: Porch, caplog: pytest.LogCaptureFixture, method: str) -> None:
    headers, body = signed("e1", "Customer", "L1")
    answer = requests.request(method, f"{porch.address}/hooks/left?token={OTHER}", data=body, headers=headers, timeout=60)
    refused(answer, 405, "web.not_here")
    assert answer.headers["allow"] == "POST"
    assert f"'{method}' for '/hooks/left' was refused with 405." in caplog.text
    assert OTHER not in caplog.text
    assert porch.kept() == []


@refuses
def test_another_path_is_not_here(porch: Porch) -> None:
    refused(requests.get(f"{porch.address}/admin", timeout=60), 404, "web.not_here")


@refuses
def test_figures_that_are_not_told_say_how_to_have_them_told(porch: Porch) -> None:
    answer = requests.get(f"{porch.address}/metrics", timeout=60)
    refused(answer, 404, "web.not_here")
    assert "`web: {metrics: true}` is in config/hub.yaml" in answer.json()["error"]["remedy"]


@refuses
@pytest.mark.parametrize(("event", "ext_id"), [("e" * 300, "L1"), ("e1", ""), ("e1", "L\0")])
def test_a_webhook_that_cannot_be_stored_is_refused(porch: Porch, event: str, ext_id: str) -> None:
    refused(porch.post(*signed(event, "Customer", ext_id)), 400, "hook.unreadable")
    assert porch.kept() == []


@refuses
def test_an_ear_that_stumbles_answers_and_goes_on(porch: Porch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(porch.hooks, "hear", lambda *_: {}["bug"])
    refused(porch.post(*signed("e1", "Customer", "L1")), 400, "hook.unreadable")
    monkeypatch.undo()
    assert porch.post(*signed("e1", "Customer", "L1")).status_code == 200


@refuses
@pytest.mark.parametrize(
    ("fault", "code", "after"),
    [
        (Misconfigured("There is no key.", code="hook.no_secret"), "hook.not_set_up", "60"),
        (Later("The database is away.", code="store.away"), "hook.later", "1"),
    ],
)
def test_what_is_wrong_here_is_tried_again(
    porch: Porch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: LtcError, code: str, after: str
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(porch.hooks, "hear", fail)
    answer = porch.post(*signed("e1", "Customer", "L1"))
    refused(answer, 503, code)
    assert answer.headers["retry-after"] == after
    assert fault.message in caplog.text
    assert fault.message not in answer.text


def test_a_store_that_is_away_is_told_to_each_who_waits(porch: Porch, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Later("The database is away.", code="store.away")

    monkeypatch.setattr(porch.hooks, "_keep", away)
    answers = porch.post_all([signed(f"e{number}", "Customer", "L1") for number in range(20)])
    assert {answer.status_code for answer in answers} == {503}
    monkeypatch.undo()
    assert porch.post(*signed("e0", "Customer", "L1")).json() == {"new": 1, "known": 0}


@refuses
def test_more_than_memory_is_set_aside_for_is_refused(porch: Porch) -> None:
    door = Door(porch.hooks, LARGEST)
    door._in_flight = MOST_IN_FLIGHT + 1
    serving = Serving(door.app(), "127.0.0.1", 0, door.close)
    serving.start()
    try:
        answer = Porch(porch.hub, porch.hooks, serving.address, door).post(*signed("e1", "Customer", "L1"))
    finally:
        serving.stop()
    refused(answer, 503, "hook.busy")
    assert answer.headers["retry-after"] == "1"


@refuses
def test_a_flood_of_forgeries_does_not_fill_the_log(porch: Porch, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(40):
        refused(porch.post(*signed(f"e{number}", "Customer", "L1", secret=OTHER)), 401, "hook.forged")
        refused(porch.post(*signed("e", "Customer", "L1"), system=f"system{number}"), 404, "hook.unknown_system")
        assert requests.get(f"{porch.address}/{number}", timeout=60).status_code == 404
    refused(porch.post(*signed("e" * 300, "Customer", "L1")), 400, "hook.unreadable")
    assert len(caplog.records) == 3 * MOST + 1
    assert "refused with 400: hook.unreadable" in caplog.text, "what is rare is told"
    caplog.clear()
    porch.door.refusals.tell()
    more = "30 for left with 401 hook.forged, 30 for nobody with 404 hook.unknown_system, 30 with 404 web.not_here."
    assert caplog.messages == [f"90 more requests were refused in the last minute and not logged one by one: {more}"]
    porch.door.refusals.tell()
    refused(porch.post(*signed("e", "Customer", "L1", secret=OTHER)), 401, "hook.forged")
    assert len(caplog.records) == 2, "another minute begins"


@refuses
@pytest.mark.parametrize(("long", "apart"), [(10, True), (LARGEST, False)])
def test_a_long_body_is_checked_beside_the_loop(porch: Porch, monkeypatch: pytest.MonkeyPatch, *, long: int, apart: bool) -> None:
    heard: list[str] = []
    hear = porch.hooks.hear

    def listen(*said: Any) -> Any:
        heard.append(threading.current_thread().name)
        return hear(*said)

    monkeypatch.setattr("ltc.app.web.door.LONG", long)
    monkeypatch.setattr(porch.hooks, "hear", listen)
    assert porch.post(*signed("e1", "Customer", "L1")).status_code == 200
    refused(porch.post(*signed("e1", "Customer", "L1", secret=OTHER)), 401, "hook.forged")
    assert [name != "ltc-web" for name in heard] == [apart, apart]


def test_a_burst_is_neither_refused_nor_lost(porch: Porch) -> None:
    """Thirty records, ten events each, every event three times, in any order."""
    ids = [porch.hub.left.put("Customer", {"Name": f"Firm {number}", "Status": "active"}) for number in range(30)]
    webhooks = [signed(f"{ext_id}/{number}", "Customer", ext_id) for ext_id in ids for number in range(10)] * 3
    random.Random(11).shuffle(webhooks)
    answers = porch.post_all(webhooks)
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["new"] for answer in answers) == 300
    assert len(porch.kept()) == 300
    porch.hooks.drain()
    assert {row[4] for row in porch.kept()} == {"done"}
    assert sorted(row["Name"] for row in porch.hub.right.rows["Customer"].values()) == sorted(f"FIRM {n}" for n in range(30))
    assert len([effect for effect in porch.hub.right.effects if effect[0] == "create"]) == 30


def test_what_was_answered_outlives_the_process(porch: Porch) -> None:
    porch.post(*signed("e1", "Customer", porch.hub.left.put("Customer", {"Name": "Alpha", "Status": "active"})))
    Hooks(porch.hub.context()).drain()
    assert [row[4] for row in porch.kept()] == ["done"]


def test_health(porch: Porch, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = requests.get(f"{porch.address}/health", timeout=60)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    monkeypatch.setattr(porch.hooks, "is_well", lambda: False)
    assert requests.get(f"{porch.address}/health", timeout=60).status_code == 503
