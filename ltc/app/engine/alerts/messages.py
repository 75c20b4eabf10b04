"""What a notice says, as a mail, as JSON and in Slack's format: the same events, the worst first."""

from __future__ import annotations

import hashlib
import hmac
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from ltc.app.engine.state import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PAGE: Final = "docs/reference/alerts.md"
_WHAT: Final = {"began": "", "goes_on": "still: ", "over": "over: ", "test": "test: "}
_ORDER: Final = ("error", "warning")


def in_order(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what is over last, and the worst first."""
    return sorted(events, key=lambda one: (one["what"] == "over", _ORDER.index(one["severity"]), one["code"], one["subject"]))


def headline(hub: str, events: Sequence[dict[str, Any]]) -> str:
    """Say the whole in a line.

    >>> one = {"code": "job.late", "subject": "changes", "what": "began", "severity": "error", "message": "The job is late."}
    >>> headline("Acme", [one]), headline("Acme", [one, {**one, "what": "over"}])
    ('Acme: job.late changes', 'Acme: job.late changes and 1 more')
    """
    first = in_order(events)[0]
    more = f" and {len(events) - 1} more" if len(events) > 1 else ""
    return f"{hub}: {_WHAT[first['what']]}{first['code']} {first['subject']}{more}"


def text(hub: str, events: Sequence[dict[str, Any]]) -> str:
    """Say everything in plain words."""
    parts = []
    for one in in_order(events):
        lines = [f"{_WHAT[one['what']]}{one['message']}", f"  {one['remedy']}" if one["remedy"] else ""]
        about = f"  {one['severity']} · {one['code']} · {one['subject']} · since {_minute(one['since'])}"
        if one["what"] == "over":
            about = f"{about}, over since {_minute(one['at'])}"
        parts.append("\n".join((*filter(None, lines), about)))
    return "\n\n".join((*parts, f"{hub}: `ltc alerts` lists what is on; {PAGE} says what each code means."))


def mail(hub: str, number: int, events: Sequence[dict[str, Any]], sender: str, to: Sequence[str], now: datetime) -> EmailMessage:
    """Write a mail; its id is always that of the notice, so that one that was sent twice can be known."""
    message = EmailMessage()
    message["Subject"] = headline(hub, events).replace("\n", " ")
    message["From"], message["To"] = sender, ", ".join(to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<notice-{number}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(hub, events))
    return message


def document(hub: str, number: int, events: Sequence[dict[str, Any]]) -> bytes:
    """Write the JSON of a notice; ``notice`` is the same each time that it is sent."""
    body = {"notice": number, "hub": hub, "title": headline(hub, events), "alerts": in_order(events)}
    return (to_json(body) or "{}").encode()


def slack(hub: str, events: Sequence[dict[str, Any]]) -> bytes:
    """Write a message for Slack, or for what takes its format."""
    said = f"*{headline(hub, events)}*\n{text(hub, events)}"
    safe = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (to_json({"text": safe}) or "{}").encode()


def signature(secret: str, at: int, body: bytes) -> str:
    """Sign a body with the time at which it is sent.

    >>> signature("key", 1767225600, b"{}")[:19]
    't=1767225600,v1=df3'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"
