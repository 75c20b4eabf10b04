"""Our stand-in for pyrfc against pyrfcx, which rebuilds pyrfc 3.4 and imports without SAP's library."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pyrfc
import pyrfcx
import pytest

from connectors.erp.sap_rfc import pyrfc_stub as stub
from connectors.erp.sap_rfc.simulator import SapSimulator
from ltc.core.simulation import InProcessAdapter

NOT_HERE = {
    "FunctionDescription", "RFCTypeError", "RfcFieldType", "RfcParameterDirection", "TypeDescription", "__version__",
    "__version_info__", "cancel_connection", "get_nwrfclib_version", "reload_ini_file", "set_cryptolib_path",
    "set_ini_file_directory",
}  # fmt: skip
"""What the connector does not use and the stub does not have: descriptions, and the doors to SAP's library itself."""

ONLY_HERE = {"free", "reset_server_context"}
"""What SAP's own manual names and pyrfcx leaves out."""

ERRORS = [name for name in stub.__all__ if name.endswith("Error")]
FULL = ("text", 5, "KEY", "V1", "E", "042", "a", "b", "c", "d")


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def shape(function: object) -> list[tuple]:
    """Give names, kinds and defaults of parameters."""
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    return [(one.name, one.kind, one.default) for one in parameters]


def closed(kind: type) -> object:
    """Make a closed connection without logging on."""
    connection = object.__new__(kind)
    connection._config = {}
    if kind is pyrfc.Connection:
        connection._conn = SimpleNamespace(closed=True)
    else:
        connection.alive = False
    return connection


@pytest.fixture
def opened(sap: SapSimulator) -> stub.Connection:
    class InProcess(stub.Connection):
        def open(self) -> None:
            self._http.mount("http://", InProcessAdapter(sap))
            super().open()

    known = sap.credentials()
    return InProcess(base_url="http://sap", user=known["user"], passwd=known["passwd"], client=known["client"])


def test_the_stub_has_pyrfcs_names_and_no_others():
    assert set(pyrfc.__all__) - set(stub.__all__) == NOT_HERE
    assert set(stub.__all__) <= set(pyrfc.__all__)


def test_connections_have_pyrfcs_members(opened):
    known = public(pyrfc.Connection)
    assert known - {name for name in dir(opened) if not name.startswith("_")} == set()
    assert public(stub.Connection) - known == ONLY_HERE


@pytest.mark.parametrize("name", sorted(public(pyrfc.Connection) & public(stub.Connection) | {"__init__"}))
def test_methods_take_what_pyrfcs_take(name):
    theirs, ours = (inspect.getattr_static(kind, name) for kind in (pyrfc.Connection, stub.Connection))
    assert type(ours) is type(theirs)
    if inspect.isfunction(theirs):
        assert shape(ours) == shape(theirs)


@pytest.mark.parametrize("name", ERRORS)
def test_exceptions_have_pyrfcs_ancestors_signature_and_words(name):
    theirs, ours = getattr(pyrfc, name), getattr(stub, name)
    assert [kind.__name__ for kind in ours.__mro__] == [kind.__name__ for kind in theirs.__mro__]
    if name == "RFCError":
        assert str(ours("text")) == str(theirs("text"))
        return
    assert shape(ours.__init__) == shape(theirs.__init__)
    for given in ((), ("text",), ("text", 0, "KEY"), FULL):
        assert vars(ours(*given)) == vars(theirs(*given))
        assert str(ours(*given)) == str(theirs(*given))


@pytest.mark.parametrize("arguments", [{"config": {"colour": 1}, "user": "x"}, {}, {"config": {}}, {"client": 100, "user": "x"}])
def test_wrong_parameters_are_refused_in_pyrfcs_words(arguments):
    with pytest.raises(pyrfc.RFCError) as theirs:
        pyrfc.Connection(**arguments)
    with pytest.raises(stub.RFCError) as ours:
        stub.Connection(**arguments)
    assert (type(ours.value), str(ours.value)) == (stub.RFCError, str(theirs.value))


def test_the_configuration_has_pyrfcs_options_and_defaults(opened):
    assert opened.options == pyrfc._PYRFC_CONFIG_DEFAULTS
    opened.options["timeout"] = 1.0
    assert opened.options["timeout"] == 1.0


def test_a_connection_describes_itself_in_pyrfcs_words(opened):
    told = opened.get_connection_attributes()
    assert set(told) == {*pyrfc._ATTRIBUTE_KEYS, "reserved", "active_unit"}
    opened.close()
    assert (opened.get_connection_attributes(), opened.alive, bool(opened), opened.is_valid()) == ({}, False, False, False)


@pytest.mark.parametrize("act", [lambda one: one.call("RFC_PING"), lambda one: one.ping()])
def test_a_closed_connection_refuses_as_pyrfcs_does(act):
    told = []
    for module in (pyrfc, stub):
        with pytest.raises(module.RFCError) as raised:
            act(closed(module.Connection))
        error = raised.value
        told.append((type(error).__name__, *(getattr(error, name, str(error)) for name in ("message", "code", "key"))))
    assert told[0] == told[1]


def test_after_a_lost_connection_both_are_open_again_in_a_new_session(monkeypatch, opened, sap):
    """This is why nothing is committed after an error: what waited in the old session is gone, and nothing shows it."""

    class Native:
        closed = False

        def close(self) -> None:
            self.closed = True

        def _call_compat(self, *_: object, **__: object) -> dict:
            raise pyrfcx.CommunicationError("gone", code=1, group=4, key="RFC_COMMUNICATION_FAILURE", sdk_function="RfcInvoke")

    monkeypatch.setattr(pyrfcx, "Connection", lambda **_: Native())
    theirs = pyrfc.Connection(user="x")
    former = theirs._conn
    with pytest.raises(pyrfc.CommunicationError) as raised:
        theirs.call("BAPI_TRANSACTION_COMMIT")
    assert (theirs.alive, theirs._conn is former, raised.value.code) == (True, False, 1)

    session = opened._session
    sap.faults.plan("read", kind="drop_before")
    with pytest.raises(stub.CommunicationError) as lost:
        opened.call("RFC_READ_TABLE", QUERY_TABLE="KNA1")
    assert (opened.alive, opened._session == session, lost.value.code) == (True, False, 1)
