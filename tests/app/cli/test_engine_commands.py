"""Commands that ask the engine: what they pass on, what they print, how they end."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace

import pytest

from ltc.core.contract import SystemClock

RUN = {
    "id": 1, "job": "sync", "system": "salesforce", "object": "Account", "entity": "customer", "status": "done", "read": 3,
    "unchanged": 1, "created": 0, "updated": 2, "waiting": 0, "parked": 1, "writes": 0, "api_calls": 2,
    "started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:01Z", "error": None,
}  # fmt: skip
EXCEPTION = {
    "id": 7, "system": "salesforce", "object": "Account", "record_id": "001", "entity": "customer", "stage": "translate",
    "error": {"code": "x", "message": "not a country", "remedy": "Write DE."}, "field": "billing_address.country",
    "mapping": {"file": "account.yaml", "line": 12}, "state": "open",
}  # fmt: skip
CAUSES = [
    {"number": 2, "code": "x", "mapping": EXCEPTION["mapping"]},
    {"number": 1, "code": "y", "mapping": {"file": "", "line": 0}},
]
SIDE = {"hub_id": "h1", "records": [{"system": "salesforce", "object": "Account", "id": "001"}], "values": {"name": "Acme"}}
DOCUMENT = {
    "entity": "order", "hub_id": "h1", "state": "delivered", "links": [{"system": "sap", "object": "VBAK", "id": "10"}],
    "milestones": [{"state": "confirmed", "occurred_at": "2026-01-01T00:00:00Z", "source": "sap"}],
}  # fmt: skip
HEAD = {"name": "deal_to_order", "file": "deal_to_order.yaml", "line": 1, "from": "opportunity", "to": "order"}
DEAL = {"entity": "opportunity", "hub_id": "h0", "number": None, "label": "Pumps", "state": "won"}
READ = {"path": "opportunity.name", "value": None}
CONDITIONS = {
    "when": {"line": 4, "parts": [{"text": "opportunity.name != null", "holds": False, "reads": [READ]}]},
    "live_from": {"from": "", "day": "", "holds": True},
}  # fmt: skip
MADE = {
    "slot": "2", "action": "change", "state": "derived", "since": "2026-01-01T00:00:00Z", "id": "deal_to_order/h0/2",
    "number": "10",
    "status": "submitted", "links": [],
    "late": [{"leaf": "currency", "document": "EUR", "source": "USD", "reason": "taken when it was derived", "line": 6}],
    "leaves": [
        {"leaf": "currency", "value": "EUR", "before": "GBP", "changes": True, "rule": "currency", "line": 6, "label": ""}
    ],
}  # fmt: skip
FAULT = {"id": 7, "message": "The order changed.", "file": "deal_to_order.yaml", "line": 9}
STUCK = {
    "id": "h0", "entity": "opportunity", "label": "Pumps", "stage": "order", "is_lost": False, "since": "2026-01-01T00:00:00Z",
    "documents": 3,
    "stuck": [{"entity": "order", "hub_id": "h1", "system": "sap", "state": "waiting", "reason": "customer", "since": "2026"}],
}  # fmt: skip
SCOPE = {"system": "salesforce", "object": "Account", "entity": "customer", "mode": "observe"}

ANSWERS = {
    "sync": {"runs": [RUN], "totals": {"read": 3, "parked": 1, "writes": 0}},
    "status": {
        "hub": "acme",
        "scopes": [SCOPE],
        "runs": [],
        "exceptions": CAUSES,
        "deals": [{"stage": "order", "deals": 3, "lost": 1, "stuck": 1}],
        "recovering": "all systems are read the second time",
    },
    "log": {
        "entries": [{"at": "2026-01-01T00:00:00Z", "system": "salesforce", "action": "created", "label": "Acme"}],
        "after": 1,
    },
    "exceptions": {"exceptions": [EXCEPTION], "after": 7},
    "retry": {"retried": 2},
    "edit": {"retried": 1},
    "trace": {"deal": "h0", "deals": [STUCK], "documents": [DOCUMENT]},
    "deals": {"deals": [STUCK], "after": ""},
    "rebuild_deals": {"deals": 1, "documents": 3},
    "reviews": {"reviews": [{"id": 5, "entity": "customer", "left": SIDE, "right": SIDE, "evidence": {"tax_id": 1}}], "after": 5},
    "decide": {"id": 5, "state": "same", "hub_id": "h1"},
    "rollout_status": {"scopes": [SCOPE]},
    "rollout_mode": {"scopes": 1, "mode": "live", "accepted_differences": 0},
    "rollout_apply": {"scopes": [{"system": "salesforce", "object": "Account", "records": 4, "planned": 1}]},
    "rollout_release": {"released": []},
    "rollout_resume": {"scopes": 1},
    "rewind": {"scopes": 1},
    "listening": [],
    "preview": {
        "flow": HEAD,
        "sources": [{"source": DEAL, "why": "It waits.", **CONDITIONS, "documents": [MADE], "questions": [FAULT]}],
    },
    "explain": {
        "records": [
            {
                **DEAL,
                "from": [],
                "gives": [{**HEAD, "why": "It stands.", **CONDITIONS, "documents": [MADE], "exceptions": [FAULT]}],
                "back": [],
            }
        ]
    },
}


class Desk:
    """Alerts that nobody looks after."""

    def duty(self):
        return self

    going_on = nullcontext


class Engine:
    """Answers from the table and remembers what it was asked."""

    asked: list
    alerts = Desk()
    clock = SystemClock()

    def __init__(self, config):
        self.config = config

    def reach(self):
        """The store is there."""

    def __getattr__(self, name):
        def answer(*words, **options):
            options.pop("actor", None)
            options.pop("tell", None)
            type(self).asked.append((name, words, options))
            return ANSWERS[name]

        return answer

    def close(self):
        type(self).asked.append(("close", (), {}))


class Work:
    """Work that is stopped from outside as soon as there is some."""

    def __init__(self):
        self.claimed, self.done, self.stopped, self.only = [], [], False, None

    def claim(self, job, slot):
        assert slot.tzinfo
        self.claimed.append(job.name)

    def oldest_slot(self, job):
        assert job.name

    def take(self):
        return self.claimed[0] if self.claimed and not self.done else None

    def go_on(self, hold):
        assert hold == "changes"
        self.done.append(1)
        os.kill(os.getpid(), signal.SIGTERM)
        return SimpleNamespace(waiting=[SimpleNamespace(run_id=2, priority=0)])

    def sweep(self):
        return [], 10.0

    def drain(self):
        self.stopped = True


@pytest.fixture
def engine(monkeypatch):
    module = ModuleType("ltc.app.engine.api")
    made = type("Engine", (Engine,), {"asked": []})
    module.Engine = made
    monkeypatch.setitem(sys.modules, "ltc.app.engine.api", module)
    return made


CASES = [
    (("sync",), "sync", (), {"job": "sync", "systems": (), "entities": (), "full": False}),
    (("sync", "--job", "everything"), "sync", (), {"job": "everything", "systems": (), "entities": (), "full": True}),
    (
        ("sync", "--system", "salesforce", "--entity", "customer"),
        "sync",
        (),
        {"job": "sync", "systems": ("salesforce",), "entities": ("customer",), "full": False},
    ),
    (("status",), "status", (), {}),
    (
        ("log", "001", "--limit", "5"),
        "log",
        (),
        {"system": "", "obj": "", "record_id": "001", "run": 0, "action": "", "limit": 5, "after": 0},
    ),
    (("exceptions",), "exceptions", (), {"system": "", "entity": "", "state": "open", "limit": 100, "after": 0}),
    (
        ("exceptions", "--state", "all", "--after", "3"),
        "exceptions",
        (),
        {"system": "", "entity": "", "state": "all", "limit": 100, "after": 3},
    ),
    (("exceptions", "retry", "7", "8"), "retry", ((7, 8),), {}),
    (
        ("exceptions", "edit", "7", "Country=DE", "Count=3", "Blank=null"),
        "edit",
        (7, {"Country": "DE", "Count": 3, "Blank": None}),
        {},
    ),
    (("trace", "0000000010"), "trace", ("0000000010",), {}),
    (("deals",), "deals", (), {"stage": "", "stuck": False, "limit": 100, "after": ""}),
    (("deals", "--stage", "order", "--stuck"), "deals", (), {"stage": "order", "stuck": True, "limit": 100, "after": ""}),
    (("deals", "rebuild"), "rebuild_deals", (), {}),
    (("flow", "preview", "deal_to_order", "006"), "preview", ("deal_to_order", "006"), {}),
    (("flow", "explain", "0000000010"), "explain", ("0000000010",), {}),
    (("review",), "reviews", (), {"state": "open", "limit": 100, "after": 0}),
    (("review", "different", "5"), "decide", (5, "different"), {}),
    (("rollout",), "rollout_status", (), {}),
    (("rollout", "shadow", "salesforce"), "rollout_mode", ("shadow",), {"system": "salesforce", "entity": ""}),
    (
        ("rollout", "live", "salesforce", "customer", "--only", "phone", "--yes"),
        "rollout_mode",
        ("live",),
        {"system": "salesforce", "entity": "customer", "leaves": ("phone",), "baseline": True},
    ),
    (("rollout", "apply", "--preview"), "rollout_apply", (), {"system": "", "entity": "", "preview": True}),
    (("rollout", "release", "salesforce", "customer"), "rollout_release", ("salesforce", "customer"), {}),
    (("rollout", "resume", "salesforce"), "rollout_resume", ("salesforce", ""), {}),
    (("system", "rewind", "salesforce", "--yes"), "rewind", ("salesforce", ""), {"cursor": ""}),
]


@pytest.mark.parametrize(("words", "name", "positional", "options"), CASES, ids=[" ".join(case[0]) for case in CASES])
def test_a_command_asks_the_engine_once_and_prints_its_answer(connected, engine, words, name, positional, options):
    said = connected.ltc(*words, "--json")
    assert said.code == 0, said.err
    assert engine.asked == [(name, positional, options), ("close", (), {})]
    assert said.json == ({"reviews": [ANSWERS["decide"]]} if name == "decide" else ANSWERS[name])
    shown = connected.ltc(*words)
    assert shown.code == 0
    assert shown.out.strip()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([], "salesforce: nothing is held, nothing was released."),
        ([{"creates": 0, "amends": 0, "money": 1, "disappeared": 0}], "salesforce: nothing is held, nothing was released."),
        (
            [{"creates": 130, "amends": 0, "money": 1, "disappeared": 7}],
            "salesforce: released for one sync: 130 Account to create, 7 Account disappeared.",
        ),
    ],
)
def test_a_release_says_what_it_lets_through(connected, monkeypatch, held, said):
    released = [{"system": "salesforce", "object": "Account", **one} for one in held]
    monkeypatch.setitem(ANSWERS, "rollout_release", {"released": released})
    assert connected.ltc("rollout", "release", "salesforce").out.split() == said.split()


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--job", "nightly"),
        ("sync", "--job", "cleaning"),
        ("sync", "--system", "sap"),
        ("sync", "--entity", "custommer"),
        ("exceptions", "--entity", "custommer"),
        ("rollout", "live"),
        ("rollout", "release", "sap"),
        ("exceptions", "edit", "7", "Country"),
        ("exceptions", "retry", "x"),
        ("system", "rewind", "salesforce"),
        ("run", "--job", "nightly"),
        ("sync", "salesforce"),
    ],
)
def test_wrong_words_ask_nothing(connected, engine, words):
    said = connected.ltc(*words, "--json")
    assert said.code == 2
    assert said.json["error"]["message"].endswith((".", "?"))
    assert [asked for asked in engine.asked if asked[0] != "close"] == []


def test_sync_fails_on_parked_only_if_asked(connected, engine):
    assert connected.ltc("sync").code == 0
    assert connected.ltc("sync", "--fail-on", "parked").code == 1
    assert engine.asked


def test_nothing_is_asked_of_a_hub_that_is_not_sound(connected, engine):
    connected.write("config/jobs.yaml", "a: {evry: 1 hour}\n")
    assert connected.ltc("sync").code == 2
    assert engine.asked == []


def test_run_offers_slots_until_it_is_told_to_stop(connected, engine):
    connected.write("config/jobs.yaml", "changes: {every: 1 second}\n")
    before = signal.getsignal(signal.SIGTERM)
    engine.work = work = Work()
    said = connected.ltc("run", "--json")
    assert (said.code, said.json) == (0, {"stopped": True})
    assert work.claimed[0] == "changes"
    assert work.done == [1]
    assert work.stopped
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("words", [("worker",), ("serve",)])
def test_a_process_that_works_does_what_waits_until_it_is_told_to_stop(connected, engine, words):
    connected.write("config/jobs.yaml", "changes: {every: 1 second}\n")
    engine.work = work = Work()
    if words == ("worker",):
        work.claimed.append("changes")  # by a scheduler elsewhere
    said = connected.ltc(*words, "--json")
    assert (said.code, said.json) == (0, {"stopped": True})
    assert work.done == [1]
    assert work.stopped


def test_a_scheduler_queues_and_does_nothing(connected, engine):
    connected.write("config/jobs.yaml", "changes: {every: 1 second}\n")
    engine.work = work = Work()
    claim = work.claim

    def claim_and_stop(job, slot):
        claim(job, slot)
        os.kill(os.getpid(), signal.SIGTERM)

    work.claim = claim_and_stop
    said = connected.ltc("scheduler", "--json")
    assert (said.code, said.json) == (0, {"stopped": True})
    assert work.claimed[0] == "changes"
    assert work.done == []


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("word", ["worker", "scheduler", "serve"])
def test_celery_that_is_not_there_is_said(connected, monkeypatch, word):
    monkeypatch.setitem(sys.modules, "celery", None)
    with (connected.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("executor: celery\nbroker: {url: 'valkey://127.0.0.1:1/0'}\n")
    said = connected.ltc(word, "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == "executor.not_installed"
    assert "ltc-hub[celery]" in said.json["error"]["remedy"]


@pytest.mark.parametrize("word", ["run", "worker", "scheduler", "serve"])
def test_a_hub_without_systems_has_nothing_to_run(hub, word):
    said = hub.ltc(word, "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "run.no_system")


def test_webhooks_without_a_web_server_are_said(connected, engine, monkeypatch):
    monkeypatch.setitem(ANSWERS, "listening", ["docusign"])
    monkeypatch.delitem(sys.modules, "ltc.app.web.door", raising=False)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    engine.work = Work()
    connected.write("config/jobs.yaml", "changes: {every: 1 hour}\n")
    said = connected.ltc("run", "--json")
    assert said.code == 2
    fault = said.json["error"]
    assert fault["code"] == "web.not_installed"
    assert "docusign" in fault["message"]
    assert "ltc-hub[console]" in fault["remedy"]
    assert "--no-hooks" in fault["remedy"]
    assert "hooks" not in [asked[0] for asked in engine.asked]


def test_a_hub_without_systems_says_where_to_name_them(hub):
    said = hub.ltc("sync", "--json")
    assert said.code == 2
    assert said.json["error"]["message"] == "This hub names no system yet."
    assert "config/systems.yaml" in said.json["error"]["remedy"]


def test_people_see_what_is_parked_with_its_place_and_what_to_do(connected, engine):
    listed = connected.ltc("exceptions").out
    assert "not a country Write DE." in listed
    assert "account.yaml:12" in listed
    shown = connected.ltc("status").out
    assert "account.yaml:12" in shown
    assert (
        "restored from a backup, and makes nothing until it knows again what there is: all systems are read the second" in shown
    )
    assert "{" not in shown
    assert engine.asked
