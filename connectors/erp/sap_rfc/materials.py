"""Writing materials by BAPI_MATERIAL_SAVEDATA; the number is ours, so that a second attempt meets the first."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from connectors.erp.sap_rfc.bapi import attempt, commit
from connectors.erp.sap_rfc.customers import plain
from connectors.erp.shared.codecs import to_sap_language
from ltc.core.contract import Outcome, Verb

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Session
    from connectors.erp.sap_rfc.settings import SapSettings
    from ltc.core.contract import Journal, WriteItem, WriteResult

SAVE: Final = "BAPI_MATERIAL_SAVEDATA"
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
    if created:
        fields["BISMT"] = item.short_key
    number = str(fields.get("MATNR") or item.id).upper() if created else item.id
    data = {CLIENT_DATA[name]: plain(value) for name, value in fields.items() if name in CLIENT_DATA}
    texts = []
    if "MAKTX" in fields:
        language = {"LANGU": to_sap_language(settings.lang), "LANGU_ISO": settings.lang}
        texts = [{**language, "MATL_DESC": plain(fields["MAKTX"])}]
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
