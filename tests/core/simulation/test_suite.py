"""The contract suite passes a good connector and catches each bad one."""

# ruff: noqa: ARG002, RUF012 - the contract names the arguments; examples show no more than is needed
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ltc.core.contract import Call, Finding, Health, Hint, Journal, Outcome, Page, RawRecord, Settled, WriteItem, WriteResult
from ltc.core.errors import Later, Misconfigured
from ltc.core.simulation import Delivery
from ltc.core.simulation.suite import ConnectorContract, Sample
from tests.core.simulation.depot import DepotConnector, DepotSimulator

ROOT = Path(__file__).parents[3]


# -- start test --
def parcel(_depot: DepotSimulator, number: int) -> dict[str, Any]:
    return {"contents": f"Pump {number}", "weight": number}


class TestContract(ConnectorContract):
    connector = DepotConnector
    simulator = DepotSimulator
    samples = {"parcel": Sample(create=parcel, amend={"weight": 9}, refused={"contents": ""})}
    hook_secrets = ("hook_secret",)


# -- end test --


class Repeats(DepotConnector):
    """Turns pages by an offset that lies one record back."""

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        page = super().read(obj, cursor, fields, limit)
        after = int(json.loads(page.cursor)["after"] or 0)
        return replace(page, cursor=json.dumps({"after": f"{after - 1:09d}"})) if page.more else page


class IgnoresTheLimit(DepotConnector):
    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        return super().read(obj, cursor, fields)


class Forgets(DepotConnector):
    """Loses the last record of each page."""

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        page = super().read(obj, cursor, fields, limit)
        return replace(page, bodies=page.bodies[:-1])


class NeverRests(DepotConnector):
    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        page = super().read(obj, cursor, fields, limit)
        return page if page.more else replace(page, cursor="")


class OtherBytes(DepotConnector):
    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        return [replace(one, body=one.body + b" ") for one in super().fetch(obj, ids, fields)]


