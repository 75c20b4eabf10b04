"""A simulated SAP, a virtual clock, and sessions that call its function modules over its transport."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import Answer, Request, Response, VirtualClock

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class Caller:
    """One session at the simulator; ``post`` gives the bare answer, ``call`` the decoded result of a good one."""

    def __init__(self, sap: SapSimulator, identity: str = "one") -> None:
        self.sap = sap
        credentials = sap.credentials()
        self.logon = (credentials["user"], credentials["passwd"])
        self.headers = {"X-Rfc-Session": identity, "sap-client": credentials["client"]}

    def post(self, function: str, **params: Any) -> Answer:
        coded = base64.b64encode(":".join(self.logon).encode()).decode()
        body = json.dumps(params, default=str).encode()
        return self.sap.handle(
            Request("POST", f"/sap/bc/rfc/{function}", {}, {"Authorization": f"Basic {coded}", **self.headers}, body)
        )

    def call(self, function: str, **params: Any) -> dict[str, Any]:
        answer = self.post(function, **params)
        assert isinstance(answer, Response), answer
        _, body = answer.encode()
        assert answer.status == 200, body
        found: dict[str, Any] = json.loads(body, parse_float=Decimal)
        return found

    def error(self, function: str, **params: Any) -> tuple[int, int, str]:
        """Call what must fail and give status, return code and key."""
        answer = self.post(function, **params)
        assert isinstance(answer, Response), answer
        assert answer.status != 200, answer.body
        assert isinstance(answer.body, dict)
        return answer.status, answer.body["error"]["rc"], answer.body["error"]["key"]

    def commit(self) -> None:
        self.call("BAPI_TRANSACTION_COMMIT", WAIT="X")

    def read(self, table: str, fields: list[str], *where: str, **more: Any) -> list[tuple[str, ...]]:
        """Read a table and cut its rows by the offsets that SAP gives."""
        answer = self.call(
            "RFC_READ_TABLE",
            QUERY_TABLE=table,
            FIELDS=[{"FIELDNAME": field} for field in fields],
            OPTIONS=[{"TEXT": line} for line in where],
            **more,
        )
        places = [(int(one["OFFSET"]), int(one["LENGTH"])) for one in answer["FIELDS"]]
        return [tuple(row["WA"][start : start + size].strip() for start, size in places) for row in answer["DATA"]]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def sap(clock: VirtualClock) -> SapSimulator:
    return SapSimulator("sap", clock, seed=7)


@pytest.fixture
def caller(sap: SapSimulator) -> Callable[..., Caller]:
    def make(identity: str = "one") -> Caller:
        return Caller(sap, identity)

    return make


@pytest.fixture
def rfc(caller: Callable[..., Caller]) -> Caller:
    return caller()


def customer(sap: SapSimulator, name: str = "ACME GMBH", **fields: Any) -> str:
    """Let a clerk enter a customer."""
    known = {"NAME1": name, "PSTLZ": "50667", "LAND1": "DE", "SPRAS": "DE", "WAERS": "EUR", "ZTERM": "NT30"}
    return sap.seed_customer({**known, **fields}, "SETUP")


def material(sap: SapSimulator, number: str = "P-100", **fields: Any) -> str:
    """Let a clerk enter a material."""
    known = {"MATNR": number, "MAKTX": "PUMPE", "MEINS": "ST", "MATKL": "HARDWARE", "prices": {"EUR": Decimal("10.50")}}
    return sap.seed_material({**known, **fields}, "SETUP")
