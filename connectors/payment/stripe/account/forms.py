"""Bracketed forms, ``a[b][0]=c``, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from connectors.payment.stripe.account.refusals import missing, refused


def parse(text: str) -> dict[str, Any]:
    """Read a form or a query into nested values; indexes make lists.

    >>> parse("metadata[ltc_id]=1&expand[]=payments&items[0][amount]=5&items[1][amount]=6")
    {'metadata': {'ltc_id': '1'}, 'expand': ['payments'], 'items': [{'amount': '5'}, {'amount': '6'}]}
    """
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *rest = name.replace("]", "").split("[")
        here, key = tree, head
        for step in rest:
            here = here.setdefault(key, {})
            key = step or str(len(here))
        here[key] = value
    read: dict[str, Any] = _lists(tree)
    return read


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(one) for key, one in value.items()}


def whole(params: Mapping[str, Any], name: str, *, required: bool = False, least: int | None = None) -> int | None:
    """Take a whole number; an empty one is none."""
    text = params.get(name)
    if text in (None, ""):
        if required:
            raise missing(name)
        return None
    if not isinstance(text, str) or not text.removeprefix("-").isdecimal():
        raise refused(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
    if least is not None and int(text) < least:
        raise refused(f"This value must be greater than or equal to {least}.", param=name, code="parameter_invalid_integer")
    return int(text)


def flag(params: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Take a truth value."""
    text = params.get(name)
    if text is None:
        return default
    if text not in {"true", "false"}:
        raise refused(f"Invalid boolean: {text}", param=name)
    return bool(text == "true")


def text(params: Mapping[str, Any], name: str, *, most: int = 5000) -> str | None:
    """Take a text; an empty one is none."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise refused("Invalid string", param=name)
    if value is not None and len(value) > most:
        raise refused(f"Invalid string: too long, at most {most} characters are allowed.", param=name)
    return value or None


def choice(params: Mapping[str, Any], name: str, values: Sequence[str], default: str) -> str:
    """Take one of some words."""
    value = params.get(name, default)
    if value not in values:
        raise refused(f"Invalid {name}: must be one of {', '.join(values)}", param=name)
    return str(value)


def metadata(params: Mapping[str, Any], held: Mapping[str, str]) -> dict[str, str]:
    """Lay metadata over what is held: keys that come empty go, and no more than fifty of them may be."""
    given = params.get("metadata")
    if given == "":
        return {}
    if given is None:
        return dict(held)
    if not isinstance(given, dict):
        raise refused("Invalid object", param="metadata")
    for key, value in given.items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            raise refused("Metadata keys can have up to 40, values up to 500 characters.", param=f"metadata[{key}]")
    merged = {key: value for key, value in {**held, **given}.items() if value != ""}
    if len(merged) > 50:
        raise refused("You can have up to 50 metadata keys.", param="metadata")
    return merged


def known(params: Mapping[str, Any], names: frozenset[str]) -> None:
    """Refuse parameters that the API does not have."""
    for name in params:
        if name not in names:
            raise refused(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
