"""Make JSON schemas of the types that Stripe publishes of its API: ``python extract.py PACKAGE > published.json``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FILES: Final[Mapping[str, str]] = {
    "Balance": "Balance",
    "BalanceTransactionSources": "BalanceTransactionSource",
    "BalanceTransactions": "BalanceTransaction",
    "Charges": "Charge",
    "CreditNoteLineItems": "CreditNoteLineItem",
    "CreditNotes": "CreditNote",
    "Customers": "Customer DeletedCustomer",
    "Disputes": "Dispute",
    "Events": "EventBase",
    "InvoiceItems": "InvoiceItem DeletedInvoiceItem",
    "InvoiceLineItems": "InvoiceLineItem",
    "InvoicePayments": "InvoicePayment",
    "Invoices": "Invoice DeletedInvoice",
    "PaymentIntents": "PaymentIntent",
    "Payouts": "Payout",
    "Prices": "Price DeletedPrice",
    "Products": "Product DeletedProduct",
    "Refunds": "Refund",
    "TaxRates": "TaxRate",
    "shared": "Address",
}
"""The declarations that are read, and what is taken from each."""
FRACTIONS: Final = frozenset(
    {
        "amount_percent",
        "effective_percentage",
        "exchange_rate",
        "height",
        "length",
        "percent_off",
        "percentage",
        "weight",
        "width",
    }
)
"""TypeScript knows one kind of number: these are those that Stripe's library for Python calls ``float``; all others are whole."""
_TOKEN: Final = re.compile(r"\s*('[^']*'|[\w$]+(?:\.[\w$]+)*|=>|\.\.\.|.)", re.DOTALL)
_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_PLAIN: Final[Mapping[str, Any]] = {
    "string": {"type": "string"},
    "Decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "boolean": {"type": "boolean"},
    "true": {"const": True},
    "false": {"const": False},
    "null": {"type": "null"},
    "Metadata": {"type": "object", "additionalProperties": {"type": "string"}},
}
_ABSENT: Final = frozenset({"void", "undefined"})


@dataclass
class Declarations:
    """What one file declares: types by their dotted names, and what it calls those of other files."""

    types: dict[str, Any] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)


class Reader:
    """Reads one file of declarations."""

    def __init__(self, text: str) -> None:
        """Cut the text into tokens."""
        self.tokens = _TOKEN.findall(_COMMENT.sub("", text))
        self.at = 0
        self.found = Declarations()

    def read(self) -> Declarations:
        """Read the whole file."""
        while self.at < len(self.tokens):
            self._statement("")
        return self.found

    def _take(self, expected: str = "") -> str:
        token = str(self.tokens[self.at])
        if expected and token != expected:
            message = f"{expected} was expected, not {self.tokens[self.at : self.at + 8]}"
            raise ValueError(message)
        self.at += 1
        return token

    def _next(self) -> str:
        return str(self.tokens[self.at]) if self.at < len(self.tokens) else ""

    def _statement(self, scope: str) -> None:
        word = self._take()
        if word in {"export", "declare"}:
            self._statement(scope)
        elif word == "import":
            self._import()
        elif word == "interface" and re.fullmatch(r"\w+", self._next()):
            name = self._take()
            if self._next() == "{":
                self.found.types[scope + name] = self._members()
            else:
                self._skip()
        elif word == "namespace":
            inner = f"{scope}{self._take()}."
            self._take("{")
            while self._next() != "}":
                self._statement(inner)
            self._take("}")
        elif word == "type" and self.tokens[self.at + 1] == "=":
            name = self._take()
            self._take("=")
            self.found.types[scope + name] = self._union()
            self._take(";")
        else:
            self._skip()

    def _import(self) -> None:
        words: list[str] = []
        while (word := self._take()) != ";":
            words.append(word)
        for part in " ".join(words).partition("{")[2].partition("}")[0].split(","):
            name, _, alias = part.strip().partition(" as ")
            self.found.imported[(alias or name).strip()] = name.strip()

    def _skip(self) -> None:
        """Pass over a statement that declares no type of an object, such as a class."""
        depth = 0
        while self.at < len(self.tokens):
            word = self._take()
            depth += (word == "{") - (word == "}")
            if depth <= 0 and (word == ";" or (word == "}" and depth == 0)):
                return

    def _members(self) -> Any:
        self._take("{")
        members: dict[str, Any] = {}
        required: list[str] = []
        free: Any = None
        while self._next() != "}":
            if self._next() == "[":
                while self._take() != "]":
                    continue
                self._take(":")
                free = self._union()
            else:
                name = self._take().strip("'")
                optional = self._next() == "?"
                if optional:
                    self._take("?")
                self._take(":")
                members[name] = self._union()
                required += [] if optional else [name]
            self._take(";")
        self._take("}")
        return ("object", members, required, free)

    def _union(self) -> Any:
        if self._next() == "|":
            self._take("|")
        options = [self._one()]
        while self._next() in {"|", "&", ","}:
            joint = self._take()
            options += [one for one in [self._one()] if joint == "|"]
        return options[0] if len(options) == 1 else ("union", options)

    def _one(self) -> Any:
        word = self._next()
        if word == "{":
            return self._members()
        self._take()
        if word == "(":
            inner = self._union()
            self._take(")")
            return inner
        if word.startswith("'"):
            return ("const", word.strip("'"))
        if self._next() != "<":
            return ("name", word)
        self._take("<")
        inner = self._union()
        self._take(">")
        return ("list" if word == "Array" else "page", inner)


