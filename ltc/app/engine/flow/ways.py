"""Ways: how a flow gets from its source to a value: a leaf of its own, one of what it refers to, or one of a relative."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ltc.core.mapping.rules import dig
from ltc.core.models import entities, paths
from ltc.core.yamlfile import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ltc.core.models import PathInfo

HUB_ID = "hub_id"
"""Stands for the hub id of the record that a way leads to."""

CUSTOM = "custom"
"""The group of a hub's own fields: which these are, a flow file that ships cannot know."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step to another record: along a reference, or to the newest relative of an entity that fits."""

    name: str
    entity: str
    is_relative: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How to get from a flow's source to a value; ``info`` is what is known of the value, None for a hub id."""

    hops: tuple[Hop, ...]
    path: str
    info: PathInfo | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NoWay:
    """Why a path leads nowhere."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A golden record as a flow sees it, in its nested form."""

    hub_id: str
    nested: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a flow sees from one source: itself, and what its hops lead to."""

    entity: str
    source: Sight
    others: Mapping[tuple[Hop, ...], Sight] = field(default_factory=dict)
    roles: tuple[str, ...] = ()

    def value(self, way: Way) -> Any:
        """Follow a way; what is not there is None."""
        sight = self.others.get(way.hops) if way.hops else self.source
        if sight is None:
            return None
        if way.path == HUB_ID:
            return sight.hub_id
        return dig(sight.nested, tuple(way.path.split(".")))


def resolve(text: str, source: str, relatives: Collection[str]) -> Way | NoWay:
    """Find the way that a path of a flow file means.

    A path is a leaf of the source, with or without the source's name before it; a leaf of what the source refers to
    (`contact.email`); or one of a relative that the flow names (`quote.lines`, `quote.contact.email`).

    >>> resolve("contact.email", "opportunity", ()).hops
    (Hop(name='contact', entity='contact', is_relative=False),)
    >>> resolve("opportunity.name", "opportunity", ()).path, resolve("quote.hub_id", "opportunity", ["quote"]).path
    ('name', 'hub_id')
    """
    own = paths(source)
    head, _, tail = text.partition(".")
    if text in own or text == HUB_ID:
        return _along((), source, text)
    if head == source and tail:
        return _along((), source, tail)
    if head in relatives and tail:
        return _along((Hop(head, head, is_relative=True),), head, tail)
    found = _along((), source, text)
    if isinstance(found, NoWay) and head in entities() and head not in own:
        return NoWay(f"The flow knows nothing of a {head}.", f"Name it below `with`: `{head}: any`.")
    return found


def _along(hops: tuple[Hop, ...], entity: str, path: str) -> Way | NoWay:
    """Follow references as far as the path says."""
    known = paths(entity)
    if path == HUB_ID:
        return Way(hops, HUB_ID)
    if path in known:
        return Way(hops, path, known[path])
    head, _, tail = path.partition(".")
    if tail and head == CUSTOM and head in known:
        return Way(hops, path)
    if tail and head in known and known[head].ref:
        return _along((*hops, Hop(head, known[head].ref)), known[head].ref, tail)
    return NoWay(f"{entity} has no {path!r}.", did_you_mean(path, known))
