"""The log of a command that runs for long: its option, and the pipe that all lines of the process go through."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltc.app.cli.frame import Frame
    from ltc.app.config import HubConfig


def log_option() -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Give the option `--log-format`."""
    return click.option(
        "--log-format", type=click.Choice(["text", "json"]), help="How lines look; left out: `logs.format` of hub.yaml."
    )  # fmt: skip


@contextmanager
def logged(frame: Frame, config: HubConfig, form: str | None) -> Iterator[None]:
    """Let everything that this process logs go to stderr, as hub.yaml and the option say."""
    from ltc.app.telemetry.logs import Form, logging_to

    settings = config.settings.logs
    chosen: Form = "json" if (form or settings.format) == "json" else "text"
    with logging_to(sys.stderr, form=chosen, level=settings.level, secrets=frame.secrets, whole=frame.debug):
        yield
