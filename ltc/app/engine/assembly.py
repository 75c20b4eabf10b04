"""Assembly: scopes, connectors and policies put together to one context; scopes get their numbers from the store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.births import HubIds
from ltc.app.engine.context import Context, HubIdentity, no_crash
from ltc.app.engine.recovery import Recovery, stored
from ltc.app.engine.scope import HUB, Brakes, Scope, Wants, Written
from ltc.core.mapping import condition, shadow_reader
from ltc.core.mapping.cel import fields_of
from ltc.core.models import paths
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as Dict

    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.scope import DeletePolicy
    from ltc.core.contract import Clock, Connector, Kit, ObjectSpec
    from ltc.core.mapping import Mapping
    from ltc.core.models import Schema
    from ltc.core.store import Store
    from mdm.survivorship import Policy


@dataclass(frozen=True, slots=True)
class ScopeSettings:
    """What the configuration says about one object of one system."""

    system: str
    role: str
    mapping: Mapping
    spec: ObjectSpec
    wants: Wants = field(default_factory=Wants)
    deletes: DeletePolicy = "ignore"
    brakes: Brakes = field(default_factory=Brakes)


def make_scope(settings: ScopeSettings) -> Scope:
    """Make a scope of its settings; its number comes from the store."""
    frozen_when = settings.spec.frozen_when
    bare = Scope(
        id=0, system=settings.system, role=settings.role, object=settings.mapping.object, entity=settings.mapping.entity,
        mapping=None, spec=settings.spec, wants=settings.wants, deletes=settings.deletes, brakes=settings.brakes,
        outbound=frozenset(), covered=frozenset(), frozen=condition(frozen_when) if frozen_when else None,
    )  # fmt: skip
    return with_mapping(bare, settings.mapping)


def with_mapping(scope: Scope, mapping: Mapping, lacking: frozenset[str] = frozenset()) -> Scope:
    """Give a scope its mapping; ``lacking`` are the canonical paths that it would have if the system had the fields for them."""
    judged = [".".join(path) for path in fields_of(scope.spec.frozen_when if scope.spec else "", "record")]
    lines = [line for line in mapping.lines if line.state == "active"]
    outbound = frozenset(line.path for line in lines if line.direction in ("both", "out"))
    lists = frozenset(path for path, info in paths(mapping.entity).items() if info.type == "list")
    return replace(
        scope, mapping=mapping, outbound=outbound, writes=Written(outbound, lists),
        covered=frozenset(line.path for line in lines if line.direction in ("both", "in")),
        fields=tuple(dict.fromkeys((*mapping.source_fields, *judged))), lacking=lacking, shadow=shadow_reader(mapping),
        deprecated=frozenset(line.path for line in mapping.lines if line.state == "deprecated" and line.direction != "out"),
    )  # fmt: skip


def hub_scope(entity: str) -> Scope:
    """Make the scope in which flows put what they derive of an entity."""
    return Scope(
        id=0, system=HUB, role=HUB, object=entity, entity=entity, mapping=None, spec=None, wants=Wants(),
        deletes="ignore", brakes=Brakes(), outbound=frozenset(), covered=frozenset(),
    )  # fmt: skip


def build_context(
    store: Store,
    clock: Clock,
    identity: HubIdentity,
    scopes: Sequence[Scope],
    policy: Policy,
    flows: Sequence[Flow],
    connectors: Dict[str, Connector],
    kits: Dict[str, Kit],
    *,
    crash: Callable[[str], None] = no_crash,
    new_id: Callable[[str], str] | None = None,
    options: Dict[str, Any] | None = None,
    schemas: Dict[str, Schema] | None = None,
) -> Context:
    """Register the scopes in the store and put the context together."""
    entities = sorted({flow.source for flow in flows} | {flow.target for flow in flows})
    wanted = [*scopes, *(hub_scope(entity) for entity in entities)]
    with store.transaction() as tx:
        tx.insert_new(
            t.scope,
            ("system", "object", "entity"),
            [(scope.system, scope.object, scope.entity) for scope in wanted],
            key=("system", "object"),
        )
        recovery = Recovery(stored(tx))
        numbers = {(row[0], row[1]): row[2] for row in tx.execute(select(t.scope.c.system, t.scope.c.object, t.scope.c.id))}
    numbered = [replace(scope, id=numbers[scope.system, scope.object]) for scope in wanted]
    return Context(
        store=store, clock=clock, identity=identity, scopes={scope.id: scope for scope in numbered}, policy=policy, flows=flows,
        connectors=connectors, kits=kits, crash=crash, new_id=new_id or HubIds(), options=options or {},
        schemas=schemas or {}, recovery=recovery,
    )  # fmt: skip
