"""Every connector of this repository is tried by the contract suite."""

from __future__ import annotations

from importlib import import_module

import pytest

from ltc.app.config.catalogue import find_connectors
from ltc.core.simulation.suite import ConnectorContract

OURS = [entry for entry in find_connectors().entries.values() if entry.module.startswith("connectors.")]


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.kind)
def test_it_has_a_contract_test(entry):
    suite = import_module(f"tests.connectors.{entry.kind}.test_contract").TestContract
    assert issubclass(suite, ConnectorContract)
    assert suite.connector is entry.load()
    assert [test for test in vars(suite) if test.startswith("test_")] == [], "the suite's tests are not overridden"
