"""The simulation kit: vendors' systems in memory, with their faults, on loopback ports or in the same process."""

from ltc.core.simulation.adapter import InProcessAdapter
from ltc.core.simulation.clock import VirtualClock
from ltc.core.simulation.faults import KINDS, Faults, Fired, Kind, Profile
from ltc.core.simulation.messages import Answer, Drop, Refusal, Request, Response, Truncate
from ltc.core.simulation.routing import route
from ltc.core.simulation.server import Running, serve
from ltc.core.simulation.simulator import Delivery, Mutation, Simulator

__all__ = [
    "KINDS",
    "Answer",
    "Delivery",
    "Drop",
    "Faults",
    "Fired",
    "InProcessAdapter",
    "Kind",
    "Mutation",
    "Profile",
    "Refusal",
    "Request",
    "Response",
    "Running",
    "Simulator",
    "Truncate",
    "VirtualClock",
    "route",
    "serve",
]
