"""The door of a process that stays: webhooks and what follows from them, and figures."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Route

    from ltc.app.cli.engine import Engine
    from scheduler import Executor

_LOG = logging.getLogger(__name__)


@contextmanager
def listening(engine: Engine, executor: Executor, host: str | None, port: int | None) -> Iterator[None]:
    """Take webhooks and do what follows from them, if any system posts some; tell figures, if they are wanted.

    The executor is told of runs that webhooks start. Whoever names an address or a port has the door open anyway: something may
    ask there whether the hub is well.
    """
    posting, web = engine.listening(), engine.config.settings.web
    if not posting and not web.metrics and host is None and port is None:
        yield
        return
    try:
        from ltc.app.web.door import Door
        from ltc.app.web.serving import Serving
    except ModuleNotFoundError as error:
        from ltc.core.errors import Misconfigured

        others = "`web.metrics` is set" if web.metrics else "an address or a port is named"
        wanted = f"{', '.join(posting)} may post webhooks" if posting else others
        message = f"{wanted}, and the hub has no web server for it: {error}."
        remedy = "Install it: pip install 'ltc-hub[console]'. Or poll only: ltc run --no-hooks."
        raise Misconfigured(message, remedy=remedy, code="web.not_installed") from error
    hooks = engine.hooks(lambda one: executor.submit(one.run_id, priority=one.priority))
    also = _metrics(engine) if web.metrics else ()
    door = Door(hooks, web.largest, meters=engine.meters, also=also, tracing=engine.tracing)
    server = Serving(door.app(), host or web.host, web.port if port is None else port, door.close)
    if posting:
        hooks.start()
    server.start()
    try:
        for name in posting:
            _LOG.info("Webhooks of %s are taken at %s/hooks/%s.", name, server.address, name, extra={"system": name})
        if web.metrics:
            _LOG.info("Figures are told at %s/metrics.", server.address)
        _LOG.info("Whether the hub is well is told at %s/health.", server.address)
        yield
    finally:
        server.stop()
        hooks.stop()


def _metrics(engine: Engine) -> list[Route]:
    """Give the route by which Prometheus asks."""
    try:
        from ltc.app.web.metrics import Metrics
    except ModuleNotFoundError as error:
        from ltc.core.errors import Misconfigured

        message = f"`web.metrics` is set, and what writes figures is not installed: {error}."
        raise Misconfigured(message, remedy="Install it: pip install 'ltc-hub[metrics]'.", code="web.not_installed") from error
    return [Metrics(engine.figures(), engine.config.metrics_token().get_secret_value()).route()]
