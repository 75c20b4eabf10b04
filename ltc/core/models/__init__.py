"""The canonical models: what a customer, an order, a payment is, whatever system it came from."""

from __future__ import annotations

from ltc.core.models.check import is_complete, validate
from ltc.core.models.custom import CustomField, Schema, with_custom
from ltc.core.models.milestones import Milestone, milestone_of
from ltc.core.models.registry import MASTER_DATA, entities, model, paths, personal_paths, shape_of
from ltc.core.models.shape import PathInfo
from ltc.core.models.states import is_step, may_write
from ltc.core.models.values import Address, Entity, Keyed, Money, Personal, Quantity, Ref, UnitPrice

__all__ = [
    "MASTER_DATA",
    "Address",
    "CustomField",
    "Entity",
    "Keyed",
    "Milestone",
    "Money",
    "PathInfo",
    "Personal",
    "Quantity",
    "Ref",
    "Schema",
    "UnitPrice",
    "entities",
    "is_complete",
    "is_step",
    "may_write",
    "milestone_of",
    "model",
    "paths",
    "personal_paths",
    "shape_of",
    "validate",
    "with_custom",
]
