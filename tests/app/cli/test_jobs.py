"""`ltc jobs` as an operator uses it, on a hub of its own."""

from __future__ import annotations

import pytest


def test_jobs_are_listed_paused_run_and_resumed(hub) -> None:
    listed = hub.ltc("jobs", "--json")
    assert listed.code == 0
    assert [(job["job"], job["when"], job["status"], job["paused"]) for job in listed.json["jobs"]] == [
        ("changes", "every 0:05:00", "never", None),
        ("everything", "at 30 2 * * *", "never", None),
        ("cleaning", "at 45 3 * * *", "never", None),
    ]
    assert hub.ltc("jobs", "pause", "cleaning", "--why", "the disk is slow", "--json").json == {"paused": ["cleaning"]}
    assert hub.ltc("jobs", "pause", "cleaning", "--json").json == {"paused": []}
    assert "the disk is slow" in hub.ltc("jobs").out
    done = hub.ltc("jobs", "run", "cleaning", "--json")
    assert (done.code, done.json["status"], done.json["error"]) == (0, "done", "")
    assert hub.ltc("jobs", "resume", "cleaning", "--json").json == {"resumed": ["cleaning"]}
    standing = hub.ltc("status", "--json")
    assert [job["status"] for job in standing.json["schedule"]] == ["never", "never", "done"]
    assert "cleaning" in hub.ltc("status").out


@pytest.mark.parametrize("words", [("run", "cleanng"), ("pause", "cleanng"), ("resume", "cleanng")])
def test_a_job_that_there_is_not_is_refused(hub, words) -> None:
    said = hub.ltc("jobs", *words)
    assert said.code == 2
    assert "Did you mean 'cleaning'?" in said.err


def test_a_run_that_fails_is_told(hub) -> None:
    said = hub.ltc("jobs", "run", "changes")
    assert said.code == 1
    assert "This hub names no system yet." in said.out


@pytest.mark.parametrize("words", [("--version", "--json"), ("--json", "--version")])
def test_the_version_is_a_document_too(hub, words) -> None:
    said = hub.ltc(*words)
    assert (said.code, list(said.json)) == (0, ["version"])


def test_a_job_that_webhooks_start_is_listed_as_that(hub) -> None:
    hub.write("config/systems.yaml", 'stripe: {connector: stripe, settings: {api_key: "${env:STRIPE_KEY}"}}\n')
    hub.write("config/jobs.yaml", "paid: {webhooks: [stripe.invoice]}\n")
    [paid] = [job for job in hub.ltc("jobs", "--json").json["jobs"] if job["job"] == "paid"]
    assert (paid["when"], paid["next"], paid["late"]) == ("on webhooks of stripe.invoice", None, None)
    hub.write("config/jobs.yaml", "paid: {webhooks: [stripe.invoce]}\n")
    said = hub.ltc("jobs")
    assert said.code == 2
    assert "jobs.yaml:1:19" in said.err
    assert "Did you mean 'invoice'?" in said.err


def test_a_back_fill_reads_a_span_again(connected) -> None:
    first = connected.ltc("sync", "--json").json["totals"]
    done = connected.ltc("jobs", "run", "changes", "--since", "2026-02-01", "--until", "2026-03-02T12:00+01:00", "--json")
    assert (done.code, done.json["status"]) == (0, "done"), done.err
    counts = done.json["counts"]
    assert (counts["read"], counts["unchanged"]) == (first["read"], first["read"])
    later = connected.ltc("jobs", "run", "changes", "--since", "2026-03-10", "--json").json
    assert (later["status"], later["counts"]["read"]) == ("done", 0)
    assert next(job["status"] for job in connected.ltc("jobs", "--json").json["jobs"]) == "never", "it made up for no slot"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("changes", "--since", "yesterday"), "'yesterday' is no time: write 2026-03-01"),
        (("changes", "--until", "2026-03-01"), "--until needs --since."),
        (("changes", "--since", "2026-03-02", "--until", "2026-03-01"), "This span is empty"),
        (("changes", "--since", "2999-01-01"), "This span is empty"),
        (("cleaning", "--since", "2026-03-01"), "The job 'cleaning' reads nothing: its task is clean."),
    ],
)
def test_a_back_fill_that_cannot_be_is_refused(hub, words, said) -> None:
    refused = hub.ltc("jobs", "run", *words)
    assert refused.code == 2
    assert said in refused.err
