"""Fields: before a mapping is used for the first time, its system is asked whether it has what the mapping names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.app.config.mapped import missing_fields
from ltc.core.errors import Fault, LtcError, Misconfigured
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope


def insist_on_fields(config: HubConfig, ctx: Context, scopes: Sequence[Scope]) -> None:
    """Raise Misconfigured with every field that a system lacks, each with its line; ask once for each state of a mapping.

    A system that cannot answer now is not judged: the run itself tells what is wrong with it.
    """
    with ctx.store.reading() as tx:
        known = {row[0]: row[1] for row in tx.select_in(t.hub, ("key", "value"), "key", [_key(scope) for scope in scopes])}
    faults: list[Fault] = []
    asked: list[tuple[str, str]] = []
    silent: set[str] = set()
    for scope in scopes:
        if scope.mapping is None or scope.system in silent or known.get(_key(scope)) == scope.mapping.fingerprint:
            continue
        try:
            schema = ctx.connectors[scope.system].describe(scope.object)
        except LtcError:
            silent.add(scope.system)
            continue
        lacking = missing_fields(config.mapped[scope.system, scope.object], config.layers, schema)
        faults += lacking
        if not lacking:
            asked.append((_key(scope), scope.mapping.fingerprint))
    if asked:
        with ctx.store.transaction() as tx:
            tx.upsert(t.hub, ("key", "value"), asked, key=("key",))
    if faults:
        raise Misconfigured(faults=faults)


def forget_fields(ctx: Context, systems: Sequence[str]) -> None:
    """Ask these systems again before their mappings are next used: they refused a call for the way it was made."""
    keys = [_key(scope) for scope in ctx.scopes.values() if scope.system in systems]
    if not keys:
        return
    with ctx.store.transaction() as tx:
        tx.execute(t.hub.delete().where(t.hub.c.key.in_(keys)))


def _key(scope: Scope) -> str:
    return f"fields/{scope.system}/{scope.object}"
