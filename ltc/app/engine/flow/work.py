"""Work: one flow's pass over some sources: what it changes, and what a person has to decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ltc.app.engine.exceptions import open_at, park, resolve
from ltc.app.engine.flow.documents import RETRACTED, Document, hub_scope, keep_documents
from ltc.app.engine.state import RecordState
from ltc.core.errors import FieldError, Untranslatable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.flow.form import Flow
    from ltc.app.engine.scope import Scope
    from ltc.core.mapping.operations.codec import BadValue


@dataclass(slots=True)
class Work:
    """What one flow does in one pass; documents that went through without a fault lose the exceptions that they had."""

    batch: Batch
    flow: Flow
    changed: list[Document] = field(default_factory=list)
    faults: dict[str, tuple[RecordState, list[FieldError]]] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """The scope of what the flow derives."""
        return hub_scope(self.batch, self.flow.target)

    def make(self, source: str, slot: str, leaves: dict[str, Any], memory: dict[str, Any], state: str) -> Document:
        """Make the record of a derived document in the system `hub`."""
        ext_id = self.ext_id(source, slot)
        now = self.batch.now
        record = RecordState(self.scope.id, ext_id, leaves=leaves, first_seen=now, last_changed=now, is_new=True)
        self.batch.records[record.key] = record
        self.batch.dirty.add(record.key)
        made = Document(source, slot, ext_id, state, memory, now, record)
        self.changed.append(made)
        return made

    def renew(self, document: Document, leaves: Mapping[str, Any]) -> None:
        """Let a document say something else from now on."""
        record, now = document.record, self.batch.now
        record.news = {leaf for leaf in {*leaves, *record.leaves} if leaves.get(leaf) != record.leaves.get(leaf)}
        record.stamps |= dict.fromkeys(record.news, now)
        record.leaves, record.last_changed = dict(leaves), now
        self.batch.dirty.add(record.key)
        self.changed.append(document)

    def take_back(self, document: Document) -> None:
        """No longer stand by a document: it is cancelled, unless it has come to its end by itself."""
        end = document.ending(self.flow.target)
        document.state = RETRACTED
        if end and document.record.state == "live":
            self.renew(document, {**document.record.leaves, "status": end})
        else:
            self.changed.append(document)

    def blame(self, document: Document, code: str, message: str, path: str = "status") -> None:
        """Ask a person about a document, naming the line of the flow file that it is about."""
        fault = FieldError(code, message, path=path, file=self.flow.file, line=self.flow.line_of(path))
        self.faults.setdefault(document.ext_id, (document.record, []))[1].append(fault)

    def blame_source(self, source: str, error: BadValue) -> None:
        """Ask a person about a source of which something cannot be computed: only this one stays as it is."""
        record = RecordState(self.scope.id, self.ext_id(source))
        fault = FieldError("flow.compute", f"{error.message}.", file=self.flow.file, line=self.flow.line)
        self.faults.setdefault(record.ext_id, (record, []))[1].append(fault)

    def ext_id(self, source: str, slot: str = "") -> str:
        """Give the id that a derived document has in the system `hub`."""
        return f"{self.flow.name}/{source}" + (f"/{slot}" if slot else "")

    def finish(self, sources: Iterable[str], looked_at: Iterable[Document]) -> list[RecordState]:
        """Store what changed, park what has a fault and close the exceptions of what has none; give the changed records."""
        keep_documents(self.batch, self.flow, self.changed)
        ids = dict.fromkeys([self.ext_id(source) for source in sources] + [document.ext_id for document in looked_at])
        fine = [ext_id for ext_id in ids if ext_id not in self.faults]
        resolve(self.batch, self.scope, open_at(self.batch, self.scope, fine, stage="flow"), stage="flow")
        faults = [(record, Untranslatable(errors=errors)) for record, errors in self.faults.values()]
        if faults:
            park(self.batch, self.scope, faults, stage="flow")
        records = {document.ext_id: document.record for document in self.changed}
        return [record for record in records.values() if record.key in self.batch.dirty]
