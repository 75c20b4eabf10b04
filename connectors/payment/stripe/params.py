"""From the hub's raw fields to the API's parameters, and the keys under which calls are made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.payment.stripe.objects import HUB_KEY
from ltc.core.contract import key_number

if TYPE_CHECKING:
    from ltc.core.contract import WriteItem


def params_of(fields: Mapping[str, Any], *, clear: bool) -> dict[str, Any]:
    """Nest dotted names; what is empty is left out of what is made (it is empty anyway) and written as "" where it changes.

    >>> params_of({"name": "Acme", "metadata.ltc_id": "h:1", "email": None}, clear=False)
    {'name': 'Acme', 'metadata': {'ltc_id': 'h:1'}}
    >>> params_of({"address": {"line2": None}, "metadata": {"number": "7"}}, clear=True)
    {'address': {'line2': ''}, 'metadata': {'number': '7'}}
    """
    params: dict[str, Any] = {}
    for name, value in fields.items():
        *above, last = name.split(".")
        here = params
        for step in above:
            here = here.setdefault(step, {})
        if isinstance(value, Mapping):
            below = params_of(value, clear=clear)
            if below:
                here[last] = {**here.get(last, {}), **below}
        elif value is not None:
            here[last] = value
        elif clear:
            here[last] = ""
    return params


def said(fields: Mapping[str, Any], path: str) -> Any:
    """Take a value out of a write, whether its name is dotted or nested.

    >>> [said(fields, "meta.key") for fields in ({"meta.key": "h:1"}, {"meta": {"key": "h:1"}}, {})]
    ['h:1', 'h:1', None]
    """
    if path in fields:
        return fields[path]
    above, _, name = path.partition(".")
    nested = fields.get(above)
    return nested.get(name) if isinstance(nested, Mapping) else None


def hub_key(item: WriteItem) -> str:
    """Give the value by which a record is found again: the hub's own id, or the item's short key."""
    return str(said(item.fields, HUB_KEY) or item.short_key)


def call_key(obj: str, item: WriteItem, step: str) -> str:
    """Name a call of a write: the same step of the same write has the same key, in every process, until it is given up."""
    return f"ltc-{obj}-{item.key}-{key_number(item.journal)}-{step}"


def chance_key(item: WriteItem, params: Mapping[str, Any], chance: float) -> str:
    """Name a call that may be repeated under any key, such as a change: a stored failure must not stand in its way."""
    digest = hashlib.blake2b(f"{item.key} {sorted(params)} {chance}".encode(), digest_size=12).hexdigest()
    return f"ltc-{digest}"
