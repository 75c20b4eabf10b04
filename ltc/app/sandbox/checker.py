"""The independent checker: reads what the simulators hold, never the hub's store, and says what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ltc.app.sandbox.collecting import check_collecting
from ltc.app.sandbox.findings import Finding
from ltc.app.sandbox.picture import TOLD
from ltc.app.sandbox.signatures import check_signatures, signed, waiting
from ltc.app.sandbox.spelling import skeleton

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

    from ltc.app.sandbox.picture import Deal, Deed, Document, Line, Party, Picture, Side
    from ltc.app.sandbox.world import Truth

LESSENED = frozenset({"order.lines", "order.amount", "order.quantities"})
"""What a clerk who cancels an order in SAP brings about; that it is not ordered again is checked all the same."""


class Identity:
    """Says which real company a customer record is: by the world's truth, by the hub's mark, else by what it says."""

    def __init__(self, picture: Picture, truth: Truth) -> None:
        """Learn who is who from the records that the world itself made."""
        self._known: dict[tuple[str, str], str] = {}
        self._by_mark: dict[str, str] = {}
        self._by_tax: dict[str, str] = {}
        self._by_place: dict[tuple[str, str], str] = {}
        self._sides: dict[str, Side] = {"salesforce": picture.salesforce, "sap": picture.sap}
        for system, side in self._sides.items():
            for party in side.customers.values():
                key = truth.companies[system].get(party.id)
                if key is not None:
                    self._learn(system, party, key)
        for system, side in self._sides.items():
            for party in side.customers.values():
                if (system, party.id) not in self._known:
                    self._learn(system, party, self._guess(party) or f"{system}:{party.id}")

    def _learn(self, system: str, party: Party, key: str) -> None:
        self._known[system, party.id] = key
        if party.hub_key:
            self._by_mark.setdefault(party.hub_key, key)
        for number in party.tax_ids:
            self._by_tax.setdefault(number, key)
        self._by_place.setdefault(_place(party), key)

    def _guess(self, party: Party) -> str | None:
        if party.hub_key in self._by_mark:
            return self._by_mark[party.hub_key]
        for number in sorted(party.tax_ids):
            if number in self._by_tax:
                return self._by_tax[number]
        return None if party.tax_ids else self._by_place.get(_place(party))

    def of(self, system: str, record_id: str) -> str:
        """Give the real company behind a record, or the record itself if nobody knows it."""
        return self._known.get((system, record_id), f"{system}:{record_id}")


def _place(party: Party) -> tuple[str, str]:
    return skeleton(party.name)[:24], skeleton(party.postal_code)


def check(
    before: Picture,
    after: Picture,
    truth: Truth,
    *,
    amended: Collection[str] = (),
    tell: Collection[str] = TOLD,
    signs: bool = False,
    collects: str = "",
) -> list[Finding]:
    """Compare two pictures of all systems and say everything that a correct hub would not have done.

    ``amended`` names deals that were changed after they were won: they may have several orders, which together are as agreed.
    ``tell`` are the kinds of documents that Salesforce is to be told of; ``signs`` says that contracts have to be signed
    first, and ``collects`` names the terms of payment of bills that Stripe collects.
    """
    identity = Identity(after, truth)
    unsigned = {deal.name for deal in after.salesforce.deals.values()} - signed(after) if signs else set()
    cancelled = {deal.id for deal in after.salesforce.deals.values() if deal.name in truth.cancelled}
    findings = [
        finding
        for finding in _orders(before, after, identity, amended, unsigned)
        if not (finding.code in LESSENED and finding.subjects[0] in cancelled)
    ]
    findings += check_signatures(before, after, amended) if signs else []
    findings += check_collecting(before, after, collects) if collects else []
    for kind in tell:
        findings += _told(kind, before, after, identity)
    findings += _doubled_customers(before, after, identity)
    findings += _repeated(after, before.marks())
    return findings


def wrote_nothing(picture: Picture, since: Mapping[str, int]) -> list[Finding]:
    """Say what the hub wrote after marks in the journals where nothing was to be written."""
    return [
        Finding(
            "sync.wrote", f"The hub wrote to {deed.system} although nothing had changed: {deed.verb} {deed.kind}.", (deed.id,)
        )
        for deed in picture.since(since)
        if picture.by_hub(deed)
    ]


def _orders(
    before: Picture, after: Picture, identity: Identity, amended: Collection[str], unsigned: Collection[str]
) -> list[Finding]:
    old = {order.id for order in before.sap.orders}
    fresh = [order for order in after.sap.orders if order.id not in old]
    claims = _claims(after, fresh, identity)
    earlier = {deal.id for deal in before.salesforce.deals.values() if deal.status == "won"}
    open_again = waiting(after)
    findings = []
    for deal in after.salesforce.deals.values():
        orders = claims.pop(deal.id, [])
        numbers = tuple(order.number for order in orders)
        if deal.status != "won":
            if orders and not (deal.id in amended or deal.name in amended):
                findings.append(
                    Finding("order.not_won", f"{deal.name} is {deal.status} and has an order in SAP.", (deal.id, *numbers))
                )
        elif deal.name in unsigned:
            if orders:
                findings.append(
                    Finding("order.unsigned", f"{deal.name} is not signed and has an order in SAP.", (deal.id, *numbers))
                )
        elif not orders:
            if deal.id not in earlier and not (deal.name in amended and deal.name in open_again):
                findings.append(Finding("order.missing", f"{deal.name} was won and has no order in SAP.", (deal.id,)))
        elif deal.id in amended or deal.name in amended:
            findings += _enough(deal, orders) if deal.name not in open_again else []
        elif len(orders) > 1:
            findings.append(Finding("order.doubled", f"{deal.name} has {len(orders)} orders in SAP.", (deal.id, *numbers)))
        else:
            findings += _same_amounts(deal, orders[0], identity)
    findings += [
        Finding("order.unfounded", f"SAP has order {order.number}, which no deal gave rise to.", (order.number,))
        for order in claims.get("", [])
    ]
    return findings


def _claims(picture: Picture, fresh: Iterable[Document], identity: Identity) -> dict[str, list[Document]]:
    """Say which orders came from which deal: by Salesforce's own order, else by customer and lines; "" = from none."""
    by_number = {order.number: order.deal for order in picture.salesforce.orders if order.deal}
    by_content: dict[tuple[object, ...], list[Deal]] = defaultdict(list)
    for deal in picture.salesforce.deals.values():
        by_content[_signature(identity.of("salesforce", deal.customer), deal.lines)].append(deal)
    claims: dict[str, list[Document]] = defaultdict(list)
    for order in fresh:
        deal_id = order.deal or by_number.get(order.number, "")
        if deal_id not in picture.salesforce.deals:
            alike = by_content.get(_signature(identity.of("sap", order.customer), order.lines), [])
            deal_id = min(alike, key=lambda deal: (deal.status != "won", len(claims[deal.id]), deal.name)).id if alike else ""
        claims[deal_id].append(order)
    return claims


