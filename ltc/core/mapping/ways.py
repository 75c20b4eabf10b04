"""Ways to a value other than one field: constants, expressions, several fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ltc.core.mapping.cel import Expression, compile_expression, fits
from ltc.core.mapping.operations.codec import Several, Single
from ltc.core.mapping.operations.fixed import Computed
from ltc.core.mapping.operations.names import First, Join, Split
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec, article
from ltc.core.mapping.tables import MADE_OF_SEVERAL, canonical_of
from ltc.core.mapping.typecheck import over_fields
from ltc.core.yamlfile import Node

RECORD: Final = "record"
"""What an expression of a mapping calls the record, or the row that it stands in."""


@dataclass(slots=True)
class Built:
    """What a line came to: its codec and the fields that it reads; without a codec it is a constant."""

    operation: str
    codec: Single | Several | None
    sources: list[Source] = field(default_factory=list)
    single: bool = True
    one_way: bool = False
    constant: Any = None


def _constant(spec: Spec) -> Built:
    node = spec.at("const")
    if spec.info.type in MADE_OF_SEVERAL:
        spec.fault("type_clash", f"{spec.path} cannot be a constant.", "Map it from fields.", key="const")
        return Built("constant", None, one_way=True)
    value = None if node is None else canonical_of(spec, node)
    return Built("constant", None, one_way=True, constant=value)


def _computed(spec: Spec) -> Built:
    node = spec.at("compute")
    expression = None if node is None else expression_at(spec, node)
    if expression is None:
        return Built("compute", None, one_way=True)
    if spec.info.type in MADE_OF_SEVERAL:
        message = f"No expression gives {article(spec.info.type)}, which {spec.path} is."
        spec.fault("type_clash", message, "Map it from fields.", key="compute")
    elif not fits(expression.returns, spec.info.type):
        spec.fault(
            "type_clash",
            f"The expression gives a {expression.returns}, but {spec.path} is {article(spec.info.type)}.",
            "Convert it.",
            node=node,
        )
    sources = [Source((*spec.place.raw, *path), writable=False) for path in expression.fields]
    return Built("compute", Computed(expression.compute, len(sources)), sources, single=False, one_way=True)


def expression_at(spec: Spec, node: Node) -> Expression | None:
    """Compile an expression of a line; note a fault at the very column of the expression."""
    if node.kind != "scalar":
        spec.fault("bad_cel", "This must be an expression.", "Write CEL in quotes.", node=node)
        return None
    checker = over_fields(RECORD, spec.place.fields) if spec.place.fields is not None else None
    expression = compile_expression(node.text, RECORD, checker)
    if isinstance(expression, Expression):
        return expression
    for wrong in expression:
        code = "unknown_source" if wrong.is_path else "bad_cel"
        spec.fault(code, f"The expression is not right: {wrong.message}", wrong.remedy, node=wrong.at(node))
    return None


def _several(spec: Spec, key: str) -> list[Source]:
    node = spec.at(key)
    if node is None or node.kind != "sequence" or len(node.value) < 2:
        spec.fault("bad_source", f"`{key}` needs a list of at least two fields.", f"Write `{key}: [A, B]`.", node=node)
        return []
    return spec.several(node)


def _text_like(spec: Spec, key: str) -> None:
    if spec.info.type not in {"text", "any"}:
        message = f"`{key}` gives a text, but {spec.path} is {article(spec.info.type)}."
        spec.fault("type_clash", message, "Use `from`.", key=key)


def _split(spec: Spec) -> Built:
    _text_like(spec, "split")
    sources = _several(spec, "split")
    overflow = spec.choice("overflow", ("park", "truncate"), "park")
    node = spec.node.get("split")
    width = spec.whole("width", least=2)
    widths = [width] * len(sources)
    if not width and node is not None and node.kind == "sequence":
        described = [spec.described(one) for one in node.value]
        widths = [found.length if found is not None else 0 for found in described]
        if not all(widths):
            spec.fault("missing_key", "`split` needs the width of the fields.", "Add `width: 40`.")
    codec = Split(tuple(width or 40 for width in widths), overflow == "truncate", spec.desk.blank)
    return Built("split", codec, sources, single=False)


def _join(spec: Spec) -> Built:
    _text_like(spec, "join")
    sources = _several(spec, "join")
    separator = spec.text("separator", " ")
    back = spec.choice("split", ("last", "first"), "")
    if back and len(sources) != 2:
        spec.fault("bad_option", "The way back needs exactly two fields.", "Leave `split` out.", key="split")
    if back and not separator:
        message = "Without a separator nobody can cut the text again."
        spec.fault("bad_option", message, "Give a `separator`, or leave `split` out.", node=spec.node.get("separator"))
    return Built(
        "join", Join(len(sources), separator, cast("Any", back), spec.desk.blank), sources, single=False, one_way=not back
    )


def _first(spec: Spec) -> Built:
    _text_like(spec, "first")
    sources = _several(spec, "first")
    return Built("first", First(len(sources), spec.desk.blank), sources, single=False)


WAYS: Final[Mapping[str, Any]] = {"const": _constant, "compute": _computed, "split": _split, "join": _join, "first": _first}
"""What reads each way, by the key that names it."""

OPTIONS_OF: Final[Mapping[str, tuple[str, ...]]] = {"split": ("width", "overflow"), "join": ("separator", "split")}
"""The options of each way."""
