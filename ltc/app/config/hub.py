"""A hub's directory, read and understood: what every command and the engine start from."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from ltc.app.config.alerting import alert_faults
from ltc.app.config.catalogue import Catalogue, find_connectors
from ltc.app.config.files import NAME, Findings, Layers, model_below, node_at, read
from ltc.app.config.jobs import jobs_of
from ltc.app.config.mapped import Mapped, cross_faults, load_mappings
from ltc.app.config.references import REMEDY, UnresolvedError, Vault, looks_like_one, reference
from ltc.app.config.settings import BrakeSettings, EntitySettings, HubSettings, SystemSettings
from ltc.app.config.systems import SystemConfig
from ltc.core import resources
from ltc.core.errors import Fault, Misconfigured
from ltc.core.mapping.cel import compile_expression
from ltc.core.mapping.typecheck import over_schema
from ltc.core.models import MASTER_DATA, CustomField, Schema, entities, with_custom
from ltc.core.yamlfile import Node, did_you_mean, to_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.core.mapping import Mapping as ObjectMapping
    from scheduler import Job

BROKERS: Final = ("amqp", "amqps", "redis", "rediss", "valkey", "valkeys")
_RESERVED: Final = frozenset({"hub", "flows", "codes"})
_ENV: Final = re.compile(r"[a-z][a-z0-9]{0,7}")


@dataclass(frozen=True)
class HubConfig:
    """Everything that the files of a hub say, with every fault that was found in them."""

    dir: Path
    env: str
    settings: HubSettings
    systems: Mapping[str, SystemConfig]
    mapped: Mapping[tuple[str, str], Mapped]
    flows: Mapping[str, tuple[Path, ...]]
    survivorship: tuple[Path, ...]
    jobs: Mapping[str, Job]
    schemas: Mapping[str, Schema]
    faults: tuple[Fault, ...]
    catalogue: Catalogue
    vault: Vault
    nodes: Mapping[str, Node]

    @property
    def layers(self) -> Layers:
        """Give the folders that the hub was read from."""
        return Layers(self.dir, self.env)

    @property
    def var(self) -> Path:
        """Give the folder of what the hub writes."""
        return self.dir / "var"

    @property
    def tag(self) -> str:
        """Give what stands before our ids in other systems; a copy of production in a test environment has another one."""
        return f"{self.settings.id}.{self.env}" if self.env else self.settings.id

    @property
    def roles(self) -> frozenset[str]:
        """Name the roles of the systems that the hub works with."""
        return frozenset(system.role for system in self.active.values())

    @property
    def active(self) -> dict[str, SystemConfig]:
        """Give the systems that are used."""
        return {name: system for name, system in self.systems.items() if system.enabled}

    @property
    def mappings(self) -> dict[tuple[str, str], ObjectMapping]:
        """Give the effective mapping of each (system, object)."""
        return {key: mapped.mapping for key, mapped in self.mapped.items()}

    def entity(self, system: str, entity: str) -> EntitySettings:
        """Say how a system takes part in an entity."""
        return (self.systems[system].entities or {}).get(entity, EntitySettings())

    def brakes(self, system: str, entity: str) -> BrakeSettings:
        """Give the brakes that hold: of the entity over those of the system over those of the hub.

        Documents change by going their way: how many of them change is limited only where it is said for the entity.
        """
        own = self.entity(system, entity).brakes
        found = own.over(self.systems[system].brakes.over(self.settings.brakes))
        if entity in MASTER_DATA:
            return found
        return found.model_copy(update={"max_changed_share": own.max_changed_share})

    def system(self, name: str) -> SystemConfig:
        """Find a system that is used."""
        if name not in self.systems:
            known = ", ".join(self.systems) or "none; add one to config/systems.yaml"
            remedy = did_you_mean(name, self.systems) or f"Known: {known}."
            raise Misconfigured(f"There is no system {name!r}.", remedy=remedy, code="config.unknown_system")
        return self.systems[name]

    def database_url(self) -> SecretStr:
        """Give the URL of the hub's own database, resolved."""
        if not self.settings.database.url:
            self.var.mkdir(parents=True, exist_ok=True)
            return SecretStr(f"sqlite:///{self.var / 'hub.db'}")
        return self._resolved(self.settings.database.url, "database", "url")

    def broker_url(self) -> SecretStr:
        """Give the URL of Celery's broker, resolved; raise Misconfigured if it is of no known kind."""
        url = self._resolved(self.settings.broker.url, "broker", "url")
        if url.get_secret_value().partition(":")[0] not in BROKERS:
            place, remedy = node_at(self.nodes["hub"], "broker", "url"), f"Known are {', '.join(f'{one}://' for one in BROKERS)}."
            message = "What `broker.url` refers to is the URL of no known broker."
            raise Misconfigured(faults=[place.fault("config.broker", message, remedy, path="broker.url")])
        return url

    def metrics_token(self) -> SecretStr:
        """Give the token that /metrics wants to see, resolved; empty if it wants none."""
        return self._resolved(self.settings.web.metrics_token, "web", "metrics_token")

    def _resolved(self, said: str, *place: str) -> SecretStr:
        """Resolve a setting that may be a reference."""
        wanted = reference(said)
        try:
            return SecretStr(self.vault.resolve(wanted) if wanted else said)
        except UnresolvedError as error:
            node = node_at(self.nodes["hub"], *place)
            raise Misconfigured(faults=[node.fault("secret.missing", f"{error}.", "Provide it.", path=".".join(place))]) from None

    def require_sound(self) -> HubConfig:
        """Raise Misconfigured with every fault if there is one; warnings pass."""
        wrong = [fault for fault in self.faults if fault.severity == "error"]
        if wrong:
            raise Misconfigured(faults=wrong)
        return self