def orders_of_deals(before: Picture, after: Picture, truth: Truth) -> dict[str, list[Document]]:
    """Give SAP's new orders by the deal that they came from."""
    old = {order.id for order in before.sap.orders}
    claims = _claims(after, [order for order in after.sap.orders if order.id not in old], Identity(after, truth))
    return {deal: orders for deal, orders in claims.items() if deal}


def _signature(customer: str, lines: Sequence[Line]) -> tuple[object, ...]:
    return customer, *sorted((line.product, line.quantity) for line in lines)


def _same_amounts(deal: Deal, order: Document, identity: Identity) -> list[Finding]:
    subjects = (deal.id, order.number)
    findings = []
    if identity.of("salesforce", deal.customer) != identity.of("sap", order.customer):
        findings.append(Finding("order.customer", f"Order {order.number} went to another customer than {deal.name}.", subjects))
    if deal.currency != order.currency:
        findings.append(
            Finding("order.currency", f"{deal.name} is in {deal.currency}, order {order.number} in {order.currency}.", subjects)
        )
    agreed, ordered = _line_counts(deal.lines), _line_counts(order.lines)
    if agreed != ordered:
        lacking = "; ".join(_say(line) for line in (agreed - ordered))
        surplus = "; ".join(_say(line) for line in (ordered - agreed))
        message = (
            f"The lines of order {order.number} are not those of {deal.name}: agreed {lacking or '-'}, ordered {surplus or '-'}."
        )
        findings.append(Finding("order.lines", message, subjects))
    net = order.total if order.net is None else order.net
    if sum(line.total for line in deal.lines) != net:
        findings.append(Finding("order.amount", f"{deal.name} comes to {deal.total}, order {order.number} to {net}.", subjects))
    return findings


def _enough(deal: Deal, orders: Sequence[Document]) -> list[Finding]:
    """Check that all orders of an amended deal together hold what is agreed now: delivered, or still to be."""
    wanted: Counter[str] = Counter()
    for line in deal.lines:
        wanted[line.product] += line.quantity  # type: ignore[assignment] # quantities have fractions
    held: Counter[str] = Counter()
    for order in orders:
        for product, quantity in order.firm:
            held[product] += quantity  # type: ignore[assignment]
    numbers = tuple(order.number for order in orders)
    return [
        Finding(
            "order.quantities",
            f"{deal.name} is about {wanted[product]} of {product}, its orders hold {held[product]}.",
            (deal.id, *numbers),
        )
        for product in sorted({*wanted, *held})
        if wanted[product] != held[product]
    ]


