"""A scope is one object of one system, as the engine sees it: mapping, capabilities, policies and mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Dict

    from ltc.core.contract import ObjectSpec, Raw
    from ltc.core.mapping import Mapping

HUB = "hub"
"""The system to which derived records belong."""

DEPENDENCY_ORDER = (
    "legal_entity", "employee", "campaign", "customer", "contact", "product", "price", "lead", "opportunity", "quote",
    "contract", "signature_request", "order", "delivery", "acceptance", "return", "invoice", "credit_note", "payment",
    "refund", "bank_transaction", "deal",
)  # fmt: skip
"""Parents before children: what an entity refers to stands before it."""

DeletePolicy = Literal["ignore", "deactivate", "delete"]


@dataclass(frozen=True, slots=True)
class Wants:
    """Which golden records a system is to have, as guards on the nested golden form."""

    create: Callable[[Dict[str, Any]], bool]
    update: Callable[[Dict[str, Any]], bool]


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
    to read, and ``frozen`` tells of a raw record that it may no longer be changed.
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

    @property
    def is_hub(self) -> bool:
        """Tell whether this holds what flows derived."""
        return self.system == HUB


def rank(entity: str) -> int:
    """Give an entity's place in the order of dependencies."""
    return DEPENDENCY_ORDER.index(entity) if entity in DEPENDENCY_ORDER else len(DEPENDENCY_ORDER)
