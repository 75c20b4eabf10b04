"""The veil: values as people who look after the hub may see them; personal data shows that it is there, and not what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.core.models import paths
from ltc.core.models.check import mask
from ltc.core.models.leaves import generic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.app.engine.flow.ways import Way
    from ltc.core.models import PathInfo, Schema


class Veil:
    """Hides what is personal, the hub's own custom fields included."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        """Take the entities that have custom fields in this hub."""
        self._schemas = schemas

    def leaf(self, entity: str, leaf: str, value: Any) -> Any:
        """Show a leaf of a record."""
        return _shown(self._known(entity).get(generic(leaf)), value)

    def at(self, source: str, way: Way | None, value: Any) -> Any:
        """Show what a way leads to."""
        if way is None:
            return value
        entity = way.hops[-1].entity if way.hops else source
        return _shown(self._known(entity).get(way.path), value)

    def _known(self, entity: str) -> Mapping[str, PathInfo]:
        schema = self._schemas.get(entity)
        return schema.paths if schema is not None else paths(entity)


def _shown(info: PathInfo | None, value: Any) -> Any:
    if info is None or value is None:
        return value
    if isinstance(value, list):
        return [_shown_group(info, row) for row in value]
    if info.fields:
        return _shown_group(info, value)
    return mask(value) if info.personal else value


def _shown_group(info: PathInfo, group: Any) -> Any:
    if not isinstance(group, dict):
        return group
    return {name: _shown(info.fields.get(name), value) for name, value in group.items()}
