"""Everything that can be found wrong with a hub before it runs: files, settings, secrets, and online the systems' schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ltc.app.cli.flow_checking import flow_faults
from ltc.app.config.mapped import against_schema
from ltc.core.errors import Fault, Later, LtcError, Misconfigured, QuotaSpent
from ltc.core.mapping import run_examples
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltc.app.config import HubConfig, Mapped, SystemConfig


def check_files(config: HubConfig, *, secrets: bool = True) -> Iterator[Fault]:
    """Check everything that the files say, each fault once."""
    yield from config.faults
    for system in config.active.values():
        yield from system.faults(secrets=secrets)
    seen: set[int] = set()
    for (name, _), mapped in config.mapped.items():
        yield from mapping_faults(config, config.systems[name], mapped)
        if id(mapped.mapping) not in seen:
            seen.add(id(mapped.mapping))
            yield from run_examples(mapped.mapping)
    yield from policy_faults(config)
    yield from flow_faults(config)


def mapping_faults(config: HubConfig, system: SystemConfig, mapped: Mapped) -> Iterator[Fault]:
    """Check one mapping against its connector and the other mappings of its system."""
    mapping = mapped.mapping
    try:
        objects = system.entry.load().objects
    except Misconfigured:
        return  # told by the settings' own check
    spec = objects.get(mapping.object)
    if mapping.system != system.kind:
        remedy = f"Write `system: {system.kind}`, or move the file."
        yield mapping.node.fault("mapping.system", f"{mapping.system!r} is not {system.kind!r}.", remedy, key="system")
    if spec is None:
        remedy = did_you_mean(mapping.object, objects) or f"Its objects: {', '.join(objects)}."
        yield mapping.node.fault(
            "mapping.unknown_object", f"{system.kind} has no object {mapping.object!r}.", remedy, key="object"
        )
        return
    others = {other.mapping.entity for (name, _), other in config.mapped.items() if name == system.name}
    for ref in mapping.refs:
        if ref.required and ref.entity not in others:
            line = next((line for line in mapping.lines if line.path == ref.path), None)
            yield Fault(
                "mapping.unmapped_reference",
                f"{ref.path} refers to {ref.entity!r}, in which {system.name} takes no part.",
                f"Let it take part in {ref.entity}, or make the reference optional.",
                "warning",
                line.file if line else mapping.file,
                line.line if line else 0,
                line.column if line else 0,
                ref.path,
            )


def policy_faults(config: HubConfig) -> Iterator[Fault]:
    """Check the survivorship policy, and that it names roles and systems that there are."""
    from mdm.policy import load_policy

    yield from _of(lambda: load_policy(config.survivorship))


def _of(step: Callable[[], object]) -> list[Fault]:
    try:
        step()
    except Misconfigured as error:
        return list(error.faults) or [Fault(error.code, error.message, error.remedy)]
    return []


def check_online(config: HubConfig, tell: Callable[[str], None]) -> Iterator[Fault]:
    """Ask every system: is it there, does it take our credentials, has it the fields that the mappings name."""
    from ltc.app.cli.direct import connect

    for name, system in config.active.items():
        tell(f"Asking {name}")
        node = system.node
        try:
            direct = connect(config, name)
            health = direct.connector.check()
        except Misconfigured as error:
            yield from error.faults or [replace(node.fault(error.code, error.message, error.remedy), path=name)]
            continue
        except LtcError as error:
            yield replace(_unwell(system, error), path=name)
            continue
        if not health.ok:
            yield node.fault("system.unwell", f"{name}: {health.message}", "See the system's own status.", path=name)
            continue
        for (owner, obj), mapped in config.mapped.items():
            if owner == name and obj in direct.connector.objects:
                try:
                    against_schema(mapped, config.layers, direct.connector.describe(obj))
                except Misconfigured as error:
                    yield from error.faults or [node.fault(error.code, f"{obj}: {error.message}", error.remedy, path=name)]
                except LtcError as error:
                    yield node.fault(error.code, f"{name}.{obj} cannot be described: {error.message}", error.remedy, path=name)


def _unwell(system: SystemConfig, error: LtcError) -> Fault:
    unreachable = isinstance(error, Later) and not isinstance(error, QuotaSpent)
    code = "system.unreachable" if unreachable else error.code
    remedy = error.remedy or ("Check its address, and whether it is up." if unreachable else "Check its credentials.")
    return system.settings.fault(code, f"{system.name}: {error.message}", remedy)
