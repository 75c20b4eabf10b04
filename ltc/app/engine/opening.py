"""Opening: from what a hub's files say to a context that the engine can work in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from ltc.app.engine.assembly import ScopeSettings, build_context, make_scope
from ltc.app.engine.context import HubIdentity, no_crash
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.quota.gate import gates_of
from ltc.app.engine.quota.priority import ORDINARY
from ltc.app.engine.recovery import EPOCH
from ltc.app.engine.scope import Brakes, Wants
from ltc.app.telemetry.tracing import SILENT, Tracing
from ltc.core.contract import Kit
from ltc.core.errors import Misconfigured
from ltc.core.mapping import condition
from ltc.core.store import Store
from ltc.core.store import tables as t
from ltc.core.store.journal import CallJournal
from mdm.policy import load_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.scope import Guard
    from ltc.app.telemetry.meters import Meters
    from ltc.core.contract import Clock, Connector

GATES = "gates"
JOURNALS = "journals"
"""The options under which a context carries its gates and call journals, so that they are closed with it."""


def open_store(config: HubConfig) -> Store:
    """Open the hub's database and bring its tables up to date."""
    store = Store(config.database_url().get_secret_value())
    store.migrate()
    return store


def traced(config: HubConfig) -> Tracing:
    """Give what sends spans to the collector that hub.yaml names; what does nothing if it names none."""
    said = config.settings.traces
    if not said.endpoint:
        return SILENT
    try:
        from ltc.app.telemetry.spans import sending  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError as error:
        message = f"`traces.endpoint` is set, and what sends traces is not installed: {error}."
        raise Misconfigured(message, remedy="Install it: pip install 'ltc-hub[traces]'.", code="traces.not_installed") from error
    return sending(said.endpoint, config.tag, float(said.share))


def open_context(
    config: HubConfig,
    store: Store,
    clock: Clock,
    *,
    systems: Sequence[str] = (),
    crash: Callable[[str], None] = no_crash,
    meters: Meters | None = None,
    priority: int = ORDINARY,
    tracing: Tracing = SILENT,
) -> Context:
    """Connect the systems (all that are used, unless some are named) and put the context together.

    Nothing is called yet; ``priority`` is that of calls that belong to no job. Raises Misconfigured with
    every fault if the files are not sound.
    """
    config.require_sound()
    chosen = {name: system for name, system in config.active.items() if not systems or name in systems}
    journals = {name: CallJournal(store, name) for name in chosen}
    watched = {name: journal if meters is None else meters.watching(name, journal) for name, journal in journals.items()}
    kits = {name: Kit(clock=clock, record_call=tracing.watching(name, watched[name])) for name in chosen}
    gates = gates_of(store, {name: system.limits for name, system in chosen.items()}, kits, priority)
    connectors: dict[str, Connector] = {name: system.connect(kits[name]) for name, system in chosen.items()}
    settings = [
        _settings(config, name, connectors[name], obj) for (name, obj), mapped in sorted(config.mapped.items())
        if name in chosen and mapped.mapping.entity in (config.systems[name].entities or (mapped.mapping.entity,))
        and obj in connectors[name].objects
    ]  # fmt: skip
    context = build_context(
        store, clock, identity_of(config, store), [make_scope(one) for one in settings],
        load_policy(list(config.survivorship)), load_flows(config),
        connectors, kits, crash=crash, options={JOURNALS: journals, GATES: gates, **_terms(config)},
    )  # fmt: skip
    context.tracing = tracing
    _start_modes(config, context)
    return context


def _terms(config: HubConfig) -> dict[str, Any]:
    """Say how long leases hold, if the hub has a term of its own."""
    lease = config.settings.work.lease
    return {} if lease is None else {"lease_seconds": lease.total_seconds()}


def load_flows(config: HubConfig) -> list[Flow]:
    """Load all flows of a hub; what roles its systems have is for their conditions to ask."""
    return [load_flow(list(sources), config.roles) for sources in config.flows.values()]


def _settings(config: HubConfig, system: str, connector: Connector, obj: str) -> ScopeSettings:
    """Gather what the files say about one object of one system."""
    mapping = config.mapped[system, obj].mapping
    entity = config.entity(system, mapping.entity)
    brakes = config.brakes(system, mapping.entity)
    return ScopeSettings(
        system=system, role=config.systems[system].role, mapping=mapping, spec=connector.objects[obj],
        wants=Wants(
            _guard(entity.wants.create, mapping.entity), _guard(entity.wants.update, mapping.entity),
            _guard(entity.wants.keep, mapping.entity),
        ),
        deletes=entity.deletes,
        brakes=Brakes(
            max_creates=brakes.max_creates,
            max_changed_share=_share(brakes.max_changed_share),
            max_disappeared_share=_share(brakes.max_disappeared_share),
            max_money={currency: str(most) for currency, most in (brakes.max_money or {}).items()},
        ),
    )  # fmt: skip


def _share(said: object) -> float | None:
    return None if said is None else float(str(said))


def _guard(text: str, entity: str) -> Guard | None:
    """Compile a condition over a golden record; nothing said means everything."""
    return condition(text, entity) if text.strip() not in ("", "true") else None


def identity_of(config: HubConfig, store: Store) -> HubIdentity:
    """Give the hub's tag, and the seed of its short keys, which the store keeps from the first day."""
    with store.transaction() as tx:
        tx.insert_new(t.hub, ("key", "value"), [("short_key_seed", secrets.token_hex(16))], key=("key",))
        known: dict[str, str] = dict(tx.select_in(t.hub, ("key", "value"), "key", ("short_key_seed", EPOCH)))
    return HubIdentity(config.tag, known["short_key_seed"], known.get(EPOCH, ""))


def _start_modes(config: HubConfig, context: Context) -> None:
    """Give a scope that nobody has moved yet the mode in which the files let it start."""
    with context.store.transaction() as tx:
        for scope in context.scopes.values():
            if scope.is_hub:
                continue
            mode = config.entity(scope.system, scope.entity).mode
            if mode != "observe":
                untouched = (t.scope.c.id == scope.id, t.scope.c.updated_at.is_(None))
                tx.execute(update(t.scope).where(*untouched).values(mode=mode))


def close_context(context: Context) -> None:
    """Write the call journals out and give connections back."""
    for journal in context.options.get(JOURNALS, {}).values():
        journal.flush()
    for connector in context.connectors.values():
        connector.close()
    for gate in context.options.get(GATES, ()):
        gate.close()
