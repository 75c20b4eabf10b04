"""References lead to secrets in the environment, in files and in the keyring; a wrong one says why, and never what."""

from __future__ import annotations

import keyring
import pytest
from keyring.errors import KeyringLocked

from ltc.app.config.references import Reference, UnresolvedError, Vault, reference


def test_each_kind_is_found(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    monkeypatch.setattr(keyring, "get_password", lambda service, name: f"{service}:{name}" if name == "key" else None)
    vault = Vault(tmp_path, {"TOKEN": "from-env"})
    words = ["${env:TOKEN}", "${file:token}", f"${{file:{tmp_path}/token}}", "${keyring:ltc/sales/key}"]
    assert [vault.resolve(reference(word)) for word in words] == ["from-env", "from-file", "from-file", "ltc/sales:key"]
    assert vault.given == ["from-env", "from-file", "ltc/sales:key"]
    assert "from-env" not in repr(vault)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("${env:NONE}", "no variable NONE"),
        ("${env:EMPTY}", "is empty"),
        ("${file:none}", "cannot be read"),
        ("${file:large}", "too large"),
        ("${file:.}", "cannot be read"),
        ("${file:bytes}", "not text"),
        ("${keyring:none}", "keyring:service/name"),
        ("${keyring:ltc/none}", "holds no 'none'"),
        ("${keyring:locked/key}", "does not answer"),
    ],
)
def test_what_leads_nowhere_says_why(tmp_path, monkeypatch, word, reason):
    def password(service, name):
        if service == "locked":
            raise KeyringLocked(name)

    monkeypatch.setattr(keyring, "get_password", password)
    (tmp_path / "large").write_text("x" * 70_000, encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UnresolvedError, match=reason):
        Vault(tmp_path, {"EMPTY": ""}).resolve(reference(word))


def test_only_a_whole_value_is_a_reference():
    assert reference(" ${env:A} ") == Reference("env", "A")
    assert [reference(text) for text in ("a${env:A}", "${env:A}b", "${vault:A}", "$env:A", 7, None)] == [None] * 6
