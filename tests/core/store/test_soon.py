"""What is to be begun soon begins once, unless it was called off, and leaves no thread behind."""

from __future__ import annotations

import os
import threading
import time

import pytest

from ltc.core.store import soon
from ltc.core.store.soon import Soon


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(soon, "LOOK_SECONDS", 0.005)


def wait_for(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "soon"]


def test_it_begins_in_its_time_and_only_what_was_not_called_off():
    one, begun = Soon(), []
    one.begin(0.0, lambda: begun.append("first"))
    off = one.begin(0.02, lambda: begun.append("called off"))
    one.begin(0.04, lambda: begun.append("last"))
    one.call_off(off)
    one.call_off(off)
    assert len(threads()) == 1, "one thread looks after all"
    wait_for(lambda: len(begun) == 2)
    assert begun == ["first", "last"]


def test_the_thread_ends_when_there_is_nothing_and_another_is_begun():
    one, begun = Soon(), []
    for _ in range(2):
        one.begin(0.0, lambda: begun.append(1))
        wait_for(lambda: not threads())
    assert begun == [1, 1]


@pytest.mark.filterwarnings("ignore:This process")  # later Pythons warn of forking beside threads, which is what is tried
def test_a_fork_begins_nothing_of_its_parent_but_its_own():
    one, begun = Soon(), []
    theirs = one.begin(60.0, lambda: begun.append("the parent's"))
    child = os.fork()
    if child == 0:
        one.begin(0.0, lambda: begun.append("own"))
        deadline = time.monotonic() + 10
        while not begun and time.monotonic() < deadline:
            time.sleep(0.002)
        os._exit(0 if begun == ["own"] and len(one._waiting) == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    one.call_off(theirs)
    assert begun == []
