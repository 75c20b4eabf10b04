"""Keep secrets out of whatever is kept: by the names of headers and fields, and by the secrets' own values."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MASK = "•••"
BODY_CAP = 4096
TEXT_CAP = 300
SHORTEST_SECRET = 4

_WORDS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "assertion", "authorization", "authorisation", "credential"),
    *("cookie", "signature", "apikey", "api_key", "api-key", "privatekey", "private_key", "private-key"),
    *("sessionid", "session_id", "session-id", "codeverifier", "code_verifier"),
)
_NAMES = "|".join(_WORDS)
_JSON = re.compile(
    rf'("(?:[^"\\\n]{{0,60}}?)(?:{_NAMES})(?:[^"\\\n]{{0,60}}?)"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|\[[^\]]*\]?|-?[0-9][^,}}\]\s]*)',
    re.IGNORECASE | re.DOTALL,
)
_FORM = re.compile(rf"((?:^|[&?;\s])[\w.\-\[\]]{{0,60}}?(?:{_NAMES})[\w.\-\[\]]{{0,60}}?=)[^&\s]*", re.IGNORECASE)
_XML = re.compile(rf"(<(?:[\w.\-]+:)?[\w.\-]{{0,60}}?(?:{_NAMES})[\w.\-]{{0,60}}?(?:\s[^<>]*)?>)[^<]+", re.IGNORECASE)
_SCHEME = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=!\-]{8,}", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Say whether a header, parameter or field of this name holds a secret.

    >>> is_secret_name("X-Api-Key"), is_secret_name("client_secret"), is_secret_name("BillingCity")
    (True, True, False)
    """
    lowered = name.lower()
    return any(word in lowered for word in _WORDS)


def redact_text(text: str, secrets: Iterable[str] = (), cap: int = TEXT_CAP) -> str:
    """Mask secrets in a text (JSON, form, XML, URL or prose) and cut it to a cap.

    >>> redact_text('{"grant":"x","client_secret":"s3cret"}')
    '{"grant":"x","client_secret":"•••"}'
    >>> redact_text("grant_type=password&password=hunter2&a=1")
    'grant_type=password&password=•••&a=1'
    """
    forms = _forms_of(tuple(secrets))
    # The window reaches past the cap, so that a secret which begins before the cap is in it whole.
    window = _masked(text[: cap + _longest(forms)], forms)
    return window if len(window) <= cap and len(text) <= cap else f"{window[:cap]}… ({len(text)} characters)"


def redact_body(body: bytes | str | None, secrets: Iterable[str] = (), cap: int = BODY_CAP) -> str:
    """Mask secrets in a body and cut it to a cap; what is not text is told by its size."""
    if not body:
        return ""
    if isinstance(body, str):
        return redact_text(body, secrets, cap)
    forms = _forms_of(tuple(secrets))
    # Cut first: pages are megabytes and the journal keeps kilobytes. Four bytes are the most that a character takes.
    head = body[: 4 * (cap + _longest(forms))]
    try:
        text = head.decode("utf-8", "strict" if len(head) == len(body) else "ignore")
    except UnicodeDecodeError:
        return f"({len(body)} bytes)"
    shown = _masked(text[: cap + _longest(forms)], forms)
    return shown if len(shown) <= cap and len(text) <= cap else f"{shown[:cap]}… ({len(body)} bytes)"


def redact_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
    """Mask the headers that carry credentials, and known secrets in the others."""
    secrets = tuple(secrets)
    return {str(name): MASK if is_secret_name(str(name)) else redact_text(str(value), secrets) for name, value in headers.items()}


def _masked(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, MASK)
    if is_secret_name(text):
        text = _JSON.sub(rf'\1"{MASK}"', text)
        text = _FORM.sub(rf"\1{MASK}", text)
        text = _XML.sub(rf"\1{MASK}", text)
    return _SCHEME.sub(rf"\1 {MASK}", text)


@lru_cache(maxsize=4)
def _forms_of(secrets: tuple[str, ...]) -> list[str]:
    """Give secrets as they may be written: plain, escaped for JSON, in a URL, and in base 64; the longest first."""
    forms: set[str] = set()
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            forms |= {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
            forms |= {quote(secret, safe=""), quote_plus(secret), base64.b64encode(secret.encode()).decode()}
    return sorted(forms, key=len, reverse=True)


def _longest(forms: list[str]) -> int:
    return len(forms[0]) if forms else 0
