"""Writing materials by BAPI_MATERIAL_SAVEDATA; the number is ours, so that a second attempt meets the first."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit, refused
from connectors.erp.sap_rfc.parameters import parameter
from connectors.erp.sap_rfc.table_reader import literal
from connectors.erp.shared.codecs import alpha_in, to_sap_language
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Rejected

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, WriteItem, WriteResult

SAVE: Final = "BAPI_MATERIAL_SAVEDATA"
WIDTH: Final = 18
CLIENT_DATA: Final = MappingProxyType(
    {
        "MATKL": "MATL_GROUP",
        "BISMT": "OLD_MAT_NO",
        "MEINS": "BASE_UOM",
        "NTGEW": "NET_WEIGHT",
        "GEWEI": "UNIT_OF_WT",
        "EAN11": "EAN_UPC",
        "LVORM": "DEL_FLAG",
    }
)
"""Fields of MARA and what the BAPI calls them."""


def write(session: Session, settings: SapSettings, item: WriteItem, journal: Journal) -> WriteResult:
    """Create a material, change fields of one, or flag it for deletion."""
    fields: dict[str, Any] = {"LVORM": "X"} if item.verb is Verb.DEACTIVATE else dict(item.fields)
    created = item.verb is Verb.CREATE
    number = item.id
    if created:
        number = alpha_in(str(fields.get("MATNR") or "").strip().upper(), WIDTH)
        fault = _fault(session, settings, item, number)
        if fault is not None:
            return refused(item, fault)
        fields["BISMT"] = item.short_key
    data = {CLIENT_DATA[name]: parameter(name, value) for name, value in fields.items() if name in CLIENT_DATA}
    texts = []
    if "MAKTX" in fields:
        language = {"LANGU": to_sap_language(settings.lang), "LANGU_ISO": settings.lang}
        texts = [{**language, "MATL_DESC": parameter("MAKTX", fields["MAKTX"])}]
    head = {"MATERIAL": number, "BASIC_VIEW": "X"}
    if created:
        head |= {"IND_SECTOR": settings.industry_sector, "MATL_TYPE": str(fields.get("MTART") or settings.material_type)}
    _, refusal = attempt(
        session,
        item,
        SAVE,
        HEADDATA=head,
        CLIENTDATA=data,
        CLIENTDATAX=dict.fromkeys(data, "X"),
        MATERIALDESCRIPTION=texts,
    )
    if refusal is not None:
        return refusal
    return commit(session, item, journal, number, Outcome.CREATED if created else Outcome.UPDATED)


def _fault(session: Session, settings: SapSettings, item: WriteItem, number: str) -> Rejected | None:
    """Say why a material is not created: the BAPI would change somebody else's of the same number without a word."""
    if settings.tables == "mock_sap":
        text = "mock-sap has no function module that writes materials."
        return Rejected(text, remedy="Take products out of what this system wants.", code="sap.mock")
    if not number:
        text = "A material needs a number."
        return Rejected(text, field="MATNR", remedy="Give the product a number where it comes from.", code="sap.number")
    found = session.call(
        "RFC_READ_TABLE",
        QUERY_TABLE="MARA",
        ROWCOUNT=1,
        OPTIONS=[{"TEXT": f"MATNR = {literal(number)}"}],
        FIELDS=[{"FIELDNAME": "BISMT"}],
    )["DATA"]
    if not found or str(found[0]["WA"]).strip() == item.short_key:
        return None
    return Rejected(
        f"SAP has another material {number} already.",
        field="MATNR",
        remedy="Let the hub read SAP's materials, so that it links the two, or give the product another number.",
        code="sap.material_exists",
    )
