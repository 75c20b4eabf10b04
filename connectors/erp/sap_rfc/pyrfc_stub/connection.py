"""A connection as SAP's connector offers it, carrying calls over HTTP and JSON to a simulator or to mock-sap."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType, TracebackType
from typing import Any, Self

import msgspec
import requests

from connectors.erp.sap_rfc.pyrfc_stub.exceptions import (
    ABAPApplicationError,
    ABAPRuntimeError,
    CommunicationError,
    ExternalRuntimeError,
    LogonError,
    RFCError,
    RFCLibError,
)

CONFIG: Mapping[str, Any] = MappingProxyType(
    {"rstrip": True, "return_import_params": False, "dtime": False, "check_date": True, "check_time": True, "timeout": None}
)
DEFAULT_TIMEOUT = 60.0
SESSION_HEADER = "X-Rfc-Session"
_GROUPS: dict[int, type[RFCLibError]] = {
    1: CommunicationError,
    2: LogonError,
    3: ABAPRuntimeError,
    4: ABAPRuntimeError,
    5: ABAPApplicationError,
}
_handles = itertools.count(1)
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Connection:
    """One session with an ABAP system; it is open as soon as it is made.

    ``params`` are strings: ``base_url`` (or ``ashost`` holding a URL), ``client``, ``user``, ``passwd``, ``lang``.
    A connection belongs to one thread. After a communication or runtime failure it opens itself again, in a new session:
    what was not committed is gone.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, **params: Any) -> None:
        for name in config or ():
            if name not in CONFIG:
                raise RFCError(f"Connection configuration option '{name}' is not supported")
        if not params:
            raise RFCError("Connection parameters missing")
        for name, value in params.items():
            if not isinstance(value, str):
                raise RFCError(f"Connection parameter '{name}' value is not string")
        self._config: dict[str, Any] = {**CONFIG, **(config or {})}
        self._params = params
        self._base = (params.get("base_url") or params.get("ashost") or "").rstrip("/")
        if not self._base.startswith("http"):
            raise RFCError("The stub needs the address of a simulator: base_url='http://…'. A real SAP needs the package pyrfc.")
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.auth = (params.get("user", ""), params.get("passwd", ""))
        self._session = ""
        self.alive = False
        self.handle = 0
        self.open()

    def open(self) -> None:
        """Log on; raise :class:`LogonError` if SAP refuses."""
        self.handle = next(_handles)
        self._session = f"{os.getpid()}-{id(self):x}-{self.handle}"
        self.alive = True
        try:
            self._post("RFC_PING", {}, None)
        except (LogonError, CommunicationError):
            self.alive = False
            raise

    def close(self) -> None:
        """Log off; what was not committed is rolled back."""
        self.alive = False
        self.handle = 0

    def reopen(self) -> None:
        """Begin a new session."""
        self.close()
        self.open()

    def free(self) -> None:
        """Give everything back."""
        self.close()
        self._http.close()

    def cancel(self) -> None:
        """Give up what is running."""
        self.reopen()

    def ping(self) -> None:
        """Ask for a sign of life."""
        if not self.alive:
            raise ExternalRuntimeError(
                "An invalid handle 'RFC_CONNECTION_HANDLE' was passed to the API call", 13, "RFC_INVALID_HANDLE"
            )
        self._post("RFC_PING", {}, self._config["timeout"])

    def is_valid(self) -> bool:
        """Tell whether the handle is in use."""
        return self.alive

    def reset_server_context(self) -> None:
        """Forget the session's state on the server."""
        self.reopen()

    @property
    def options(self) -> dict[str, Any]:
        """Show the configuration; a time-out that is set here counts from then on."""
        return self._config

    @property
    def version(self) -> dict[str, Any]:
        """Show the version of SAP's library that the stub stands for."""
        return {"major": 7500, "minor": 0, "patchLevel": 12, "platform": sys.platform}

    def get_connection_attributes(self) -> dict[str, Any]:
        """Describe the connection; nothing of a closed one."""
        if not self.alive:
            return {}
        language = self._params.get("lang", "EN").upper()
        return {
            "dest": self._params.get("dest", ""),
            "host": self._base,
            "partnerHost": self._base,
            "sysNumber": self._params.get("sysnr", "00"),
            "sysId": self._params.get("sysid", "SIM"),
            "client": self._params.get("client", "100"),
            "user": self._params.get("user", "").upper(),
            "language": language[:1],
            "isoLanguage": language,
            "rfcRole": "C",
            "type": "E",
            "partnerType": "3",
            "rel": "753",
            "partnerRel": "753",
            "kernelRel": "753",
            "trace": "0",
            "codepage": "4103",
            "partnerCodepage": "4103",
            "cpicConvId": "0",
            "progName": "SAPLSYST",
            "partnerBytesPerChar": "2",
            "partnerSystemCodepage": "4103",
            "partnerIP": "127.0.0.1",
            "partnerIPv6": "::1",
            "reserved": "",
            "active_unit": False,
        }

    def get_function_description(self, func_name: str) -> Any:
        """Describe a function module as far as the server can say."""
        return self.call("RFC_GET_FUNCTION_INTERFACE", FUNCNAME=func_name)

    def call(self, func_name: str, options: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Call a function module and give its exports, changed parameters and tables.

        Options: ``not_requested`` (names to leave out), ``timeout`` in seconds.
        """
        if not self.alive:
            raise RFCError(f"Remote function module '{func_name}' invocation rejected because the connection is closed")
        for name, value in params.items():
            _check_type(name, value)
        options = options or {}
        timeout = options.get("timeout", self._config["timeout"])
        try:
            result = self._post(func_name, params, timeout)
        except (CommunicationError, ABAPRuntimeError):
            self.reopen()
            raise
        left_out = set(options.get("not_requested", ()))
        return {name: self._strip(value) for name, value in result.items() if name not in left_out}

    def _strip(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.rstrip(" ") if self._config["rstrip"] else value
        if isinstance(value, dict):
            return {name: self._strip(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._strip(inner) for inner in value]
        return value

    def _post(self, func_name: str, params: Mapping[str, Any], timeout: float | None) -> dict[str, Any]:
        headers = {
            SESSION_HEADER: self._session,
            "sap-client": self._params.get("client", "100"),
            "Content-Type": "application/json",
        }
        url = f"{self._base}/sap/bc/rfc/{func_name}"
        try:
            answer = self._http.post(url, data=_encode(params), headers=headers, timeout=timeout or DEFAULT_TIMEOUT)
        except requests.Timeout as fault:
            raise CommunicationError("Connection was canceled.", 7, "RFC_CANCELED") from fault
        except requests.RequestException as fault:
            raise CommunicationError(f"Connection to {self._base} was lost", 1, "RFC_COMMUNICATION_FAILURE") from fault
        try:
            body = _decode(answer.content) if answer.content else {}
        except msgspec.DecodeError as fault:
            raise CommunicationError("The answer was cut off", 1, "RFC_COMMUNICATION_FAILURE") from fault
        if answer.ok:
            return dict(body)
        raise _error(answer.status_code, body, func_name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __bool__(self) -> bool:
        return self.alive


def _check_type(name: str, value: Any) -> None:
    """Refuse what RFC has no type for: floats lose money, None is no ABAP value."""
    if isinstance(value, list):
        for row in value:
            _check_type(name, row)
    elif isinstance(value, dict):
        for field, inner in value.items():
            _check_type(f"{name}.{field}", inner)
    elif not isinstance(value, str | int | Decimal | bytes) or isinstance(value, bool):
        raise TypeError(f"{name}: {type(value).__name__} is no RFC type; give a string, an integer, a Decimal or bytes.")


def _error(status: int, body: Any, func_name: str) -> RFCLibError:
    """Turn the server's error into the connector's exception."""
    detail = body.get("error", {}) if isinstance(body, dict) else {}
    detail = detail if isinstance(detail, dict) else {"message": str(detail)}
    text = detail.get("message", "")
    message = text.get("value", "") if isinstance(text, dict) else str(text)
    if status == 401:
        return LogonError(message or "Name or password is incorrect (repeat logon)")
    if status == 404:
        return ABAPApplicationError(message or f"Function module {func_name} not found", 5, "FU_NOT_FOUND")
    if status in (429, 502, 503, 504):
        return CommunicationError(message or "No free work process", 1, "RFC_COMMUNICATION_FAILURE")
    code = int(detail.get("rc", 3)) if str(detail.get("rc", "3")).isdigit() else 3
    kind = _GROUPS.get(code, ExternalRuntimeError)
    key = str(detail.get("key") or detail.get("code") or "RFC_ABAP_RUNTIME_FAILURE")
    if kind is LogonError:
        return LogonError(message)
    return kind(message, code, key, detail.get("msg_class"), detail.get("msg_type"), detail.get("msg_number"))
