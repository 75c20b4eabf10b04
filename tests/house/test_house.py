"""The rules of the house that a machine can check. An excuse that is no longer needed fails too: lists here only shrink."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib import metadata

from packaging.requirements import Requirement

from tests.house.sources import ROOMS, ROOT, files, imported, modules, shown

LONGEST_MODULE = 400
LONGEST_CONNECTOR = 150
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "const", "constants", "misc"}
VENDORS = {"simple_salesforce", "zeep", "pyrfc"}
HEAVY = VENDORS | {"sqlalchemy", "alembic", "pydantic", "requests", "werkzeug", "babel", "keyring", "yaml", "apscheduler"}

NOT_INSTALLED = {"pyrfc"}
"""SAP's own library is licensed by SAP: it is used where a customer has installed it."""
BROUGHT_ALONG = {"pydantic_core": "pydantic", "starlette": "fastapi"}
"""Packages that come with a declared one and belong to it."""
NOT_IMPORTED = {
    "psycopg": "SQLAlchemy loads it by the name in the store's URL",
    "fastapi": "the door for webhooks needs no more than what comes with it; the console is not here yet",
    "jinja2": "the console is not here yet",
}


# Names are put together here, so that this file does not hold what it forbids.
def any_of(*names):
    return re.compile("|".join(re.escape(name) for name in names))


REGISTRIES = any_of("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "crates" + ".io")
OUTSIDE = any_of(".." + "/shared/", "/work" + "/", "/opt/" + "wheels", "/opt/" + "pypi")
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|NotImplemented" + r"Error)\b")


def lines_of(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def places(pattern):
    for path in files():
        for number, line in enumerate(path.read_bytes().decode("utf-8", "ignore").splitlines(), 1):
            if pattern.search(line):
                yield f"{shown(path)}:{number}"


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements):
    return {plain(Requirement(line).name) for line in requirements}


@cache
def project():
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]


@cache
def owners():
    return {name: {plain(owner) for owner in found} for name, found in metadata.packages_distributions().items()}


def declared():
    extras = project()["optional-dependencies"]
    return names(project()["dependencies"]) | {name for extra in extras if extra != "dev" for name in names(extras[extra])}


def foreign_imports():
    return {name for path in modules() for name in imported(path)} - set(sys.stdlib_module_names) - set(ROOMS)


def loaded(program, heavy):
    """Run a program in an interpreter of its own and list which of the heavy packages it loaded."""
    program = f"import atexit, sys\natexit.register(lambda: print('LOADED', *sorted({heavy!r} & set(sys.modules))))\n{program}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def test_no_other_distribution_owns_our_import_names():
    others = {name: owners().get(name, set()) - {"ltc-hub"} for name in (*ROOMS, "config", "mappings")}
    assert {name: found for name, found in others.items() if found} == {}


def test_no_locked_distribution_is_named_like_a_room():
    locked = set(re.findall(r"^([A-Za-z0-9_.\-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    assert locked
    assert not locked & {*ROOMS, "config", "mappings"}


def test_there_are_no_drawers():
    assert [shown(path) for path in modules() if path.stem in DRAWERS or path.parent.name in DRAWERS] == []


def test_modules_stay_small():
    assert {shown(path): lines_of(path) for path in modules() if lines_of(path) > LONGEST_MODULE} == {}


def test_connectors_stay_small():
    connectors = [path for path in modules() if path.name == "connector.py"]
    assert {shown(path): lines_of(path) for path in connectors if lines_of(path) > LONGEST_CONNECTOR} == {}


def test_no_registry_is_named_anywhere():
    assert list(places(REGISTRIES)) == []


def test_nothing_outside_of_the_checkout_is_named():
    assert list(places(OUTSIDE)) == []


def test_yaml_folders_hold_no_python():
    python = {path.relative_to(ROOT).parts[0] for path in files() if path.suffix == ".py"}
    assert not {"mappings", "config"} & python


def test_nothing_is_left_for_later():
    assert [place for place in places(LATER) if place.startswith(ROOMS)] == []


def test_help_loads_nothing_heavy():
    assert loaded("from ltc.app.cli import main\nmain(['--help'])", HEAVY) == []


def test_importing_the_rooms_loads_no_vendors_library():
    assert loaded("import connectors, mdm, scheduler, ltc.core.contract", VENDORS) == []


def test_what_the_product_imports_is_declared():
    theirs = {BROUGHT_ALONG.get(name, name) for name in foreign_imports() - NOT_INSTALLED}
    assert {name for name in theirs if not owners().get(name, set()) & declared()} == set()


def test_what_is_declared_is_imported():
    used = {owner for name in foreign_imports() for owner in owners().get(name, ())}
    assert declared() - used == set(NOT_IMPORTED)


def test_the_product_does_not_import_what_only_developers_have():
    dev = names(project()["optional-dependencies"]["dev"])
    assert {name for name in foreign_imports() if owners().get(name, set()) & dev} == set()


def test_what_is_declared_is_locked_with_hashes_and_without_addresses():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pin = r"^([A-Za-z0-9_.\-]+)==\S+(?: ; [^\\\n]+)? \\\n    --hash=sha256:[0-9a-f]{64}"
    pins = {plain(name) for name in re.findall(pin, lock, re.MULTILINE)}
    assert len(pins) == len(re.findall(r"^[^\s#]", lock, re.MULTILINE))
    assert declared() | names(project()["optional-dependencies"]["dev"]) <= pins
    assert "://" not in lock
    assert "-index" not in lock
