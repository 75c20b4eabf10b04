"""A stand-in for SAP's `pyrfc`: the same names, signatures, exceptions and data types, over HTTP to a simulator.

SAP's own package needs SAP's licensed library; where it is installed, the connector uses it instead of this.
"""

from connectors.erp.sap_rfc.pyrfc_stub.connection import Connection
from connectors.erp.sap_rfc.pyrfc_stub.exceptions import (
    ABAPApplicationError,
    ABAPRuntimeError,
    CommunicationError,
    ExternalApplicationError,
    ExternalAuthorizationError,
    ExternalRuntimeError,
    LogonError,
    RFCError,
    RFCLibError,
)

__all__ = [
    "ABAPApplicationError",
    "ABAPRuntimeError",
    "CommunicationError",
    "Connection",
    "ExternalApplicationError",
    "ExternalAuthorizationError",
    "ExternalRuntimeError",
    "LogonError",
    "RFCError",
    "RFCLibError",
]
