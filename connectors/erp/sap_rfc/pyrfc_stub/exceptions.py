"""The exceptions of SAP's Python connector: names, fields and return codes as it documents them.

All but RFCError carry message, code, key and the parts of an ABAP message. Codes: 1 the connection is gone, 2 logon refused,
3 the ABAP session died, 4 it sent a message, 5 the function raised an exception, 7 the call took too long; the call itself was
wrong: 13 handle, 20 parameter, 22 value.
"""

from __future__ import annotations


class RFCError(Exception):
    """Something is wrong with the use of the connector."""


class RFCLibError(RFCError):
    """The RFC library reported an error."""

    def __init__(  # the connector's own signature
        self,
        message: str | None = None,
        code: int | None = None,
        key: str | None = None,
        msg_class: str | None = None,
        msg_type: str | None = None,
        msg_number: str | None = None,
        msg_v1: str | None = None,
        msg_v2: str | None = None,
        msg_v3: str | None = None,
        msg_v4: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.key = message, code, key
        self.msg_class, self.msg_type, self.msg_number = msg_class, msg_type, msg_number
        self.msg_v1, self.msg_v2, self.msg_v3, self.msg_v4 = msg_v1, msg_v2, msg_v3, msg_v4

    def __str__(self) -> str:
        code = 28 if self.code is None else self.code
        return (
            f"{code if 1 <= code <= 34 else '??'} (rc={self.code}): key={self.key}, message={self.message}"
            f" [MSG: class={self.msg_class}, type={self.msg_type}, number={self.msg_number}"
            f", v1-4:={self.msg_v1};{self.msg_v2};{self.msg_v3};{self.msg_v4}]"
        )


class ABAPApplicationError(RFCLibError):
    """The function module raised an ABAP exception."""


class ABAPRuntimeError(RFCLibError):
    """The ABAP session ended with a system failure or a message."""


class CommunicationError(RFCLibError):
    """The connection to SAP is gone."""


class LogonError(RFCLibError):
    """SAP did not accept the logon data."""

    def __init__(  # the connector's own signature
        self,
        message: str | None = None,
        code: int = 2,
        key: str = "RFC_LOGON_FAILURE",
        msg_class: str | None = None,
        msg_type: str | None = None,
        msg_number: str | None = None,
        msg_v1: str | None = None,
        msg_v2: str | None = None,
        msg_v3: str | None = None,
        msg_v4: str | None = None,
    ) -> None:
        super().__init__(message, code, key, msg_class, msg_type, msg_number, msg_v1, msg_v2, msg_v3, msg_v4)


class ExternalApplicationError(RFCLibError):
    """The external program reported an error."""


class ExternalAuthorizationError(RFCLibError):
    """The external program may not do this."""


class ExternalRuntimeError(RFCLibError):
    """The call was not well-formed."""
