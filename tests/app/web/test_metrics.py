"""Figures for Prometheus: scraped over HTTP and read with its own library; only those read them who may."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete

from ltc.app.engine.hooks import Hooks
from ltc.app.engine.standing import figures
from ltc.app.telemetry.figures import Figures
from ltc.app.telemetry.meters import Meters
from ltc.app.web.door import Door
from ltc.app.web.metrics import Metrics
from ltc.app.web.serving import Serving
from ltc.core import resources
from ltc.core.contract import Call
from ltc.core.errors import Later, Rejected
from ltc.core.store import tables as t
from scheduler import Every, Job
from tests.app.engine.fakes import signed
from tests.app.engine.hubs import SmallHub
from tests.app.web.doors import Porch

UNBOUNDED = {"record", "run", "hub_id", "id", "key", "path", "target"}
once = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
Figure = dict[tuple[tuple[str, str], ...], float]


@pytest.fixture
def watched(hub: SmallHub) -> Iterator[Porch]:
    """A live hub with a door that tells figures."""
    hub.listens = True
    hub.go_live()
    meters, hooks = Meters(), Hooks(hub.context())
    jobs = {"changes": Job("changes", Every(timedelta(minutes=5)))}
    told = figures(hub.store, hub.clock, jobs, meters, lambda: {"left": {"used": 40, "limit": 100}, "right": {}})
    told._kept = 0.0
    door = Door(hooks, meters=meters, also=[Metrics(told).route()])
    serving = Serving(door.app(), "127.0.0.1", 0, door.close)
    serving.start()
    meters.watching("left", lambda _call: None)(Call(hub.clock.now(), "GET", "/x", "200", 40.0))
    yield Porch(hub, hooks, serving.address, door)
    serving.stop()


def scraped(porch: Porch) -> defaultdict[str, Figure]:
    """Ask for the figures and read them."""
    answer = requests.get(f"{porch.address}/metrics", timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    told: defaultdict[str, Figure] = defaultdict(dict)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            told[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return told


def of(figure: Figure, **labels: str) -> float:
    """Add up what bears these labels."""
    return sum(value for key, value in figure.items() if set(labels.items()) <= set(key))


def test_the_figures_tell_what_was_done_and_how_things_stand(watched: Porch) -> None:
    hub = watched.hub
    hub.left.put("Product", {"Number": "P-1", "Name": "Pump"})
    hub.left.put("Customer", {"Name": "Ada", "Status": "active", "Credit": "much", "Currency": "EUR"})
    hub.right.refuse["BOB"] = hub.right.refuse["Bob"] = Rejected("No.", field="Name")
    hub.left.put("Customer", {"Name": "Bob", "Status": "active"})
    before = scraped(watched)
    hub.sync(job="changes")
    hub.clock.advance(90)
    watched.post(*signed("e1", "Customer", "L1"))
    watched.post(*signed("e2", "Customer", "L1", secret="other"))
    told = scraped(watched)
    assert of(told["ltc_records_total"], system="left", outcome="read") == 3
    assert of(told["ltc_records_total"], system="right", object="Product", outcome="created") == 1
    assert of(told["ltc_runs_total"], status="done") - of(before["ltc_runs_total"], status="done") == 6
    assert of(told["ltc_exceptions_open"], system="left", stage="translate") == 1
    assert of(told["ltc_exceptions_open"], system="right", stage="deliver") == 1
    assert of(told["ltc_changes_open"], system="right", state="parked", entity="customer") == 1
    assert of(told["ltc_change_oldest_age_seconds"], system="right", state="parked") >= 90
    assert of(told["ltc_webhooks_total"], system="left", outcome="accepted") == 1
    assert of(told["ltc_webhooks_total"], system="left", outcome="refused_401") == 1
    assert of(told["ltc_webhooks_pending"], system="left") == 1
    assert of(told["ltc_calls_total"], system="right") > of(before["ltc_calls_total"], system="right")
    assert of(told["ltc_call_duration_seconds_bucket"], system="left", le="0.05") == 1
    assert of(told["ltc_call_duration_seconds_bucket"], system="left", le="0.025") == 0
    assert (of(told["ltc_quota_remaining"], system="left"), of(told["ltc_store_up"])) == (60, 1)
    assert of(told["ltc_store_size_bytes"]) > 100_000
    assert set(told["ltc_job_late_seconds"]) == {(("job", "changes"),)}
    assert {name for figure in told.values() for key in figure for name, _ in key} & UNBOUNDED == set()


@once
def test_the_page_names_every_figure(watched: Porch) -> None:
    page = (resources.migrations().parents[3] / "docs" / "reference" / "observing.md").read_text(encoding="utf-8")
    text = requests.get(f"{watched.address}/metrics", timeout=60).text
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert len(names) > 20
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_what_only_grows_survives_a_restart_and_the_loss_of_old_runs(watched: Porch) -> None:
    watched.hub.left.put("Product", {"Number": "P-1", "Name": "Pump"})
    watched.hub.sync()
    before = scraped(watched)
    with watched.hub.store.transaction() as tx:
        tx.execute(delete(t.run))
    again = figures(watched.hub.store, watched.hub.clock, {}, Meters(), dict)
    families = {family.name: family for family in text_string_to_metric_families(again.text().decode())}
    for name in ("ltc_records", "ltc_runs", "ltc_calls"):
        told = {tuple(sorted(one.labels.items())): one.value for one in families[name].samples}
        assert told == before[f"{name}_total"]


@once
def test_webhooks_count_what_they_led_to_once(watched: Porch) -> None:
    before = scraped(watched)["ltc_records_total"]
    ext_id = watched.hub.left.put("Customer", {"Name": "Alpha", "Status": "active"})
    watched.post(*signed("e1", "Customer", ext_id))
    watched.hooks.drain()
    told = scraped(watched)["ltc_records_total"]
    assert of(told, outcome="created", system="right") - of(before, outcome="created", system="right") == 1
    assert of(told, outcome="writes") - of(before, outcome="writes") == 1


def test_a_store_that_is_away_is_told_and_hides_nothing_else() -> None:
    meters = Meters()
    meters.webhook("left", "accepted")

    def ask() -> None:
        raise Later("away", code="store.away")

    text = Figures(ask, meters, dict).text().decode()  # type: ignore[arg-type]
    assert "\nltc_store_up 0.0\n" in text
    assert 'ltc_webhooks_total{outcome="accepted",system="left"} 1.0' in text
    assert "ltc_records" not in text


def test_who_asks_often_costs_the_store_one_look() -> None:
    asked: list[float] = []
    now = [100.0]

    def ask() -> None:
        asked.append(now[0])
        raise Later("away", code="store.away")

    told = Figures(ask, Meters(), dict, monotonic=lambda: now[0])  # type: ignore[arg-type]
    for moment in (100.0, 105.0, 109.9, 110.0, 111.0):
        now[0] = moment
        told.text()
    assert asked == [100.0, 110.0]


@once
def test_only_this_machine_reads_figures_and_nobody_through_a_proxy(watched: Porch) -> None:
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        answer = requests.get(f"{watched.address}/metrics", headers={name: "for=127.0.0.1"}, timeout=60)
        assert answer.status_code == 403, name
        assert "ltc_" not in answer.text


@once
def test_with_a_token_only_who_shows_it_is_answered(watched: Porch) -> None:
    told = figures(watched.hub.store, watched.hub.clock, {}, Meters(), dict)
    door = Door(watched.hooks, also=[Metrics(told, "s3cret-token").route()])
    serving = Serving(door.app(), "127.0.0.1", 0, door.close)
    serving.start()
    try:
        answers = [
            requests.get(f"{serving.address}/metrics", headers=headers, timeout=60).status_code
            for headers in (
                {}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer s3cret-token"},
                {"Authorization": "Bearer s3cret-token", "X-Forwarded-For": "10.0.0.1"},
            )
        ]  # fmt: skip
    finally:
        serving.stop()
    assert answers == [401, 401, 401, 200, 200]
