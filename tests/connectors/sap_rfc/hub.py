"""The hub's side in tests: connectors that reach a simulated SAP in the same process, and a journal in memory."""

from __future__ import annotations

from typing import Any

from connectors.erp.sap_rfc.connector import SapRfcConnector
from connectors.erp.sap_rfc.pyrfc_stub import Connection
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.contract import Call, Kit, Raw, Verb, WriteItem, WriteResult
from ltc.core.errors import LtcError
from ltc.core.simulation import InProcessAdapter


def key_of(number: object) -> str:
    """Give a short key as the engine makes them: twelve characters."""
    return f"KEY{number}".ljust(12, "X").upper()


def create(number: object, fields: Raw, **more: Any) -> WriteItem:
    return WriteItem(f"intent-{number}", key_of(number), Verb.CREATE, "", fields, **more)


def change(record_id: str, fields: Raw, verb: Verb = Verb.AMEND, **more: Any) -> WriteItem:
    return WriteItem(f"intent-{record_id}", "", verb, record_id, fields, **more)


class Steps:
    """A journal in memory that notes what SAP was told before; it raises what it is given."""

    def __init__(self, fault: BaseException | None = None) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.fault = fault

    def __call__(self, key: str, step: str, data: Any) -> None:
        if self.fault is not None:
            raise self.fault
        self.kept.setdefault(key, {})[step] = dict(data)


class Hub:
    """One connector to one simulated SAP; ``names`` are the function modules that it called, in order."""

    def __init__(self, sap: SapSimulator, **settings: Any) -> None:
        class InProcess(Connection):
            def open(self) -> None:
                self._http.mount("http://", InProcessAdapter(sap))
                super().open()

        credentials = {"user": sap.credentials()["user"], "passwd": sap.credentials()["passwd"]}
        self.sap = sap
        self.calls: list[Call] = []
        self.kit = Kit(clock=sap.clock, record_call=self.calls.append)
        chosen = SapRfcConnector.Settings(**({"base_url": "http://sap"} | credentials | settings))
        self.connector = SapRfcConnector(chosen, self.kit, connect=InProcess)
        self.steps = Steps()

    @property
    def names(self) -> list[str]:
        return [call.target for call in self.calls]

    def write(self, obj: str, *items: WriteItem) -> list[WriteResult]:
        return list(self.connector.write(obj, items, self.steps))

    def one(self, obj: str, item: WriteItem) -> WriteResult:
        (result,) = self.write(obj, item)
        return result

    def refusal(self, obj: str, item: WriteItem) -> LtcError:
        """Write what must be refused and give the error."""
        result = self.one(obj, item)
        assert result.error is not None, result
        return result.error

    def read(self, obj: str, number: str) -> Raw:
        (record,) = self.connector.fetch(obj, [number], [])
        found: Raw = self.connector.decode(obj, record.body)
        return found
