"""Bring the sandbox up: make its world, put it into the simulators, serve them; or take it up again from disk."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox import doors
from ltc.app.sandbox.running import STATE_FILE, RunningSandbox
from ltc.app.sandbox.sap_people import SapPeople
from ltc.app.sandbox.seed_salesforce import seed_salesforce
from ltc.app.sandbox.seed_sap import seed_sap
from ltc.app.sandbox.world import Size, Truth, World, build
from ltc.core.simulation import Simulator, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ltc.core.simulation import Profile

__all__ = ["RunningSandbox", "make", "up"]


def make(
    seed: int = 7,
    scale: float = 1.0,
    profile: Profile = "calm",
    *,
    size: Size | None = None,
    state_dir: Path | None = None,
) -> RunningSandbox:
    """Make a sandbox that does not listen yet: from the state directory if it holds one, else from its seed."""
    file = state_dir / STATE_FILE if state_dir is not None else None
    if file is not None and file.exists():
        return _restored(json.loads(file.read_text(encoding="utf-8")), profile, state_dir)
    size = size or Size.scaled(scale)
    shape = {"seed": seed, "size": asdict(size)}
    world = build(seed, size)
    clock = VirtualClock(world.start)
    truth = Truth()
    simulators = _simulators(clock, seed, profile)
    sandbox = _peopled(world, clock, simulators, truth, shape, state_dir)
    seed_salesforce(world, sandbox.salesforce, truth)
    seed_sap(world, sandbox.sap, truth)
    return sandbox


def up(
    seed: int = 7,
    scale: float = 1.0,
    profile: Profile = "calm",
    state_dir: Path | None = None,
    ports: Mapping[str, int] | None = None,
    *,
    size: Size | None = None,
    hooks: str = "",
) -> RunningSandbox:
    """Bring a sandbox up on loopback; ``ports`` may name those of its systems and of ``sandbox``, ``hooks`` who gets webhooks."""
    sandbox = make(seed, scale, profile, size=size, state_dir=state_dir).listen(ports)
    return sandbox.post(hooks) if hooks else sandbox


def _simulators(clock: VirtualClock, seed: int, profile: Profile) -> dict[str, Simulator]:
    return {name: doors.simulator(name, clock, seed, profile) for name in doors.SYSTEMS}


def _restored(content: Mapping[str, Any], profile: Profile, state_dir: Path | None) -> RunningSandbox:
    """Take a sandbox up again where it was saved."""
    seed, size = content["shape"]["seed"], Size(**content["shape"]["size"])
    clock = VirtualClock(datetime.fromisoformat(content["now"]))
    simulators = _simulators(clock, seed, profile)
    for name, saved in content["systems"].items():
        simulators[name].load(saved)
    truth = Truth.load(content["truth"])
    sandbox = _peopled(build(seed, size), clock, simulators, truth, content["shape"], state_dir)
    sandbox.posted = content.get("hooks", {})
    return sandbox


def _peopled(
    world: World,
    clock: VirtualClock,
    simulators: Mapping[str, Simulator],
    truth: Truth,
    shape: Mapping[str, Any],
    state_dir: Path | None,
) -> RunningSandbox:
    """Put people at the doors of the simulated systems."""
    return RunningSandbox(
        world,
        clock,
        simulators,
        truth,
        salesforce=doors.salesforce_door(simulators["salesforce"]),
        sap=SapPeople(simulators["sap"]),
        hub_users=frozenset({simulators["sap"].credentials()["user"]}),
        shape=shape,
        state_dir=state_dir,
    )
