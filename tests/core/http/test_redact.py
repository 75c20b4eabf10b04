from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltc.core.http import redact_body, redact_headers, redact_text

SECRETS = st.text(min_size=4, max_size=40).filter(lambda s: not s.isspace() and "•" not in s and "…" not in s and len(set(s)) > 2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"access_token": "a.b", "id": "1"}', '{"access_token": "•••", "id": "1"}'),
        ('{"Password":"a\\"b","n":1}', '{"Password":"•••","n":1}'),
        ('{"pin_secret": 1234, "n": 1}', '{"pin_secret": "•••", "n": 1}'),
        ('{"tokens": ["a", "b"], "n": 1}', '{"tokens": "•••", "n": 1}'),
        ('{"client_secret": "cut off in the mid', '{"client_secret": "•••"'),
        ("grant_type=x&client_assertion=eyJ&a=1", "grant_type=x&client_assertion=•••&a=1"),
        ("https://h/p?api_key=k&a=1", "https://h/p?api_key=•••&a=1"),
        ("<ns:Password type='x'>hunter</ns:Password>", "<ns:Password type='x'>•••</ns:Password>"),
        ("<sessionId>00D!AQ</sessionId>", "<sessionId>•••</sessionId>"),
        ("said Authorization: Bearer eyJhbGciOi.x.y", "said Authorization: Bearer •••"),
        ('{"BillingCity": "Köln", "note": "secret plans"}', '{"BillingCity": "Köln", "note": "secret plans"}'),
    ],
)
def test_secrets_are_masked_by_their_names(text, shown):
    assert redact_text(text) == shown


@given(SECRETS, st.text(max_size=50), st.integers(10, 60))
def test_a_known_secret_shows_in_no_form_and_at_no_cut(secret, around, cap):
    for text in (around + secret, json.dumps({"a": secret}), json.dumps({"a": secret}, ensure_ascii=False)):
        assert secret not in redact_text(text, [secret], cap)
        assert secret not in redact_body(text.encode("utf-8", "surrogatepass"), [secret], cap)


def test_a_secret_on_the_cut_leaves_no_half():
    text = "x" * 290 + "canary-secret" + "y" * 100
    assert "can" not in redact_text(text, ["canary-secret"])
    assert "can" not in redact_body(text.encode(), ["canary-secret"], cap=300)


def test_caps_hold_and_sizes_are_told():
    assert redact_text("x" * 1000) == "x" * 300 + "… (1000 characters)"
    assert redact_body(b"x" * 100_000) == "x" * 4096 + "… (100000 bytes)"
    assert redact_body(b"x" * 5000) == "x" * 4096 + "… (5000 bytes)"
    assert redact_body(b"\xff\xfe\x00") == "(3 bytes)"
    assert redact_body(None) == redact_body(b"") == ""


def test_headers_are_masked_by_name_and_by_value():
    headers = {"Authorization": "Basic abc", "Set-Cookie": "sid=1", "X-CSRF-Token": "t", "X-Note": "my canary", "Accept": "*/*"}
    shown = redact_headers(headers, ["canary"])
    assert shown == {"Authorization": "•••", "Set-Cookie": "•••", "X-CSRF-Token": "•••", "X-Note": "my •••", "Accept": "*/*"}


def test_short_secrets_do_not_blank_everything():
    assert redact_text("an apple a day", ["a", ""]) == "an apple a day"
