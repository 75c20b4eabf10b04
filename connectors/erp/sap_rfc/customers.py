"""Writing customers by Z_LTC_CUSTOMER_SAVE, our wrapper of CMD_EI_API: SAP has no BAPI that keeps all of a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit, refused
from connectors.erp.sap_rfc.parameters import parameter
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, WriteItem, WriteResult

SAVE: Final = "Z_LTC_CUSTOMER_SAVE"
LISTS: Final = ("KNVV", "KNB1")
AREA: Final = ("VKORG", "VTWEG", "SPART")
_COMPUTED: Final = frozenset({"KUNNR", "ERDAT", *LISTS})


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Create a customer, change fields of one, or flag it for deletion."""
    fields: dict[str, Any] = {"LOEVM": "X"} if item.verb is Verb.DEACTIVATE else dict(item.fields)
    fault = _fault(settings, fields)
    if fault is not None:
        return refused(item, fault)
    flat = {name: parameter(name, value) for name, value in fields.items() if name not in _COMPUTED}
    if item.verb is Verb.CREATE:
        flat |= {"SORT2": item.short_key, "KTOKD": flat.get("KTOKD") or settings.account_group}
    reference = {
        "VKORG": settings.sales_org,
        "VTWEG": settings.channel,
        "SPART": settings.division,
        "BUKRS": settings.company_code,
        "KKBER": settings.credit_area,
    }
    answer, refusal = attempt(
        session,
        item,
        SAVE,
        I_KUNNR=item.id,
        IS_DATA={**reference, **flat},
        IT_FIELDS=[{"FIELDNAME": name} for name in flat],
        IT_KNVV=[_area(row) for row in fields.get("KNVV") or ()],
        IT_KNB1=[_row(row) for row in fields.get("KNB1") or ()],
    )
    if refusal is not None:
        return refusal
    number = str(answer.get("E_KUNNR") or item.id)
    return commit(session, item, journal, number, Outcome.CREATED if item.verb is Verb.CREATE else Outcome.UPDATED)


def _fault(settings: SapSettings, fields: Mapping[str, Any]) -> Rejected | None:
    """Say what can be told without asking SAP."""
    if settings.tables == "mock_sap":
        text = "mock-sap has no function module that writes customers."
        return Rejected(text, remedy="Take customers out of what this system wants.", code="sap.mock")
    areas: Sequence[Mapping[str, Any]] = fields.get("KNVV") or ()
    if any(row.get("_row") == "delete" for name in LISTS for row in fields.get(name) or ()):
        return Rejected(
            "SAP's customers do not lose sales areas or company codes once they have them.",
            field="KNVV",
            remedy="Block the area in SAP, or put it back where it was removed.",
            code="sap.area_delete",
        )
    strange = [str(row["AREA"]) for row in areas if "AREA" in row and str(row["AREA"]).count("/") != 2]
    if strange:
        return Rejected(
            f"{strange[0]!r} is no sales area of SAP.",
            field="AREA",
            remedy="Write sales organisation, channel and division, as in 1000/10/00.",
            code="sap.area",
        )
    return None


def _area(row: Mapping[str, Any]) -> dict[str, Any]:
    """Split the name of a sales area into its three parts."""
    parts = zip(AREA, str(row.get("AREA", "//")).split("/"), strict=True)
    return {**{name: value for name, value in parts if value}, **_row(row)}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameter(name, value) for name, value in row.items() if name not in {"AREA", "_row"}}
