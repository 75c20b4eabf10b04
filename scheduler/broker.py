"""Celery as executor: RabbitMQ, Redis or Valkey bring run ids to workers on other machines.

A message is one run id and nothing more. One that is lost is sent again by the sweep, one that comes twice finds that the run is
taken: so a broker may lose all it has. The settings are those with which no kill of a worker lost work when it was tried.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from celery import Celery
from celery.exceptions import OperationalError
from celery.platforms import EX_OK
from celery.worker import state

from ltc.core.errors import Later, Misconfigured, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Callable

TASK: Final = "ltc.run_slice"
QUEUE: Final = "ltc.runs"
SOFT_SECONDS: Final = 30
"""So long a worker that is told to stop waits for its slices to come to a page's end."""

REACH_SECONDS: Final = 5.0
"""So long `reach` waits for a broker."""

REFUSALS: Final = frozenset({"AccessRefused", "AuthenticationError", "NotAllowed"})
"""What the brokers' libraries raise if credentials or the virtual host are wrong: by name, since only one may be installed."""

SETTINGS: Final[dict[str, Any]] = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "worker_prefetch_multiplier": 1,
    "worker_pool": "threads",
    "worker_soft_shutdown_timeout": SOFT_SECONDS,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 5,
    "broker_heartbeat": 10,
    "task_default_queue": QUEUE,
}
OF_RABBITMQ: Final[dict[str, Any]] = {"confirm_publish": True}
OF_REDIS: Final[dict[str, Any]] = {
    "visibility_timeout": 600,
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}


def make_app(url: str, work: Callable[[int], None] | None = None) -> Celery:
    """Make Celery's side of a process; one that works says what is done for a run id."""
    scheme = url.partition(":")[0]
    app = Celery("ltc", broker=url.replace("valkey", "redis", 1) if scheme.startswith("valkey") else url, set_as_current=False)
    app.conf.update(SETTINGS)
    rabbit = scheme.startswith("amqp")
    queue = {"exchange": QUEUE, "routing_key": QUEUE, "queue_arguments": {"x-queue-type": "quorum"} if rabbit else {}}
    app.conf.update(broker_transport_options=OF_RABBITMQ if rabbit else OF_REDIS, task_queues={QUEUE: queue})
    if work is not None:
        app.task(name=TASK)(work)
    return app


def reach(app: Celery) -> str:
    """Connect to the broker once and say where it is; raise Misconfigured, Unauthorised or Later if that does not work."""
    try:
        connection = app.connection_for_write()
    except ValueError:  # what it says would show a part of the password
        message, remedy = "`broker.url` refers to no valid URL.", "Write special characters of its password as %2F and the like."
        raise Misconfigured(message, remedy=remedy, code="broker.url") from None
    known = (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)
    if connection.transport_cls == "redis":  # RabbitMQ's library has an end to its patience of its own
        connection.transport_options = {**connection.transport_options, "socket_timeout": REACH_SECONDS}
    with connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=REACH_SECONDS)
        except known as fault:
            raise _told(connection.host, fault) from fault
        return str(connection.host)


def _told(host: str, fault: Exception) -> Unauthorised | Later:
    """Say why a broker was not reached; what its library raised may be the cause of what is known here."""
    if {type(fault).__name__, type(fault.__cause__).__name__} & REFUSALS:
        remedy = "Correct the user, the password or the virtual host in what `broker.url` refers to."
        return Unauthorised(f"The broker at {host} does not let us in.", remedy=remedy, code="broker.unauthorised")
    remedy = "Start it, or correct the address that `broker.url` refers to; until then runs wait in the database."
    return Later(f"The broker at {host} cannot be reached: {str(fault).rstrip('.')}.", remedy=remedy, code="broker.unreachable")


class CeleryExecutor:
    """Sends run ids to the broker; `ltc worker` processes do the work."""

    def __init__(self, app: Celery) -> None:
        """Take Celery's side."""
        self._app = app

    def start(self) -> None:
        """Connect when the first run is sent."""

    def submit(self, run_id: int, *, priority: int = 0) -> None:
        """Send a run id; raise if the broker is away, since the sweep sends it again."""
        del priority  # a worker that gets a message takes what is most urgent in the store
        self._app.send_task(TASK, (run_id,), queue=QUEUE, retry=False)

    def drain(self, timeout: float | None = None) -> bool:
        """Give the connections back."""
        del timeout
        self._app.close()
        return True


def serve(app: Celery, workers: int, stop: threading.Event, stopping: Callable[[], None]) -> int:
    """Take messages until the event is set, let what runs come to its end, and give the exit code; ``stopping`` is called first.

    It is Celery's worker without what its own program adds: signals and a banner are the command's matter.
    """
    alone = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}  # workers share the store, nothing else
    worker = app.WorkController(concurrency=workers, pool="threads", **alone)

    def tell() -> None:
        stop.wait()
        stopping()
        state.should_stop = EX_OK

    threading.Thread(target=tell, name="ltc-stop", daemon=True).start()
    try:
        worker.start()
    finally:
        state.should_stop = None
    return int(worker.exitcode or 0)
