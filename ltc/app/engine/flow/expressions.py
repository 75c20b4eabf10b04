"""The expressions of a flow: over its source, the relatives that it names, and the hub; checked before they run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ltc.core.mapping.cel import compile_expression, compile_joint
from ltc.core.mapping.declared import HUB
from ltc.core.mapping.typecheck import over_entities, over_entity
from ltc.core.models import entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ltc.core.errors import Fault
    from ltc.core.mapping.cel import Expression, JointExpression
    from ltc.core.mapping.cel_faults import Refusal
    from ltc.core.yamlfile import Node

TRUTH = frozenset({"BOOL", "DYN"})
"""The types that a condition may give."""


def joint(text: str, source: str, relatives: Iterable[str]) -> JointExpression | Refusal:
    """Compile an expression over all that a flow sees."""
    variables = tuple(name for name in (source, *relatives) if name in entities())
    found = compile_joint(text, (*variables, HUB), over_entities(*variables, HUB))
    if not isinstance(found, tuple):
        return found
    return tuple(
        replace(one, remedy=f"Name it below `with`: `{one.unknown}: any`.") if one.unknown in entities() else one for one in found
    )


def alone(text: str, entity: str) -> Expression | Refusal:
    """Compile an expression over one golden record."""
    return compile_expression(text, entity, over_entity(entity) if entity in entities() else None)


def faults_of(refusal: Refusal, place: Node, key: str, text: str) -> Iterator[Fault]:
    """Say what is wrong with an expression, at its very column in the file."""
    child = place.value.get(key) if place.kind == "mapping" else None
    node = child.holding(text) if child is not None else None
    for wrong in refusal:
        message = f"The expression is not right: {wrong.message}"
        code = "flow.path" if wrong.is_path else "flow.condition"
        if node is None:
            yield place.fault(code, message, wrong.remedy, key=key)
        else:
            yield wrong.at(node).fault(code, message, wrong.remedy)
