"""How the simulated account server signs applications in: assertions that are verified, consent that a person must give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ltc.core.contract import SystemClock

if TYPE_CHECKING:
    from ltc.core.contract import Clock

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
INTEGRATION_KEY: Final = "7c2b8d7e-4c1a-4d9b-9c53-0d8f2b6a1e40"
USER_ID: Final = "5f9d2c11-8a3e-4b67-b1f4-3c7e9a2d6b58"
AUDIENCES: Final = ("account-d.docusign.com", "account.docusign.com")
SCOPES: Final = frozenset({"signature", "impersonation"})
LONGEST: Final = timedelta(hours=1)
ABOUT: Final = timedelta(minutes=5)


class TokenError(Exception):
    """The application may not sign in."""

    def __init__(self, error: str, description: str = "") -> None:
        """Carry OAuth's error code and its sentence."""
        super().__init__(description or error)
        self.body = {"error": error, **({"error_description": description} if description else {})}


@cache
def new_key(name: str) -> str:
    """Make a private key (PEM), the same for a name as long as the process lives: making one is slow."""
    del name
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(kind, shape, serialization.NoEncryption()).decode()


@cache
def public_half(private_key: str) -> bytes:
    """Give the public half of a private key (PEM)."""
    loaded = serialization.load_pem_private_key(private_key.encode(), password=None)
    return loaded.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Tokens:
    """Gives out access tokens and knows which are still good."""

    def __init__(self, clock: Clock, seed: int, name: str, lifetime: float = 3600.0) -> None:
        """Take the seed of the tokens; they live so many seconds."""
        self.private_key = new_key(f"{name}-{seed}")
        self.lifetime = lifetime
        self.consented = True
        self.given = 0
        self._clock = clock
        self._seed = seed
        self._expiry: dict[str, datetime] = {}

    def grant(self, form: Mapping[str, str], host: str) -> dict[str, Any]:
        """Answer a token request."""
        if form.get("grant_type") != GRANT:
            code = "unsupported_grant_type"
            raise TokenError(code)
        self._check(form.get("assertion", ""), (*AUDIENCES, host))
        self.given += 1
        digest = hashlib.sha256(f"docusign-{self._seed}-{self.given}-{self._clock.now().isoformat()}".encode()).hexdigest()
        token = f"eyJ0eXAiOiJNVCJ9.{digest}"
        self._expiry[token] = self._clock.now() + timedelta(seconds=self.lifetime)
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(self.lifetime)}

    def good(self, token: str) -> bool:
        """Tell whether a bearer token was given out and has not expired."""
        expiry = self._expiry.get(token)
        return expiry is not None and self._clock.now() < expiry

    def expire_all(self) -> None:
        """End every token."""
        self._expiry.clear()

    def _check(self, assertion: str, audiences: tuple[str, ...]) -> None:
        code = "invalid_grant"
        options = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "iss", "sub", "aud", "scope"]}
        try:
            claims = jwt.decode(
                assertion,
                public_half(self.private_key),
                algorithms=["RS256"],
                audience=audiences,
                options=options,  # type: ignore[arg-type]  # pyjwt's own type leaves out that a dict may be partial
            )
        except jwt.PyJWTError as error:
            sentence = "no_valid_keys_or_signatures"
            raise TokenError(code, sentence) from error
        began, ends = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        times = [clock.now() for clock in (self._clock, SystemClock())]  # a hub of the sandbox may live in real time
        if ends - began > LONGEST or not any(began - ABOUT <= now < ends for now in times):
            sentence = "expired_or_too_long"
            raise TokenError(code, sentence)
        if claims["iss"] != INTEGRATION_KEY:
            sentence = "issuer_not_found"
            raise TokenError(code, sentence)
        if claims["sub"] != USER_ID:
            sentence = "user_not_found"
            raise TokenError(code, sentence)
        if not self.consented or not set(str(claims["scope"]).split()) >= SCOPES:
            code = "consent_required"
            raise TokenError(code)
