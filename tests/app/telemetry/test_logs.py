"""One pipe for all lines: with what they are about, without secrets, and without what records say."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings

import pytest

from ltc.app.telemetry.logs import logging_to
from ltc.app.telemetry.surroundings import about
from ltc.core.errors import Rejected

CANARY = 'canary-s3cret-"quoted"-0451'
PERSON = "ada.lovelace@example.com"


def told(*, form="json", secrets=(CANARY,), level="info", whole=False, tell):
    stream = io.StringIO()
    with logging_to(stream, form=form, secrets=secrets, level=level, whole=whole):
        tell()
    return stream.getvalue()


def refuse():
    raise Rejected(f"not {CANARY}")


def line(tell, **how):
    (only,) = told(tell=tell, **how).splitlines()
    return json.loads(only)


def test_a_line_of_any_library_carries_what_the_thread_works_on():
    def tell():
        with about(run=7, job="changes"), about(system="crm", entity="customer"):
            logging.getLogger("some.library").warning("Slow: %d ms", 12, extra={"key": "C-7"})

    said = line(tell)
    assert list(said)[:8] == ["at", "level", "message", "run", "job", "system", "entity", "key"]
    assert (said["level"], said["message"], said["logger"]) == ("warning", "Slow: 12 ms", "some.library")
    assert (said["run"], said["job"], said["system"], said["key"]) == (7, "changes", "crm", "C-7")


def test_what_one_thread_works_on_is_not_told_of_another():
    def tell():
        thread = threading.Thread(target=lambda: logging.getLogger("x").info("here"))
        with about(run=7):
            thread.start()
            thread.join()

    assert "run" not in line(tell)


def test_people_read_one_line_a_record():
    def tell():
        with about(run=7, system="crm"):
            logging.getLogger("x").info("A name with\na line and \x1b[31m colour")

    said = told(tell=tell, form="text")
    assert said.count("\n") == 1
    assert "A name with\\na line and \\x1b[31m colour" in said
    assert "run=7 system=crm" in said


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_is_in_a_line_however_it_came_there(form):
    def tell():
        log = logging.getLogger("library")
        log.warning("Signed in with %s", CANARY)
        log.warning("Header Authorization: Bearer abcdefghijklmnop", extra={"key": CANARY, "seen": [CANARY]})
        try:
            refuse()
        except Rejected:
            log.exception("It failed: client_secret=hunter22")

    for whole in (True, False):
        said = told(tell=tell, form=form, whole=whole)
        assert said.count("library") >= 3
        for shape in (CANARY, json.dumps(CANARY)[1:-1], "abcdefghijklmnop", "hunter22"):
            assert shape not in said


def test_a_secret_that_is_resolved_later_is_masked_too():
    secrets = []

    def tell():
        secrets.append(CANARY)
        logging.getLogger("x").info("Now: %s", CANARY)

    assert line(tell, secrets=secrets)["message"] == "Now: •••"


def test_of_a_foreign_exception_the_kind_and_the_place_are_told():
    def tell():
        try:
            try:
                {}[PERSON]
            except KeyError as error:
                raise ValueError(f"bad {PERSON}") from error
        except ValueError:
            logging.getLogger("x").exception("A record broke the code.")

    said = line(tell)
    assert PERSON not in json.dumps(said)
    assert said["exception"].splitlines()[-1] == "ValueError"
    assert "KeyError\nafter\n" in said["exception"]
    assert "test_logs.py" in said["exception"]
    assert PERSON in line(tell, whole=True)["exception"], "with --debug all is shown"


def test_what_kills_a_thread_and_warnings_go_through_the_same_pipe():
    def die():
        raise ValueError(PERSON)

    def tell():
        thread = threading.Thread(target=die, name="lane")
        thread.start()
        thread.join()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", UserWarning, stacklevel=1)

    first, second = (json.loads(one) for one in told(tell=tell).splitlines())
    assert (first["message"], first["level"]) == ("The thread lane ended by an error.", "error")
    assert PERSON not in json.dumps(first)
    assert (second["logger"], second["level"]) == ("py.warnings", "warning")


def test_the_level_is_kept_and_logging_is_afterwards_as_it_was():
    root = logging.getLogger()
    before = (root.level, list(root.handlers), threading.excepthook, logging.getLogger("apscheduler").level)

    def tell():
        logging.getLogger("x").info("not this")
        logging.getLogger("apscheduler").info("nor this")
        logging.getLogger("x").warning("this")

    assert line(tell, level="warning")["message"] == "this"
    assert (root.level, list(root.handlers), threading.excepthook, logging.getLogger("apscheduler").level) == before
