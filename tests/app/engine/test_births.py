"""Hub ids sort as they were minted, whatever mark they bear, and are UUIDs of version 7."""

from __future__ import annotations

import time
import uuid

from ltc.app.engine.births import HubIds, birth_mark, mark_of


def test_ids_sort_as_they_were_minted_whatever_their_marks() -> None:
    mint = HubIds()
    marks = [mark_of("secret", "crm", "Account", str(number)) for number in range(20_000)]
    ids = [mint(mark) for mark in marks]
    assert ids == sorted(ids)
    assert list(map(birth_mark, ids)) == marks
    assert len({birth_mark(mint()) for _ in marks}) == len(marks)


def test_an_id_is_a_uuid_of_its_time() -> None:
    found = uuid.UUID(HubIds()())
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert abs((found.int >> 80) / 1000 - time.time()) < 60
