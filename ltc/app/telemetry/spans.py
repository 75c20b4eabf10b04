"""Spans for OpenTelemetry, sent by OTLP over HTTP; it needs the extra `traces`.

A span bears what log lines bear: run, job, system, object, entity; no id of a record, nothing that one says, and of a failure the
kind alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, SpanKind, Status, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ltc import __version__
from ltc.app.telemetry.meters import outcome
from ltc.app.telemetry.surroundings import about, surroundings
from ltc.app.telemetry.tracing import Tracing
from ltc.core.errors import LtcError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import SpanContext

    from ltc.core.contract import Call

TOLD: Final = ("run", "job", "system", "object", "entity")
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class Spans(Tracing):
    """Opens spans; threads may share it."""

    def __init__(self, processor: SpanProcessor, hub: str, share: float = 1.0) -> None:
        """Take what sends the spans, the hub's name, and how many of all traces are kept."""
        resource = Resource.create({"service.name": "ltc-hub", "service.version": __version__, "service.instance.id": hub})
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)), resource=resource, shutdown_on_exit=False
        )  # fmt: skip
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("ltc", __version__)

    @contextmanager
    def span(self, name: str, *, carried: Sequence[str] = (), **known: object) -> Iterator[None]:
        """Open a span: a child of the one thing that it follows from; with links to them, if there are several."""
        follows = [one for one in map(_read, dict.fromkeys(carried)) if one.is_valid]
        parent, links = _place(follows)
        with about(**known):
            attributes = _attributes()
            began = self._tracer.start_as_current_span(
                name, context=parent, links=links, attributes=attributes, record_exception=False, set_status_on_exception=False
            )
            with began as span, about(trace=f"{span.get_span_context().trace_id:032x}"):
                try:
                    yield
                except BaseException as fault:
                    said = fault.code if isinstance(fault, LtcError) else type(fault).__name__
                    span.set_status(Status(StatusCode.ERROR, said))
                    raise

    def watching(self, system: str, journal: Callable[[Call], None]) -> Callable[[Call], None]:
        """Make a span of each call after it has ended: the journal is told of it in the thread that made it."""

        def record(call: Call) -> None:
            began = int(call.at.timestamp() * 1e9)
            attributes = {**_attributes(), "system": system, "http.request.method": call.method, "outcome": outcome(call.status)}
            span = self._tracer.start_span("call", kind=SpanKind.CLIENT, attributes=attributes, start_time=began)
            if outcome(call.status) in {"4xx", "5xx", "no_answer"}:
                span.set_status(Status(StatusCode.ERROR, outcome(call.status)))
            span.end(began + int(call.milliseconds * 1e6))
            journal(call)

        return record

    def present(self) -> str:
        """Write the present span as the W3C's `traceparent`."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get("traceparent", "")

    def trace_id(self) -> str:
        """Name the present trace."""
        found = get_current_span().get_span_context()
        return f"{found.trace_id:032x}" if found.is_valid else ""

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def sending(endpoint: str, hub: str, share: float) -> Spans:
    """Make spans that are sent to a collector; credentials for it come from OTEL_EXPORTER_OTLP_HEADERS."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - slow to import

    return Spans(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)), hub, share)


def _attributes() -> dict[str, str | int]:
    known = surroundings()
    return {name: value for name in TOLD if isinstance(value := known.get(name), str | int)}


def _read(carried: str) -> SpanContext:
    """Read a `traceparent`; what is none gives an invalid one."""
    return get_current_span(_PROPAGATOR.extract({"traceparent": carried}, Context())).get_span_context()


def _place(follows: Sequence[SpanContext]) -> tuple[Context | None, list[Link]]:
    """Say what a span hangs on, and what it is linked to."""
    if len(follows) != 1:
        return None, [Link(one) for one in follows]
    present = get_current_span().get_span_context()
    return set_span_in_context(NonRecordingSpan(follows[0])), [Link(present)] if present.is_valid else []
