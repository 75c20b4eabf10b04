"""mock-sap, served on loopback from this process, and what people ask of it over its own interfaces.

The hub signs in with user and password, people with a token: mock-sap writes the name of either into what they make, so that it
itself tells whose work a document is.
"""

from __future__ import annotations

import importlib
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import requests

from ltc.core.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Row = dict[str, Any]

HUB_USER, PEOPLE = "LTC_HUB", "CLERKS"
PARTNERS, PRODUCTS = "API_BUSINESS_PARTNER_SRV", "API_PRODUCT_SRV"
ORDERS, DELIVERIES, LEDGER = "API_SALES_ORDER_SRV", "API_OUTBOUND_DELIVERY_SRV", "API_JOURNALENTRY_SRV"
OWN_DATA = ((PARTNERS, "A_BusinessPartner", "BusinessPartner"), (PRODUCTS, "A_Product", "Product"))
_TIMEOUT = (2.0, 60.0)
_A_LONG_TIME = 10**9


class MockSap:
    """A mock-sap that is up, with the data that it brings along until :meth:`clear`."""

    def __init__(self, start: datetime, password: str) -> None:
        """Serve it on a free port; its calendar begins at ``start``."""
        self.password = password
        config = _library().Config(
            port=0,
            csrf=False,
            quiet=True,
            basic_auth=f"{HUB_USER}:{password}",
            oauth=f"{PEOPLE}:{password}",
            token_ttl=_A_LONG_TIME,
            user=PEOPLE,
            clock=f"{start:%Y-%m-%dT%H:%M}",
        )
        self._server = _library().make_server(config)
        self._server.RequestHandlerClass.disable_nagle_algorithm = True  # it sends heads and bodies apart: 40 ms for each call
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._http = requests.Session()
        self._http.trust_env = False

    def clear(self) -> None:
        """Remove the customers, materials and documents that it brings along, and sign the people in."""
        self._ask("POST", "/_mock/reset", json={"orders": 0, "purchaseOrders": 0})
        self._sign_in()
        for service, collection, key in OWN_DATA:
            for row in self.rows(service, collection):
                self._ask("DELETE", f"/sap/opu/odata/sap/{service}/{collection}('{row[key]}')")

    def stop(self) -> None:
        """Give the port and everything else back."""
        self._http.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.mock.close()

    def rows(self, service: str, collection: str) -> list[Row]:
        """Read all rows of a collection by OData."""
        found: list[Row] = self._ask("GET", f"/sap/opu/odata/sap/{service}/{collection}")["d"]["results"]
        return found

    def enter(self, service: str, collection: str, fields: Mapping[str, Any]) -> Row:
        """Make an entity by OData, as an application of SAP's does."""
        made: Row = self._ask("POST", f"/sap/opu/odata/sap/{service}/{collection}", json=fields)["d"]
        return made

    def change(self, service: str, entity: str, fields: Mapping[str, Any]) -> None:
        """Change an entity by OData; ``entity`` names collection and key: ``A_SalesOrder('1')``."""
        self._ask("PATCH", f"/sap/opu/odata/sap/{service}/{entity}", json=fields)

    def call(self, function: str, **parameters: Any) -> Row:
        """Call a BAPI, as people's programs do; a refusal is raised, since people know what they do."""
        answer: Row = self._ask("POST", f"/sap/bc/rfc/{function}", json=parameters)
        refusals = [told["MESSAGE"] for told in answer["RETURN"] if told["TYPE"] in {"E", "A"}]
        if refusals:
            raise Misconfigured(f"mock-sap refused {function}: {'; '.join(refusals)}", code="demo.mock_sap")
        return answer

    def calls(self, newest: int) -> list[Row]:
        """Give mock-sap's log of function modules after an entry, oldest first, each with request and response."""
        last = self._ask("GET", "/_mock/rfc-log", params={"limit": 1})["results"]
        fresh = last[0]["id"] - newest if last else 0
        if not fresh:
            return []
        log: list[Row] = self._ask("GET", "/_mock/rfc-log", params={"limit": fresh, "verbose": 1})["results"]
        return log[::-1]

    def advance(self, day: date) -> None:
        """Let its calendar come to a day."""
        self._ask("POST", "/_mock/advance", params={"to": day.isoformat()})

    def _sign_in(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": PEOPLE, "client_secret": self.password}
        token = self._ask("POST", "/sap/bc/sec/oauth2/token", data=form)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _ask(self, method: str, path: str, **how: Any) -> Any:
        answer = self._http.request(method, self.base_url + path, headers={"Accept": "application/json"}, timeout=_TIMEOUT, **how)
        if not answer.ok:
            text = f"mock-sap answered {answer.status_code} to {method} {path}: {answer.text[:300]}"
            raise Misconfigured(text, remedy="Use a version of mock-sap that the hub was tried with.", code="demo.mock_sap")
        return answer.json(parse_float=Decimal) if answer.content else {}


def _library() -> Any:
    """Import the package, which the hub itself does not need."""
    try:
        return importlib.import_module("mocksap")
    except ModuleNotFoundError as error:
        raise Misconfigured(
            "The package mock-sap is not installed.",
            remedy="Install it beside the hub: pip install mock-sap",
            code="demo.mock_sap_missing",
        ) from error
