"""The log: the one place that says how lines look, where they go and what must never be in them.

Modules log with the standard library's loggers, ours as those of libraries. structlog turns each record into one line: JSON
for machines, readable text for people, with the run, job, system, entity and record that the thread works on.
Secrets are masked in every text. Of an exception that is not ours a line shows the kind and the place, not the words: these may
hold a record's values.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeAlias

import msgspec
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer
from structlog.stdlib import ExtraAdder, ProcessorFormatter

from ltc.app.telemetry.surroundings import NAMES, surroundings
from ltc.core.errors import LtcError
from ltc.core.http.redact import redact_text

if TYPE_CHECKING:
    from types import TracebackType

    from structlog.typing import EventDict, Processor

Form: TypeAlias = Literal["text", "json"]

LONGEST: Final = 8_000
QUIETER: Final = {"apscheduler": logging.WARNING, "urllib3": logging.WARNING, "celery": logging.WARNING, "kombu": logging.WARNING}
"""Libraries that tell of each of their steps: ours say the same with the run that it is about."""

_CONTROL: Final = {number: f"\\x{number:02x}" for number in (*range(32), 127)} | {10: "\\n", 13: "\\r", 9: "\\t"}


@contextmanager
def logging_to(
    stream: TextIO, *, form: Form = "text", level: str = "info", secrets: Sequence[str] = (), whole: bool = False
) -> Iterator[None]:
    """Let all lines of this process go to a stream; ``whole`` shows what foreign exceptions say, for who debugs.

    ``secrets`` may grow while it is in use. At the end, logging is as it was.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(form, secrets, colours=stream.isatty(), whole=whole))
    root = logging.getLogger()
    before = (root.level, root.handlers[:], {name: logging.getLogger(name).level for name in QUIETER}, threading.excepthook)
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, least in QUIETER.items():
        logging.getLogger(name).setLevel(least)
    threading.excepthook = _thread_died
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.level, root.handlers, levels, threading.excepthook = before
        for name, least in levels.items():
            logging.getLogger(name).setLevel(least)
        handler.flush()


def _formatter(form: Form, secrets: Sequence[str], *, colours: bool, whole: bool) -> ProcessorFormatter:
    shown: Processor = JSONRenderer(serializer=_as_json)
    if form == "text":
        shown = ConsoleRenderer(colors=colours, event_key="message", timestamp_key="at", pad_event_to=0, sort_keys=False)
    steps: list[Processor] = [ExtraAdder(), _in_order(whole=whole), _masking(secrets), shown]
    return ProcessorFormatter(processors=steps)


def _as_json(line: EventDict, **_: object) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()


def _in_order(*, whole: bool) -> Processor:
    """Put a line together: when, how grave, what, about what, from where."""

    def put(logger: Any, name: str, event: EventDict) -> EventDict:
        del logger, name
        record: logging.LogRecord = event.pop("_record")
        event.pop("_from_structlog", None)
        fault, stack = event.pop("exc_info", None), event.pop("stack_info", None)
        known = {**surroundings(), **{key: value for key, value in event.items() if key != "event"}}
        line: EventDict = {
            "at": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "message": event["event"],
            **{key: known.pop(key) for key in NAMES if key in known},
            **known,
            "logger": record.name,
        }
        if fault:
            line["exception"] = _told(fault, whole=whole)
        if stack:
            line["stack"] = stack
        return line

    return put


def _told(fault: tuple[type[BaseException], BaseException, TracebackType | None] | Any, *, whole: bool) -> str:
    """Show an exception and what led to it: places and kinds, and what it says only if all is to be shown."""
    error: BaseException | None = fault[1] if isinstance(fault, tuple) else fault
    if whole and error is not None:
        return "".join(traceback.format_exception(error)).rstrip()
    parts: list[str] = []
    while error is not None and len(parts) < 5:
        kind = f"{type(error).__name__}: {error.code}" if isinstance(error, LtcError) else type(error).__name__
        parts.append("".join(traceback.format_tb(error.__traceback__)) + kind)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter\n".join(reversed(parts))


def _masking(secrets: Sequence[str]) -> Processor:
    def mask(logger: Any, name: str, event: EventDict) -> EventDict:
        del logger, name
        known = tuple(secrets)
        return {key: _clean(value, known, one_line=key not in {"exception", "stack"}) for key, value in event.items()}

    return mask


def _clean(value: Any, secrets: tuple[str, ...], *, one_line: bool) -> Any:
    """Mask secrets in a text, and write what would break its line as an escape."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = redact_text(value if isinstance(value, str) else str(value), secrets, LONGEST)
    return text.translate(_CONTROL) if one_line else text


def _thread_died(what: threading.ExceptHookArgs) -> None:
    """Tell of a thread that ended by an error, as a line like any other."""
    fault = (what.exc_type, what.exc_value or what.exc_type(), what.exc_traceback)
    name = what.thread.name if what.thread is not None else "unknown"
    logging.getLogger(__name__).error("The thread %s ended by an error.", name, exc_info=fault)
