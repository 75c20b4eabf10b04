"""One configured system: its connector, its settings with references in place of secrets, and how it takes part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from ltc.app.config.references import REMEDY, UnresolvedError, Vault, looks_like_one, reference
from ltc.core.contract import Limits
from ltc.core.errors import Fault, Misconfigured
from ltc.core.yamlfile import Node, to_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltc.app.config.catalogue import Entry
    from ltc.app.config.limit_settings import LimitSettings
    from ltc.app.config.settings import BrakeSettings, EntitySettings
    from ltc.core.contract import Connector, Kit

_PLACEHOLDER = "unresolved"


@dataclass(frozen=True)
class SystemConfig:
    """One system as the configuration says it; ``entities`` is None if it takes part in all that is mapped."""

    name: str
    entry: Entry
    role: str
    enabled: bool
    settings: Node
    entities: Mapping[str, EntitySettings] | None
    brakes: BrakeSettings
    limit_settings: LimitSettings
    vault: Vault
    node: Node

    @property
    def kind(self) -> str:
        """Name the connector."""
        return self.entry.kind

    @property
    def limits(self) -> Limits:
        """Say how often it may be called: what the admin says over what its connector says of the vendor."""
        usual: Limits = getattr(self.entry.load(), "limits", Limits())
        return self.limit_settings.over(usual)

    def faults(self, *, secrets: bool = True) -> list[Fault]:
        """Check the settings against the connector's own model; with ``secrets`` every reference must lead somewhere."""
        try:
            self._validated(must_resolve=secrets)
        except Misconfigured as error:
            return list(error.faults) or [replace(self.node.fault(error.code, error.message, error.remedy), path=self.name)]
        return []

    def resolved(self) -> BaseModel:
        """Give the connector's settings with their secrets; raise Misconfigured with every fault."""
        return self._validated(must_resolve=True)

    def connect(self, kit: Kit) -> Connector:
        """Make the connector; nothing is opened yet. The kit learns the secrets, so that the journal masks them."""
        settings = self.resolved()
        kit.secrets.extend(value for value in self.vault.given if value not in kit.secrets)
        return self.entry.load()(settings, kit)

    def _validated(self, *, must_resolve: bool) -> BaseModel:
        model = self.entry.load().Settings
        filling = _Filling(self.name, self.vault, must_resolve=must_resolve)
        filled = _walk(self.settings, model, "settings", filling)
        faults = filling.faults
        try:
            settings = to_model(filled, model)
        except Misconfigured as error:
            faults += [_placed(fault, self.name) for fault in error.faults if f"settings.{fault.path}" not in filling.unresolved]
        if faults:
            raise Misconfigured(faults=faults)
        return settings


@dataclass
class _Filling:
    """Puts the values of references in their places, and notes what is wrong."""

    system: str
    vault: Vault
    must_resolve: bool
    faults: list[Fault] = field(default_factory=list)
    unresolved: set[str] = field(default_factory=set)

    def fill(self, node: Node, path: str, *, secret: bool) -> Node:
        """Give the node with its value in place of a reference."""
        wanted = reference(node.value)
        if wanted is None:
            if secret and node.value is not None:
                self._fault(node, path, "secret.literal", "holds a secret in the open.", REMEDY)
                return replace(node, value=_PLACEHOLDER, text="")
            if looks_like_one(node.value):
                self._fault(node, path, "secret.reference", "is not a reference.", REMEDY)
            return node
        try:
            return replace(node, value=self.vault.resolve(wanted), text="")
        except UnresolvedError as error:
            self.unresolved.add(path)
            if self.must_resolve:
                self._fault(node, path, "secret.missing", f"cannot be found: {error}.", f"Provide it, or correct {wanted}.")
            return replace(node, value=_PLACEHOLDER, text="")

    def _fault(self, node: Node, path: str, code: str, message: str, remedy: str) -> None:
        self.unresolved.add(path)
        name = path.rpartition(".")[2]
        self.faults.append(node.fault(code, f"`{name}` {message}", remedy, path=f"{self.system}.{path}"))


def _placed(fault: Fault, system: str) -> Fault:
    return replace(fault, path=f"{system}.settings.{fault.path}" if fault.path else f"{system}.settings")


def _walk(node: Node, annotation: Any, path: str, filling: _Filling) -> Node:
    """Visit every scalar with its path and whether the model says that it is a secret."""
    kinds = list(_kinds(annotation))
    if node.kind == "mapping":
        children = {}
        for key, child in node.value.items():
            inner = [
                info.annotation
                for kind in kinds
                if isinstance(kind, type) and issubclass(kind, BaseModel)
                for name, info in kind.model_fields.items()
                if key in {name, info.alias}
            ]
            inner += [value for kind in kinds if get_origin(kind) is dict for value in get_args(kind)[1:]]
            children[key] = _walk(child, tuple(inner), f"{path}.{key}", filling)
        return replace(node, value=children)
    if node.kind == "sequence":
        inner = [value for kind in kinds if get_origin(kind) in {list, tuple, set, frozenset} for value in get_args(kind)]
        rows = [_walk(child, tuple(inner), f"{path}[{index}]", filling) for index, child in enumerate(node.value)]
        return replace(node, value=rows)
    secret = any(isinstance(kind, type) and issubclass(kind, SecretStr | SecretBytes) for kind in kinds)
    return filling.fill(node, path, secret=secret)


def _kinds(annotation: Any) -> Iterator[Any]:
    """Take a type apart to what a value may be; a tuple stands for several types."""
    if isinstance(annotation, tuple):
        for one in annotation:
            yield from _kinds(one)
    elif get_origin(annotation) is None or get_origin(annotation) in {dict, list, tuple, set, frozenset}:
        yield annotation
    else:  # unions, optionals, Annotated, Literal
        yield from _kinds(tuple(get_args(annotation)))


def _is_secret(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, SecretStr | SecretBytes)


def secret_paths(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Name the settings that hold secrets, for templates and documentation."""
    found = []
    for name, info in model.model_fields.items():
        for one in _kinds(info.annotation):
            # Several of a secret, such as keys of which one replaces another, are as secret as one.
            kind = next((part for part in get_args(one) if _is_secret(part)), one)
            if _is_secret(kind):
                found.append(prefix + name)
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                found += secret_paths(kind, f"{prefix}{name}.")
    return found
