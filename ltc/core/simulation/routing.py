"""Routes of a simulator: declared on methods, found by werkzeug's map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltc.core.simulation.messages import Answer, Request

Handler = TypeVar("Handler", bound="Callable[..., Answer]")

_SLASH_IN_A_SEGMENT = "\ue000"


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Let a method answer a path such as ``/sobjects/<name>/<path:rest>``; its variables arrive as keyword arguments.

    May be given several times for one method. Variables are percent-decoded, and an encoded slash does not end a segment.
    """

    def mark(handler: Handler) -> Handler:
        handler.__dict__.setdefault("routes", []).append((method.upper(), path))
        return handler

    return mark


class Router:
    """Finds the handler of a request among the marked methods of one simulator class."""

    def __init__(self, owner: type) -> None:
        """Collect the routes of a class and of what it inherits."""
        names = {name for cls in owner.__mro__ for name in vars(cls)}
        rules = [
            Rule(path, endpoint=name, methods=[method])
            for name in sorted(names)
            for method, path in getattr(getattr(owner, name, None), "__dict__", {}).get("routes", ())
        ]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False).bind("localhost")

    def find(self, request: Request) -> tuple[str, dict[str, Any]] | int:
        """Give the name of the method and its arguments, or the status 404 or 405."""
        try:
            name, arguments = self._map.match(path_info=_readable(request.path), method=request.method)
        except NotFound:
            return 404
        except MethodNotAllowed:
            return 405
        return name, {key: _restored(value) for key, value in arguments.items()}


def _readable(path: str) -> str:
    return "/".join(unquote(segment).replace("/", _SLASH_IN_A_SEGMENT) for segment in path.split("/"))


def _restored(value: Any) -> Any:
    return value.replace(_SLASH_IN_A_SEGMENT, "/") if isinstance(value, str) else value
