"""One line of a mapping: from its YAML to a codec with the fields that it reads."""

from __future__ import annotations

from typing import Final, TypeAlias, cast

from ltc.core.mapping.operations.codec import Several, Single
from ltc.core.mapping.operations.codes import TupleCodes
from ltc.core.mapping.operations.fixed import Default
from ltc.core.mapping.operations.named import Named, NoCodec, codec_names, find_codec
from ltc.core.mapping.rules import Source
from ltc.core.mapping.spec import Spec, article
from ltc.core.mapping.tables import MADE_OF_SEVERAL, canonical_of, codes_of, tuple_codes_of
from ltc.core.mapping.vocabulary import ALL_OPTIONS, INFERRED, OPERATIONS
from ltc.core.mapping.ways import OPTIONS_OF, WAYS, Built
from ltc.core.yamlfile import Node, did_you_mean

Chosen: TypeAlias = tuple[str, Single | Several | None, tuple[str, ...]]
"""The name of an operation, its codec unless there is a fault, and the options that it takes."""


def build(spec: Spec, *, options: tuple[str, ...]) -> Built:
    """Turn a line's node into a codec with its fields; note every fault in it."""
    ways = [key for key in ("from", "amount", "const", "compute", "split", "join", "first") if spec.has(key)]
    if spec.has("join") and spec.has("split") and spec.node.value["split"].kind == "scalar":
        ways.remove("split")
    if len(ways) != 1:
        _say_one_source(spec, ways)
        return Built("none", None, one_way=True)
    builder = WAYS.get(ways[0], _from)
    built: Built = builder(spec)
    if builder is not _from:
        spec.unknown_keys((ways[0], *options, *OPTIONS_OF.get(ways[0], ())), ALL_OPTIONS)
    return built


def _say_one_source(spec: Spec, ways: list[str]) -> None:
    """Note that a line says twice where its value comes from, or not at all."""
    if ways:
        message = f"`{ways[0]}` and `{ways[1]}` exclude each other."
        spec.fault("one_source", message, f"Give exactly one of: {_WAYS}.", key=ways[1])
    elif spec.has("embed") or spec.has("fields"):
        key = "embed" if spec.has("embed") else "fields"
        message = f"`{key}` is for groups of fields, but {spec.path} is one value."
        spec.fault("type_clash", message, "Say the field by `from:`.", key=key)
    else:
        near = next((hint for key in spec.node.value if (hint := did_you_mean(key, _WAYS.split(", ")))), "")
        message = "Nothing says where the value comes from."
        spec.fault("one_source", message, near or f"Give exactly one of: {_WAYS}.")


_WAYS: Final = "from, const, compute, split, join, first"


def _from(spec: Spec) -> Built:
    node = spec.at("from") or spec.at("amount")
    if node is not None and node.kind == "sequence" and len(node.value) > 1 and spec.has("codes"):
        return _tuple_codes(spec, node)
    if node is None or node.kind != "scalar":
        several = node is not None and node.kind == "sequence"
        remedy = "For several fields use codes, split, join or first." if several else "Write `from: Field`."
        spec.fault("bad_source", "`from` must name one field.", remedy, node=node)
        return Built("none", None, one_way=True)
    sources = [spec.source(node)]
    operation, codec, options = _codes(spec) if spec.has("codes") else _operation(spec, sources)
    if codec is None:
        return Built(operation, None, sources, one_way=True)
    if spec.has("ref") or spec.info.ref:
        operation = "ref"
        options += ("ref", "optional", "alpha", "width")
        _check_ref(spec)
    single = not hasattr(codec, "primaries")
    default = spec.at("default")
    if default is not None and single:
        codec = Default(cast("Single", codec), canonical_of(spec, default))
    elif default is not None:
        spec.fault("key_does_not_apply", "`default` does not apply to a value of several fields.", "Remove it.", key="default")
    spec.unknown_keys(("from", "as", "default", "one_way", "state", "note", *options), ALL_OPTIONS)
    return Built(operation, codec, sources, single)


