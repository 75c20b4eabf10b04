"""A hub's directory: overlays, environments, brakes, custom fields, templates."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest

from ltc.app.config import HubSettings, find_connectors, open_hub
from ltc.app.config.new import TEMPLATE, add_systems, create_hub
from ltc.core.contract import Kit
from ltc.core.errors import Misconfigured
from scheduler import After, ByHand, Cron, Every, OnWebhook

SYSTEMS = """
crm:
  connector: salesforce
  settings: {base_url: https://x, client_id: "${env:ID}", client_secret: "${env:SECRET}"}
  entities: {customer: , contact: {mode: shadow, brakes: {max_creates: 5}}}
  brakes: {max_creates: 50, max_money: {EUR: 1000.50}}
"""


@pytest.fixture
def folder(tmp_path):
    create_hub(tmp_path, HubSettings(id="acme", title="Acme"))
    return tmp_path


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_new_hub_has_what_is_shipped(folder):
    hub = open_hub(folder, "").require_sound()
    assert hub.settings.retention.log == timedelta(days=365)
    assert hub.jobs["changes"].trigger == Every(timedelta(minutes=5))
    assert hub.jobs["everything"].trigger == Cron("30 2 * * *")
    assert (hub.jobs["cleaning"].task, hub.jobs["cleaning"].trigger) == ("clean", Cron("45 3 * * *"))
    assert "won_opportunity_to_order" in hub.flows
    assert hub.database_url().get_secret_value().endswith("/var/hub.db")


def test_a_hub_file_that_cannot_be_read_is_the_one_fault(folder):
    write(folder, "config/hub.yaml", "id: [\n")
    with pytest.raises(Misconfigured) as caught:
        open_hub(folder, "")
    assert [fault.file for fault in caught.value.faults] == [str(folder.resolve() / "config" / "hub.yaml")]


def test_brakes_lie_over_each_other(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    hub = open_hub(folder, "").require_sound()
    assert hub.brakes("crm", "customer").max_creates == 50
    assert hub.brakes("crm", "contact").max_creates == 5
    assert hub.brakes("crm", "contact").max_changed_share == Decimal("0.2")
    assert hub.brakes("crm", "contact").max_money == {"EUR": Decimal("1000.50")}
    assert hub.entity("crm", "contact").mode == "shadow"
    assert hub.entity("crm", "customer").mode == "observe"
    assert hub.systems["crm"].role == "crm"
    assert set(hub.mappings) == {("crm", "Account"), ("crm", "Contact")}


def test_how_many_documents_change_is_limited_only_where_it_is_said_for_them(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    hub = open_hub(folder, "").require_sound()
    assert hub.brakes("crm", "order").max_changed_share is None
    assert hub.brakes("crm", "order").max_creates == 50
    assert hub.brakes("crm", "customer").max_changed_share == Decimal("0.2")
    order = "order: {brakes: {max_changed_share: 0.5}}"
    write(folder, "config/systems.yaml", SYSTEMS.replace("{customer: ,", f"{{customer: , {order},"))
    assert open_hub(folder, "").require_sound().brakes("crm", "order").max_changed_share == Decimal("0.5")


def test_a_brake_can_be_taken_off(folder):
    write(folder, "config/hub.yaml", "id: acme\nbrakes: {max_creates: null}\n")
    assert open_hub(folder, "").settings.brakes.max_creates is None


def test_mappings_lie_over_each_other_from_kind_to_system_to_environment(folder):
    write(folder, "config/systems.yaml", SYSTEMS + SYSTEMS.replace("crm:", "other:"))
    write(folder, "mappings/salesforce/account.yaml", "fields: {industry: Kind__c}\n")
    write(folder, "mappings/other/account.yaml", "fields: {rating: Grade__c}\n")
    write(folder, "mappings/salesforce/account.test.yaml", "fields: {industry: Test__c, rating: Test__c}\n")
    write(folder, "mappings/other/account.test.yaml", "fields: {rating: Note__c}\n")
    hub = open_hub(folder, "").require_sound()
    lines = {name: {line.path: line.source for line in hub.mappings[name, "Account"].lines} for name in ("crm", "other")}
    assert (lines["crm"]["industry"], lines["other"]["industry"]) == ("Kind__c", "Kind__c")
    assert (lines["crm"]["rating"], lines["other"]["rating"]) == ("Rating", "Grade__c")
    tested = open_hub(folder, "test").require_sound()
    lines = {name: {line.path: line.source for line in tested.mappings[name, "Account"].lines} for name in ("crm", "other")}
    assert (lines["crm"]["industry"], lines["crm"]["rating"]) == ("Test__c", "Test__c")
    assert (lines["other"]["industry"], lines["other"]["rating"]) == ("Test__c", "Note__c")
    assert tested.tag == "acme.test"


def test_what_a_kind_has_for_an_environment_lies_over_what_a_system_has_for_all(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    write(folder, "mappings/crm/account.yaml", "fields: {rating: Grade__c}\n")
    write(folder, "mappings/salesforce/account.test.yaml", "fields: {rating: Test__c}\n")
    assert "Grade__c" in open_hub(folder, "").mappings["crm", "Account"].source_fields
    assert "Test__c" in open_hub(folder, "test").mappings["crm", "Account"].source_fields


def test_mappings_know_the_organisations_own_currency(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    write(folder, "config/hub.yaml", "id: acme\ncurrency: KWD\n")
    line = "fields: {credit_limit: {from: Credit_Limit__c, currency: {from: CurrencyIsoCode, else: org}}}\n"
    write(folder, "mappings/crm/account.yaml", line)
    hub = open_hub(folder, "").require_sound()
    record = {"Id": "1", "Name": "Acme", "Credit_Limit__c": 1, "CurrencyIsoCode": None}
    assert hub.mappings["crm", "Account"].get(record)["credit_limit"] == {"amount": "1.000", "currency": "KWD"}


def test_secrets_are_resolved_late_and_remembered_for_masking(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    hub = open_hub(folder, "", environ={"ID": "key", "SECRET": "hidden-value"}).require_sound()
    assert hub.vault.given == []
    kit = Kit()
    hub.systems["crm"].connect(kit)
    assert set(kit.secrets) == {"key", "hidden-value"}
    assert "hidden-value" not in repr(hub) + repr(hub.systems["crm"].resolved())


def test_connecting_without_secrets_names_each_of_them(folder):
    write(folder, "config/systems.yaml", SYSTEMS)
    hub = open_hub(folder, "", environ={}).require_sound()
    with pytest.raises(Misconfigured) as caught:
        hub.systems["crm"].connect(Kit())
    assert [(fault.code, fault.path) for fault in caught.value.faults] == [
        ("secret.missing", "crm.settings.client_id"), ("secret.missing", "crm.settings.client_secret"),
    ]  # fmt: skip
    assert hub.systems["crm"].faults(secrets=False) == []


def test_jobs(folder):
    write(
        folder,
        "config/jobs.yaml",
        "changes: {enabled: false}\nprices: {cron: 0 6 * * 1-5, entities: [price], time_zone: Asia/Tokyo}\n"
        "late: {after: prices}\nhand: {full: true}\n",
    )
    jobs = open_hub(folder, "").require_sound().jobs
    assert jobs["changes"].trigger == ByHand()
    assert (jobs["prices"].trigger, jobs["prices"].time_zone, jobs["prices"].entities) == (
        Cron("0 6 * * 1-5"),
        "Asia/Tokyo",
        ("price",),
    )
    assert jobs["late"].trigger == After("prices")
    assert jobs["hand"].full


HEARD = """
stripe: {connector: stripe, settings: {api_key: "${env:KEY}"}}
crm: {connector: salesforce, settings: {base_url: https://x, client_id: "${env:ID}", client_secret: "${env:SECRET}"}}
sleeping: {connector: docusign, enabled: false}
"""


def test_jobs_that_webhooks_start(folder):
    write(folder, "config/systems.yaml", HEARD)
    two = "paid: {webhooks: [stripe.invoice, stripe.refund], priority: 5}\nany: {webhooks: [stripe]}\n"
    write(folder, "config/jobs.yaml", two)
    jobs = open_hub(folder, "").require_sound().jobs
    assert (jobs["paid"].trigger, jobs["paid"].priority) == (OnWebhook(("stripe.invoice", "stripe.refund")), 5)
    write(folder, "config/jobs.yaml", "any: {webhooks: [stripe], enabled: false}\n")
    assert open_hub(folder, "").require_sound().jobs["any"].trigger == ByHand()


@pytest.mark.parametrize(
    ("source", "message", "remedy"),
    [
        ("strip", "There is no system 'strip'.", "Did you mean 'stripe'?"),
        ("crm", "'crm' posts no webhooks.", "Start the job by `every` or `cron`. Systems that post webhooks: stripe."),
        ("sleeping.envelope", "'sleeping' posts no webhooks.", "Systems that post webhooks: stripe."),
        ("stripe.invoce", "No webhook of 'stripe' tells of an object 'invoce'.", "Did you mean 'invoice'?"),
        ("stripe.", "No webhook of 'stripe' tells of an object ''.", "Its webhooks tell of:"),
    ],
)
def test_webhooks_that_start_nothing_are_told_in_their_place(folder, source, message, remedy):
    write(folder, "config/systems.yaml", HEARD)
    write(folder, "config/jobs.yaml", f"paid: {{webhooks: [stripe, {source}]}}\n")
    [fault] = [one for one in open_hub(folder, "").faults if one.code.startswith("config.job")]
    assert (fault.code, fault.path, fault.line, fault.column) == ("config.job_webhook", "paid.webhooks[1]", 1, 27)
    assert fault.message == message
    assert remedy in fault.remedy


def test_what_time_alone_does_is_no_matter_of_webhooks(folder):
    write(folder, "config/systems.yaml", HEARD)
    write(folder, "config/jobs.yaml", "paid: {webhooks: [stripe], jitter: 1 minute}\nnone: {webhooks: []}\n")
    told = [fault.message for fault in open_hub(folder, "").faults]
    assert told[0] == "`jitter` puts off what time starts, and this job is started by webhooks."
    assert len(told) == 2


def test_custom_fields_become_schemas(folder):
    write(folder, "config/custom_fields.yaml", "customer:\n  region: text\n  tier: {type: choice, values: [gold]}\n")
    schema = open_hub(folder, "").require_sound().schemas["customer"]
    schema.validate({"name": "A", "custom": {"region": "N", "tier": "gold"}})
    assert "custom.tier" in schema.paths


def test_systems_of_the_sandbox_are_written_with_their_secrets_apart(folder):
    told = {
        "base_url": "http://127.0.0.1:1",
        "connector": "salesforce",
        "credentials": {"client_id": "a", "client_secret": "b-secret"},
    }
    add_systems(folder, {"salesforce": told})
    assert "b-secret" not in (folder / "config/systems.yaml").read_text()
    hub = open_hub(folder, "").require_sound()
    assert hub.systems["salesforce"].resolved().client_secret.get_secret_value() == "b-secret"
    assert (folder / "var/secrets/salesforce_client_secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["hub", "systems", "jobs", "survivorship", "custom_fields"])
def test_what_the_template_has_in_comments_is_right(folder, name):
    for file in {name, "systems"}:
        text = (folder / "config" / f"{file}.yaml").read_text(encoding="utf-8")
        write(folder, f"config/{file}.yaml", re.sub(r"^# ?(?=\s*[a-z_]+:(?: |$))", "", text, flags=re.MULTILINE))
    hub = open_hub(folder, "")
    assert hub.faults == ()
    assert (TEMPLATE / "config" / f"{name}.yaml").exists()


def test_listing_connectors_imports_none_of_them():
    code = (
        "import sys\nfrom ltc.app.config.catalogue import find_connectors\nfound = find_connectors()\n"
        "print(sorted(found.entries)[0], [name for name in sys.modules if name.startswith('connectors')])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(maxsplit=1)
    assert told[1].strip() == "[]"
    entry = find_connectors().find("salesforce")
    assert (entry.kind, entry.family, entry.load().kind) == ("salesforce", "crm", "salesforce")
