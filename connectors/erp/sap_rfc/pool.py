"""Connections to SAP: a few, each used by one thread at a time; what they say is journalled, what they raise is translated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ltc.core.contract import Call
from ltc.core.errors import Later, LtcError, Misconfigured, Rejected, Unauthorised, Unknown
from ltc.core.http import redact_text

if TYPE_CHECKING:
    from types import ModuleType

    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Kit

READING: Final = frozenset({"RFC_PING", "STFC_CONNECTION", "RFC_READ_TABLE", "DDIF_FIELDINFO_GET", "RFC_GET_FUNCTION_INTERFACE"})
ATTEMPTS: Final = 4
LOGONS: Final = 2
COMMIT: Final = "BAPI_TRANSACTION_COMMIT"
ENDS: Final = frozenset({COMMIT, "BAPI_TRANSACTION_ROLLBACK"})
"""What ends a unit of work is never held up by the limits of calls: it belongs to the call that began the unit."""
_CAP: Final = 4096
_encode: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode
_MENDABLE: Final = {
    "FU_NOT_FOUND": "Install the function module, or ask the SAP administrator.",
    "RFC_INVALID_PARAMETER": "The function module has another interface than the connector expects.",
    "TABLE_NOT_AVAILABLE": "The table is not there or not readable; check `tables:` in the system's settings.",
    "FIELD_NOT_VALID": "Correct the field in the mapping.",
    "NOT_AUTHORIZED": "Give the hub's user the authorisation S_TABU_DIS or S_TABU_NAM for this table.",
}


def library(settings: SapSettings) -> ModuleType:
    """Give SAP's own connector for a real system if it is installed, and the stand-in for a simulator."""
    if settings.base_url:
        return import_module("connectors.erp.sap_rfc.pyrfc_stub")
    try:
        return import_module("pyrfc")
    except ImportError as error:
        raise Misconfigured(
            "A real SAP system is reached by SAP's package pyrfc, which is not installed.",
            remedy="Install SAP's NetWeaver RFC SDK and pyrfc, or give base_url for a simulator.",
            code="sap.no_pyrfc",
        ) from error


