"""Sources: a document that a flow derived hangs on what it was derived from, even if neither refers to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltc.core.models.deals import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context


def derived_from(ctx: Context, hub_id: str, ext_ids: Iterable[str]) -> frozenset[str]:
    """Name the documents that a document was derived from, as the ids of its records in the system `hub` say it.

    What is rolled up to a document has such an id too, which names the document itself.
    """
    parts = [ext_id.split("/") for ext_id in ext_ids]
    if not parts:
        return frozenset()
    flows = {flow.name for flow in ctx.flows if flow.source in DOCUMENTS}
    return frozenset(part[1] for part in parts if len(part) > 1 and part[0] in flows and part[1] != hub_id)
