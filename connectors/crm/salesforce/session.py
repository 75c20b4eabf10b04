"""The session: signing in, and simple-salesforce's client on top of the hub's own HTTP kit.

simple-salesforce knows no time-outs, no retries and no journal, decodes numbers as floats and asks for pretty-printed answers
(which would change a record's bytes); so its requests go through :class:`ltc.core.http.HttpClient`, and bodies are kept raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import jwt
import msgspec
import requests
from requests.adapters import BaseAdapter
from simple_salesforce.api import Salesforce

from connectors.crm.salesforce.errors import from_body
from connectors.crm.salesforce.settings import SalesforceSettings
from ltc.core.errors import LtcError, QuotaSpent, Unauthorised
from ltc.core.http import HttpClient, StatusPolicy

if TYPE_CHECKING:
    from ltc.core.contract import Kit

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN: Final = "/services/oauth2/token"  # noqa: S105  a path
_THEIRS: Final = frozenset({"authorization", "x-prettyprint"})
_QUOTA_PAUSE: Final = timedelta(hours=1)
"""The quota is a rolling 24 hours, and no answer says when it frees up: look again after this."""


class _Funnel(requests.Session):
    """A session that hands each of simple-salesforce's requests to the HTTP kit."""

    def __init__(self, client: HttpClient) -> None:
        super().__init__()
        self._client = client

    def request(  # type: ignore[override]  # simple-salesforce names method, url, headers, params, data and json only
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, idempotent: bool = True, **options: Any
    ) -> requests.Response:
        """Send the path; the kit adds the address and the credentials.

        Reads, upserts, inserts with a unique key and deletes by id may be repeated at once; what must not be, says so.
        """
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _THEIRS}
        return self._client.request(method, path, headers=kept, idempotent=idempotent, **options)


class Session(Salesforce):
    """simple-salesforce's client with raw answers and our errors."""

    def __init__(self, settings: SalesforceSettings, kit: Kit, inner: BaseAdapter | None = None) -> None:
        """Prepare; the first call signs in. ``inner`` stands in for the network."""
        self._settings, self._kit, self._token = settings, kit, ""
        for secret in (settings.client_secret, settings.private_key):
            if secret is not None and secret.get_secret_value() not in kit.secrets:
                kit.secrets.append(secret.get_secret_value())
        headers = {"Sforce-Call-Options": f"client={settings.client_name}"}
        if settings.allow_duplicates:
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        timeout = (settings.connect_timeout, settings.read_timeout)
        policy = StatusPolicy(classifier=self._classified)
        self._door = HttpClient(kit, settings.base_url, timeout=timeout, policy=policy, inner=inner)
        self._client = HttpClient(
            kit,
            settings.base_url,
            timeout=timeout,
            policy=policy,
            auth=self._authorised,
            gauge=_usage,
            headers=headers,
            inner=inner,
        )
        super().__init__(
            session_id="held-by-the-kit",
            instance_url=settings.base_url,
            version=settings.api_version,
            session=_Funnel(self._client),
            parse_float=Decimal,
            object_pairs_hook=dict,
        )

    def raw(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call a path under ``/services/data/vXX.0/`` and give the answer as it came."""
        return self._call_salesforce(method, self.base_url + path, **options)

    def close(self) -> None:
        """Give back connections."""
        self._door.close()
        self._client.close()

    def _authorised(self, refresh: bool) -> Mapping[str, str]:  # noqa: FBT001  the contract of Auth
        if refresh or not self._token:
            self._token = self._sign_in()
        return {"Authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> str:
        settings = self._settings
        form = {"grant_type": "client_credentials", "client_id": settings.client_id}
        if settings.auth == "jwt":
            form = {"grant_type": _GRANT, "assertion": self._assertion()}
        elif settings.client_secret is not None:
            form["client_secret"] = settings.client_secret.get_secret_value()
        answer = msgspec.json.decode(self._door.request("POST", _TOKEN, data=form, idempotent=True, attempts=2).content)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unauthorised("Salesforce gave no access token.", remedy="Check the connected app's policies.")
        if self._token in self._kit.secrets:
            self._kit.secrets.remove(self._token)
        self._kit.secrets.append(token)
        return token

    def _assertion(self) -> str:
        settings = self._settings
        expires = self._kit.clock.now() + timedelta(minutes=3)
        claims = {"iss": settings.client_id, "sub": settings.username, "aud": settings.audience, "exp": int(expires.timestamp())}
        key = settings.private_key.get_secret_value() if settings.private_key is not None else ""
        try:
            return jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            kind = type(error).__name__
        raise Unauthorised(f"The private key cannot sign ({kind}).", remedy="Give an RSA key in PEM form as private_key.")

    def _classified(self, response: requests.Response) -> LtcError | None:
        if response.status_code < requests.codes.bad_request:
            return None
        error = from_body(response.content)
        if isinstance(error, QuotaSpent):
            error.until = self._kit.clock.now() + _QUOTA_PAUSE
        return error


def _usage(response: requests.Response) -> Mapping[str, int]:
    """Read ``Sforce-Limit-Info: api-usage=18/15000``."""
    used, _, limit = response.headers.get("Sforce-Limit-Info", "").partition("api-usage=")[2].partition(";")[0].partition("/")
    return {"used": int(used), "limit": int(limit)} if used.isdecimal() and limit.isdecimal() else {}