class LeavesOut(DepotConnector):
    def fetch(self, obj: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[RawRecord]:
        return [one for one in super().fetch(obj, ids, fields) if one.body != b"{}"]


class Floats(DepotConnector):
    def decode(self, obj: str, body: bytes) -> dict[str, Any]:
        raw = super().decode(obj, body)
        return {**raw, "weight": float(raw["weight"])}


class TakesHalf(DepotConnector):
    """Takes a system that is busy for one that has nothing more."""

    def read(self, obj: str, cursor: str, fields: Sequence[str], limit: int = 0) -> Page:
        try:
            rows = self.http.request("GET", "/parcels", params={"after": "", "limit": "1"}, idempotent=True, attempts=1)
        except Later:
            return Page([], cursor, more=False)
        del rows
        return super().read(obj, cursor, fields, limit)


class SendsAgain(DepotConnector):
    """Repeats a create whose answer was lost."""

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        results = super().write(obj, items, journal)
        return super().write(obj, items, journal) if any(one.outcome is Outcome.UNKNOWN for one in results) else results


class SaysItHappened(DepotConnector):
    """Takes a lost answer for a success."""

    def settle(self, obj: str, items: Sequence[WriteItem]) -> Sequence[Settled]:
        return [Settled(item.key, Finding.DONE, "P00001") for item in items]


class SendsEverything(DepotConnector):
    """Writes more of an amendment than it says."""

    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        return super().write(obj, [replace(item, fields={"contents": "?", **item.fields}) for item in items], journal)


class StopsAtTheFirst(DepotConnector):
    def write(self, obj: str, items: Sequence[WriteItem], journal: Journal) -> Sequence[WriteResult]:
        results = super().write(obj, items, journal)
        return [results[0] if results[1:] and results[1].error else one for one in results]


class TellsSecrets(DepotConnector):
    def check(self) -> Health:
        self.kit.record_call(Call(self.kit.clock.now(), "GET", "/parcels", "200", 1, request=self.kit.secrets[0]))
        return super().check()


class AcceptsAnybody(DepotConnector):
    def check(self) -> Health:
        return Health(ok=True, latency_ms=0, message="fine")


class CallsItWrong(DepotConnector):
    def check(self) -> Health:
        try:
            return super().check()
        except Later as error:
            raise Misconfigured from error


class ClosesOnce(DepotConnector):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise Misconfigured
        self.closed = True
        super().close()


class HearsAnybody(DepotConnector):
    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        event = json.loads(body)
        return [Hint(event["event"], "parcel", event["parcel"])]


class SignsWhatItMakesOfIt(DepotConnector):
    """Checks the signature of a body that was decoded and written anew."""

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        return super().hear(headers, json.dumps(json.loads(body)).encode())


class NumbersEventsItself(DepotConnector):
    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        return [replace(hint, event=f"{id(hint)}") for hint in super().hear(headers, body)]


class KnowsOneEvent(DepotConnector):
    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        return [replace(hint, event="event") for hint in super().hear(headers, body)]


class NamesTheEvent(DepotConnector):
    """Takes the event's id for the record's."""

    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        return [replace(hint, id=hint.event) for hint in super().hear(headers, body)]


class HearsWithoutASecret(DepotConnector):
    def hear(self, headers: Mapping[str, str], body: bytes) -> Sequence[Hint]:
        return super().hear(headers, body) if self.hook_secret else []


class SilentDepot(DepotSimulator):
    def deliveries(self, since: int = 0) -> Sequence[Delivery]:
        return ()


class RemembersTooLittle(DepotConnector):
    """Begins a back-fill after what had changed first."""

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        return json.dumps({"after": f"{2:09d}"})


class RemembersNoTime(DepotConnector):
    """Begins each back-fill at the beginning."""

    def cursor_at(self, obj: str, since: datetime, until: datetime | None = None) -> str:
        return json.dumps({"after": ""})


BAD: list[tuple[type[DepotConnector], Callable[[ConnectorContract], Any]]] = [
    (Repeats, lambda suite: suite.test_pages_neither_lose_nor_repeat("parcel")),
    (IgnoresTheLimit, lambda suite: suite.test_pages_neither_lose_nor_repeat("parcel")),
    (Forgets, lambda suite: suite.test_pages_neither_lose_nor_repeat("parcel")),
    (NeverRests, lambda suite: suite.test_nothing_new_is_nothing_to_read("parcel")),
    (RemembersTooLittle, lambda suite: suite.test_what_changed_since_a_moment_is_read_again("parcel")),
    (RemembersNoTime, lambda suite: suite.test_what_changed_since_a_moment_is_read_again("parcel")),
    (OtherBytes, lambda suite: suite.test_a_read_by_id_gives_the_same_bytes("parcel")),
    (LeavesOut, lambda suite: suite.test_a_read_by_id_gives_the_same_bytes("parcel")),
    (Floats, lambda suite: suite.test_a_decoded_record_has_no_floats("parcel")),
    (TakesHalf, lambda suite: suite.test_a_disturbed_read_is_whole_or_later("parcel")),
    (SendsAgain, lambda suite: suite.test_a_disturbed_create_makes_one_record("parcel")),
    (SaysItHappened, lambda suite: suite.test_a_disturbed_create_makes_one_record("parcel")),
    (SaysItHappened, lambda suite: suite.test_a_create_is_found_again("parcel")),
    (SendsEverything, lambda suite: suite.test_an_amendment_changes_what_it_says("parcel")),
    (StopsAtTheFirst, lambda suite: suite.test_one_refused_record_stops_no_other("parcel")),
    (HearsAnybody, lambda suite: suite.test_a_forged_webhook_is_refused()),
    (SignsWhatItMakesOfIt, lambda suite: suite.test_a_forged_webhook_is_refused()),
    (HearsWithoutASecret, lambda suite: suite.test_a_forged_webhook_is_refused()),
    (NumbersEventsItself, lambda suite: suite.test_a_signed_webhook_is_heard()),
    (KnowsOneEvent, lambda suite: suite.test_a_signed_webhook_is_heard()),
    (NamesTheEvent, lambda suite: suite.test_a_signed_webhook_is_heard()),
    (TellsSecrets, lambda suite: suite.test_the_journal_of_calls_tells_no_secret()),
    (AcceptsAnybody, lambda suite: suite.test_wrong_credentials_are_refused()),
    (CallsItWrong, lambda suite: suite.test_a_system_that_is_not_there_is_unreachable()),
]


@pytest.mark.parametrize(("bad", "test"), BAD, ids=lambda value: getattr(value, "__name__", "").strip("<>"))
def test_a_bad_connector_is_caught(bad: type[DepotConnector], test: Callable[[ConnectorContract], Any]) -> None:
    suite = type("Suite", (TestContract,), {"connector": bad})()
    with pytest.raises(AssertionError):
        test(suite)


def test_closing_must_be_idempotent() -> None:
    suite = type("Suite", (TestContract,), {"connector": ClosesOnce})()
    with pytest.raises(Misconfigured):
        suite.test_closing_twice_does_no_harm()


def test_an_object_is_not_forgotten() -> None:
    suite = type("Suite", (TestContract,), {"samples": {}})()
    with pytest.raises(AssertionError, match="Not tried: parcel"):
        suite.test_every_object_is_tried()


def test_an_ear_needs_something_to_hear() -> None:
    suite = type("Suite", (TestContract,), {"simulator": SilentDepot})()
    with pytest.raises(AssertionError, match="its simulator's `deliveries` gives signed webhooks"):
        suite.test_a_signed_webhook_is_heard()
    suite = type("Suite", (TestContract,), {"hook_secrets": ()})()
    with pytest.raises(AssertionError, match="`hook_secrets` names the settings"):
        suite.test_a_forged_webhook_is_refused()


def test_the_suite_needs_no_pytest() -> None:
    code = "import sys; sys.modules['pytest'] = None; import ltc.core.simulation.suite"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_page_shows_this_example() -> None:
    page = (ROOT / "docs" / "reference" / "connectors.md").read_text(encoding="utf-8")
    for file, name in (("depot.py", "connector"), ("test_suite.py", "test")):
        text = Path(__file__).with_name(file).read_text(encoding="utf-8")
        example = text.partition(f"# -- start {name} --\n")[2].partition(f"# -- end {name} --")[0].strip()
        assert example
        assert example in page
    missing = [name for name in vars(ConnectorContract) if name.startswith("test_") and f"`{name}`" not in page]
    assert missing == []
