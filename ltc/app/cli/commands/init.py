"""`ltc init`: a new hub directory."""

from __future__ import annotations

from pathlib import Path

import click

from ltc.app.cli.frame import Command, Frame


@click.command("init", cls=Command)
@click.argument("directory", type=click.Path(file_okay=False))
@click.option("--id", "hub_id", default="", help="The hub's short name; left out: from the directory's name.")
@click.option("--title", default="", help="The hub's name for people.")
@click.option("--currency", default="EUR", show_default=True, help="The organisation's own currency.")
@click.option("--time-zone", default="UTC", show_default=True, help="Where the organisation's days begin and end.")
@click.option("--sandbox", is_flag=True, help="Write down the systems of the sandbox that is up for this directory.")
def command(frame: Frame, directory: str, hub_id: str, title: str, currency: str, time_zone: str, *, sandbox: bool) -> None:
    """Make a new hub directory: commented files that work as they are."""
    from ltc.app.config import HubSettings, find_connectors
    from ltc.app.config.editor import write_schemas
    from ltc.app.config.new import add_systems, create_hub
    from ltc.core.errors import Misconfigured
    from ltc.core.yamlfile import Node, to_model

    if not directory.strip():
        raise Misconfigured("The directory has no name.", remedy="Name one: ltc init my-hub.", code="hub.no_name")
    folder = Path(directory)
    said = {
        "id": hub_id or _short_name(folder),
        "title": title or folder.resolve().name,
        "currency": currency,
        "time_zone": time_zone,
    }
    node = Node("mapping", {name: Node("scalar", value, text=value) for name, value in said.items()})
    settings = to_model(node, HubSettings)
    systems = _sandbox_systems(folder) if sandbox else {}
    written = create_hub(folder, settings) + write_schemas(folder / "schemas", find_connectors())
    if systems:
        written.append(add_systems(folder, systems))
    document = {"dir": str(folder.resolve()), "id": settings.id, "files": [str(path) for path in dict.fromkeys(written)]}
    frame.emit(
        document,
        lambda: frame.print(f"{folder} is a hub now. Next: name your systems in {folder}/config/systems.yaml, then `ltc check`."),
    )


def _short_name(folder: Path) -> str:
    """Make a hub's id of a directory's name; a few random letters keep two hubs of one name apart."""
    import secrets
    import unicodedata

    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode().lower()
    letters = "".join(letter for letter in plain if letter.isalnum()).lstrip("0123456789")[:8] or "hub"
    return letters + secrets.token_hex(2)


def _sandbox_systems(folder: Path) -> dict[str, dict[str, object]]:
    from ltc.app.sandbox.detached import find

    return find(folder.resolve() / "var").systems()
