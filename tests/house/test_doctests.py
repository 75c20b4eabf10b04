"""Every example in a docstring is run."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.house.sources import ROOT, modules, shown

WITH_EXAMPLES = [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=shown)
def test_the_examples_of_a_module_hold(path):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert results.failed == 0
