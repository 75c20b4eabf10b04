"""What the sandbox's people may be asked to do, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

ACTIVITIES = (
    "new_leads", "work_leads", "quote", "revise_quotes", "answer_quotes", "win", "lose", "reopen", "amend", "new_deals",
    "convert_leads", "edit", "conflict", "double", "merge", "delete", "ship", "bill", "credit", "credit_collected", "pay",
    "reverse", "sign", "send_again", "collect", "regret", "pay_out",
)  # fmt: skip
"""What people do of themselves, in the order of a working day."""

CALM = (
    "new_leads", "work_leads", "quote", "answer_quotes", "win", "lose", "new_deals", "edit", "conflict", "ship", "bill",
    "credit", "pay", "reverse", "sign", "send_again", "collect", "pay_out",
)  # fmt: skip
"""What an ordinary week brings: nobody reopens a deal, amends one that was won, or doubles a customer."""

MISHAPS = ("reopen_won", "lose_won", "amend_won", "merge_ordered", "cancel_ordered", "pay_together", "reverse_payment")
"""What people do at the worst moment, now and then, each to one victim."""

PROGRAMMES: Mapping[str, Collection[str]] = MappingProxyType(
    {"everything": ACTIVITIES, "calm": CALM, "mishaps": (*ACTIVITIES, *MISHAPS)}
)
"""What people are asked to do, by name; the order is that of the working day in any case."""
