"""Fields: whether a system has what its mapping names, asked before the mapping is first used and again when a read is refused.

A mapping that never fitted is wrong and stops the sync. One that did fit, until the system changed, goes on without the lines
whose fields are gone: they are told as warnings in every run, and are back as soon as the system has the fields again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ltc.app.config.mapped import missing_fields, without_lines
from ltc.app.engine.assembly import with_mapping
from ltc.core.errors import Fault, LtcError, Misconfigured, Rejected
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.config import HubConfig
    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import ObjectSchema

SUSPECT: Final = "?"
"""Stands before the fingerprint of a mapping that did fit, and whose system refused a call since."""


@dataclass(slots=True)
class Fields:
    """What is known of the systems' fields in one context: which lines go without, and why."""

    config: HubConfig
    ctx: Context
    warnings: dict[int, list[Fault]] = field(default_factory=dict)

    def insist(self, scopes: Sequence[Scope]) -> list[Scope]:
        """Give the scopes as they can be worked with now; raise Misconfigured with every field that was never there.

        Systems are asked once for each state of a mapping. One that cannot answer now is not judged: the run itself tells what
        is wrong with it.
        """
        known = self._known(scopes)
        faults: list[Fault] = []
        asked: list[tuple[str, str]] = []
        silent: set[str] = set()
        for scope in scopes:
            remembered = known.get(_key(scope), "")
            if scope.mapping is None or scope.system in silent:
                continue
            if remembered == scope.mapping.fingerprint:
                self.restored(scope)
                continue
            schema = self._schema(scope)
            if schema is None:
                silent.add(scope.system)
                continue
            lacking = self._lacking(scope, schema)
            if not lacking:
                self._whole(scope)
                asked.append((_key(scope), scope.mapping.fingerprint))
            elif remembered != SUSPECT + scope.mapping.fingerprint or not self._goes_without(scope, lacking):
                faults += lacking
        self._remember(asked)
        if faults:
            raise Misconfigured(faults=faults)
        return [self.ctx.scopes[scope.id] for scope in scopes]

    def narrow(self, scope: Scope, fault: LtcError) -> Scope | None:
        """After a refused read: give the scope without the lines whose fields are gone; None if that is not the reason."""
        if not isinstance(fault, Misconfigured | Rejected) or scope.mapping is None:
            return None
        fits = self._known([scope]).get(_key(scope), "").removeprefix(SUSPECT) == scope.mapping.fingerprint
        schema = self._schema(scope) if fits else None
        lacking = self._lacking(scope, schema) if schema is not None else []
        if {one.path for one in lacking} == scope.lacking or not self._goes_without(scope, lacking):
            return None
        self._remember([(_key(scope), SUSPECT + scope.mapping.fingerprint)])
        return self.ctx.scopes[scope.id]

    def restored(self, scope: Scope) -> Scope:
        """Give a scope its whole mapping back if somebody, in any process, has found that its fields are there again."""
        if scope.lacking and scope.mapping is not None:
            if self._known([scope]).get(_key(scope), "") == scope.mapping.fingerprint:
                self._whole(scope)
            return self.ctx.scopes[scope.id]
        return scope

    def _whole(self, scope: Scope) -> None:
        self._use(with_mapping(scope, self.config.mapped[scope.system, scope.object].mapping), [])

    def doubt(self, systems: Sequence[str]) -> None:
        """Ask these systems again before their mappings are next used: they refused a call for the way it was made."""
        scopes = [scope for scope in self.ctx.scopes.values() if scope.system in systems]
        known = self._known(scopes)
        self._remember(
            [(key, SUSPECT + told.removeprefix(SUSPECT)) for scope in scopes if (told := known.get(key := _key(scope), ""))]
        )

    def _goes_without(self, scope: Scope, lacking: list[Fault]) -> bool:
        mapping = without_lines(self.config.mapped[scope.system, scope.object], self.config.layers, lacking)
        if mapping is None:
            return False
        warnings = [
            replace(fault, severity="warning", message=f"{fault.message} The hub goes on without this line.") for fault in lacking
        ]
        self._use(with_mapping(scope, mapping, frozenset(fault.path for fault in lacking)), warnings)
        return True

    def _use(self, scope: Scope, warnings: list[Fault]) -> None:
        self.ctx.scopes[scope.id] = scope
        if warnings:
            self.warnings[scope.id] = warnings

    def _schema(self, scope: Scope) -> ObjectSchema | None:
        try:
            return self.ctx.connectors[scope.system].describe(scope.object)
        except LtcError:
            return None

    def _lacking(self, scope: Scope, schema: ObjectSchema) -> list[Fault]:
        return missing_fields(self.config.mapped[scope.system, scope.object], self.config.layers, schema)

    def _known(self, scopes: Sequence[Scope]) -> dict[str, str]:
        with self.ctx.store.reading() as tx:
            rows = tx.select_in(t.hub, ("key", "value"), "key", [_key(scope) for scope in scopes])
            return {row[0]: row[1] for row in rows}

    def _remember(self, told: Sequence[tuple[str, str]]) -> None:
        if told:
            with self.ctx.store.transaction() as tx:
                tx.upsert(t.hub, ("key", "value"), told, key=("key",))


def _key(scope: Scope) -> str:
    return f"fields/{scope.system}/{scope.object}"