class Session:
    """One connection, in one thread; after a communication or runtime failure it is ``broken`` and must not COMMIT."""

    def __init__(self, connection: Any, pyrfc: ModuleType, kit: Kit) -> None:
        """Take an open connection."""
        self._connection = connection
        self._pyrfc = pyrfc
        self._kit = kit
        self.broken = False

    def call(self, name: str, **params: Any) -> dict[str, Any]:
        """Call a function module; reading ones are tried again, since they change nothing."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(name, params)
            except Later as error:
                if name not in READING or attempt == ATTEMPTS:
                    raise
                self._kit.clock.sleep(error.after or pause(self._kit, attempt))
                if not self._connection.alive:
                    self._reopen()
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Log off."""
        self._connection.close()

    def _reopen(self) -> None:
        """Log on again where the library could not do so itself; what fails now fails again at the next call."""
        try:
            self._connection.open()
        except self._pyrfc.LogonError as error:
            raise refused_logon(str(error.message or error)) from None
        except self._pyrfc.CommunicationError as error:
            raise Later(f"The connection to SAP was lost: {error.message}", code="system.unreachable") from None

    def _once(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        if name not in ENDS:
            self._kit.admit()
        begun, at = time.perf_counter(), self._kit.clock.now()
        self._kit.calls += 1
        status, answer = "ok", {}
        try:
            answer = self._connection.call(name, **params)
        except self._pyrfc.RFCError as error:
            status = str(getattr(error, "key", "") or type(error).__name__)
            raise self._translated(name, error) from None
        finally:
            shown = [redact_text(_encode(value).decode(), self._kit.secrets, _CAP) for value in (params, answer)]
            took = round((time.perf_counter() - begun) * 1000, 1)
            self._kit.record_call(Call(at, "RFC", name, status, took, *shown))
        return dict(answer)

    def _translated(self, name: str, error: Exception) -> LtcError:
        pyrfc = self._pyrfc
        key, text = str(getattr(error, "key", "") or ""), str(getattr(error, "message", "") or error)
        if isinstance(error, pyrfc.LogonError):
            self.broken = True
            return refused_logon(text)
        if isinstance(error, pyrfc.CommunicationError):
            # pyrfc has opened the connection again by now: in a new session, without what was not committed.
            self.broken = True
            if name == COMMIT:
                return Unknown(f"The connection to SAP was lost during COMMIT: {text}")
            return Later(f"The connection to SAP was lost: {text}", code="system.unreachable")
        if isinstance(error, pyrfc.ABAPRuntimeError):
            self.broken = True
            return _died(name, key, text)
        return _raised(name, key, text)


def _raised(name: str, key: str, text: str) -> LtcError:
    """Say what an ABAP exception means: a lock passes, a wrong call is the configuration's fault, the rest the record's."""
    if key == "FOREIGN_LOCK":
        return Later(f"{name}: {text}", code="sap.locked")
    if name in READING or key in _MENDABLE:
        remedy = _MENDABLE.get(key, "Look up the call in the journal.")
        return Misconfigured(f"{name}: {text}", remedy=remedy, code="sap.call")
    return Rejected(f"{name}: {text}", code="sap.exception")


def pause(kit: Kit, attempt: int) -> float:
    """Choose how long to wait before the next attempt: longer each time, and not all at the same moment."""
    return min(30.0, 2.0**attempt) * (0.5 + kit.random.random() / 2)


def _died(name: str, key: str, text: str) -> LtcError:
    """Say what a session's death means: of a COMMIT nobody knows; of anything else, that it did nothing."""
    if name == COMMIT:
        return Unknown(f"SAP's session died during COMMIT ({key}): {text}")
    if key == "TIME_OUT":
        return Later(f"{name} took too long in SAP.", remedy="Ask for less at once, or for a longer run time.")
    return Rejected(f"{name} ended with a short dump ({key}): {text}", remedy="Look at transaction ST22.", code="sap.dump")


def refused_logon(text: str) -> Unauthorised:
    """Say that SAP refuses the user: at once and without another try, since SAP locks users after a few."""
    return Unauthorised(
        f"SAP did not accept the logon: {text.rstrip('. ')}.",
        remedy="Check client, user and passwd of the system; the user may be locked.",
    )


class Pool:
    """At most ``pool_size`` connections; idle ones are kept, broken ones are not."""

    def __init__(self, settings: SapSettings, kit: Kit, connect: Callable[..., Any] | None = None) -> None:
        """Take settings and kit; ``connect`` stands in for the library's Connection."""
        self.settings = settings
        self.kit = kit
        self._pyrfc = library(settings)
        self._connect = connect or self._pyrfc.Connection
        self.widths: dict[str, dict[str, int]] = {}
        self._free: list[Session] = []
        self._places = threading.BoundedSemaphore(settings.pool_size)
        self._lock = threading.Lock()
        secret = settings.passwd.get_secret_value()
        if secret and secret not in kit.secrets:
            kit.secrets.append(secret)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give one connection to one thread for the length of a block."""
        with self._places:
            with self._lock:
                session = self._free.pop() if self._free else None
            session = session or self._open()
            try:
                yield session
            except BaseException:
                session.broken = True  # whatever waits in this session must never be committed by the next user
                raise
            finally:
                if session.broken:
                    session.close()
                else:
                    with self._lock:
                        self._free.append(session)

    def close(self) -> None:
        """Log off everywhere."""
        with self._lock:
            idle, self._free = self._free, []
        for session in idle:
            session.close()

    def _open(self) -> Session:
        """Log on; a gateway that is away is tried again, a password that is wrong is not."""
        pyrfc = self._pyrfc
        for attempt in range(1, LOGONS + 1):
            try:
                return Session(self._connect(config={"timeout": self.settings.timeout}, **self._params()), pyrfc, self.kit)
            except pyrfc.LogonError as error:
                raise refused_logon(str(error.message or error)) from None
            except pyrfc.CommunicationError as error:
                if attempt == LOGONS:
                    where = self.settings.base_url or self.settings.ashost or self.settings.mshost
                    raise Later(
                        f"SAP at {where} cannot be reached: {str(error.message).rstrip('. ')}.",
                        remedy="Check the address, the network and whether the system is up.",
                        code="system.unreachable",
                    ) from None
                self.kit.clock.sleep(pause(self.kit, attempt))
        raise AssertionError("the last attempt returns or raises")

    def _params(self) -> dict[str, str]:
        chosen = self.settings
        named = {
            name: getattr(chosen, name)
            for name in ("base_url", "ashost", "sysnr", "mshost", "sysid", "group", "saprouter", "client", "user", "lang")
        }
        return {name: value for name, value in named.items() if value} | {"passwd": chosen.passwd.get_secret_value()}
