"""docs/reference/configuration.md, written from the settings themselves: `python -m ltc.app.config.reference`."""

from __future__ import annotations

import sys
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from ltc.app.config.settings import HubSettings, JobSettings, SystemSettings
from ltc.core.models import CustomField
from scheduler import triggers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

_PAGE = """# Configuration

Written from the settings by `python -m ltc.app.config.reference`; a test fails when it is out of date.

A hub is a directory (`ltc init my-hub`). Its files lie over the shipped ones key by key: say only what differs; `null` takes
a shipped value away, a list replaces a list. Files of an environment, such as `config/systems.prod.yaml` or
`mappings/salesforce/account.prod.yaml`, lie over both; `--env prod` or `LTC_ENV=prod` chooses them. `ltc check` names every
mistake with file, line, column and remedy, and `ltc check --online` asks the systems too.

Secrets are never written down, only where they are: `${env:NAME}`, `${file:path}` (relative to the hub's directory) or
`${keyring:service/name}`. Any other text setting may be a reference as well. References are resolved when a system is
connected, and masked in all output. Durations are written as `15 minutes`, `2h`, `90 days`. A connector's own settings are in the
README of its folder.
"""


def page() -> str:
    """Write the page."""
    lines = [_PAGE]
    lines += ["## config/hub.yaml", "", *_table(HubSettings)]
    lines += [
        "",
        "## config/systems.yaml",
        "",
        "One entry per system, by the name that you give it.",
        "",
        *_table(SystemSettings),
    ]
    lines += ["", "## config/jobs.yaml", "", "One entry per job, by its name.", "", *_table(JobSettings), "", *_clocks()]
    lines += ["", "## config/custom_fields.yaml", "", "By entity and name; `name: text` is short for `name: {type: text}`.", ""]
    lines += _table(CustomField)
    return "\n".join(lines) + "\n"


def _clocks() -> list[str]:
    return [
        "What happens when clocks change, for a job that names hours"
        + (triggers.__doc__ or "").partition("names hours")[2].rstrip()
    ]


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    yield from _rows(model, "")


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        said = (info.description or "").replace("|", "\\|")
        inner = _models(info.annotation)
        key = f"{prefix}{info.alias or name}"
        yield f"| `{key}` | {_type(info.annotation)} | {_default(info)} | {said} |"
        for below in inner:
            named = get_origin(_bare(info.annotation)) is dict
            yield from _rows(below, f"{key}.<name>." if named else f"{key}.")


def _bare(annotation: Any) -> Any:
    members = [one for one in get_args(annotation) if one is not type(None)]
    return members[0] if get_origin(annotation) in {Union, UnionType} and len(members) == 1 else annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for one in get_args(annotation) for found in _models(one)]


def _type(annotation: Any) -> str:
    bare = _bare(annotation)
    if get_origin(bare) is not None and str(get_origin(bare)) == "typing.Literal":
        return ", ".join(f"`{one}`" for one in get_args(bare))
    if get_origin(bare) in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_type(one) for one in get_args(bare) if one is not type(None)))
    if get_origin(bare) in {list, tuple}:
        return "list"
    if get_origin(bare) is dict or (isinstance(bare, type) and issubclass(bare, BaseModel)):
        return "group"
    if isinstance(bare, type) and issubclass(bare, SecretStr):
        return "secret, by reference"
    words = {
        "str": "text",
        "int": "whole number",
        "bool": "`true`, `false`",
        "float": "number",
        "Decimal": "number",
        "timedelta": "duration",
    }
    name = getattr(bare, "__name__", str(bare))
    return words.get(name, words.get(getattr(getattr(bare, "__origin__", None), "__name__", ""), name))


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.default
    if value in (None, PydanticUndefined, "", ()) or isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{int(value.total_seconds())} seconds`" if hasattr(value, "total_seconds") else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(page())
