"""Values as people write them on the command line."""

from __future__ import annotations

import json
from decimal import Decimal

import click


def assigned(text: str) -> tuple[str, object]:
    """Read FIELD=VALUE: text, or what JSON makes of a number, a word or an object.

    >>> assigned("phone=030 1"), assigned("count=3"), assigned("blank=null")
    (('phone', '030 1'), ('count', 3), ('blank', None))
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.UsageError(f"{text!r} is not FIELD=VALUE.")
    try:
        said = json.loads(value, parse_float=Decimal)
    except json.JSONDecodeError:
        return name, value
    return name, value if isinstance(said, dict | list) else said


def fixed(text: str) -> tuple[str, object]:
    """Read FIELD=VALUE where VALUE is what a field is to hold: text, also of digits alone, unless it is plainly JSON.

    >>> fixed("postal_code=50667"), fixed("phone=null"), fixed('credit_limit={"amount": "5", "currency": "EUR"}')
    (('postal_code', '50667'), ('phone', None), ('credit_limit', {'amount': '5', 'currency': 'EUR'}))
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.UsageError(f"{text!r} is not FIELD=VALUE.")
    if value not in {"null", "true", "false"} and not value.startswith(("{", "[")):
        return name, value
    try:
        return name, json.loads(value)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"The value of {name} is not JSON: {error}.") from error
