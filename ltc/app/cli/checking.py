"""Everything that can be found wrong with a hub before it runs: files, settings, secrets, and online the systems' schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ltc.app.cli.flow_checking import flow_faults
from ltc.app.cli.mapping_checking import faults_of_mappings
from ltc.app.cli.mapping_names import named_mappings
from ltc.app.cli.naming import owner_faults
from ltc.app.cli.stray_files import stray_settings
from ltc.app.config.mapped import against_schema
from ltc.core.errors import Fault, Later, LtcError, Misconfigured, QuotaSpent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltc.app.config import HubConfig, Mapped, SystemConfig


def check_files(config: HubConfig, *, secrets: bool = True) -> Iterator[Fault]:
    """Check everything that the files say, each fault once."""
    yield from config.faults
    yield from stray_settings(config)
    for system in config.active.values():
        yield from system.faults(secrets=secrets)
    yield from faults_of_mappings(config, list(named_mappings(config).values()), whole=True)
    for (name, _), mapped in config.mapped.items():
        yield from unmapped_references(config, name, mapped)
    yield from policy_faults(config)
    yield from flow_faults(config)


def unmapped_references(config: HubConfig, system: str, mapped: Mapped) -> Iterator[Fault]:
    """Find references of one mapping to entities in which its system takes no part."""
    mapping = mapped.mapping
    others = {other.mapping.entity for (name, _), other in config.mapped.items() if name == system}
    for ref in mapping.refs:
        if ref.required and ref.entity not in others:
            line = next((line for line in mapping.lines if line.path == ref.path), None)
            yield Fault(
                "mapping.unmapped_reference",
                f"{ref.path} refers to {ref.entity!r}, in which {system} takes no part.",
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

    yield from _of(lambda: load_policy(config.survivorship)) or owner_faults(config)


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
