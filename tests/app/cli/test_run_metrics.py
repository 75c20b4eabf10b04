"""`ltc run` tells figures if hub.yaml says so, also where nobody posts webhooks, and needs a token that is not written down."""

from __future__ import annotations

import logging
import re

import pytest
import requests

from ltc.app.cli.listening import listening
from ltc.app.config import open_hub
from ltc.app.engine.api import Engine
from scheduler import Elsewhere


def test_figures_are_told_where_nobody_posts_webhooks(connected, monkeypatch, caplog):
    monkeypatch.setenv("TOKEN", "s3cret-token")
    connected.write("config/hub.yaml", "id: acme\nweb: {metrics: true, metrics_token: '${env:TOKEN}'}\n")
    engine = Engine(open_hub(connected.dir).require_sound())
    engine.sync()
    with caplog.at_level(logging.INFO), listening(engine, Elsewhere(), None, 0):
        (address,) = re.findall(r"Figures are told at (\S+)\.", caplog.text)
        assert requests.get(address, timeout=60).status_code == 401
        told = requests.get(address, headers={"Authorization": "Bearer s3cret-token"}, timeout=60).text
    engine.close()
    assert 'ltc_call_duration_seconds_count{outcome="2xx",system="salesforce"}' in told
    assert 'ltc_runs_total{object="Account",status="done",system="salesforce"}' in told
    assert 'ltc_job_paused{job="changes"} 0.0' in told


def test_nothing_is_told_unless_it_was_asked_for(connected, caplog):
    engine = Engine(open_hub(connected.dir).require_sound())
    with caplog.at_level(logging.INFO), listening(engine, Elsewhere(), None, 0):
        assert "Figures" not in caplog.text
    engine.close()


def test_where_nobody_posts_webhooks_a_named_port_still_tells_whether_the_hub_is_well(connected, caplog):
    engine = Engine(open_hub(connected.dir).require_sound())
    assert engine.listening() == []
    with caplog.at_level(logging.INFO), listening(engine, Elsewhere(), None, 0):
        (address,) = re.findall(r"is told at (\S+)\.", caplog.text)
        answer = requests.get(address, timeout=60)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
    caplog.clear()
    with caplog.at_level(logging.INFO), listening(engine, Elsewhere(), None, None):
        assert "/health" not in caplog.text
    engine.close()


@pytest.mark.parametrize("said", ["hunter2hunter2", "${nowhere:X}"])
def test_a_token_that_is_written_down_is_refused(hub, said):
    hub.write("config/hub.yaml", f"id: acme\nweb:\n  metrics_token: '{said}'\n")
    answer = hub.ltc("check", "--json")
    (fault,) = [one for one in answer.json["faults"] if one["code"] == "secret.literal"]
    assert (answer.code, fault["path"], fault["line"]) == (2, "web.metrics_token", 3)
