"""Every flow that is shipped loads without a fault, derives what its examples say, and gets on with the others."""

from __future__ import annotations

import pytest

from ltc.app.engine.flow.examples import try_examples, without_examples
from ltc.app.engine.flow.files import load_flow
from ltc.app.engine.flow.together import faults_together
from ltc.core import resources

FILES = sorted((resources.mappings() / "flows").glob("*.yaml"))
ROLES = ("crm", "erp", "esign", "payment")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_flow_derives_what_its_examples_say(path):
    flow = load_flow([path], ROLES)
    assert flow.name == path.stem
    assert [str(fault) for trial in try_examples(flow) for fault in trial.faults] == []
    assert [str(warning) for warning in without_examples(flow)] == []


def test_shipped_flows_get_on_with_one_another():
    assert FILES
    assert [str(fault) for fault in faults_together([load_flow([path], ROLES) for path in FILES])] == []
