"""A simulated SAP ERP for the sandbox and for tests: function modules over HTTP, and doors for its people."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.backend import (
    accounting,
    billing,
    clearing,
    customers,
    deliveries,
    disturbances,
    materials,
    order_changes,
    orders,
    pictures,
    table_read,
)
from connectors.erp.sap_rfc.backend.disturbances import COMMIT, FAILURES
from connectors.erp.sap_rfc.backend.sessions import Session, Sessions
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import CLIENT, SYSTEM_ID, AbapError, FunctionModule, Row, message
from ltc.core.simulation import Answer, Kind, Profile, Refusal, Request, Response, Simulator, route

if TYPE_CHECKING:
    from ltc.core.contract import Clock

USER: Final = "LTC_HUB"
SESSION_HEADER: Final = "X-Rfc-Session"


class SapSimulator(Simulator):
    """Behaves as one client of an ECC system does; ``ship``, ``bill``, ``receive_payment`` and so on are what its people do."""

    def __init__(self, name: str, clock: Clock, seed: int = 0, profile: Profile = "calm") -> None:
        """Start with empty tables and one user for the hub."""
        super().__init__(name, clock, seed, profile)
        self.tables = Tables()
        self.system = System(self.tables, clock, self._tell)
        self.sessions = Sessions()
        self._password = hashlib.sha256(f"{name} {seed}".encode()).hexdigest()[:16]

    # -- doors for people and checkers --------------------------------------------------------------------------

    def seed_customer(self, fields: Mapping[str, Any], actor: str) -> str:
        """Enter a customer and give its number."""
        with self.lock:
            return customers.seed_customer(self.system, fields, actor)

    def seed_material(self, fields: Mapping[str, Any], actor: str) -> str:
        """Enter a material with its prices and give its number."""
        with self.lock:
            return materials.seed_material(self.system, fields, actor)

    def edit_customer(self, number: str, fields: Mapping[str, Any], actor: str) -> None:
        """Change a customer."""
        with self.lock:
            customers.edit_customer(self.system, number, fields, actor)

    def reject(self, order: str, actor: str) -> None:
        """Reject what is not delivered of an order."""
        with self.lock:
            order_changes.reject(self.system, order, actor)

    def confirm(self, order: str, quantities: Mapping[str, Decimal], actor: str) -> None:
        """Confirm less of an order's items, by POSNR, than was ordered."""
        with self.lock:
            order_changes.confirm(self.system, order, quantities, actor)

    def ship(self, order: str, quantities: Mapping[str, Decimal], actor: str) -> str:
        """Deliver quantities of an order's items by POSNR and give the delivery's number."""
        with self.lock:
            return deliveries.ship(self.system, order, quantities, actor)

    def bill(self, delivery: str, actor: str) -> str:
        """Bill a delivery and give the invoice's number."""
        with self.lock:
            return billing.bill(self.system, delivery, actor)

    def credit(self, invoice: str, actor: str) -> str:
        """Give credit for an invoice's first item and give the credit memo's number."""
        with self.lock:
            return billing.credit(self.system, invoice, actor)

    def receive_payment(self, customer: str, amounts: Mapping[str, Decimal], actor: str) -> str:
        """Post a payment that pays amounts of invoices and give its number."""
        with self.lock:
            return accounting.receive_payment(self.system, customer, amounts, actor)

    def reverse_payment(self, payment: str, actor: str) -> str:
        """Reverse a payment and give the reversal's number."""
        with self.lock:
            return accounting.reverse_payment(self.system, payment, actor)

    def assign(self, customer: str, actor: str) -> str:
        """Clear all open items of a customer, which have to balance, and give the clearing document's number."""
        with self.lock:
            return clearing.assign(self.system, customer, actor)

    def rows(self, kind: str) -> list[Row]:
        """Give copies of all customers, orders, deliveries, billing documents or payments."""
        with self.lock:
            return pictures.rows(self.system, kind)

    def state(self) -> dict[str, Any]:
        """Give all business objects by what the business calls them, without numbers, times and the hub's keys."""
        with self.lock:
            masters = {"customers": customers.state(self.tables), "materials": materials.state(self.tables)}
            return {**masters, **pictures.state(self.system)}

    def credentials(self) -> dict[str, str]:
        """Give the user, password and client of the hub."""
        return {"user": USER, "passwd": self._password, "client": CLIENT}

    def business_key(self, object_name: str, row: Mapping[str, Any]) -> str:
        """Name a row of an object as the business does."""
        if object_name == "customer":
            return customers.customer_key(row)
        return str(row[KEYS[object_name]])

    def dump(self) -> dict[str, Any]:
        """Say everything as plain JSON; what is not committed is lost, as after a restart."""
        with self.lock:
            return super().dump() | {"tables": self.tables.dump()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take everything from what ``dump`` said."""
        with self.lock:
            super().load(state)
            self.tables.load(state["tables"])
            self.sessions = Sessions()

    # -- the function modules -----------------------------------------------------------------------------------

    @route("POST", "/sap/bc/rfc/<function>")
    def call(self, request: Request, function: str) -> Answer:
        """Call a function module in the caller's session."""
        user = self._logged_on(request)
        identity = request.headers.get(SESSION_HEADER, "")
        try:
            module, params = _module(function), _params(request)
        except AbapError as error:
            return _refused(404 if error.key == "FU_NOT_FOUND" else 500, error.rc, error.key, error.message)
        session = self.sessions.get(identity, user)
        point = disturbances.point(self.tables, session, function, params)
        kind = self.faults.decide(point.name, point.key, point.kinds) if point else None
        if kind == "expire_token":
            self.sessions.end(identity)
        if kind == "lock" and point is not None:
            return Response(200, disturbances.locked(function, point, "MILLER"))

        def act() -> Response:
            waiting = len(session.pending)
            try:
                answer = module(self.system, session, params)
            except AbapError as error:
                if error.rc != 5:  # only an exception that the module raises leaves the session alive
                    self.sessions.end(identity)
                return _refused(500, error.rc, error.key, error.message)
            if point is not None and len(session.pending) > waiting:
                session.keys.append(point.key)
            return Response(200, answer)

        return self.disturbed(kind, act)

    def fault(self, kind: Kind) -> Response:
        """Tell a fault as the gateway or the kernel does."""
        return _refused(*FAILURES[kind])

    def no_route(self, request: Request, status: int) -> Response:
        """Say that there is nothing at this address."""
        return _refused(status, 1, "ICF_NOT_FOUND", f"Service {request.path} does not take {request.method}")

    def _logged_on(self, request: Request) -> str:
        """Check user, password and client."""
        scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except ValueError:  # no base64, or no text in it
            user = password = ""
        if scheme.lower() != "basic" or user.upper() != USER or password != self._password:
            raise Refusal(_refused(401, 2, "RFC_LOGON_FAILURE", "Name or password is incorrect (repeat logon)"))
        client = request.headers.get("sap-client", CLIENT)
        if client != CLIENT:
            raise Refusal(_refused(401, 2, "RFC_LOGON_FAILURE", f"Client {client} is not available in this system"))
        return USER

    def _tell(self, actor: str, verb: str, object_name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        self.record(actor, verb, object_name, record_id, {name: _plain(value) for name, value in fields.items()})


def rfc_ping(system: System, session: Session, params: Row) -> Row:
    """Give a sign of life."""
    del system, session, params
    return {}


def stfc_connection(system: System, session: Session, params: Row) -> Row:
    """Send the text back, and say who one is."""
    told = f"SAP R/3 Rel. 753   Sysid: {SYSTEM_ID}      Date: {system.today()}   Time: {system.time()}   "
    return {"ECHOTEXT": str(params.get("REQUTEXT", ""))[:255], "RESPTEXT": f"{told}Logon_Data: {CLIENT}/{session.user}/E"}


def bapi_transaction_commit(system: System, session: Session, params: Row) -> Row:
    """Do what the BAPIs of this session announced."""
    del system, params
    session.commit()
    return {"RETURN": message("", "", "000", "")}


def bapi_transaction_rollback(system: System, session: Session, params: Row) -> Row:
    """Drop what the BAPIs of this session announced."""
    del system, params
    session.forget()
    return {"RETURN": message("", "", "000", "")}


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType(
    {
        "RFC_PING": rfc_ping,
        "STFC_CONNECTION": stfc_connection,
        COMMIT: bapi_transaction_commit,
        "BAPI_TRANSACTION_ROLLBACK": bapi_transaction_rollback,
        **table_read.FUNCTIONS,
        **customers.FUNCTIONS,
        **materials.FUNCTIONS,
        **orders.FUNCTIONS,
        **order_changes.FUNCTIONS,
        **accounting.FUNCTIONS,
        **clearing.FUNCTIONS,
    }
)
KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "material": "MATNR",
        "sales_order": "BSTNK",
        "delivery": "BSTNK",
        "billing_document": "BSTNK",
        "credit_memo": "BSTNK",
        "incoming_payment": "XBLNR",
    }
)
"""What the business calls the rows of an object: never a number that SAP drew."""


def _module(function: str) -> FunctionModule:
    module = FUNCTIONS.get(function)
    if module is None:
        raise AbapError(5, "FU_NOT_FOUND", f"Function module {function} not found")
    return module


def _params(request: Request) -> dict[str, Any]:
    """Take the parameters in."""
    try:
        params = request.json() if request.body else {}
    except ValueError as error:
        raise AbapError(22, "RFC_CONVERSION_FAILURE", "The parameters are no JSON") from error
    if not isinstance(params, dict):
        raise AbapError(22, "RFC_CONVERSION_FAILURE", "The parameters are no JSON object")
    return params


def _plain(value: Any) -> Any:
    """Write Decimals as text, so that the journal is plain JSON."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _refused(status: int, rc: int, key: str, text: str) -> Response:
    return Response(status, {"error": {"rc": rc, "key": key, "message": text}})
