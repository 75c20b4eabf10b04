"""The session: Stripe's own client on top of the hub's HTTP kit, one door for reads, one for writes.

The SDK builds addresses, forms and headers. Its retries, telemetry and connections stay unused: each of its requests goes through
:class:`ltc.core.http.HttpClient`, which has the time-outs, the journal without secrets and the hub's errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
import stripe

from connectors.payment.stripe.errors import KEY_SPENT, classify
from connectors.payment.stripe.settings import StripeSettings
from ltc.core.errors import Later, LtcError, Misconfigured, Rejected, Unknown
from ltc.core.http import HttpClient, StatusPolicy

if TYPE_CHECKING:
    import requests
    from requests.adapters import BaseAdapter

    from ltc.core.contract import Kit

VERSION: Final = "2026-10-28.endive"
"""The version of the API that objects and mappings are written for, whatever the account's own default is."""

_PASSED_ON: Final = frozenset({"authorization", "content-type", "idempotency-key", "stripe-account", "stripe-version"})
_ATTEMPTS: Final = 4
_UNCERTAIN: Final = frozenset({"stripe.idempotency_key_in_use", "stripe.conflict"})
"""Refusals that mean that the same call is on its way already."""


class KitClient(stripe.HTTPClient):
    """Hands the SDK's requests to the kit; reads are repeated there, writes where it is known what they are."""

    name: ClassVar[str] = "ltc-hub"

    def __init__(self, client: HttpClient) -> None:
        """Call through this client."""
        super().__init__()
        self._client = client

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_options: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Make one call; raise the hub's errors."""
        kept = {name: value for name, value in (headers or {}).items() if name.lower() in _PASSED_ON}
        answer: requests.Response = self._client.request(
            method.upper(), url, headers=kept, data=post_data, idempotent=method.lower() == "get"
        )
        return answer.content.decode(), answer.status_code, answer.headers

    def close(self) -> None:
        """Give back connections."""
        self._client.close()


class Session:
    """Calls the API of one account."""

    def __init__(self, settings: StripeSettings, kit: Kit, inner: BaseAdapter | None = None) -> None:
        """Prepare; the first call opens a connection. ``inner`` stands in for the network."""
        stripe.enable_telemetry = False
        self._kit = kit
        key = settings.api_key.get_secret_value()
        if key not in kit.secrets:
            kit.secrets.append(key)
        client = HttpClient(
            kit,
            settings.base_url,
            timeout=(settings.connect_timeout, settings.read_timeout),
            policy=StatusPolicy(classifier=classify),
            inner=inner,
        )
        self.server_time = 0
        self._client = KitClient(client)
        self._stripe = stripe.StripeClient(
            key,
            stripe_version=VERSION,
            stripe_account=settings.account or None,
            base_addresses={"api": settings.base_url.rstrip("/")},
            max_network_retries=0,
            http_client=self._client,
        )

    def read(self, path: str, params: Mapping[str, Any] | None = None) -> bytes:
        """Read something and give its bytes; what refuses a read is the mapping's or the settings' fault, not a record's."""
        try:
            return self._call("get", path, params or {})
        except Rejected as error:
            raise Misconfigured(error.message, remedy=error.remedy, code=error.code) from error

    def rows(self, path: str, params: Mapping[str, Any]) -> Iterator[bytes]:
        """Read a list to its end, in its own order."""
        after: dict[str, str] = {}
        while True:
            page = LISTS.decode(self.read(path, {**params, "limit": 100, **after}))
            yield from (bytes(one) for one in page.data)
            if not page.has_more or not page.data:
                return
            after = {"starting_after": HEADS.decode(page.data[-1]).id}

    def post(self, path: str, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Write under a key, again and again under the same one as long as that may help.

        Raises ``Unknown`` if any of the calls may have had an effect and the last one did not tell; with the code
        ``KEY_SPENT`` if the key will never tell.
        """
        uncertain: LtcError | None = None
        fault: LtcError = Later()
        for attempt in range(_ATTEMPTS):
            try:
                decoded: dict[str, Any] = PLAIN.decode(self._call("post", path, params, key))
            except Unknown as error:
                if error.code == KEY_SPENT:
                    raise
                fault, uncertain = error, error
            except Later as error:
                uncertain = error if error.code in _UNCERTAIN else uncertain
                fault = error
            else:
                return decoded
            if attempt + 1 < _ATTEMPTS and not self._pause(fault, attempt):
                break
        if uncertain is not None and not isinstance(uncertain, Unknown):
            raise Unknown(uncertain.message, code=uncertain.code)
        raise uncertain or fault

    def delete(self, path: str) -> None:
        """Delete something; repeating it does no harm."""
        self._call("delete", path, {})

    def close(self) -> None:
        """Give back connections."""
        self._client.close()

    def _call(self, method: str, path: str, params: Mapping[str, Any], key: str = "") -> bytes:
        options = {"idempotency_key": key} if key else {}
        response = self._stripe.raw_request(method, path, **params, **options)
        self.server_time = seconds_of(response.headers.get("Date", "")) or self.server_time
        return str(response.body).encode()

    def now(self) -> int:
        """Tell the account's time in seconds, by the last answer; by our own clock if none told it."""
        return self.server_time or int(self._kit.clock.now().timestamp())

    def _pause(self, fault: LtcError, attempt: int) -> bool:
        """Wait before the next attempt; False if that is longer than a call may take."""
        asked = fault.after if isinstance(fault, Later) else None
        seconds = asked if asked is not None else 0.5 * 2.0**attempt * (0.5 + self._kit.random.random() / 2)
        if seconds > self._kit.deadline_seconds / _ATTEMPTS:
            return False
        self._kit.clock.sleep(seconds)
        return True


def seconds_of(date: str) -> int:
    """Read the Date of an answer; 0 if there is none.

    >>> seconds_of("Mon, 02 Mar 2026 06:00:00 GMT"), seconds_of("")
    (1772431200, 0)
    """
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except ValueError:
        return 0


class Head(msgspec.Struct):
    """What the hub must know of an object before it is decoded."""

    id: str
    created: int = 0
    deleted: bool = False
    updated: int | None = None
    status: str = ""


class ListPage(msgspec.Struct):
    """A page of a list, its objects still in bytes."""

    data: list[msgspec.Raw]
    has_more: bool


HEADS: Final = msgspec.json.Decoder(Head)
LISTS: Final = msgspec.json.Decoder(ListPage)
PLAIN: Final = msgspec.json.Decoder()
