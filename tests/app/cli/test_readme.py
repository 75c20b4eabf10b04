"""The walk in the README, command by command, in a smaller world: a new user gets through it."""

from __future__ import annotations

import shlex

from ltc.core import resources

SMALLER = {"up": ["--scale", "0.05"], "live": ["--yes"]}
ELSEWHERE = ("init", "run")
"""The hub is made by the fixture, and what runs until Ctrl-C has tests of its own."""


def walk() -> list[list[str]]:
    """Read the commands of the README's walk."""
    text = (resources.mappings().parent / "README.md").read_text(encoding="utf-8")
    block = (
        text.partition("## Try it by hand")[2].partition("```sh\n")[2].partition("```")[0].replace(":8420", ":9")
    )  # nobody's port
    lines = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    return [[*words, *SMALLER.get(words[1] if len(words) > 1 else "", [])] for words in lines if words[0] not in ELSEWHERE]


def test_the_walk_in_the_readme_leads_to_its_end(hub):
    with (hub.dir / "config" / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("\nbrakes: {max_changed_share: null}\n")
    commands = walk()
    assert commands[0][:2] == ["sandbox", "up"]
    assert commands[-1] == ["sandbox", "down"]
    try:
        for words in commands[:-1]:
            said = hub.ltc(*words)
            assert said.code == 0, (words, said.err)
            assert said.out
    finally:
        assert hub.ltc(*commands[-1]).code == 0
    assert ["trace", "0000000001"] in commands
