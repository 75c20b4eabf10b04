"""How the simulated org signs clients in: client credentials and signed assertions, tokens that expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from ltc.core.contract import Clock

ASSERTION: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES: Final = ("https://login.salesforce.com", "https://test.salesforce.com")
CLIENT: Final = "ltc-hub"
USERNAME: Final = "integration@ltc-hub.example"


class TokenError(Exception):
    """The client may not sign in."""

    def __init__(self, error: str, description: str) -> None:
        """Carry OAuth's error code and its sentence."""
        super().__init__(description)
        self.error = error


class Tokens:
    """Gives out access tokens and knows which are still good."""

    def __init__(self, clock: Clock, seed: int, lifetime: float) -> None:
        """Derive the client's secret from the seed; tokens live so many seconds."""
        self.secret = hashlib.sha256(f"salesforce-secret-{seed}".encode()).hexdigest()
        self.lifetime = lifetime
        self.public_key = b""
        self._clock = clock
        self._seed = seed
        self._given = 0
        self._expiry: dict[str, datetime] = {}

    def key_pair(self) -> str:
        """Make a key pair, keep the public half and give back the private one (PEM)."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def grant(self, form: Mapping[str, str], authorization: str, instance_url: str) -> dict[str, Any]:
        """Answer a token request."""
        kind = form.get("grant_type", "")
        if kind == "client_credentials":
            self._check_secret(form, authorization)
        elif kind == ASSERTION:
            self._check_assertion(form.get("assertion", ""))
        else:
            code, sentence = "unsupported_grant_type", "grant type not supported"
            raise TokenError(code, sentence)
        self._given += 1
        digest = hashlib.sha256(f"{self._seed}-{self._given}-{self._clock.now().isoformat()}".encode()).hexdigest()
        token = f"00D5g0000000001!{digest}"
        self._expiry[token] = self._clock.now() + timedelta(seconds=self.lifetime)
        issued = str(int(self._clock.now().timestamp() * 1000))
        return {
            "access_token": token,
            "signature": base64.b64encode(digest.encode()).decode(),
            "scope": "api",
            "instance_url": instance_url,
            "id": f"{instance_url}/id/00D5g0000000001EAA/0055g0000000001AAA",
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def good(self, authorization: str) -> bool:
        """Tell whether a bearer token was given out and has not expired."""
        expiry = self._expiry.get(authorization.removeprefix("Bearer "))
        return expiry is not None and self._clock.now() < expiry

    def expire_all(self) -> None:
        """End every session."""
        self._expiry.clear()

    def _check_secret(self, form: Mapping[str, str], authorization: str) -> None:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            client, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if client != CLIENT:
            code, sentence = "invalid_client_id", "client identifier invalid"
            raise TokenError(code, sentence)
        if not hmac.compare_digest(secret, self.secret):
            code, sentence = "invalid_client", "invalid client credentials"
            raise TokenError(code, sentence)

    def _check_assertion(self, assertion: str) -> None:
        code = "invalid_grant"
        if not self.public_key:
            sentence = "user hasn't approved this consumer"
            raise TokenError(code, sentence)
        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                audience=AUDIENCES,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "iss", "sub", "aud"]},
            )
        except jwt.PyJWTError as error:
            sentence = "invalid assertion"
            raise TokenError(code, sentence) from error
        if claims["iss"] != CLIENT or claims["sub"] != USERNAME:
            sentence = "user hasn't approved this consumer"
            raise TokenError(code, sentence)
        if datetime.fromtimestamp(claims["exp"], UTC) < self._clock.now():
            sentence = "expired authorization code"
            raise TokenError(code, sentence)
