"""What can be found wrong with a hub's flows before they run: each file, all of them together, and their examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.cli.naming import adopt_faults
from ltc.app.engine.flow.examples import try_examples, without_examples
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.together import faults_together, unheld
from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltc.app.config import HubConfig
    from ltc.app.engine.flow.examples import Trial
    from ltc.app.engine.flow.form import Flow


def known_flow(config: HubConfig, name: str) -> None:
    """Refuse the name of a flow that there is not."""
    if name and name not in config.flows:
        remedy = did_you_mean(name, config.flows) or f"Its flows: {', '.join(config.flows) or 'none'}."
        raise Misconfigured(f"The hub has no flow {name!r}.", remedy=remedy, code="flow.unknown")


def read_flows(config: HubConfig) -> tuple[list[Flow], list[Fault]]:
    """Read all flow files: the flows that are right, and the faults of the others."""
    flows: list[Flow] = []
    faults: list[Fault] = []
    for sources in config.flows.values():
        try:
            flows.append(load_flow(list(sources), config.roles))
        except Misconfigured as error:
            faults += error.faults or [Fault(error.code, error.message, error.remedy)]
    return flows, faults


def flow_faults(config: HubConfig) -> Iterator[Fault]:
    """Check what the flow files say: each by itself, all together, and their examples."""
    flows, faults = read_flows(config)
    yield from faults
    yield from faults_together(flows)
    for flow in flows:
        yield from adopt_faults(config, config.flows[flow.name])
        for trial in try_examples(flow):
            yield from trial.faults


def flow_warnings(config: HubConfig) -> Iterator[Fault]:
    """Say which flows have nothing to do in this hub."""
    held = {mapped.mapping.entity for mapped in config.mapped.values()}
    for flow in read_flows(config)[0]:
        yield from unheld(flow, held)


def trials(config: HubConfig, name: str) -> tuple[list[Trial], list[Fault]]:
    """Run the examples of a flow, or of all; give them, and the faults and warnings of the files."""
    known_flow(config, name)
    flows, faults = read_flows(config)
    chosen = [flow for flow in flows if name in ("", flow.name)]
    if name:
        own = {str(path) for path in config.flows[name]}
        faults = [fault for fault in faults if fault.file in own]
    found = [trial for flow in chosen for trial in try_examples(flow)]
    return found, [*faults, *(fault for flow in chosen for fault in without_examples(flow))]
