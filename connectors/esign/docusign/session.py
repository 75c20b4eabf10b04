"""The session: an assertion for a token, the user's account and its address, and calls to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import jwt
import msgspec
import requests

from connectors.esign.docusign.errors import classified, gauge
from ltc.core.errors import LtcError, Misconfigured, Rejected, Unauthorised
from ltc.core.http import HttpClient, StatusPolicy

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from connectors.esign.docusign.settings import DocusignSettings
    from ltc.core.contract import Kit

_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPES: Final = "signature impersonation"
_ALGORITHM: Final = "RS256"
_LIFETIME: Final = timedelta(minutes=30)
"""Of the assertion; DocuSign allows an hour at most."""


class Session:
    """Signs in when first needed and again when a token has expired, and follows the account to where it is."""

    def __init__(self, settings: DocusignSettings, kit: Kit, inner: BaseAdapter | None = None) -> None:
        """Prepare; the first call signs in. ``inner`` stands in for the network."""
        self._settings, self._kit, self._inner = settings, kit, inner
        for secret in (settings.private_key, *settings.webhook_secret):
            if secret.get_secret_value() not in kit.secrets:
                kit.secrets.append(secret.get_secret_value())
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        policy = StatusPolicy(classifier=self._of_door)
        self._door = HttpClient(kit, settings.base_url, timeout=self._timeout, policy=policy, inner=inner)
        self._clients: dict[str, HttpClient] = {}
        self._token = ""
        self._address = ""

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        idempotent: bool = False,
    ) -> requests.Response:
        """Call a path below the account's address; an account that has moved meanwhile is followed once."""
        address = self.address()
        try:
            return self._client(address).request(method, path, params=params, json=json, idempotent=idempotent)
        except Unauthorised:
            if self._address in {"", address}:
                raise
        return self._client(self._address).request(method, path, params=params, json=json, idempotent=idempotent)

    def address(self) -> str:
        """Give the account's address, after signing in if need be."""
        if not self._address:
            self._sign_in()
        return self._address

    def close(self) -> None:
        """Give back connections."""
        self._door.close()
        for client in self._clients.values():
            client.close()

    def _client(self, address: str) -> HttpClient:
        if address not in self._clients:
            policy = StatusPolicy(classifier=lambda response: classified(response, self._kit.clock.now()))
            self._clients[address] = HttpClient(
                self._kit, address, timeout=self._timeout, policy=policy, auth=self._authorised, gauge=gauge, inner=self._inner
            )
        return self._clients[address]

    def _authorised(self, refresh: bool) -> Mapping[str, str]:  # noqa: FBT001  the contract of Auth
        if refresh or not self._token:
            self._sign_in()
        return {"Authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> None:
        """Ask for a token, then where the account is: it may have moved since the last token."""
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        answer = msgspec.json.decode(self._door.request("POST", "/oauth/token", data=form, idempotent=True).content)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Unauthorised("DocuSign gave no access token.", remedy="Check the application's integration key and its keys.")
        if self._token in self._kit.secrets:
            self._kit.secrets.remove(self._token)
        self._kit.secrets.append(token)
        headers = {"Authorization": f"Bearer {token}"}
        told = self._door.request("GET", "/oauth/userinfo", headers=headers, idempotent=True).content
        self._address = self._located(msgspec.json.decode(told))
        self._token = token

    def _located(self, told: Any) -> str:
        accounts = [one for one in (told.get("accounts") if isinstance(told, dict) else None) or () if isinstance(one, dict)]
        wanted = self._settings.account_id.lower()
        for one in accounts:
            key = str(one.get("account_id") or "")
            if (key.lower() == wanted) if wanted else str(one.get("is_default")).lower() == "true":
                return f"{str(one.get('base_uri') or '').rstrip('/')}/restapi/v2.1/accounts/{quote(key, safe='')}"
        known = ", ".join(str(one.get("account_id")) for one in accounts) or "none"
        what = f"no account {self._settings.account_id}" if wanted else "no default account"
        raise Misconfigured(f"The user has {what}; it has {known}.", remedy="Correct account_id.", code="docusign.no_account")

    @cached_property
    def _signing_key(self) -> Any:
        """Read the key once: to check that it is sound takes a hundred times as long as to sign."""
        return jwt.get_algorithm_by_name(_ALGORITHM).prepare_key(self._settings.private_key.get_secret_value())

    def _assertion(self) -> str:
        settings, now = self._settings, self._kit.clock.now()
        claims = {
            "iss": settings.integration_key,
            "sub": settings.user_id,
            "aud": settings.audience or urlsplit(settings.base_url).netloc,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
            "scope": _SCOPES,
        }
        try:
            return jwt.encode(claims, self._signing_key, algorithm=_ALGORITHM)
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            kind = type(error).__name__
        raise Unauthorised(f"The private key cannot sign ({kind}).", remedy="Give an RSA key in PEM form as private_key.")

    def _of_door(self, response: requests.Response) -> LtcError | None:
        """Read the account server's refusals."""
        if response.status_code not in {requests.codes.bad_request, requests.codes.unauthorized}:
            return None
        try:
            told = msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            return Rejected("The account server refused the sign-in without a reason.", remedy="Check base_url.")
        code = str(told.get("error") or "") if isinstance(told, dict) else ""
        if code == "consent_required":
            return Misconfigured(
                "The user has not allowed the application to act for it.",
                remedy=f"The user, or an administrator for it, opens {self._consent()} once and consents.",
                code="docusign.consent_required",
            )
        said = str(told.get("error_description") or code) if isinstance(told, dict) else ""
        remedy = (
            "Check base_url (demo or production), integration_key, user_id, and that private_key is one of the application's."
        )
        return Unauthorised(f"DocuSign does not let the application in: {said or response.status_code}.", remedy=remedy)

    def _consent(self) -> str:
        scope, key = quote(_SCOPES), quote(self._settings.integration_key, safe="")
        base = self._settings.base_url.rstrip("/")
        return (
            f"{base}/oauth/auth?response_type=code&scope={scope}&client_id={key}&redirect_uri=A_REDIRECT_URI_OF_THE_APPLICATION"
        )
