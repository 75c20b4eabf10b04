"""The files for deployment: valid by their schemas, with commands that there are, and with what keeps a hub safe."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.app.cli.test_handbook import parsed
from tests.house.sources import ROOT
from tests.house.test_house import project

DEPLOY = ROOT / "deploy"
MANIFESTS = [
    one for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
SCHEMAS = json.loads((Path(__file__).parent / "schemas" / "kubernetes-1.34.json").read_text(encoding="utf-8"))
LISTENS = 8420
SYSTEMD = shutil.which("systemd-analyze")


def faults(manifest: dict[str, Any]) -> list[str]:
    """Hold a manifest against the schema of its kind."""
    schema = {"$ref": f"#/$defs/{SCHEMAS['kinds'][manifest['kind']]}", "$defs": SCHEMAS["$defs"]}
    return [f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(schema).iter_errors(manifest)]


def containers() -> list[dict[str, Any]]:
    return [one for manifest in MANIFESTS if manifest["kind"] == "Deployment" for one in _pod(manifest)["containers"]]


def _pod(manifest: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return pod


def unit(path: Path) -> configparser.RawConfigParser:
    """Read a unit; a key that comes twice, as systemd has it, keeps its last value."""
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_manifests_are_valid(manifest: dict[str, Any]) -> None:
    assert faults(manifest) == []


def test_the_schema_finds_what_is_wrong() -> None:
    """The control: a misspelt key, a wrong type and a missing part are each found."""
    text = json.dumps(next(one for one in MANIFESTS if one["kind"] == "Deployment"))
    for right, wrong in (
        ('"readinessProbe"', '"readynessProbe"'),
        ('"replicas": 2', '"replicas": "two"'),
        ('"selector"', '"select"'),
    ):
        assert right in text
        assert faults(json.loads(text.replace(right, wrong, 1))) != [], wrong


def test_every_command_is_one_that_there_is() -> None:
    commands = [one["args"] for one in containers()] + [COMPOSE["services"][name]["command"] for name in ("serve", "worker")]
    commands.append(json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[1]))  # type: ignore[index]
    for path in UNITS:
        line = unit(path)["Service"]["ExecStart"]
        words = re.search(r"/opt/ltc/bin/ltc (.*?)'?$", line)
        assert words is not None, line
        commands.append(shlex.split(words[1].replace("$$(", "").replace("%%", "%").replace(")", "")))
    assert len(commands) == 8
    assert {parsed(words) for words in commands} == {"ltc serve", "ltc worker", "ltc backup"}


@pytest.mark.skipif(SYSTEMD is None, reason="There is no systemd here that could look at its units.")
@pytest.mark.parametrize(
    ("right", "wrong", "found"), [("", "", 0), ("Type=exec", "Typ=exec", 1), ("Restart=always", "Restart=ever", 1)]
)
def test_systemd_finds_nothing_wrong_in_its_units(tmp_path: Path, right: str, wrong: str, found: int) -> None:
    """The controls are a misspelt key and a value that there is not; that nothing is installed here is no fault of the units."""
    for path in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace(right, wrong) if path.name == "ltc-hub.service" and right else text)
    command = [str(SYSTEMD), "verify", *sorted(str(path) for path in tmp_path.iterdir())]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines()
    assert len([line for line in told if "/opt/ltc/bin/ltc is not executable" not in line]) == found, told


def test_what_stops_has_the_time_that_it_needs() -> None:
    assert {_pod(one)["terminationGracePeriodSeconds"] for one in MANIFESTS if one["kind"] == "Deployment"} == {60}
    assert {COMPOSE["services"][name]["stop_grace_period"] for name in ("serve", "worker")} == {"60s"}
    lasting = [unit(path)["Service"] for path in UNITS if unit(path)["Service"]["Type"] == "exec"]
    assert [one["TimeoutStopSec"] for one in lasting] == ["60", "60"]


def test_nothing_runs_as_root_or_writes_where_it_need_not() -> None:
    for one in MANIFESTS:
        if one["kind"] == "Deployment":
            assert _pod(one)["securityContext"]["runAsNonRoot"] is True
            assert _pod(one)["automountServiceAccountToken"] is False
    for container in containers():
        safe = container["securityContext"]
        assert (safe["allowPrivilegeEscalation"], safe["readOnlyRootFilesystem"]) == (False, True)
        assert safe["capabilities"] == {"drop": ["ALL"]}
        assert [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")] == ["/hub/var", "/tmp"]
    for name in ("serve", "worker"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    for path in UNITS:
        service = unit(path)["Service"]
        assert service["User"] == "ltc"
        assert (service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("yes", "strict", "")


def test_the_door_is_open_to_nobody_but_the_proxy() -> None:
    assert COMPOSE["services"]["serve"]["ports"] == [f"127.0.0.1:{LISTENS}:{LISTENS}"]
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["serve"]
    assert {port["containerPort"] for one in containers() for port in one.get("ports", ())} == {LISTENS}
    (policy,) = [one["spec"] for one in MANIFESTS if one["kind"] == "NetworkPolicy"]
    assert policy["ingress"] == [{"ports": [{"port": "web"}]}]


def test_three_work_and_no_secret_is_written_down() -> None:
    assert COMPOSE["services"]["worker"]["deploy"]["replicas"] == 3
    (workers,) = [one["spec"] for one in MANIFESTS if one["metadata"]["name"] == "ltc-worker"]
    assert workers["replicas"] == 3
    assert all(one["envFrom"] == [{"secretRef": {"name": "ltc-secrets"}}] for one in containers())
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert all(value.startswith("${") for value in re.findall(r"(?:PASSWORD: |ltc:)(\S+)", text))


def test_the_image_installs_extras_that_there_are_and_copies_what_there_is() -> None:
    (extras,) = re.findall(r'"\.\[([a-z,]+)\]"', DOCKERFILE)
    assert set(extras.split(",")) <= set(project()["optional-dependencies"])
    copied = [word for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()]
    assert {"ltc", "connectors", "mdm", "scheduler", "mappings", "config", "requirements.lock"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Za-z0-9_.\-]+)==", lock, re.MULTILINE)
    assert len(names) == len(set(names)), "a constraint holds one version of each"
