"""A connector on trial: connected with its simulator over loopback, by a line that can be cut at any call."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from ltc.core.contract import Call, Finding, Kit, Outcome, SettleRule, Verb, WriteItem, begun_anew, is_spent, next_key
from ltc.core.contract.keys import KEY
from ltc.core.errors import Later, LtcError, Unauthorised, Unknown
from ltc.core.simulation.clock import VirtualClock
from ltc.core.simulation.server import serve

if TYPE_CHECKING:
    from ltc.core.contract import Connector, ObjectSpec, Raw, WriteResult
    from ltc.core.simulation.faults import Kind
    from ltc.core.simulation.messages import Answer, Request, Response
    from ltc.core.simulation.simulator import Simulator

START: Final = datetime(2026, 3, 2, 6, tzinfo=UTC)
ATTEMPTS: Final = 8
SETTLED_BY_WRITING: Final = frozenset({SettleRule.RESEND, SettleRule.READ})
HAPPENED: Final = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})


def insist(condition: object, message: str) -> None:
    """Fail with a sentence that tells an integrator what a connector must do."""
    if not condition:
        raise AssertionError(message)


class Line:
    """The line to a simulator: it disturbs one call of many."""

    def __init__(self, simulator: Simulator) -> None:
        """Lead to a simulator."""
        self.name = simulator.name
        self.simulator = simulator
        self.hit = False
        self._calls = 0
        self._disturbance: tuple[int, Kind] | None = None

    @contextmanager
    def disturbed(self, call: int, kind: Kind) -> Iterator[None]:
        """Disturb one of the calls that follow, counted from 1; ``hit`` says afterwards whether there were as many."""
        self._calls, self.hit, self._disturbance = 0, False, (call, kind)
        yield
        self._disturbance = None

    def handle(self, request: Request) -> Answer:
        """Pass a request on."""
        self._calls += 1
        number, kind = self._disturbance or (0, None)
        if kind is None or number != self._calls:
            return self.simulator.handle(request)
        self.hit = True
        return self.simulator.disturbed(kind, lambda: cast("Response", self.simulator.handle(request)))


@dataclass
class Trial:
    """One connector, its simulator and what went between them."""

    simulator: Simulator
    line: Line
    address: str
    connector_class: type[Connector]
    extra: Mapping[str, Any]
    calls: list[Call] = field(default_factory=list)
    opened: list[Connector] = field(default_factory=list)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def clock(self) -> VirtualClock:
        """Give the time that everything here lives in."""
        return cast("VirtualClock", self.simulator.clock)

    def settings(self, **others: Any) -> BaseModel:
        """Make the settings with which the simulator lets the connector in, save for ``others``."""
        model = self.connector_class.Settings
        given = {name: value for name, value in self.simulator.credentials().items() if name in model.model_fields}
        return model.model_validate({"base_url": self.address, **given, **self.extra, **others})

    def settings_without(self, names: Sequence[str]) -> BaseModel | None:
        """Make the settings with some left out; None if they must be given."""
        given = {name: value for name, value in self.settings().model_dump().items() if name not in names}
        try:
            return self.connector_class.Settings.model_validate(given)
        except ValidationError:
            return None

    def connect(self, settings: BaseModel | None = None) -> Connector:
        """Make a connector as a new process does."""
        kit = Kit(clock=self.clock, record_call=self.calls.append)
        self.opened.append(self.connector_class(settings or self.settings(), kit))
        return self.opened[-1]

    def journal(self, key: str, step: str, data: Mapping[str, Any]) -> None:
        """Keep what a step learnt, as the engine does."""
        self.steps.setdefault(key, {})[step] = dict(data)

    def write(self, obj: str, item: WriteItem, connector: Connector | None = None) -> str:
        """Write until it is known what came of it, as the engine does it; give the record's id."""
        speaker = connector or self.connect()
        for _ in range(ATTEMPTS):
            tried = replace(item, journal=self.steps.get(item.key, {}))
            try:
                (result,) = speaker.write(obj, [tried], self.journal)
            except Unknown:
                outcome = Outcome.UNKNOWN
            except (Later, Unauthorised) as error:
                self.clock.advance(getattr(error, "after", None) or 1)
                continue
            else:
                if result.outcome in HAPPENED:
                    return result.id
                outcome = result.outcome
                insist(outcome in {Outcome.UNKNOWN, Outcome.LATER}, f"{obj}: {tried.verb} came to {outcome}: {result.error}")
            if outcome is Outcome.LATER:
                self.clock.advance(1)
                continue
            found = self._settle(speaker, obj, item)
            if found:
                return found
        raise AssertionError(f"{obj}: after {ATTEMPTS} attempts it is still not known whether {item.verb} happened.")

    def _settle(self, connector: Connector, obj: str, item: WriteItem) -> str:
        """Settle an unknown write by the rule of its first step that is not journalled; "" means to write again."""
        spec = connector.objects[obj]
        steps = spec.verbs[item.verb]
        done = self.steps.get(item.key, {})
        rule = next((step.settle for step in steps if step.name not in done), steps[-1].settle)
        self.clock.advance(60 + spec.settle_seconds + 1)
        if rule in SETTLED_BY_WRITING or (rule is SettleRule.KEY and not is_spent(done)):
            return ""
        for _ in range(ATTEMPTS):
            try:
                (answer,) = connector.settle(obj, [replace(item, journal=done)])
            except Later as error:
                self.clock.advance(error.after or 1)
                continue
            insist(answer.finding is not Finding.SEVERAL, f"{obj}: one write made several records: {answer.candidates}")
            if answer.finding is Finding.DONE:
                return answer.id
            if answer.finding is not Finding.UNCLEAR:
                if rule is SettleRule.KEY:
                    if answer.finding is Finding.ABSENT:
                        self.steps[item.key] = begun_anew(done, self.clock.now())
                    else:
                        self.journal(item.key, KEY, next_key(done, self.clock.now(), answer.id))
                elif answer.finding is Finding.ABSENT:
                    self.steps.pop(item.key, None)
                return ""
            self.clock.advance(60)
        raise AssertionError(f"{obj}: a write cannot be settled.")

    def values(self, obj: str, bodies: Sequence[bytes], path: str) -> list[str]:
        """Read a value of each body."""
        connector = self.opened[-1]
        return [dig(connector.decode(obj, body), path) for body in bodies]

    def secrets(self) -> set[str]:
        """Give every secret, in the spellings in which it goes over the line."""
        plain = set(_secrets_of(self.settings()))
        for connector in self.opened:
            plain.update(getattr(getattr(connector, "kit", None), "secrets", ()))
        users = [value for value in self.simulator.credentials().values() if value not in plain]
        coded = {base64.b64encode(f"{user}:{secret}".encode()).decode() for user in users for secret in plain}
        return {secret for secret in plain | coded if len(secret) > 3}


