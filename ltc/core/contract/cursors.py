"""Cursors come back from the store, and from people who type them."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ltc.core.errors import Misconfigured

Form = TypeVar("Form", bound=msgspec.Struct)


def read_cursor(text: str, form: type[Form]) -> Form:
    """Read the text that an earlier page gave; "" begins at the beginning. Raise Misconfigured for any other text."""
    if not text:
        return form()
    try:
        return msgspec.json.decode(text, type=form)
    except msgspec.DecodeError:
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        message = f"{shown!r} is not a cursor of this system."
        remedy = "Give one that `ltc system read --json` printed, or none to read from the beginning."
        raise Misconfigured(message, remedy=remedy, code="system.cursor") from None
