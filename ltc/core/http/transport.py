"""The one place through which every call goes: time-outs, counting, the quota gauge and the redacted journal."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from ltc.core.contract import Call, Kit
from ltc.core.http.redact import BODY_CAP, redact_body, redact_headers, redact_text

Gauge: TypeAlias = Callable[[requests.Response], Mapping[str, int]]
"""Reads what an answer says about the quota: ``{"used": 18, "limit": 15000}``, or nothing."""

TIMEOUT = (5.0, 30.0)
POOL = 16


def standard_gauge(response: requests.Response) -> Mapping[str, int]:
    """Read the customary headers X-RateLimit-Limit and X-RateLimit-Remaining."""
    limit, remaining = (response.headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining"))
    return {"used": int(limit) - int(remaining), "limit": int(limit)} if limit.isdecimal() and remaining.isdecimal() else {}


class KitAdapter(BaseAdapter):
    """A transport for any ``requests`` session, ours or an SDK's; it changes nothing that the session sees but the time-out.

    With ``plain_loopback`` an https address on this machine is called by http, since some SDKs know nothing but https.
    """

    def __init__(
        self,
        kit: Kit,
        *,
        timeout: tuple[float, float] = TIMEOUT,
        gauge: Gauge = standard_gauge,
        plain_loopback: bool = False,
        inner: BaseAdapter | None = None,
    ) -> None:
        """Wrap a pooled HTTP transport, or ``inner`` (a simulator in this process)."""
        super().__init__()
        self.kit = kit
        self.timeout = timeout
        self.gauge = gauge
        self.plain_loopback = plain_loopback
        self.inner = inner or HTTPAdapter(pool_connections=POOL, pool_maxsize=POOL, max_retries=0)
        self._lock = threading.Lock()

    def send(  # type: ignore[override]  # requests' own adapters take their options by name as well
        self, request: requests.PreparedRequest, *, timeout: Any = None, **options: Any
    ) -> requests.Response:
        """Send one request when the system's limits let it, and journal it with whatever came of it."""
        if self.plain_loopback:
            request.url = plain_on_loopback(request.url or "")
        self.kit.admit()
        with self._lock:
            self.kit.calls += 1
        began = self.kit.clock.now()
        try:
            response = self.inner.send(request, timeout=timeout or self._limits(), **options)
            if not options.get("stream"):
                # Read here, so that a body that is cut off is journalled as that.
                response.content  # noqa: B018
        except requests.RequestException as error:
            self._journal(request, began, type(error).__name__, redact_text(str(error), self.kit.secrets))
            raise
        self._measure(response)
        body = "" if options.get("stream") else redact_body(response.content, self.kit.secrets)
        self._journal(request, began, str(response.status_code), body)
        return response

    def close(self) -> None:
        """Give back the pooled connections."""
        self.inner.close()

    def _limits(self) -> tuple[float, float]:
        connect, read = self.timeout
        return min(connect, self.kit.deadline_seconds), min(read, self.kit.deadline_seconds)

    def _measure(self, response: requests.Response) -> None:
        measured = self.gauge(response)
        if measured:
            with self._lock:
                self.kit.quota.update(measured)
                self.kit.quota_at = self.kit.clock.now()

    def _journal(self, request: requests.PreparedRequest, began: datetime, status: str, response: str) -> None:
        now = self.kit.clock.now()
        secrets = tuple(self.kit.secrets)
        headers = "\n".join(f"{name}: {value}" for name, value in redact_headers(request.headers, secrets).items())
        body = request.body if isinstance(request.body, (bytes, str)) else b""
        self.kit.record_call(
            Call(
                at=began,
                method=request.method or "",
                target=redact_text(request.url or "", secrets, BODY_CAP),
                status=status,
                milliseconds=(now - began).total_seconds() * 1000,
                request=f"{headers}\n\n{redact_body(body, secrets)}".strip(),
                response=response,
            )
        )


def adapter(
    kit: Kit, *, timeout: tuple[float, float] = TIMEOUT, gauge: Gauge = standard_gauge, inner: BaseAdapter | None = None
) -> KitAdapter:
    """Make a transport to mount in an SDK's session: default time-out, journal, and http for https on loopback."""
    return KitAdapter(kit, timeout=timeout, gauge=gauge, plain_loopback=True, inner=inner)


def plain_on_loopback(url: str) -> str:
    """Turn https into http where the host is this machine itself.

    >>> plain_on_loopback("https://127.0.0.1:8001/services"), plain_on_loopback("https://login.example.com/")
    ('http://127.0.0.1:8001/services', 'https://login.example.com/')
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="http")) if parts.scheme == "https" and is_loopback(parts.hostname or "") else url


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
