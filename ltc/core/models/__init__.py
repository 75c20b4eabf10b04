"""The canonical models: what a customer, an order, a payment is, whatever system it came from."""

from ltc.core.models.check import validate
from ltc.core.models.registry import MASTER_DATA, entities, model, paths, personal_paths, shape_of
from ltc.core.models.shape import PathInfo
from ltc.core.models.values import Address, Entity, Keyed, Money, Personal, Quantity, Ref, UnitPrice

__all__ = [
    "MASTER_DATA",
    "Address",
    "Entity",
    "Keyed",
    "Money",
    "PathInfo",
    "Personal",
    "Quantity",
    "Ref",
    "UnitPrice",
    "entities",
    "model",
    "paths",
    "personal_paths",
    "shape_of",
    "validate",
]
