"""What Celery is told: the settings without which a kill lost work when it was tried."""

from __future__ import annotations

import pytest
from amqp.exceptions import AccessRefused, NotAllowed
from redis.exceptions import AuthenticationError

from ltc.core.errors import Later, Unauthorised
from scheduler.broker import QUEUE, TASK, make_app, reach


@pytest.mark.parametrize(
    ("url", "broker", "options"),
    [
        ("amqp://mq", "amqp://mq", {"confirm_publish": True}),
        ("redis://cache/1", "redis://cache/1", {"visibility_timeout": 600, "unacked_restore_throttle": 1}),
        ("valkey://cache/1", "redis://cache/1", {"visibility_timeout": 600, "unacked_restore_interval": 10}),
        ("valkeys://cache", "rediss://cache", {"visibility_timeout": 600}),
    ],
)
def test_each_broker_has_its_settings(url, broker, options):
    app = make_app(url)
    assert app.conf.broker_url == broker
    assert options.items() <= app.conf.broker_transport_options.items()
    kind = app.amqp.queues[QUEUE].queue_arguments or {}
    assert kind.get("x-queue-type") == ("quorum" if url.startswith("amqp") else None)
    app.close()


def test_a_message_is_acknowledged_when_its_work_is_done():
    done = []

    def work(run_id: int) -> None:
        done.append(run_id)

    app = make_app("redis://cache", work)
    task = app.tasks[TASK]
    assert (task.acks_late, task.reject_on_worker_lost, task.ignore_result) == (True, True, True)
    assert (app.conf.worker_prefetch_multiplier, app.conf.worker_pool) == (1, "threads")
    assert app.conf.worker_soft_shutdown_timeout > 0
    task.run(7)
    assert done == [7]
    app.close()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (AccessRefused("ACCESS_REFUSED"), Unauthorised),
        (NotAllowed("vhost nowhere not found"), Unauthorised),
        (AuthenticationError("invalid username-password pair"), Unauthorised),
        (ConnectionRefusedError("Connection refused"), Later),
    ],
    ids=["RabbitMQ, password", "RabbitMQ, virtual host", "Valkey, password", "away"],
)
def test_who_is_refused_is_told_from_who_finds_nobody(monkeypatch, fault, kind):
    app = make_app("redis://cache" if isinstance(fault, AuthenticationError) else "amqp://mq")

    def refuse(*_: object, **__: object) -> None:
        raise fault

    with app.connection_for_write() as connection:
        monkeypatch.setattr(type(connection), "_connection_factory", refuse)
        with pytest.raises(kind):
            reach(app)
    app.close()