def _codes(spec: Spec) -> Chosen:
    """Choose a table of codes."""
    if spec.has("as"):
        spec.used.add("as")
        spec.fault("key_does_not_apply", "`as` and `codes` exclude each other.", "Remove one of them.", key="as")
    if spec.info.type in MADE_OF_SEVERAL:
        message = f"Codes do not give {article(spec.info.type)}, which {spec.path} is."
        spec.fault("type_clash", message, "Remove `codes`.", key="codes")
        return "codes", None, ()
    return "codes", codes_of(spec), ("codes", "preferred", "else", "width")


def _operation(spec: Spec, sources: list[Source]) -> Chosen:
    """Choose an operation of the vocabulary: the one that `as` names, or what the path asks for."""
    operation = spec.text("as") or _inferred(spec)
    at = spec.node.get("as") or spec.node.get("alpha")
    if "." in operation:
        return _named(spec, operation, at)
    if operation not in OPERATIONS:
        remedy = did_you_mean(operation, OPERATIONS) or f"Use one of: {', '.join(OPERATIONS)}."
        spec.fault("unknown_operation", f"There is no operation {operation!r}.", remedy, node=at)
        return operation, None, ()
    found = OPERATIONS[operation]
    if spec.info.type not in found.kinds:
        fitting = [name for name, one in OPERATIONS.items() if spec.info.type in one.kinds]
        message = f"The operation {operation!r} does not give {article(spec.info.type)}, which {spec.path} is."
        spec.fault("type_clash", message, f"Use one of: {', '.join(fitting)}.", node=at)
        return operation, None, ()
    return operation, found.build(spec, sources), found.options


def _named(spec: Spec, name: str, at: Node | None) -> Chosen:
    """Choose a codec of another package."""
    try:
        codec = find_codec(name)
    except NoCodec as problem:
        known = codec_names()
        missing = did_you_mean(name, known) or "Install the package that brings it."
        remedy = "Correct the package that brings it." if name in known else missing
        spec.fault("unknown_operation", str(problem), remedy, node=at)
        return name, None, ()
    if spec.info.type not in codec.kinds:
        message = f"The operation {name!r} does not give {article(spec.info.type)}, which {spec.path} is."
        spec.fault("type_clash", message, f"It gives: {', '.join(codec.kinds)}.", node=at)
        return name, None, ()
    return name, Named(name, codec, spec.desk.blank), ()


def _tuple_codes(spec: Spec, node: Node) -> Built:
    """Read a table over several fields; each of its keys has a part for each field."""
    sources = spec.several(node)
    codes, patterns = tuple_codes_of(spec)
    table = spec.node.value["codes"]
    for key in [*codes.table, *("/".join(pattern) for pattern, _ in patterns)]:
        if key.count("/") != len(sources) - 1:
            message = f"{key!r} does not have a part for each of the {len(sources)} fields."
            spec.fault(
                "bad_option",
                message,
                "Write the parts with slashes: `A/B: ours`.",
                node=table if table.kind == "mapping" else None,
                key=key if table.kind == "mapping" else "codes",
            )
    spec.unknown_keys(("from", "codes", "preferred", "one_way", "state", "note"), ALL_OPTIONS)
    return Built("codes", TupleCodes(codes, len(sources), spec.desk.blank, patterns), sources, single=False)


def _inferred(spec: Spec) -> str:
    if spec.has("alpha"):
        return "alpha"
    if spec.info.type == "date" and spec.has("zone"):
        return "datetime"
    if spec.info.type in {"text", "any"} and spec.has("currency"):
        return "money"
    return INFERRED.get(spec.info.type, "text")


def _check_ref(spec: Spec) -> None:
    named = spec.text("ref")
    spec.flag("optional")
    if named and not spec.info.ref:
        spec.fault("type_clash", f"{spec.path} is not a reference.", "Remove `ref`.", key="ref")
    elif named and named != spec.info.ref:
        message = f"{spec.path} refers to {article(spec.info.ref)}, not to {article(named)}."
        remedy = did_you_mean(named, [spec.info.ref]) or f"Write `ref: {spec.info.ref}`."
        spec.fault("type_clash", message, remedy, node=spec.node.get("ref"))
