"""A block of rules while it is put together, and the branches of a case taken apart to paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ltc.core.mapping.operations.fixed import Case
from ltc.core.mapping.rules import Block, Embed, Leaf, Pick, Rows, Target
from ltc.core.mapping.spec import Desk
from ltc.core.models import PathInfo
from ltc.core.yamlfile import Node


@dataclass(slots=True)
class Draft:
    """A block while it is put together; ``taken`` remembers which line gives each path, ``meant`` what misspelt ones meant."""

    prefix: str = ""
    target: Target = ()
    leaves: list[Leaf] = field(default_factory=list)
    lists: list[Rows] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    meant: set[str] = field(default_factory=set)

    def block(self) -> Block:
        """Finish the block; lines whose way depends on a field come after those that may write it."""
        leaves = sorted(self.leaves, key=lambda leaf: isinstance(leaf.codec, Case))
        writers = Counter(source.path for leaf in leaves if leaf.writes for source in leaf.sources if not source.root)
        shared = frozenset(path for path, count in writers.items() if count > 1)
        return Block(tuple(leaves), tuple(self.lists), tuple(self.picks), tuple(self.embeds), shared)

    def all_leaves(self) -> list[Leaf]:
        """Give the leaves of the block, and those of its picked rows."""
        return [*self.leaves, *(leaf for pick in self.picks for leaf in pick.block.leaves)]

    def at(self, name: str) -> Draft:
        """Go below a group of fields."""
        return replace(self, prefix=f"{self.prefix}{name}.", target=(*self.target, name))


def flat(node: Node, shape: Mapping[str, PathInfo], desk: Desk) -> dict[str, tuple[Node, Node, str]]:
    """Flatten the paths of a branch: nested objects become dotted paths."""
    found: dict[str, tuple[Node, Node, str]] = {}
    for key, child in node.items():
        info = shape.get(key)
        nested = info is not None and info.type == "object" and child.kind == "mapping"
        if info is not None and nested and not {"embed", "each"} & child.value.keys():
            inner = {f"{key}.{name}": one for name, one in flat(child, info.fields, desk).items()}
        else:
            inner = {key: (child, node, key)}
        for path, one in inner.items():
            if path in found:
                message = f"{path} is already mapped in this branch."
                desk.fault(one[1], "duplicate_target", message, "Keep one of them.", key=one[2], path=path)
            found.setdefault(path, one)
    return found
