"""References: how a setting names a secret without holding it. They are resolved late, and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_REFERENCE: Final = re.compile(r"\$\{(env|file|keyring):([^}]*)\}")
_LARGEST: Final = 64_000
REMEDY: Final = "Write a reference: ${env:NAME}, ${file:path} or ${keyring:service/name}."


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value is to be found."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Write it as in the YAML."""
        return f"${{{self.kind}:{self.name}}}"


class UnresolvedError(Exception):
    """A reference leads nowhere; the message says why, and never what."""


def reference(text: object) -> Reference | None:
    """Read a reference; None if the text is none.

    >>> print(reference("${env:SALESFORCE_SECRET}"), reference("hunter2"))
    ${env:SALESFORCE_SECRET} None
    """
    found = _REFERENCE.fullmatch(text.strip()) if isinstance(text, str) else None
    return Reference(found[1], found[2].strip()) if found else None


def looks_like_one(text: object) -> bool:
    """Tell whether somebody meant a reference, rightly written or not."""
    return isinstance(text, str) and "${" in text


@dataclass(frozen=True)
class Vault:
    """Resolves references and remembers every value that it gave out, so that whatever is printed can be cleaned of it."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    given: list[str] = field(default_factory=list, repr=False)

    def resolve(self, wanted: Reference) -> str:
        """Give the value; raise UnresolvedError with the reason."""
        value = {"env": self._env, "file": self._file, "keyring": self._keyring}[wanted.kind](wanted.name)
        if not value:
            msg = f"{wanted} is empty"
            raise UnresolvedError(msg)
        if value not in self.given:
            self.given.append(value)
        return value

    def _env(self, name: str) -> str:
        if name not in self.environ:
            msg = f"the environment has no variable {name}"
            raise UnresolvedError(msg)
        return self.environ[name]

    def _file(self, name: str) -> str:
        path = (self.folder / Path(name).expanduser()).resolve()
        try:
            if path.stat().st_size > _LARGEST:
                msg = f"the file {path} is too large for a secret"
                raise UnresolvedError(msg)
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            msg = f"the file {path} cannot be read: {error.strerror}"
            raise UnresolvedError(msg) from error
        except UnicodeDecodeError:
            msg = f"the file {path} is not text in UTF-8"
            raise UnresolvedError(msg) from None

    def _keyring(self, name: str) -> str:
        import keyring  # noqa: PLC0415 - it looks for the desktop's services, which most hubs do not need
        from keyring.errors import KeyringError  # noqa: PLC0415

        service, _, user = name.rpartition("/")
        if not service or not user:
            msg = "a keyring reference is ${keyring:service/name}"
            raise UnresolvedError(msg)
        try:
            value = keyring.get_password(service, user)
        except KeyringError as error:
            msg = f"the keyring does not answer: {error.__class__.__name__}"
            raise UnresolvedError(msg) from error
        if value is None:
            msg = f"the keyring holds no {user!r} of {service!r}"
            raise UnresolvedError(msg)
        return value
