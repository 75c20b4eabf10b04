"""The shipped mappings of systems whose schema is known without asking load against it: no field, type or code is wrong."""

from __future__ import annotations

import pytest

from connectors.esign.docusign import envelope
from connectors.payment.stripe.describe import describe
from ltc.core.mapping import load
from tests.mappings.test_shipped import FILES

STRIPE = [path for path in FILES if path.parent.name == "stripe"]
DOCUSIGN = [path for path in FILES if path.parent.name == "docusign"]


@pytest.mark.parametrize("path", STRIPE, ids=lambda path: path.stem)
def test_stripes_mappings_fit_what_it_describes(path) -> None:
    assert load([path], schema=describe(load([path]).object)).source_fields


@pytest.mark.parametrize("path", DOCUSIGN, ids=lambda path: path.stem)
def test_docusigns_mappings_fit_what_it_describes(path) -> None:
    assert load([path], schema=envelope.describe()).source_fields