class Schemas:
    """Turns declarations into schemas, from the wanted types on to all that they name in the files that are read."""

    def __init__(self, files: Mapping[str, Declarations]) -> None:
        """Take the declarations by the name of their file."""
        self.files = files
        self.home = {name: key for key, names in FILES.items() for name in names.split()}
        self.made: dict[str, Any] = {}

    def make(self) -> dict[str, Any]:
        """Make all schemas, by name."""
        for name, key in self.home.items():
            self._define(key, name)
        return dict(sorted(self.made.items()))

    def _define(self, file: str, name: str) -> dict[str, Any]:
        if name not in self.made:
            self.made[name] = {}
            self.made[name] = self._schema(self.files[file].types[name], file, name, "")
        return {"$ref": f"#/definitions/{name}"}

    def _schema(self, said: Any, file: str, scope: str, member: str) -> Any:
        kind = said[0]
        if kind == "object":
            return self._object(said, file, scope)
        if kind == "union":
            return self._choice(said[1], file, scope, member)
        if kind == "const":
            return {"enum": [said[1]]}
        if kind == "list":
            return {"type": "array", "items": self._schema(said[1], file, scope, member)}
        if kind == "page":
            rows = {"type": "array", "items": self._schema(said[1], file, scope, member)}
            page = {"object": {"enum": ["list"]}, "data": rows, "has_more": {"type": "boolean"}, "url": {"type": "string"}}
            return {"type": "object", "properties": page, "required": list(page), "additionalProperties": False}
        return self._named(said[1], file, scope, member)

    def _object(self, said: Any, file: str, scope: str) -> Any:
        _, members, required, free = said
        if not members and free is None:
            return {"type": "object"}
        properties = {name: self._schema(one, file, scope, name) for name, one in members.items() if not _absent(one)}
        rest = False if free is None else self._schema(free, file, scope, "")
        found: dict[str, Any] = {"type": "object", "additionalProperties": rest}
        return {**found, **({"properties": properties} if properties else {}), **({"required": required} if required else {})}

    def _choice(self, options: Sequence[Any], file: str, scope: str, member: str) -> Any:
        codes = [one[1] for one in options if one[0] == "const"]
        rest = [self._schema(one, file, scope, member) for one in options if one[0] != "const" and one != ("name", "OtherString")]
        rest = [one for one in rest if one is not False]
        plain = [one["type"] for one in rest if set(one) == {"type"}]
        merged = [one for one in rest if set(one) != {"type"}] + ([{"enum": codes}] if codes else [])
        merged += [{"type": plain[0] if len(plain) == 1 else plain}] if plain else []
        return merged[0] if len(merged) == 1 else {"anyOf": merged}

    def _named(self, name: str, file: str, scope: str, member: str) -> Any:
        if name == "number":
            return {"type": "number" if member in FRACTIONS else "integer"}
        if name in _PLAIN:
            return _PLAIN[name]
        for home, full in self._places(name, file, scope):
            if full in self.files[home].types:
                return self._define(home, full)
        return False

    def _places(self, name: str, file: str, scope: str) -> Iterator[tuple[str, str]]:
        above = scope.split(".")
        for depth in range(len(above), 0, -1):
            yield file, ".".join([*above[:depth], name])
        yield file, name
        real = self.files[file].imported.get(name, "")
        if real in self.home:
            yield self.home[real], real


def _absent(said: Any) -> bool:
    return bool(said[0] == "name" and said[1] in _ABSENT)


def main(package: Path) -> None:
    """Write the schemas of a package's declarations."""
    folder = package / "cjs" / "resources"
    paths = {name: (folder.parent if name == "shared" else folder) / f"{name}.d.ts" for name in FILES}
    files = {name: Reader(path.read_text(encoding="utf-8")).read() for name, path in paths.items()}
    declared = json.loads((package / "package.json").read_text(encoding="utf-8"))
    version = re.search(r'ApiVersion = "([^"]+)"', (package / "cjs" / "apiVersion.d.ts").read_text(encoding="utf-8"))
    said = {"package": declared["name"], "version": declared["version"], "api": version[1] if version else ""}
    json.dump({"source": said, "definitions": Schemas(files).make()}, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
