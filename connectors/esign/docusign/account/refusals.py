"""How DocuSign refuses: an error code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ltc.core.simulation import Response

STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {"AUTHORIZATION_INVALID_TOKEN": 401, "USER_AUTHENTICATION_FAILED": 401, "ENVELOPE_DOES_NOT_EXIST": 404}
)
"""What is not here is answered with 400."""


class RefusedError(Exception):
    """The account refuses a call."""

    def __init__(self, code: str, message: str) -> None:
        """Carry the error code and its sentence."""
        super().__init__(message)
        self.code = code

    def response(self) -> Response:
        """Say it as an answer."""
        return refused(self.code, str(self))


def refused(code: str, message: str, status: int = 0) -> Response:
    """Make an error body."""
    return Response(status or STATUSES.get(code, 400), {"errorCode": code, "message": message})
