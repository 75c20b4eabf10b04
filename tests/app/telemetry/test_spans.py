"""Traces: one tree of a run with its pages, plans, writes and calls; from a webhook to what it had written elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select

from ltc.app.engine.hooks import Hooks
from ltc.app.telemetry.logs import logging_to
from ltc.app.telemetry.spans import Spans, sending
from ltc.app.telemetry.tracing import SILENT
from ltc.app.web.door import Door
from ltc.app.web.serving import Serving
from ltc.core.contract import Call
from ltc.core.errors import Rejected
from ltc.core.store import tables as t
from ltc.core.store.queries.log import entries
from tests.app.engine.conftest import hub as hub  # noqa: PLC0414 - the engine's small hub is traced here
from tests.app.engine.conftest import policy as policy  # noqa: PLC0414
from tests.app.engine.fakes import signed
from tests.app.engine.hubs import SmallHub
from tests.app.web.doors import Porch

NAME = "Ada Lovelace"
once = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


class Traced:
    """A hub whose spans stay in memory."""

    def __init__(self, hub: SmallHub) -> None:
        self.hub, self.sent = hub, InMemorySpanExporter()
        self.tracing = Spans(SimpleSpanProcessor(self.sent), "acme")
        bare = hub.context

        def context() -> Any:
            made = bare()
            made.tracing = self.tracing
            for name, kit in made.kits.items():
                kit.record_call = self.tracing.watching(name, kit.record_call)
            return made

        hub.context = context  # type: ignore[method-assign]

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.sent.get_finished_spans() if span.name == name]


@pytest.fixture
def watched(hub: SmallHub) -> Iterator[Traced]:
    hub.listens = True
    hub.go_live()
    made = Traced(hub)
    yield made
    made.tracing.close()


def about(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def test_a_run_is_one_tree_that_log_lines_and_the_sync_log_name(watched: Traced) -> None:
    hub, stream = watched.hub, io.StringIO()
    hub.left.put("Product", {"Number": "P-1", "Name": NAME})
    with logging_to(stream, form="json"), watched.tracing.span("run", job="changes", run=7):
        hub.sync()
    (run,) = watched.spans("run")
    assert {trace_of(span) for span in watched.sent.get_finished_spans()} == {trace_of(run)}
    pulled = {(about(span)["system"], about(span)["object"]) for span in watched.spans("pull")}
    assert pulled == {(system, name) for system in ("left", "right") for name in ("Customer", "Product", "Order")}
    assert {about(span)["system"] for span in watched.spans("write")} == {"right"}, "where nothing is due is no turn"
    parents = {span.context.span_id: span.name for span in watched.sent.get_finished_spans() if span.context}
    assert {parents[span.parent.span_id] for span in watched.spans("plan") if span.parent} == {"pull"}
    assert all(about(span)["job"] == "changes" for span in watched.spans("page"))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line["trace"] for line in lines if line["logger"] == "ltc.work"} == {trace_of(run)}
    with hub.store.reading() as tx:
        assert {entry["trace"] for entry in entries(tx, action="created")} == {trace_of(run)}
    told = json.dumps([[span.name, about(span), str(span.status.description)] for span in watched.sent.get_finished_spans()])
    assert NAME not in told


def test_a_webhooks_trace_leads_to_what_was_written_in_the_other_system(watched: Traced) -> None:
    hub = watched.hub
    hooks = Hooks(hub.context())
    door = Door(hooks, tracing=watched.tracing)
    serving = Serving(door.app(), "127.0.0.1", 0, door.close)
    serving.start()
    try:
        ext_id = hub.left.put("Customer", {"Name": NAME, "Status": "active"})
        assert Porch(hub, hooks, serving.address, door).post(*signed("e1", "Customer", ext_id)).status_code == 200
        hooks.drain()
    finally:
        serving.stop()
    (webhook,) = watched.spans("webhook")
    assert about(webhook) == {"system": "left"}
    assert trace_of(watched.spans("hints")[0]) == trace_of(webhook)
    with hub.store.reading() as tx:
        (entry,) = entries(tx, action="created", system="right")
        assert tx.scalar(select(t.hook.c.carried)).split("-")[1] == trace_of(webhook)
    assert entry["trace"] == trace_of(webhook)


@once
def test_what_follows_from_several_is_linked_to_each(watched: Traced) -> None:
    carried = []
    for _ in range(2):
        with watched.tracing.span("webhook"):
            carried.append(watched.tracing.present())
    with watched.tracing.span("hints", carried=[*carried, "nonsense", ""]):
        pass
    (hints,) = watched.spans("hints")
    assert [f"{link.context.trace_id:032x}" for link in hints.links] == [one.split("-")[1] for one in carried]
    assert trace_of(hints) not in {one.split("-")[1] for one in carried}


@once
def test_of_a_failure_and_a_call_only_the_kind_is_told(watched: Traced) -> None:
    with pytest.raises(Rejected), watched.tracing.span("write", system="left"):
        raise Rejected(f"{NAME} is blocked")
    kept: list[Call] = []
    call = Call(watched.hub.clock.now(), "GET", f"/find?name={NAME}", "503", 250.0, NAME, NAME)
    with watched.tracing.span("page", object="Customer"):
        watched.tracing.watching("left", kept.append)(call)
    (write,), (said,) = watched.spans("write"), watched.spans("call")
    assert write.status.description == "record.rejected"
    assert about(said) == {"system": "left", "object": "Customer", "http.request.method": "GET", "outcome": "5xx"}
    assert (said.end_time or 0) - (said.start_time or 0) == 250_000_000
    assert kept == [call]
    assert NAME not in "".join(span.to_json() for span in watched.sent.get_finished_spans())


def test_a_hub_that_is_not_traced_loads_and_does_nothing() -> None:
    assert SILENT.span("a") is SILENT.span("b"), "not even an object is made"
    assert SILENT.watching("left", print) is print
    assert (SILENT.present(), SILENT.trace_id()) == ("", "")
    program = "import sys, ltc.app.engine.api, ltc.app.web.door; print([name for name in sys.modules if 'opentelemetry' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_spans_reach_a_collector() -> None:
    came: list[tuple[str, str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            came.append(
                (self.path, self.headers["content-type"], gzip.decompress(body) if self.headers["content-encoding"] else body)
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep silent."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        tracing = sending(f"http://127.0.0.1:{server.server_port}/v1/traces", "acme.test", 1.0)
        with tracing.span("run", job="changes"):
            pass
        tracing.close()
        server.shutdown()
        thread.join()
    ((path, kind, body),) = came
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    assert all(word in body for word in (b"ltc-hub", b"acme.test", b"run", b"changes"))
