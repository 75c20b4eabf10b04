"""What every vendor's simulator is made of: a door with a lock, faults, and a journal for checkers."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ltc.core.simulation.faults import Faults, Kind, Profile
from ltc.core.simulation.messages import Answer, Drop, Refusal, Request, Response, Truncate
from ltc.core.simulation.routing import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltc.core.contract import Clock


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of business data, by whomever: what an independent checker reads."""

    at: datetime
    actor: str
    verb: str
    object: str
    id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as the vendor posts it: the headers with its signature, and the bytes that are signed."""

    event: str
    headers: Mapping[str, str]
    body: bytes


class Simulator(ABC):
    """Behaves as one vendor's system does, in memory; subclasses declare routes and keep the data."""

    retries: ClassVar[Sequence[float]] = ()
    """After how many seconds a webhook that was not accepted is posted again, and again; a system without webhooks has none."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Take the system's name, its time, and the seed and profile of its faults."""
        self.name = name
        self.clock = clock
        self.hook_clock = clock
        self.seed = seed
        self.profile = profile
        self.faults = Faults(seed, profile)
        self.journal: list[Mutation] = []
        self.lock = threading.RLock()
        self.requests = 0
        self._router = Router(type(self))

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Give all business objects in a normal form, for checkers: business keys rather than generated ids and times."""

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Give the credentials that this system accepts."""

    def settings(self) -> dict[str, str]:
        """Give what else a hub's settings of this system have to say, apart from address and credentials."""
        return {}

    @abstractmethod
    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Give the key by which faults are decided: what the business calls the row, never a generated id."""

    def deliveries(self, since: int = 0) -> Sequence[Delivery]:
        """Give the webhooks that this system has to post, in order, without the first ``since``; one without webhooks has none.

        They are signed when they are asked for, with the time of ``hook_clock``: a vendor signs each attempt anew, and the hub
        that hears it may live in another time than the simulator. The same place has the same event each time.
        """
        del since
        return ()

    def delivery_again(self, place: int, attempt: int) -> Delivery:
        """Give the webhook in a place once more, as it is posted after it was not accepted ``attempt`` times."""
        del attempt
        return self.deliveries(place)[0]

    def handle(self, request: Request) -> Answer:
        """Answer one request; one at a time."""
        with self.lock:
            self.requests += 1
            found = self._router.find(request)
            if isinstance(found, int):
                return self.no_route(request, found)
            name, arguments = found
            try:
                answer: Answer = getattr(self, name)(request, **arguments)
            except Refusal as refusal:
                return refusal.response
            return answer

    def no_route(self, request: Request, status: int) -> Response:
        """Answer a path (404) or method (405) that this system does not have, in the vendor's own words."""
        return Response(status, {"error": f"{self.name} has no {request.method} {request.path}"})

    def fault(self, kind: Kind) -> Response:
        """Answer a fault in the vendor's own words; vendors override this for their bodies."""
        status = {"429": 429, "503": 503, "lock": 409, "expire_token": 401, "partial": 500}[kind]
        headers = {"Retry-After": "1"} if status in {429, 503} else {}
        return Response(status, {"error": kind}, headers)

    def disturbed(self, kind: Kind | None, act: Callable[[], Response]) -> Answer:
        """Do the act under a fault: cut before it, cut after it, cut its answer, refuse it, or (None) let it be."""
        if kind is None:
            return act()
        if kind == "drop_before":
            return Drop()
        if kind == "drop_after_commit":
            act()
            return Drop()
        if kind == "truncate":
            return Truncate(act())
        return self.fault(kind)

    def record(self, actor: str, verb: str, object_name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Write one business mutation into the journal."""
        self.journal.append(Mutation(self.clock.now(), actor, verb, object_name, record_id, dict(fields)))

    def dump(self) -> dict[str, Any]:
        """Give everything as plain JSON values for the disk; subclasses add their data to what this gives."""
        return {
            "faults": self.faults.dump(),
            "journal": [[m.at.isoformat(), m.actor, m.verb, m.object, m.id, m.fields] for m in self.journal],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what ``dump`` gave."""
        self.faults.load(state["faults"])
        self.journal = [Mutation(datetime.fromisoformat(at), *rest) for at, *rest in state["journal"]]
