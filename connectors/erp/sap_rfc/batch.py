"""Writing a batch item by item: each with its BAPIs and its COMMIT in one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ltc.core.contract import Journal, Outcome, WriteItem, WriteResult
from ltc.core.errors import Later, Unauthorised

if TYPE_CHECKING:
    from connectors.erp.sap_rfc.pool import Pool, Session
    from connectors.erp.sap_rfc.settings import SapSettings

Write: TypeAlias = "Callable[[Session, SapSettings, WriteItem, Journal], WriteResult]"


def write_each(pool: Pool, write: Write, items: Sequence[WriteItem], journal: Journal) -> list[WriteResult]:
    """Write items in order and give one result for each.

    A failure of the connection is raised only while nothing is done yet: who catches it takes it that no item was written.
    """
    results: list[WriteResult] = []
    for item in items:
        try:
            with pool.session() as session:
                results.append(write(session, pool.settings, item, journal))
        except (Later, Unauthorised) as error:
            if not results:
                raise
            late = error if isinstance(error, Later) else Later(error.message, remedy=error.remedy)
            return [*results, *(WriteResult(one.key, Outcome.LATER, one.id, error=late) for one in items[len(results) :])]
    return results
