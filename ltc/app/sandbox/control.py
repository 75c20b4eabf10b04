"""The sandbox's own little server: state, time, faults, business and the off switch, for another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ltc.app.sandbox.programmes import PROGRAMMES
from ltc.core.simulation import Response, Simulator, route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.sandbox.running import RunningSandbox
    from ltc.core.simulation import Answer, Request

DAY = 86_400.0


@runtime_checkable
class Reshapable(Protocol):
    """A simulator whose objects get other fields when somebody changes its set-up."""

    def reshape(self, object_name: str, field: str, change: Mapping[str, Any], /) -> None:
        """Change the definition of a field; raise KeyError or ValueError if that is not possible."""


class Control(Simulator):
    """Answers under ``/_sandbox/``; it is served beside the simulators and has no business data."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        """Take the sandbox that it is to control."""
        super().__init__("sandbox", sandbox.clock)
        self._sandbox = sandbox

    def state(self) -> dict[str, Any]:
        """Give nothing: the state is that of the systems."""
        return {}

    def credentials(self) -> dict[str, str]:
        """Give nothing: it listens on loopback only."""
        return {}

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Name nothing in particular."""
        return f"{object_name} {sorted(row)}"

    @route("GET", "/_sandbox/systems")
    def systems(self, request: Request) -> Answer:
        """Say where the systems are and how to sign in."""
        del request
        return Response(200, self._sandbox.systems())

    @route("GET", "/_sandbox/state")
    def everything(self, request: Request) -> Answer:
        """Give the normalised objects and the journals."""
        del request
        return Response(200, self._sandbox.state())

    @route("GET", "/_sandbox/digest")
    def digest(self, request: Request) -> Answer:
        """Give the digest of the final state."""
        del request
        return Response(200, self._sandbox.digest())

    @route("GET", "/_sandbox/hooks")
    def hooks(self, request: Request) -> Answer:
        """Count the webhooks that were accepted, that wait, and that were given up."""
        del request
        return Response(200, self._sandbox.hooks())

    @route("POST", "/_sandbox/act")
    def act(self, request: Request) -> Answer:
        """Let the business happen for some virtual days."""
        asked = request.json() if request.body else {}
        programme = str(asked.get("programme", "everything"))
        if programme not in PROGRAMMES:
            return Response(404, {"error": f"There is no programme {programme!r}; there are {', '.join(PROGRAMMES)}."})
        return Response(200, self._sandbox.act(int(asked.get("days", 1)), programme))

    @route("GET", "/_sandbox/clock")
    def time(self, request: Request) -> Answer:
        """Tell the virtual time."""
        del request
        return Response(200, {"now": self._sandbox.clock.now().isoformat()})

    @route("POST", "/_sandbox/clock")
    def advance(self, request: Request) -> Answer:
        """Move the virtual time forward by seconds or days."""
        asked = request.json()
        now = self._sandbox.clock.advance(float(asked.get("seconds", 0)) + DAY * float(asked.get("days", 0)))
        return Response(200, {"now": now.isoformat()})

    @route("POST", "/_sandbox/faults")
    def order_fault(self, request: Request) -> Answer:
        """Order a fault of one system: ``{system, point, key, times, kind}``."""
        asked = request.json()
        simulator = self._sandbox.simulators.get(str(asked.get("system")))
        if simulator is None:
            return Response(404, {"error": f"The sandbox has no system {asked.get('system')!r}."})
        simulator.faults.plan(
            str(asked.get("point", "*")), str(asked.get("key", "*")), int(asked.get("times", 1)), asked.get("kind", "503")
        )
        return Response(200, {"planned": True})

    @route("POST", "/_sandbox/schema")
    def reshape(self, request: Request) -> Answer:
        """Change a field of one system as its admin would: ``{system, object, field, change}``."""
        asked = request.json()
        simulator = self._sandbox.simulators.get(str(asked.get("system")))
        if not isinstance(simulator, Reshapable):
            return Response(404, {"error": f"The sandbox has no system {asked.get('system')!r} whose schema can be changed."})
        try:
            simulator.reshape(str(asked["object"]), str(asked["field"]), dict(asked["change"]))
        except (KeyError, ValueError) as error:
            return Response(404, {"error": str(error.args[0] if error.args else error)})
        return Response(200, {"changed": f"{asked['object']}.{asked['field']}"})

    @route("POST", "/_sandbox/save")
    def save(self, request: Request) -> Answer:
        """Write the state to disk."""
        del request
        return Response(200, {"file": str(self._sandbox.save())})

    @route("POST", "/_sandbox/stop")
    def switch_off(self, request: Request) -> Answer:
        """Ask the process that holds the sandbox to stop it."""
        del request
        self._sandbox.stopping.set()
        return Response(200, {"stopping": True})
