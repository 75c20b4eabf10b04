"""The HTTP client of every connector: it answers with a whole, good response or raises one of our errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception

import ltc
from ltc.core.contract import Kit
from ltc.core.errors import Later, LtcError, Misconfigured, QuotaSpent, Unauthorised, Unknown
from ltc.core.http.policy import StatusPolicy, is_whole_json, of_exception
from ltc.core.http.redact import redact_body, redact_text
from ltc.core.http.transport import TIMEOUT, Gauge, KitAdapter, standard_gauge

Auth: TypeAlias = Callable[[bool], Mapping[str, str]]
"""Gives the headers that authorise a call; ``True`` asks for fresh ones, since the last were refused."""

Expect: TypeAlias = Literal["json", "any"]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a call that may be repeated is tried, in seconds; a longer wait is the engine's to plan."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0


@dataclass(slots=True)
class HttpClient:
    """Calls one system. Every call has a time-out, is journalled without secrets, and ends in success or an ``LtcError``.

    ``auth`` gives the authorising headers, ``policy`` says what a status means, ``gauge`` reads the quota, ``inner`` stands
    in for the network (a simulator in this process), ``verify`` is True or the path of a CA bundle.
    """

    kit: Kit = field(repr=False)
    base_url: str
    timeout: tuple[float, float] = TIMEOUT
    policy: StatusPolicy = field(default_factory=StatusPolicy)
    auth: Auth | None = field(default=None, repr=False)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    gauge: Gauge = standard_gauge
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    inner: BaseAdapter | None = None
    session: requests.Session = field(init=False, repr=False)
    _auth_lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Open a pooled session that takes nothing from the environment."""
        if urlsplit(self.base_url).scheme not in {"http", "https"} or not urlsplit(self.base_url).hostname:
            shown = redact_text(self.base_url, self.kit.secrets)
            raise Misconfigured(f"{shown!r} is not the address of a system.", remedy="Give base_url as https://host[:port].")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.verify
        self.session.headers.update({"User-Agent": f"ltc-hub/{ltc.__version__}", "Accept": "application/json", **self.headers})
        transport = KitAdapter(self.kit, timeout=self.timeout, gauge=self.gauge, inner=self.inner)
        self.session.mount("http://", transport)
        self.session.mount("https://", transport)

    def get(self, path: str, *, params: Mapping[str, str] | None = None, expect: Expect = "json") -> requests.Response:
        """Read something; tried again as often as the retry policy allows."""
        return self.request("GET", path, params=params, idempotent=True, expect=expect)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool,
        expect: Expect = "json",
        attempts: int = 0,
    ) -> requests.Response:
        """Make a call and give its answer, whole and successful, or raise the error that says what to do about it.

        ``idempotent`` means that the call may be repeated without harm: then ``Later`` is tried again here, with the waits
        that the system asks for, and a call that was cut off is ``Later``; otherwise it is ``Unknown``. ``expect="json"`` checks
        that the body is whole JSON. ``attempts`` overrides the retry policy's for this call.
        """
        target = self._url(path)
        options = {"params": params, "data": data, "json": json, "headers": dict(headers or {})}

        def attempt() -> requests.Response:
            return self._authorised(method, target, options, idempotent=idempotent, expect=expect)

        if not idempotent:
            return attempt()
        return self._retrying(attempts or self.retry.attempts)(attempt)

    def close(self) -> None:
        """Give back the pooled connections."""
        self.session.close()

    def _authorised(
        self, method: str, url: str, options: dict[str, Any], *, idempotent: bool, expect: Expect
    ) -> requests.Response:
        if self.auth is None:
            return self._once(method, url, options, idempotent=idempotent, expect=expect)
        credentials = self.auth(False)  # noqa: FBT003  the contract of Auth
        try:
            return self._once(method, url, _with(options, credentials), idempotent=idempotent, expect=expect)
        except Unauthorised:
            fresh = self._refreshed(credentials)
        try:
            return self._once(method, url, _with(options, fresh), idempotent=idempotent, expect=expect)
        except Unauthorised as error:
            error.renewed = fresh != credentials
            raise

    def _refreshed(self, refused: Mapping[str, str]) -> Mapping[str, str]:
        if self.auth is None:
            return refused
        with self._auth_lock:
            # Another thread may have refreshed them while this one waited.
            current = self.auth(False)  # noqa: FBT003
            return current if current != refused else self.auth(True)  # noqa: FBT003

    def _once(self, method: str, url: str, options: dict[str, Any], *, idempotent: bool, expect: Expect) -> requests.Response:
        failure: LtcError | None
        try:
            response = self.session.request(method, url, allow_redirects=False, **options)
        except requests.RequestException as error:
            failure = of_exception(error, idempotent=idempotent, detail=redact_text(str(error), self.kit.secrets))
        else:
            failure = self._fault_of(response, idempotent=idempotent, expect=expect)
            if failure is None:
                return response
        # Raised outside of the handler: the library's own exception shows the whole address, with what may be secret in it.
        raise failure

    def _fault_of(self, response: requests.Response, *, idempotent: bool, expect: Expect) -> LtcError | None:
        detail = "" if response.ok else redact_body(response.content, self.kit.secrets, cap=300)
        error = self.policy.of_answer(response, idempotent=idempotent, now=self.kit.clock.now(), detail=detail)
        if error is not None or expect == "any" or response.status_code in {204, 304} or response.request.method == "HEAD":
            return error
        if is_whole_json(response.content):
            return None
        said = f"The system answered {response.status_code} with {len(response.content)} bytes that are not whole JSON."
        return Later(said) if idempotent else Unknown(said)

    def _retrying(self, attempts: int) -> Retrying:
        began = self.kit.clock.now()

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if isinstance(error, Later) and error.after is not None:
                return error.after
            backoff = min(self.retry.longest_wait, self.retry.first_wait * 2.0 ** (state.attempt_number - 1))
            return backoff * (0.5 + self.kit.random.random() / 2)

        def stop(state: RetryCallState) -> bool:
            spent = (self.kit.clock.now() - began).total_seconds() + state.upcoming_sleep
            too_long = state.upcoming_sleep > self.retry.longest_wait or spent > self.kit.deadline_seconds
            return state.attempt_number >= attempts or too_long

        return Retrying(retry=retry_if_exception(_may_pass), wait=wait, stop=stop, sleep=self.kit.clock.sleep, reraise=True)

    def _url(self, path: str) -> str:
        if "://" not in path:
            return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
        ours, theirs = urlsplit(self.base_url), urlsplit(path)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            shown = redact_text(path, self.kit.secrets)
            raise Misconfigured(f"{shown} is not at {ours.netloc}.", remedy="Credentials are sent to base_url only; check it.")
        return path


def _with(options: dict[str, Any], credentials: Mapping[str, str]) -> dict[str, Any]:
    return {**options, "headers": {**options["headers"], **credentials}}


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Later) and not isinstance(error, QuotaSpent)
