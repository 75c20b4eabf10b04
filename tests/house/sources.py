"""What the house's own tests look at: the files of the checkout, without what git ignores."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ltc", "connectors", "mdm", "scheduler")
FOLDERS = (*ROOMS, "mappings", "config", "deploy", "docs", "tests", "benchmarks", ".ci")
SKIPPED = {"__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


@cache
def files() -> tuple[Path, ...]:
    """List every file that belongs to the project."""
    found = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in {".md", ".toml", ".lock", ""}]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file() and not SKIPPED & set(path.parts)]
    return tuple(sorted(found))


@cache
def modules() -> tuple[Path, ...]:
    """List the modules of the product."""
    return tuple(path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ROOMS)


def shown(path: Path) -> str:
    """Give a path as a reader of a failure wants it."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """List the first parts of what a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names