def _secrets_of(settings: BaseModel) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr | SecretBytes):
            told = value.get_secret_value()
            yield told.decode() if isinstance(told, bytes) else told


@contextmanager
def on_trial(
    connector_class: type[Connector], simulator_class: Callable[..., Simulator], extra: Mapping[str, Any]
) -> Iterator[Trial]:
    """Serve a new simulator, and close whatever was connected with it."""
    simulator = simulator_class("trial", VirtualClock(START), seed=7)
    line = Line(simulator)
    with serve({"trial": cast("Simulator", line)}) as running:
        trial = Trial(simulator, line, running.base_urls["trial"], connector_class, extra)
        try:
            yield trial
        finally:
            for connector in trial.opened:
                connector.close()


def raised(call: Callable[[], Any]) -> LtcError | None:
    """Give the error that a call raises."""
    try:
        call()
    except LtcError as error:
        return error
    return None


def read_all(
    connector: Connector, obj: str, fields: Sequence[str], limit: int = 0, cursor: str = ""
) -> tuple[list[bytes], list[tuple[str, int]]]:
    """Read to the end; give the bodies, and of each page its cursor and how many bodies came up to it."""
    bodies: list[bytes] = []
    cursors: list[tuple[str, int]] = []
    for _ in range(10_000):
        page = connector.read(obj, cursor, fields, limit)
        if limit:
            insist(len(page.bodies) <= limit, f"{obj}: a page of {len(page.bodies)} for a limit of {limit}.")
        bodies += page.bodies
        insist(not page.more or page.cursor != cursor, f"{obj}: there is more, but the cursor stays where it was.")
        cursor = page.cursor
        cursors.append((cursor, len(bodies)))
        if not page.more:
            return bodies, cursors
    raise AssertionError(f"{obj}: reading comes to no end.")


def dig(raw: Mapping[str, Any], path: str) -> str:
    """Read a raw path, dotted or several with commas, as text.

    >>> dig({"Account": {"Id": "1"}, "Nr": 7}, "Account.Id"), dig({"A": 1, "B": 2}, "A,B"), dig({}, "X")
    ('1', '1/2', '')
    """
    parts = []
    for one in path.split(",") if path else ():
        value: Any = raw
        for step in one.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        parts.append("" if value is None else str(value))
    return "/".join(parts)


def new_item(spec: ObjectSpec, number: int, fields: Raw) -> WriteItem:
    """Make a create as the engine does: our key in the object's own field, or in twelve characters."""
    hub_key = {spec.hub_key: f"trial:{number:032x}"} if spec.hub_key else {}
    return WriteItem(f"{number:032x}", f"TRIAL{number:07d}", Verb.CREATE, "", {**fields, **hub_key})


def failed(result: WriteResult) -> bool:
    """Tell whether a record was refused, with an error that says why."""
    return result.outcome in {Outcome.REJECTED, Outcome.GONE, Outcome.STALE} and isinstance(result.error, LtcError | None)


def unless_later(read: Callable[[], list[bytes]]) -> list[bytes] | None:
    """Read, or give None if the system cannot answer now, or does not know us any more."""
    try:
        return read()
    except (Later, Unauthorised):
        return None
