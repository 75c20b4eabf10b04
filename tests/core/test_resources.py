"""What ships is found the same way from the checkout and from a wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ltc.core import resources
from ltc.core.errors import Misconfigured

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import ltc
from ltc.core import resources
places = {"mappings": resources.mappings(), "config": resources.config(), "migrations": resources.migrations(),
          "salesforce": resources.fixtures("connectors.crm.salesforce"), "sap": resources.fixtures("connectors.erp.sap_rfc")}
files = {name: sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
         for name, place in places.items()}
print(json.dumps({"ltc": ltc.__file__, "files": files}))
"""


def looked_up(path: Path) -> dict:
    done = subprocess.run([sys.executable, "-I", "-c", PROGRAM, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel and install it beside, without its dependencies."""
    built, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = built.glob("ltc_hub-*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    return wheel, target


def test_wheel_and_checkout_hold_the_same_files(installed):
    _, target = installed
    from_wheel, from_checkout = looked_up(target), looked_up(ROOT)
    assert from_wheel["ltc"].startswith(str(target))
    assert from_checkout["ltc"].startswith(str(ROOT))
    assert from_wheel["files"] == from_checkout["files"]
    assert all(from_wheel["files"].values())


def test_the_wheel_holds_the_rooms_and_nothing_beside_them(installed):
    wheel, target = installed
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        entry_points = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "ltc = ltc.app.cli:main" in archive.read(entry_points).decode()
        assert not [name for name in archive.namelist() if "__pycache__" in name]
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ltc", "connectors", "mdm", "scheduler"}
    assert (target / "bin" / "ltc").exists()


def test_what_is_missing_is_said():
    with pytest.raises(Misconfigured, match="no connector package"):
        resources.fixtures("connectors.crm.nobody")