def open_hub(folder: Path, env: str | None = None, *, environ: Mapping[str, str] | None = None) -> HubConfig:
    """Read a hub's directory; faults are gathered in the result, and raised only if the hub cannot even be named."""
    environ = dict(os.environ) if environ is None else environ
    env = environ.get("LTC_ENV", "") if env is None else env
    layers = Layers(folder.resolve(), env)
    _require_hub(layers)
    findings = Findings()
    nodes = {name: read(layers, name, findings) for name in ("hub", "systems", "jobs", "custom_fields")}
    unread = {Path(fault.file).name for fault in findings.faults if fault.file}
    if "hub.yaml" in unread and nodes["hub"].get("id") is None:
        raise Misconfigured(faults=findings.faults)  # the hub's own file said the id, and could not be read
    settings = findings.attempt(partial(to_model, nodes["hub"], HubSettings))
    vault = Vault(layers.hub, environ)
    catalogue = find_connectors()
    systems = dict(_systems(nodes["systems"], catalogue, vault, findings))
    schemas = dict(_schemas(nodes["custom_fields"], findings))
    currency = settings.currency if settings is not None else HubSettings.model_fields["currency"].default
    mapped = load_mappings(layers, systems, schemas, currency, findings)
    for system in systems.values():
        if system.enabled:
            findings.faults += cross_faults(system, mapped)
            findings.faults += _want_faults(system, schemas)
    if settings is None:
        raise Misconfigured(faults=findings.faults)
    findings.faults += _secret_faults(nodes["hub"], settings)
    findings.faults += alert_faults(nodes["hub"], settings.alerts)
    findings.faults += _broker_faults(nodes["hub"], settings)
    jobs = dict(jobs_of(nodes["jobs"], settings, systems, findings))
    return HubConfig(
        dir=layers.hub, env=env, settings=settings, systems=systems, mapped=mapped,
        flows={stem: tuple(paths) for stem, paths in sorted(layers.mapped("flows").items())},
        survivorship=tuple(layers.settings("survivorship")), jobs=jobs, schemas=schemas, faults=tuple(findings.faults),
        catalogue=catalogue, vault=vault, nodes=nodes,
    )  # fmt: skip


def _require_hub(layers: Layers) -> None:
    remedy = "Make one with `ltc init my-hub`, or name one with --hub DIR."
    if not (layers.hub / "config" / "hub.yaml").is_file() or layers.hub / "config" == resources.config():
        raise Misconfigured(f"{layers.hub} is not a hub: it has no config/hub.yaml of its own.", remedy=remedy, code="hub.none")
    if layers.env and not _ENV.fullmatch(layers.env):
        message = f"{layers.env!r} cannot name an environment."
        raise Misconfigured(message, remedy="Use up to 8 lower-case letters and digits.", code="hub.environment")
    if layers.env and not layers.environment_exists():
        message = f"The hub has no file for the environment {layers.env!r}."
        remedy = f"Write config/systems.{layers.env}.yaml, or correct --env or LTC_ENV."
        raise Misconfigured(message, remedy=remedy, code="hub.environment")


