"""Two mappings that use every form of the language, and records that were tampered with."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from ltc.core.mapping import Mapping, load

HERE = Path(__file__).parent
KUNDE = load([HERE / "kunde.yaml"])
AUFTRAG = load([HERE / "auftrag.yaml"])
MAPPINGS = {"kunde": KUNDE, "auftrag": AUFTRAG}

ODD_WORDS = (
    *("X", "EUR", "JPY", "KWD", "ST", "KG", "A", "T1", "D", "WE", "TAN", "DE", "de", "0000001000", "000010", "00000000"),
    *("20260230", "2026-01-01", "2026-13-45", "12.50-", "1e3", "NaN", "true"),
    *("", " ", "Ä" * 20, "Müller  GmbH", "a@b.c", "+49 30 123456"),
)
"""Texts that mean something in the wrong field."""

DIRT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**12),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6),
    st.sampled_from(ODD_WORDS),
    st.text(max_size=15),
    st.just(Decimal("NaN")),
    st.just([]),
    st.just({}),
    st.just([1]),
    st.just([{}]),
)
"""Values as no system should send them, and some do."""

CLEAN = {
    "kunde": {
        "NAME1": st.text("abc ÄÖ.", max_size=12),
        "NAME2": st.text("abc de", max_size=12),
        "NAME3": st.sampled_from(["", "GmbH"]),
        "STKZN": st.sampled_from(["", "X"]),
        "STCD1": st.text("1234/- ", max_size=16),
        "STCEG": st.text("DEde12 ", max_size=20),
        "TELF1": st.sampled_from(["", "030 123456", "+1 415 555 2671", "nobody"]),
        "URL1": st.sampled_from(["", "a.example"]),
        "URL2": st.sampled_from(["", "b.example"]),
        "BRSCH": st.sampled_from(["T1", "T2", "M1", ""]),
        "SPRAS": st.sampled_from(["E", "D", ""]),
        "WAERS": st.sampled_from(["EUR", "JPY", ""]),
        "KLIMK": st.decimals(0, 10**6, places=2),
        "WAERS_KK": st.sampled_from(["", "KWD"]),
        "ZTERM": st.sampled_from(["", "NT30"]),
        "REGNO": st.sampled_from(["", "00004711", "4711"]),
        "LOEVM": st.sampled_from(["", "X"]),
        "SPERR": st.sampled_from(["", "X"]),
        "ERDAT": st.sampled_from(["20260201", "00000000"]),
        "ERZET": st.sampled_from(["000000", "235959"]),
        "ZFLAG": st.sampled_from(["", "X"]),
        "ZSCORE": st.sampled_from(["", "7"]),
        "ZRATIO": st.decimals(0, 100, places=2),
        "ZSINCE": st.sampled_from(["20260201", "00000000"]),
        "KVGR1": st.sampled_from(["1", "2"]),
        "ORIGIN": st.sampled_from([None, "a"]),
        "PARTNERS": st.lists(
            st.fixed_dictionaries({"PARVW": st.sampled_from(["AG", "VE"]), "KUNN2": st.sampled_from(["1", "2"])}), max_size=3
        ),
        "KNB1": st.lists(
            st.fixed_dictionaries({"BUKRS": st.sampled_from(["1000", "2000"]), "AKONT": st.sampled_from(["", "0000140000"])}),
            max_size=2,
            unique_by=lambda row: row["BUKRS"],
        ),
    },
    "auftrag": {
        "WAERK": st.sampled_from(["EUR", "JPY", "KWD"]),
        "NETWR": st.decimals(0, 10**6, places=3),
        "TAX_MINOR": st.integers(0, 10**6),
        "NET_SHIFTED": st.decimals(0, 10**6, places=2),
        "CONFIRMED": st.none() | st.integers(0, 2 * 10**12),
        "WANTED": st.sampled_from(["", "2026-03-01T15:00:00Z", "2026-03-01T15:00:00.123+0100"]),
        "ITEMS": st.fixed_dictionaries(
            {
                "records": st.lists(
                    st.fixed_dictionaries(
                        {
                            "POSNR": st.sampled_from(["000010", "000020", "000030"]),
                            "PSTYV": st.sampled_from(["TAN", "TAX", "TEXT"]),
                            "MATNR": st.sampled_from(["", "100234", "AB-1"]),
                            "KWMENG": st.none() | st.decimals(0, 1000, places=3),
                            "LFIMG": st.none() | st.decimals(0, 1000, places=3),
                            "BMENG": st.none() | st.integers(0, 9),
                            "VRKME": st.sampled_from(["ST", "KG"]),
                            "NETPR": st.decimals(0, 1000, places=2),
                            "KPEIN": st.sampled_from([0, 1, 100]),
                            "KMEIN": st.sampled_from(["ST", "KG"]),
                            "NETWR": st.decimals(0, 1000, places=3),
                            "ABSTA": st.sampled_from(["", "A", "Z"]),
                        }
                    ),
                    max_size=3,
                    unique_by=lambda row: row["POSNR"],
                )
            }
        ),
    },
}
"""Values as the system does send them, field by field."""


def tamper(raw: dict[str, Any], path: list[int], value: Any, *, drop: bool) -> dict[str, Any]:
    """Change or drop one value somewhere in a record; the numbers choose where."""
    changed = copy.deepcopy(raw)
    here: Any = changed
    for step in path:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            break
        key = keys[step % len(keys)]
        if step == path[-1] or not isinstance(here[key], dict | list) or not here[key]:
            if drop:
                del here[key]
            else:
                here[key] = value
            break
        here = here[key]
    return changed


@st.composite
def dirty(draw: Any, name: str) -> dict[str, Any]:
    """Draw a record that was tampered with up to three times."""
    raw = draw(clean(name))
    for _ in range(draw(st.integers(0, 3))):
        raw = tamper(raw, draw(st.lists(st.integers(0, 60), min_size=1, max_size=4)), draw(DIRT), drop=draw(st.booleans()))
    return raw


@st.composite
def clean(draw: Any, name: str) -> dict[str, Any]:
    """Draw a record such as the system holds."""
    raw = copy.deepcopy(MAPPINGS[name].examples[0].system)
    for key, strategy in CLEAN[name].items():
        if draw(st.booleans()):
            raw[key] = draw(strategy)
    for index, row in enumerate(raw.get("ITEMS", {}).get("records", [])):
        row["ROWID"] = f"r{index}"
    return raw


@pytest.fixture(params=sorted(MAPPINGS))
def mapping(request: pytest.FixtureRequest) -> Mapping:
    """Each of the two mappings."""
    return MAPPINGS[request.param]