def _line_counts(lines: Iterable[Line]) -> Counter[tuple[str, Decimal, Decimal]]:
    return Counter((line.product, line.quantity, line.total) for line in lines)


def _say(line: tuple[str, Decimal, Decimal]) -> str:
    return f"{line[1]} of {line[0]} for {line[2]}"


def _told(kind: str, before: Picture, after: Picture, identity: Identity) -> list[Finding]:
    """Check that Salesforce was told of every document of a kind exactly once, with SAP's amounts."""
    code = "delivery" if kind == "deliveries" else kind.removesuffix("s")
    name = code.replace("_", " ")
    told: dict[str, list[Document]] = defaultdict(list)
    for document in after.salesforce.documents(kind):
        told[document.number].append(document)
    findings = []
    known = {document.number for document in before.sap.documents(kind)}
    for document in after.sap.documents(kind):
        copies = told.pop(document.number, [])
        subjects = (document.number, *(copy.id for copy in copies))
        if not copies:
            if document.number not in known:
                findings.append(Finding(f"{code}.missing", f"Salesforce was not told of {name} {document.number}.", subjects))
        elif len(copies) > 1:
            findings.append(
                Finding(f"{code}.doubled", f"Salesforce was told {len(copies)} times of {name} {document.number}.", subjects)
            )
        else:
            findings += _same_document(code, name, document, copies[0], identity)
    for number, copies in told.items():
        if kind == "payments" and all(copy.reversed for copy in copies):
            continue  # what was lost before SAP was told of it
        findings.append(
            Finding(
                f"{code}.unfounded", f"Salesforce has {name} {number}, which SAP does not.", tuple(copy.id for copy in copies)
            )
        )
    return findings


def _same_document(code: str, name: str, original: Document, copy: Document, identity: Identity) -> list[Finding]:
    findings = []
    subjects = (original.number, copy.id)
    if (original.currency, original.total) != (copy.currency, copy.total):
        message = (
            f"{name.capitalize()} {original.number} is {original.total} {original.currency} in SAP "
            f"and {copy.total} {copy.currency} in Salesforce."
        )
        findings.append(Finding(f"{code}.amount", message, subjects))
    elif original.net is not None and copy.net is not None and original.net != copy.net:
        findings.append(
            Finding(
                f"{code}.amount",
                f"{name.capitalize()} {original.number} is {original.net} net in SAP and {copy.net} in Salesforce.",
                subjects,
            )
        )
    if original.customer and copy.customer and identity.of("sap", original.customer) != identity.of("salesforce", copy.customer):
        findings.append(
            Finding(
                f"{code}.customer", f"{name.capitalize()} {original.number} stands at another customer in Salesforce.", subjects
            )
        )
    if original.reversed != copy.reversed:
        findings.append(
            Finding(f"{code}.reversal", f"{name.capitalize()} {original.number} is reversed in one system only.", subjects)
        )
    return findings


def _doubled_customers(before: Picture, after: Picture, identity: Identity) -> list[Finding]:
    """Find customers that the hub made although the system had them; what people double by hand is theirs."""
    made = {(deed.system, deed.id) for deed in after.since(before.marks()) if deed.verb == "create" and after.by_hub(deed)}
    findings = []
    for system, side in (("salesforce", after.salesforce), ("sap", after.sap)):
        same: dict[str, list[Party]] = defaultdict(list)
        for party in side.customers.values():
            same[identity.of(system, party.id)].append(party)
        for key, parties in same.items():
            by_hub = [party for party in parties if (system, party.id) in made]
            if len(parties) > 1 and by_hub:
                subjects = tuple(party.id for party in parties)
                message = (
                    f"{system} has {len(parties)} customers that are one company ({key}), and the hub made {len(by_hub)} of them."
                )
                findings.append(Finding("customer.doubled", message, subjects))
    return findings


def _repeated(after: Picture, since: Mapping[str, int]) -> list[Finding]:
    """Find writes of the hub that said again what they had said just before, with nothing in between."""
    latest: dict[tuple[str, str, str], Deed] = {}
    findings = []
    for deed in after.since(since):
        place = (deed.system, deed.kind, deed.id)
        previous = latest.get(place)
        if (
            previous is not None
            and after.by_hub(deed)
            and after.by_hub(previous)
            and (deed.verb, _plain(deed.fields)) == (previous.verb, _plain(previous.fields))
        ):
            message = f"The hub did the same to {deed.kind} in {deed.system} twice: {deed.verb}."
            findings.append(Finding("write.repeated", message, (deed.id,)))
        latest[place] = deed
    return findings


def _plain(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