def _systems(node: Node, catalogue: Catalogue, vault: Vault, findings: Findings) -> Iterator[tuple[str, SystemConfig]]:
    for name, child in node.items():
        if not NAME.fullmatch(name) or name in _RESERVED or _is_other_kind(name, child, catalogue):
            message = f"{name!r} cannot name a system."
            remedy = f"Use lower-case letters, digits and _; not {', '.join(sorted(_RESERVED))}, nor another connector's name."
            findings.faults.append(node.fault("config.system_name", message, remedy, key=name, path=name))
            continue
        said = findings.attempt(partial(model_below, child, SystemSettings, name))
        if said is None:
            continue
        if said.connector not in catalogue.entries:
            place = child.get("connector") or child
            message = f"There is no connector {said.connector!r}."
            findings.faults.append(
                place.fault("config.unknown_connector", message, catalogue.hint(said.connector), path=f"{name}.connector")
            )
            continue
        entry = catalogue.find(said.connector)
        settings = child.get("settings") or Node("mapping", {}, child.file, child.line, child.column)
        yield (
            name,
            SystemConfig(
                name,
                entry,
                said.role or entry.family,
                said.enabled,
                settings,
                said.entities,
                said.brakes,
                said.limits,
                vault,
                child,
            ),
        )


def _is_other_kind(name: str, node: Node, catalogue: Catalogue) -> bool:
    """Tell whether a system bears another connector's name: their mappings would lie in one folder."""
    said = node.get("connector")
    kind = said.value if said is not None else None
    return name in catalogue.entries and kind in catalogue.entries and kind != name


def _want_faults(system: SystemConfig, schemas: Mapping[str, Schema]) -> Iterator[Fault]:
    """Compile the conditions of `wants`: a wrong one is found now, and not in the night."""
    for entity, said in (system.entities or {}).items():
        checker = over_schema(schemas.get(entity) or with_custom(entity, {})) if entity in entities() else None
        for word in ("create", "update", "keep"):
            text = getattr(said.wants, word)
            found = compile_expression(text, entity, checker)
            node = node_at(system.node, "entities", entity, "wants", word)
            path = f"{system.name}.entities.{entity}.wants.{word}"
            for wrong in found if isinstance(found, tuple) else ():
                at = wrong.at(node) if node.kind == "scalar" else node
                yield at.fault("config.wants", f"The condition is not right: {wrong.message}", wrong.remedy, path=path)
            if not isinstance(found, tuple) and found.returns not in {"BOOL", "DYN"}:
                yield node.fault("config.wants", "The condition is neither true nor false.", "Compare something.", path=path)


def _secret_faults(node: Node, settings: HubSettings) -> Iterator[Fault]:
    for group, url in (("database", settings.database.url), ("broker", settings.broker.url)):
        place, path = node_at(node, group, "url"), f"{group}.url"
        if looks_like_one(url) and reference(url) is None:
            yield place.fault("secret.reference", "`url` is not a reference.", REMEDY, path=path)
        elif re.search(r"//[^/@]*:[^/@]+@", url):
            yield place.fault("secret.literal", "`url` holds a password in the open.", REMEDY, path=path)
    if settings.web.metrics_token and reference(settings.web.metrics_token) is None:
        place = node_at(node, "web", "metrics_token")
        yield place.fault("secret.literal", "`metrics_token` is no reference.", REMEDY, path="web.metrics_token")


def _broker_faults(node: Node, settings: HubSettings) -> Iterator[Fault]:
    """See whether Celery has a broker, and one of a kind that it is used with here."""
    url = settings.broker.url
    if settings.executor == "celery" and not url:
        remedy = "Write `broker: {url: ${env:NAME}}`, or `executor: local`."
        yield node_at(node, "executor").fault("config.broker", "Celery has no broker.", remedy, path="executor")
    if url and not looks_like_one(url) and url.partition(":")[0] not in BROKERS:
        message = "The broker is of no kind that is known here."
        remedy = f"Its URL begins with {', '.join(f'{one}://' for one in BROKERS)}."
        yield node_at(node, "broker", "url").fault("config.broker", message, remedy, path="broker.url")


def _schemas(node: Node, findings: Findings) -> Iterator[tuple[str, Schema]]:
    for entity, child in node.items():
        if entity not in entities():
            remedy = did_you_mean(entity, entities()) or f"Entities are: {', '.join(entities())}."
            message = f"There is no entity {entity!r}."
            findings.faults.append(node.fault("config.unknown_entity", message, remedy, key=entity, path=entity))
            continue
        if child.kind != "mapping" and child.value is not None:
            message = "This must be a group of fields."
            findings.faults.append(child.fault("config.not_a_mapping", message, "Write `key: value` lines.", path=entity))
        fields: dict[str, CustomField] = {}
        for name, said in child.items():
            full = Node("mapping", {"type": said}, said.file, said.line, said.column) if said.kind == "scalar" else said
            field = findings.attempt(partial(model_below, full, CustomField, f"{entity}.{name}"))
            if field is not None:
                fields[name] = field
        try:
            yield entity, with_custom(entity, fields)
        except Misconfigured as error:
            for fault in error.faults:
                _, name, *below = fault.path.split(".")
                place = node_at(child, name, *below).place if below else child.key_place(name)
                findings.faults.append(replace(fault, file=place.file, line=place.line, column=place.column))
