"""The contract suite: what every connector must do, tried against its simulator by one class in a test module.

    class TestContract(ConnectorContract):
        connector = AcmeConnector
        simulator = AcmeSimulator
        samples = {"order": Sample(create=order, amend={"Note": "new"}, refused={"Quantity": 0})}

It needs pytest only where it is run, and nothing of it is imported by the hub.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import SecretBytes, SecretStr

from ltc.core.contract import Ear, Finding, Outcome, Presence, Raw, Verb, WriteItem, decode_json
from ltc.core.errors import Later, Rejected, Unauthorised
from ltc.core.simulation import hearing, remembering
from ltc.core.simulation.trial import HAPPENED, Trial, failed, insist, new_item, on_trial, raised, read_all, unless_later

if TYPE_CHECKING:
    from ltc.core.contract import Connector
    from ltc.core.simulation.faults import Kind
    from ltc.core.simulation.simulator import Simulator

DISTURBANCES: Final[tuple[Kind, ...]] = ("drop_before", "drop_after_commit", "truncate", "429", "503", "expire_token")
RECORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """How one object is tried.

    ``create`` gives the raw fields of a record with a given number, all as the mapping would write them; it may put into the
    simulator what the record refers to. ``amend`` are fields to change afterwards. ``refused``, laid over the fields of a
    create, makes a record that the system refuses. ``fields`` are read besides those that are written.
    """

    create: Callable[[Any, int], Raw]
    amend: Raw | None = None
    refused: Raw | None = None
    fields: Sequence[str] = ()


class ConnectorContract:
    """Derive from it and say which connector, which simulator and how records look.

    Every object of the connector has a sample, or ``people`` puts some in, or ``exempt`` says why it is not tried.
    ``fields`` are the raw paths to read of objects that have no sample, ``settings`` what the connector needs besides the
    simulator's address and credentials. ``hook_secrets`` names those that only the ear uses.
    """

    connector: ClassVar[type[Connector]]
    simulator: ClassVar[type[Simulator]]
    samples: ClassVar[Mapping[str, Sample]] = MappingProxyType({})
    settings: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    fields: ClassVar[Mapping[str, Sequence[str]]] = MappingProxyType({})
    exempt: ClassVar[Mapping[str, str]] = MappingProxyType({})
    hook_secrets: ClassVar[Sequence[str]] = ()

    def people(self, simulator: Any) -> Mapping[str, Sequence[str]]:
        """Put in records as people do, for objects that the hub does not create; give their ids by object."""
        del simulator
        return {}

    def absent(self, known_id: str) -> str:
        """Make up an id that does not exist, from one that does: the last digits become nines."""
        return re.sub(r"\d+(?=\D*$)", lambda digits: "9" * len(digits[0]), known_id)

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Try each object that a test is about."""
        tried = [name for name in self.connector.objects if name not in self.exempt]
        created = [name for name in tried if name in self.samples]
        amended = [name for name in created if self.samples[name].amend]
        for argument, values in (("described", tried), ("readable", tried), ("created", created), ("amended", amended)):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, values)

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """Serve a new simulator."""
        with on_trial(self.connector, self.simulator, self.settings) as trial:
            yield trial

    # -- being there -----------------------------------------------------------------------------------------------

    def test_every_object_is_tried(self) -> None:
        """Leave out no object without a reason."""
        with self.trial() as trial:
            tried = {*self.samples, *self.people(trial.simulator), *self.exempt}
        insist(tried >= {*self.connector.objects}, f"Not tried: {', '.join({*self.connector.objects} - tried)}.")
        insist(all(self.exempt.values()), "An exempt object has a reason.")

    def test_capabilities_make_sense(self) -> None:
        """Declare keys, sizes and steps that the engine can plan with."""
        for name, spec in self.connector.objects.items():
            insist(spec.name == name, f"{name}: its spec is of {spec.name}.")
            insist(spec.key, f"{name}: an object has a key.")
            insist(min(spec.page_size, spec.batch_size, spec.fetch_size) > 0, f"{name}: sizes count from 1.")
            insist(all(spec.verbs.values()), f"{name}: a verb has steps.")
            insist(
                Verb.CREATE not in spec.verbs or spec.hub_key or spec.short_key, f"{name}: a create carries our key somewhere."
            )

    def test_settings_show_no_secret(self) -> None:
        """Keep secrets out of what is printed."""
        with self.trial() as trial:
            settings = trial.settings()
            shown = f"{settings!r} {settings} {settings.model_dump()}"
            insist(not any(secret in shown for secret in trial.secrets()), "Secrets are SecretStr in Settings.")

    def test_check_proves_address_and_credentials(self) -> None:
        """Answer a check."""
        with self.trial() as trial:
            health = trial.connect().check()
            insist(health.ok and health.latency_ms >= 0, f"The check failed: {health}.")
            insist(trial.simulator.requests, "A check asks the system.")

    def test_wrong_credentials_are_refused(self) -> None:
        """Raise Unauthorised, with what to do, for each secret that is wrong."""
        with self.trial() as trial:
            right = trial.settings()
            for name in type(right).model_fields:
                if isinstance(getattr(right, name), SecretStr | SecretBytes) and name not in self.hook_secrets:
                    error = raised(trial.connect(trial.settings(**{name: "wr0ng-secret"})).check)
                    insist(isinstance(error, Unauthorised), f"{name}: a wrong one raises {error!r}.")
                    insist("wr0ng-secret" not in f"{error!r} {error} {trial.calls}", f"{name}: the error tells it.")

    def test_a_system_that_is_not_there_is_unreachable(self) -> None:
        """Raise Later with the code that commands know."""
        with self.trial() as trial:
            error = raised(trial.connect(trial.settings(base_url="http://127.0.0.1:9")).check)
            insist(isinstance(error, Later) and error.code == "system.unreachable", f"It raises {error!r}, {error}.")

    def test_closing_twice_does_no_harm(self) -> None:
        """Close before anything was opened, and again."""
        with self.trial() as trial:
            connector = trial.connect()
            connector.close()
            connector.check()
            connector.close()
            connector.close()

    def test_an_object_describes_its_fields(self, described: str) -> None:
        """Name each field once, among them those that the spec names."""
        with self.trial() as trial:
            spec, schema = self.connector.objects[described], trial.connect().describe(described)
            names = [one.name for one in schema.fields]
            insist(schema.name == described, f"{described} describes itself as {schema.name}.")
            insist(len(names) == len(set(names)), f"{described}: fields come twice.")
            wanted = {part for path in (spec.key, spec.version, spec.hub_key, spec.short_key) for part in path.split(",") if part}
            insist(wanted <= set(names), f"{described}: not described are {', '.join(wanted - set(names))}.")

    # -- reading ---------------------------------------------------------------------------------------------------

    def test_pages_neither_lose_nor_repeat(self, readable: str) -> None:
        """Read the same by small and large pages, oldest first, and go on from any cursor in a new process."""
        with self.trial() as trial:
            known = self.fill(trial, readable)
            bodies, _ = read_all(trial.connect(), readable, self.fields_of(readable))
            ids = self.ids(trial, readable, bodies)
            insist(set(known) <= set(ids), f"{readable}: not read are {set(known) - set(ids)}.")
            small, cursors = read_all(trial.connect(), readable, self.fields_of(readable), 2)
            insist(len(set(small)) == len(small), f"{readable}: pages of 2 repeat records.")
            insist(sorted(small) == sorted(bodies), f"{readable}: pages of 2 show other records than whole pages.")
            versions = trial.values(readable, bodies, self.connector.objects[readable].version)
            insist(versions == sorted(versions), f"{readable}: records come oldest first.")
            for cursor, count in cursors:
                json.loads(cursor)
                rest, _ = read_all(trial.connect(), readable, self.fields_of(readable), 2, cursor)
                insist(set(small[:count]) | set(rest) >= set(bodies), f"{readable}: after {count} records, some are left out.")

    def test_nothing_new_is_nothing_to_read(self, readable: str) -> None:
        """Come to rest: days later nothing is read again."""
        with self.trial() as trial:
            self.fill(trial, readable)
            cursor = ""
            for _ in range(3):
                bodies, cursors = read_all(trial.connect(), readable, self.fields_of(readable), 0, cursor)
                cursor = cursors[-1][0]
                trial.clock.advance(3 * 86_400)
            insist(not bodies, f"{readable}: {len(bodies)} old records are read again and again.")

    def test_what_changed_since_a_moment_is_read_again(self, readable: str) -> None:
        """Make cursors from moments, if the system knows when things changed: none leaves anything out."""
        with self.trial() as trial:
            remembering.try_moments(trial, readable, self.fields_of(readable), lambda: self.fill(trial, readable))

    def test_a_read_by_id_gives_the_same_bytes(self, readable: str) -> None:
        """Fetch what a page showed, byte by byte; what does not exist comes back as deleted."""
        with self.trial() as trial:
            known = self.fill(trial, readable)
            connector = trial.connect()
            bodies, _ = read_all(connector, readable, self.fields_of(readable))
            paged = dict(zip(self.ids(trial, readable, bodies), bodies, strict=True))
            missing, size = self.absent(known[0]), self.connector.objects[readable].fetch_size
            asked = [*known, missing]
            parts = [asked[start : start + size] for start in range(0, len(asked), size)]
            found = {one.id: one for part in parts for one in connector.fetch(readable, part, self.fields_of(readable))}
            insist(set(found) == set(asked), f"{readable}: asked for {asked}, got {sorted(found)}.")
            insist(found[missing].presence is Presence.DELETED, f"{readable}: {missing} is {found[missing]}.")
            for key in known:
                insist(found[key].body == paged[key], f"{readable}: {found[key].body!r} by id, {paged[key]!r} in a page.")
            insist(not connector.fetch(readable, [], self.fields_of(readable)), f"{readable}: no ids, no records.")

    def test_a_decoded_record_has_no_floats(self, readable: str) -> None:
        """Decode numbers exactly, and to the body's own JSON where the object promises it."""
        with self.trial() as trial:
            self.fill(trial, readable)
            connector = trial.connect()
            for body in read_all(connector, readable, self.fields_of(readable))[0]:
                raw = connector.decode(readable, body)
                insist(not _floats(raw), f"{readable}: {body!r} is decoded with floats.")
                if self.connector.objects[readable].plain_json:
                    insist(raw == decode_json(body), f"{readable}: {body!r} is decoded to something else than its JSON.")

    def test_a_disturbed_read_is_whole_or_later(self, readable: str) -> None:
        """Never take half an answer for a whole one, whichever call is disturbed and however."""
        with self.trial() as trial:
            self.fill(trial, readable)
            connector = trial.connect()
            whole, _ = read_all(connector, readable, self.fields_of(readable), 3)
            for disturbance in DISTURBANCES:
                for call in count(1):
                    with trial.line.disturbed(call, disturbance):
                        bodies = unless_later(lambda: read_all(connector, readable, self.fields_of(readable), 3)[0])
                    insist(bodies in (None, whole), f"{readable}: call {call} with {disturbance} changes what is read.")
                    if not trial.line.hit:
                        break

    # -- writing ---------------------------------------------------------------------------------------------------

    def test_a_create_is_found_again(self, created: str) -> None:
        """Find a create by its key alone, and nothing for a key that was never used."""
        with self.trial() as trial:
            item = self.new(trial, created, 1)
            (result,) = trial.connect().write(created, [item], trial.journal)
            insist(result.outcome is Outcome.CREATED and result.key == item.key and result.id, f"{created}: {result}.")
            trial.clock.advance(self.connector.objects[created].settle_seconds + 60)
            unknown = self.new(trial, created, 2)
            found, absent = trial.connect().settle(created, [item, unknown])
            insist(found.finding in {Finding.DONE, Finding.PARTIAL} and found.id == result.id, f"{created}: {found}.")
            insist(absent.finding is Finding.ABSENT and absent.key == unknown.key, f"{created}: {absent}.")
            (record,) = trial.connect().fetch(created, [result.id], self.fields_of(created))
            insist(record.presence is Presence.LIVE, f"{created}: {result.id} is {record.presence}.")

    def test_one_refused_record_stops_no_other(self, created: str) -> None:
        """Give one result per record, in order."""
        sample = self.samples[created]
        size = min(3, self.connector.objects[created].batch_size)
        if sample.refused is None:
            return
        with self.trial() as trial:
            items = [self.new(trial, created, number) for number in range(1, size + 1)]
            middle = size // 2
            broken = {**items[middle].fields, **sample.refused}
            items[middle] = WriteItem(items[middle].key, items[middle].short_key, Verb.CREATE, "", broken)
            results = trial.connect().write(created, items, trial.journal)
            insist([one.key for one in results] == [item.key for item in items], f"{created}: results are not in order.")
            wanted = [Outcome.REJECTED if place == middle else Outcome.CREATED for place in range(size)]
            insist([one.outcome for one in results] == wanted, f"{created}: {results}.")
            error = results[middle].error
            insist(isinstance(error, Rejected) and error.message, f"{created}: a refusal says why, not {error!r}.")

    def test_an_amendment_changes_what_it_says(self, amended: str) -> None:
        """Change the fields that are given and no other, show it to the next read; refuse a record that is not there."""
        change = dict(self.samples[amended].amend or {})
        with self.trial() as trial:
            known = self.fill(trial, amended)
            connector, fields = trial.connect(), self.fields_of(amended)
            _, cursors = read_all(connector, amended, fields)
            trial.clock.advance(3 * 86_400)
            (before,) = (connector.decode(amended, one.body) for one in connector.fetch(amended, known[:1], fields))
            item = WriteItem("f" * 32, "", Verb.AMEND, known[0], change, before)
            (result,) = connector.write(amended, [item], trial.journal)
            insist(result.outcome is Outcome.UPDATED and result.id == known[0], f"{amended}: {result}.")
            (record,) = connector.fetch(amended, known[:1], fields)
            after, spec = connector.decode(amended, record.body), self.connector.objects[amended]
            changed = {name for name in after if after[name] != before.get(name)} - {spec.version}
            insist(changed and changed <= set(change), f"{amended}: {changed} changed instead of {set(change)}.")
            bodies, _ = read_all(trial.connect(), amended, fields, 0, cursors[-1][0])
            insist(record.body in bodies, f"{amended}: the next read does not show the change.")
            gone = WriteItem("e" * 32, "", Verb.AMEND, self.absent(known[0]), change)
            (lost,) = connector.write(amended, [gone], trial.journal)
            insist(failed(lost), f"{amended}: what does not exist was amended: {lost}.")

    def test_every_verb_is_taken_or_refused(self, created: str) -> None:
        """Say of each record what came of it, for every verb that is declared."""
        with self.trial() as trial:
            connector = trial.connect()
            verbs = [verb for verb in self.connector.objects[created].verbs if verb not in {Verb.CREATE, Verb.AMEND}]
            for number, verb in enumerate(verbs, start=1):
                key = trial.write(created, self.new(trial, created, number), connector)
                (record,) = connector.fetch(created, [key], self.fields_of(created))
                item = WriteItem(f"{verb}-{number}", "", verb, key, {}, connector.decode(created, record.body))
                (result,) = connector.write(created, [item], trial.journal)
                done = result.outcome in HAPPENED and result.error is None
                insist(result.key == item.key and (done or failed(result)), f"{created}: {verb} came to {result}.")

    def test_a_disturbed_create_makes_one_record(self, created: str) -> None:
        """Make one record and no second, whichever call is cut, whenever and however."""
        with self.trial() as trial:
            numbers, connector = count(1), trial.connect()
            connector.check()
            for disturbance in DISTURBANCES:
                for call in count(1):
                    item = self.new(trial, created, next(numbers))
                    before = self.all_ids(trial, created)
                    with trial.line.disturbed(call, disturbance):
                        key = trial.write(created, item, connector)
                    made = self.all_ids(trial, created) - before
                    insist(made == {key}, f"{created}: {disturbance} at call {call} of a create makes {made or 'nothing'}.")
                    if not trial.line.hit:
                        break

    def test_the_journal_of_calls_tells_no_secret(self) -> None:
        """Keep secrets and tokens out of the journal, in every spelling."""
        with self.trial() as trial:
            connector = trial.connect()
            connector.check()
            for name in self.samples:
                trial.write(name, self.new(trial, name, 1), connector)
                read_all(connector, name, self.fields_of(name))
            told = "\n".join(map(repr, trial.calls))
            insist(len(trial.calls) > len(self.samples), "Every call is journalled by kit.record_call.")
            insist(not any(secret in told for secret in trial.secrets()), "A secret is in the journal of calls.")

    # -- hearing, if the connector has an ear --------------------------------------------------------------------------

    def test_a_signed_webhook_is_heard(self) -> None:
        """Hear what the system signed, each event under one id, and name records that can be read."""
        if issubclass(self.connector, Ear):
            with self.trial() as trial:
                self.fill_all(trial)
                hearing.what_was_signed(trial, self.fields_of)

    def test_a_forged_webhook_is_refused(self) -> None:
        """Refuse what is not signed, is signed with another secret, or was changed by a single byte."""
        if issubclass(self.connector, Ear):
            with self.trial() as trial:
                self.fill_all(trial)
                hearing.what_was_forged(trial, self.hook_secrets)

    # -- how it is tried -------------------------------------------------------------------------------------------

    def new(self, trial: Trial, obj: str, number: int) -> WriteItem:
        """Make the create of a record that does not exist yet."""
        return new_item(self.connector.objects[obj], number, self.samples[obj].create(trial.simulator, number))

    def fill(self, trial: Trial, obj: str) -> list[str]:
        """Put some records in, two at a moment; give their ids."""
        known = list(self.people(trial.simulator).get(obj, ()))
        for number in range(1, RECORDS + 1 if obj in self.samples else 1):
            known.append(trial.write(obj, self.new(trial, obj, number)))
            trial.clock.advance(60 * (number % 2))
        insist(known, f"{obj}: nobody put a record in.")
        return known

    def fill_all(self, trial: Trial) -> None:
        """Put some records of every object in."""
        for name in self.connector.objects:
            if name not in self.exempt:
                self.fill(trial, name)

    def fields_of(self, obj: str) -> list[str]:
        """Name the raw paths to read."""
        spec, sample = self.connector.objects[obj], self.samples.get(obj)
        own = [*sample.fields, *(sample.amend or {})] if sample else []
        keys = [part for path in (spec.key, spec.version, spec.hub_key, spec.short_key) for part in path.split(",") if part]
        return list(dict.fromkeys([*keys, *own, *self.fields.get(obj, ())]))

    def ids(self, trial: Trial, obj: str, bodies: Sequence[bytes]) -> list[str]:
        """Read the ids of bodies; none comes twice."""
        ids = trial.values(obj, bodies, self.connector.objects[obj].key)
        insist(len(ids) == len(set(ids)), f"{obj}: {len(ids) - len(set(ids))} records come twice in one run.")
        return ids

    def all_ids(self, trial: Trial, obj: str) -> set[str]:
        """Read every id that there is."""
        return set(self.ids(trial, obj, read_all(trial.connect(), obj, self.fields_of(obj))[0]))


def _floats(value: Any) -> bool:
    """Tell whether there is a float anywhere in a decoded record."""
    if isinstance(value, Mapping):
        return any(map(_floats, value.values()))
    return any(map(_floats, value)) if isinstance(value, list) else isinstance(value, float)
