from __future__ import annotations

import random

import pytest

from mdm.matching.contacts import matching as contacts
from mdm.matching.customers import matching as customers
from mdm.matching.linkage import linkage
from mdm.matching.splinking import open_linker
from tests.mdm.matching import worlds


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "world"), [(customers.KIND, worlds.customers), (contacts.KIND, worlds.persons)])
def test_splink_says_the_same_to_six_places(kind, world):
    linked = linkage(kind, world(150, seed=7), "dedupe", frozenset())
    found = linked.candidates()
    model = linked.train(found)
    assert model.common
    dice = random.Random(7)
    chance = {tuple(sorted(dice.sample(range(300), 2))) for _ in range(4000)}
    pairs = sorted({*found, *chance})[:5000]
    theirs = open_linker(model, linked.columns, linked.sources).bits(pairs)
    assert len(theirs) == len(pairs)
    ours = {(one, other): model.bits(linked.columns[one], linked.columns[other]) for one, other in pairs}
    assert max(abs(ours[pair] - theirs[pair]) for pair in pairs) < 1e-6
