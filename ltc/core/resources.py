"""Where the files that ship with the hub are: the same answer from a wheel and from an editable install.

A wheel carries ``mappings/`` and ``config/`` inside the package ``ltc``; an editable install leaves them in the checkout's root.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ltc.core.errors import Misconfigured

_PACKAGE = Path(__file__).resolve().parents[1]


def mappings() -> Path:
    """Give the folder of the shipped mappings: ``<vendor>/<object>.yaml`` and ``flows/``."""
    return _shipped("mappings")


def config() -> Path:
    """Give the folder of the shipped configuration: ``hub.yaml``, ``systems.yaml`` and so on."""
    return _shipped("config")


def migrations() -> Path:
    """Give the folder of the store's Alembic migrations."""
    return _existing(_PACKAGE / "core" / "store" / "migrations")


def fixtures(connector: str) -> Path:
    """Give the folder of a connector's fixtures, such as that of ``connectors.crm.salesforce``."""
    spec = find_spec(connector)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise Misconfigured(f"There is no connector package {connector!r}.", remedy="Give its import name.")
    return _existing(Path(places[0]) / "fixtures")


def _shipped(name: str) -> Path:
    in_wheel = _PACKAGE / "_shipped" / name
    return in_wheel if in_wheel.is_dir() else _existing(_PACKAGE.parent / name)


def _existing(path: Path) -> Path:
    if path.is_dir():
        return path
    raise Misconfigured(f"The hub's installation lacks {path}.", remedy="Install LTC Hub again.")
