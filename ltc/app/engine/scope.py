"""A scope is one object of one system, as the engine sees it: mapping, capabilities, policies and mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ltc.core.models.leaves import generic

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Dict

    from ltc.core.contract import ObjectSpec, Raw
    from ltc.core.mapping import Mapping, ShadowReader

HUB = "hub"
"""The system to which derived records belong."""

DEPENDENCY_ORDER = (
    "legal_entity", "employee", "campaign", "customer", "contact", "product", "price", "lead", "opportunity", "quote",
    "contract", "signature_request", "order", "delivery", "acceptance", "return", "invoice", "credit_note", "payment",
    "refund", "dispute", "payout", "bank_transaction", "deal",
)  # fmt: skip
"""Parents before children: what an entity refers to stands before it."""

DeletePolicy = Literal["ignore", "deactivate", "delete"]


REMEMBERED = 65_536
"""So many leaves are remembered at most; the keys of rows have no end."""

Guard: TypeAlias = "Callable[[Dict[str, Any]], bool]"


@dataclass(frozen=True, slots=True)
class Wants:
    """Which golden records a system is to have, as guards on the nested golden form; None lets every one pass."""

    create: Guard | None = None
    update: Guard | None = None
    keep: Guard | None = None


class Written(dict[str, bool]):
    """Whether a mapping writes a leaf, remembered leaf by leaf: every record asks the same.

    A list without rows is a leaf of its own, and nothing to write: rows come and go one by one.
    """

    __slots__ = ("lists", "names")

    def __init__(self, names: frozenset[str], lists: frozenset[str] = frozenset()) -> None:
        """Take the canonical paths that the mapping writes, and those of the entity's lists."""
        super().__init__()
        self.names, self.lists = names, lists

    def __missing__(self, leaf: str) -> bool:
        """Look a leaf up that nobody asked for yet."""
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[leaf] = leaf not in self.lists and generic(leaf) in self.names
        return found


@dataclass(frozen=True, slots=True)
class Brakes:
    """Limits per run and scope; None lets everything pass."""

    max_creates: int | None = None
    max_changed_share: float | None = None
    max_disappeared_share: float | None = None
    max_money: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """One object of one system.

    ``outbound`` holds the generic leaves that the mapping writes, ``covered`` those that it reads. ``fields`` are the raw paths
    to read, ``frozen`` tells of a raw record that it may no longer be changed, and ``writes`` whether the mapping writes a leaf.
    ``lacking`` are canonical paths whose fields the system does not have any more, ``deprecated`` those of lines that are to go
    some day, and ``shadow`` reads what proposed lines would give; both only count.
    """

    id: int
    system: str
    role: str
    object: str
    entity: str
    mapping: Mapping | None
    spec: ObjectSpec | None
    wants: Wants
    deletes: DeletePolicy
    brakes: Brakes
    outbound: frozenset[str]
    covered: frozenset[str]
    fields: tuple[str, ...] = ()
    frozen: Callable[[Raw], bool] | None = None
    writes: Written = field(default_factory=lambda: Written(frozenset()))
    lacking: frozenset[str] = frozenset()
    deprecated: frozenset[str] = frozenset()
    shadow: ShadowReader | None = None

    def lacks(self, leaf: str) -> bool:
        """Tell whether the system has no field any more for a leaf, so that what it said last still counts."""
        name = generic(leaf)
        return name in self.lacking or name.partition("[")[0] in self.lacking

    @property
    def is_hub(self) -> bool:
        """Tell whether this holds what flows derived."""
        return self.system == HUB


def rank(entity: str) -> int:
    """Give an entity's place in the order of dependencies."""
    return DEPENDENCY_ORDER.index(entity) if entity in DEPENDENCY_ORDER else len(DEPENDENCY_ORDER)
