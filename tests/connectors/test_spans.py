"""A back-fill of a span that has ended reads what changed in it, and not what came before or after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ltc.core.contract import Memory
from ltc.core.simulation.trial import read_all
from tests.connectors.docusign import test_contract as docusign
from tests.connectors.salesforce import test_contract as salesforce
from tests.connectors.stripe import test_contract as stripe

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("contract", "obj"),
    [
        (salesforce.TestContract, "Account"),
        (salesforce.TestContract, "Order"),
        (stripe.TestContract, "customer"),
        (stripe.TestContract, "invoice"),
        (docusign.TestContract, "envelope"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.__module__.split(".")[-2],
)
def test_a_span_has_a_beginning_and_an_end(contract, obj):
    tried = contract()
    with tried.trial() as trial:
        trial.clock.advance(12 * 3600)
        before = trial.clock.now() - HOUR
        tried.fill(trial, obj)
        after = trial.clock.now() + HOUR
        trial.clock.advance(2 * 86_400)
        connector, fields = trial.connect(), tried.fields_of(obj)
        assert isinstance(connector, Memory)
        everything = set(read_all(connector, obj, fields)[0])
        assert everything

        def read(since, until=None):
            return set(read_all(connector, obj, fields, 2, connector.cursor_at(obj, since, until))[0])

        assert read(before, after) == everything
        assert read(before - 10 * HOUR, before) == set(), "what came later is left to later"
        assert read(after + 5 * HOUR) == set(), "what came before is known"
        assert read(after + 5 * HOUR, after + 10 * HOUR) == set()


def test_beyond_what_events_tell_stripe_is_read_in_full():
    tried = stripe.TestContract()
    with tried.trial() as trial:
        before = trial.clock.now() - HOUR
        tried.fill(trial, "customer")
        trial.clock.advance(40 * 86_400)
        connector, fields = trial.connect(), tried.fields_of("customer")
        everything, _ = read_all(connector, "customer", fields)
        again, _ = read_all(connector, "customer", fields, 2, connector.cursor_at("customer", before, before + HOUR))
        assert sorted(again) == sorted(everything)
