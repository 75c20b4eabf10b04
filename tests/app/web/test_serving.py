"""The port: one that somebody else has is said at once, and is given back."""

from __future__ import annotations

import pytest

from ltc.app.web.serving import Serving
from ltc.core.errors import Misconfigured
from tests.app.web.doors import Porch


def test_a_port_that_is_taken_is_said(porch: Porch) -> None:
    port = int(porch.address.rpartition(":")[2])
    with pytest.raises(Misconfigured, match="cannot listen") as caught:
        Serving(None, "127.0.0.1", port, lambda: None)
    assert "--no-hooks" in caught.value.remedy


def test_a_port_is_given_back() -> None:
    closed: list[bool] = []
    first = Serving(None, "127.0.0.1", 0, lambda: closed.append(True))
    first.stop()
    assert closed == [True]
    again = Serving(None, "127.0.0.1", int(first.address.rpartition(":")[2]), lambda: None)
    again.stop()
