"""Survivorship policy: whose value wins, per entity and canonical path, as config/survivorship.yaml says it.

A rule holds for its path and for everything below it, until a longer path has a rule of its own. Owners are roles of systems
(crm, erp, payment, …) or names of systems, so that the shipped file fits any hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ltc.core.errors import Fault, Misconfigured
from ltc.core.models import PathInfo, entities, paths
from ltc.core.models.deals import DOCUMENTS, STAGES
from ltc.core.yamlfile import MAX_FAULTS, Node, did_you_mean, load, overlay, to_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Preference: TypeAlias = Literal["most_recent", "most_complete", "longest", "first", "union"]
Emptiness: TypeAlias = Literal["news", "never", "counts"]

STATUS: Final = "status"
"""The path that is resolved first, by a fixed owner."""

_FROZEN: Final = ConfigDict(extra="forbid", frozen=True)


def _tiers(value: Any) -> Any:
    """Read `crm`, `[cpq, crm]` (the one after the other) and `[[erp, hub], crm]` (two as one, then the third)."""
    tiers = (value,) if isinstance(value, str) else value
    return tuple((tier,) if isinstance(tier, str) else tier for tier in tiers) if isinstance(tiers, list | tuple) else value


def _word(value: Any) -> Any:
    return {"prefer": value} if isinstance(value, str) else value


Tiers: TypeAlias = tuple[tuple[str, ...], ...]
Owners: TypeAlias = Annotated[Tiers, BeforeValidator(_tiers)]


class Rule(BaseModel):
    """Whose value wins for one path and what is below it."""

    model_config = _FROZEN

    owner: Owners = Field(
        default=(), description="Roles or systems; the first that holds a value decides; those in a list of their own share it."
    )
    from_status: dict[str, Owners] = Field(
        default_factory=dict, description="Owners from this status on; those before them decide while they hold no value."
    )
    from_stage: dict[str, Owners] = Field(
        default_factory=dict,
        description="Owners from the stage on that the deal has come to; those before them decide while they hold no value.",
    )
    prefer: Preference | None = Field(
        default=None, description="Which value wins among the owner's records, or among all; `union` is for the rows of a list."
    )
    empty: Emptiness | None = Field(
        default=None, description="When an empty value wins: as news (it was emptied later), never, or it counts as any other."
    )
    together: bool = Field(default=False, description="The values below this path move together, as those of an address do.")


AnyRule: TypeAlias = Annotated[Rule, BeforeValidator(_word)]


class EntityRules(BaseModel):
    """The rules of one entity; a bare word such as `longest` is short for `{prefer: longest}`."""

    model_config = _FROZEN

    default: AnyRule = Field(default=Rule(), description="The rule of every path that has none.")
    fields: dict[str, AnyRule] = Field(default_factory=dict, description="Rules by path, list rows as `lines[].product`.")
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Paths that move together; the first one's rule decides."
    )


class SurvivorshipFile(BaseModel):
    """What config/survivorship.yaml may say."""

    model_config = _FROZEN

    prefer: Preference = Field(default="most_recent", description="Which value wins where no rule says it.")
    empty: Emptiness = Field(default="news", description="When an empty value wins where no rule says it.")
    entities: dict[str, EntityRules] = Field(default_factory=dict, description="Rules per entity.")


class Standing(NamedTuple):
    """Where a record stands: its own status, and the stage that its deal has come to; "" for one without a deal."""

    status: Any = None
    stage: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """A rule with nothing left open; its owners go by the record's status or by its deal's stage."""

    owners: Tiers
    prefer: Preference
    empty: Emptiness
    owners_by_status: Mapping[str, Tiers]
    owners_by_stage: Mapping[str, Tiers]

    def owners_at(self, standing: Standing) -> Tiers:
        """Name the owners while a record stands so, first those that decide if they hold a value."""
        if self.owners_by_stage:
            return self.owners_by_stage.get(standing.stage, self.owners)
        return self.owners_by_status.get(standing.status, self.owners) if isinstance(standing.status, str) else self.owners


@dataclass(frozen=True, slots=True, eq=False)
class EntityPolicy:
    """The policy of one entity: a ruling per path, which paths move together, and the stages at which owners change."""

    rulings: Mapping[str, Ruling]
    groups: Mapping[str, str]  # path -> the first path of its group
    lists: frozenset[str]
    custom: Ruling
    turns: frozenset[str] = frozenset()

    def ruling(self, path: str) -> Ruling:
        """Find the ruling of a generic path; custom fields without a rule of their own share one."""
        return self.rulings.get(path, self.custom)


@dataclass(frozen=True, slots=True)
class Policy:
    """The survivorship policy of a hub."""

    by_entity: Mapping[str, EntityPolicy]

    def of(self, entity: str) -> EntityPolicy:
        """Find the policy of an entity."""
        return self.by_entity[entity]


def load_policy(sources: Sequence[Path]) -> Policy:
    """Load the shipped file and what overlays it, later over earlier; raise Misconfigured with every fault."""
    return read_policy(overlay([load(path) for path in sources]) if sources else Node("mapping", {}))


def read_policy(node: Node) -> Policy:
    """Build the policy from what a file says; raise Misconfigured with every fault."""
    file = to_model(node, SurvivorshipFile)
    faults = list(islice(_faults(node, file), MAX_FAULTS))
    if faults:
        raise Misconfigured(faults=faults)
    return policy_of(file)


def policy_of(file: SurvivorshipFile) -> Policy:
    """Resolve rules whose paths are known to be right."""
    rules = {entity: _resolve(entity, file, file.entities.get(entity, EntityRules())) for entity in entities()}
    return Policy(MappingProxyType(rules))


@cache
def plain_policy() -> Policy:
    """Say what holds without any file: the most recent value wins, an empty one only as news, lists are unions."""
    return policy_of(SurvivorshipFile())


def _resolve(entity: str, file: SurvivorshipFile, rules: EntityRules) -> EntityPolicy:
    known = paths(entity)
    order = known[STATUS].values if STATUS in known else ()
    rulings = {path: _ruling(path, file, rules, known.get(path), order) for path in (*known, *rules.fields)}
    groups = {member: members[0] for members in rules.groups.values() for member in members}
    for path, rule in rules.fields.items():
        if rule.together:
            below = [inner for inner in known if inner.startswith(path + ".")]
            groups |= dict.fromkeys(below, below[0])
    lists = frozenset(path for path, info in known.items() if info.type == "list")
    turns = frozenset(stage for rule in (rules.default, *rules.fields.values()) for stage in rule.from_stage)
    return EntityPolicy(rulings, groups, lists, rulings["custom"], turns if entity in DOCUMENTS else frozenset())


def _ruling(path: str, file: SurvivorshipFile, rules: EntityRules, info: PathInfo | None, order: Sequence[str]) -> Ruling:
    """Put a ruling together, key by key: from the longest path that says it, else the entity's default, else the file's."""
    chain = [rules.fields[above] for above in _upwards(path) if above in rules.fields]
    chain.append(rules.default)
    owned = next((rule for rule in chain if rule.owner or rule.from_status or rule.from_stage), Rule())
    empty = next((rule.empty for rule in chain if rule.empty), file.empty)
    if info is not None and info.type == "list":
        prefer: Preference = rules.fields.get(path, Rule()).prefer or "union"
    else:
        prefer = next((rule.prefer for rule in chain if rule.prefer and rule.prefer != "union"), file.prefer)
    is_fixed = path == STATUS or _tells_the_deal(info)  # how far a deal has come depends on these
    return Ruling(
        owned.owner, prefer, empty, MappingProxyType(_owners_by(owned.owner, owned.from_status, order)),
        MappingProxyType({} if is_fixed else _owners_by(owned.owner, owned.from_stage, STAGES)),
    )  # fmt: skip


def _upwards(path: str) -> Iterator[str]:
    """Name a path and those above it, the longest first."""
    while path:
        yield path.removesuffix("[]")
        path = path.rpartition(".")[0]


def _tells_the_deal(info: PathInfo | None) -> bool:
    """Tell whether a path says to which deal a document belongs, or is a list in which such a path is."""
    return info is not None and (info.ref in DOCUMENTS or any(below.ref in DOCUMENTS for below in info.fields.values()))


def _owners_by(owners: Tiers, later: Mapping[str, Tiers], order: Sequence[str]) -> dict[str, Tiers]:
    """Name the owners at each step: the newest first, then those before them, who decide while these hold no value."""
    if not later:
        return {}
    found = {}
    for step in order:
        owners = tuple(dict.fromkeys((*later.get(step, ()), *owners)))
        found[step] = owners
    return found


def _faults(node: Node, file: SurvivorshipFile) -> Iterator[Fault]:
    """Find what the schema cannot: unknown entities, paths and statuses, and rules where they mean nothing."""
    if file.prefer == "union":
        yield node.fault("survivorship.union", "`union` is for lists only.", "Use most_recent.", key="prefer", path="prefer")
    by_entity = node.get("entities")
    for entity, rules in file.entities.items():
        assert by_entity is not None  # noqa: S101  # the model was built from it
        if entity not in entities():
            remedy = did_you_mean(entity, entities()) or f"Use one of: {', '.join(entities())}."
            yield by_entity.fault("survivorship.entity", f"There is no entity {entity!r}.", remedy, key=entity)
            continue
        yield from _entity_faults(by_entity.value[entity], entity, rules)


def _entity_faults(node: Node, entity: str, rules: EntityRules) -> Iterator[Fault]:
    known = paths(entity)
    fields = node.get("fields")
    if rules.default.prefer == "union":
        yield node.fault("survivorship.union", "`union` is for lists only.", "Use most_recent.", key="default")
    yield from _status_faults(node, entity, "default", rules.default)
    yield from _stage_faults(node, entity, "default", rules.default)
    for path, rule in rules.fields.items():
        assert fields is not None  # noqa: S101  # the model was built from it
        info = known.get(path)
        if info is None and not _is_custom(path, known):
            remedy = did_you_mean(path, known) or f"Look the paths of {entity} up in the reference."
            yield fields.fault("survivorship.path", f"{entity} has no path {path!r}.", remedy, key=path, path=path)
            continue
        if rule.prefer == "union" and (info is None or info.type != "list"):
            yield fields.fault("survivorship.union", "`union` is for lists only.", "Use most_recent.", key=path, path=path)
        if rule.together and (info is None or info.type != "object"):
            remedy = "Use `groups` for other paths."
            yield fields.fault("survivorship.together", f"Nothing is below {path!r}.", remedy, key=path, path=path)
        yield from _status_faults(fields, entity, path, rule)
        yield from _stage_faults(fields, entity, path, rule)
    yield from _group_faults(node, entity, rules)


def _status_faults(fields: Node, entity: str, path: str, rule: Rule) -> Iterator[Fault]:
    known = paths(entity)[STATUS].values if STATUS in paths(entity) else ()
    if (rule.from_status or rule.from_stage) and path == STATUS:
        remedy = "Give it a fixed `owner`: the owners of everything else follow from it."
        yield fields.fault("survivorship.status", "The status cannot depend on itself.", remedy, key=path, path=path)
    for name in rule.from_status:
        if name not in known:
            remedy = did_you_mean(name, known) or f"Use one of: {', '.join(known)}."
            at = fields.value[path].get("from_status") or fields
            yield at.fault("survivorship.status", f"{entity} has no status {name!r}.", remedy, key=name, path=path)


def _stage_faults(fields: Node, entity: str, path: str, rule: Rule) -> Iterator[Fault]:
    """Find what cannot follow a deal's stage: what is no document of one, and what says to which deal a document belongs."""
    if not rule.from_stage:
        return
    if entity not in DOCUMENTS:
        remedy = f"Documents of a deal are: {', '.join(DOCUMENTS)}."
        yield fields.fault("survivorship.stage", f"{entity} has no deal, so that it has no stage.", remedy, key=path, path=path)
    if _tells_the_deal(paths(entity).get(path)):
        remedy = "Give it a fixed `owner`."
        message = f"{path!r} says to which deal a document belongs, and cannot depend on its stage."
        yield fields.fault("survivorship.stage", message, remedy, key=path, path=path)
    if rule.from_status:
        remedy = "Say one of them."
        yield fields.fault("survivorship.stage", "Owners go by the status or by the stage.", remedy, key=path, path=path)
    for name in rule.from_stage:
        if name not in STAGES:
            remedy = did_you_mean(name, STAGES) or f"Use one of: {', '.join(STAGES)}."
            at = fields.value[path].get("from_stage") or fields
            yield at.fault("survivorship.stage", f"A deal has no stage {name!r}.", remedy, key=name, path=path)


def _group_faults(node: Node, entity: str, rules: EntityRules) -> Iterator[Fault]:
    known = paths(entity)
    groups = node.get("groups")
    for name, members in rules.groups.items():
        assert groups is not None  # noqa: S101  # the model was built from it
        wrong = [path for path in members if path not in known or not known[path].is_leaf or "[" in path]
        for path in wrong:
            remedy = did_you_mean(path, known) or "Name paths of single values, outside lists."
            at = groups.value[name].holding(path) or groups.value[name]
            yield at.fault("survivorship.group", f"{path!r} cannot be in a group.", remedy, path=path)


def _is_custom(path: str, known: Mapping[str, PathInfo]) -> bool:
    home, _, name = path.rpartition(".")
    return bool(name) and home in known and known[home].type == "any"
