"""Two orgs and a hub between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.orgs import Orgs


@pytest.fixture
def connect(tmp_path: Path, store_url: str) -> Iterator[Callable[..., Orgs]]:
    """Make hubs between two orgs, on either database."""
    made: list[Orgs] = []

    def make(**how: Any) -> Orgs:
        made.append(Orgs(tmp_path / "hub", store_url, **how))
        return made[-1]

    yield make
    for orgs in made:
        orgs.close()
