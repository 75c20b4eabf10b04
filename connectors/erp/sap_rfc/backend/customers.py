"""Customer masters: how the hub's module saves them, and how clerks enter and change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from connectors.erp.sap_rfc.backend.dictionary import TABLES
from connectors.erp.sap_rfc.backend.sessions import Session
from connectors.erp.sap_rfc.backend.system import System
from connectors.erp.sap_rfc.backend.table_read import only
from connectors.erp.sap_rfc.backend.tables import Tables
from connectors.erp.sap_rfc.backend.values import AbapError, FunctionModule, Row, language, message, number
from connectors.erp.shared.codecs import alpha_in, round_amount, shift_in, shift_out

Fields: TypeAlias = dict[str, Any]

ACCOUNT_GROUP: Final = "KUNA"
RECONCILIATION_ACCOUNT: Final = "140000"
FIRST_ADDRESS: Final = "001"
UPPER: Final = frozenset({"NAME1", "NAME2", "NAME3", "NAME4", "STREET", "CITY1", "SORT1"})
_GENERAL: Final = frozenset({"KTOKD", "STCD1", "STCD5", "STCEG", "BRSCH", "LOEVM", "AUFSD"})
_ADDRESS: Final = frozenset(TABLES["ADRC"].by_name) - {"CLIENT", "ADDRNUMBER"}
_ALIASES: Final = MappingProxyType({"LAND1": "COUNTRY", "SPRAS": "LANGU"})
_TWICE: Final = MappingProxyType({"NAME1": "NAME1", "COUNTRY": "LAND1", "LANGU": "SPRAS"})
"""What KNA1 keeps as well as the address: ADRC's name and KNA1's."""
_AREA: Final = MappingProxyType({"VKORG": "1000", "VTWEG": "10", "SPART": "00", "BUKRS": "1000", "KKBER": "1000"})
_FLAT: Final = _GENERAL | _ADDRESS | {"SMTP_ADDR", "KLIMK", "KWAER", "WAERS", "ZTERM"}
_SAVE: Final = frozenset({"I_KUNNR", "IS_DATA", "IT_FIELDS", "IT_KNVV", "IT_KNB1", "RETURN"})
_PEOPLE: Final = MappingProxyType(
    {"STRAS": "STREET", "ORT01": "CITY1", "PSTLZ": "POST_CODE1", "REGIO": "REGION", "TELF1": "TEL_NUMBER", **_ALIASES}
)
_DRAWN: Final = frozenset({"MANDT", "CLIENT", "KUNNR", "ADRNR", "ADDRNUMBER", "ERDAT", "SORT2"})
"""What differs from run to run: numbers, dates and the hub's short key."""
_OF: Final = ("KNA1", "KNKK", "KNVV", "KNB1")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be saved: flat fields, rows of sales areas and company codes, and the area that the flat fields are of."""

    fields: Fields
    area: Mapping[str, str]
    sales_areas: Sequence[Mapping[str, Any]] = ()
    company_codes: Sequence[Mapping[str, Any]] = ()


def z_ltc_customer_save(system: System, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Create a customer or change the given fields of one."""
    only(params, _SAVE)
    data: Mapping[str, Any] = params.get("IS_DATA") or {}
    strange = sorted(data.keys() - _FLAT - _AREA.keys() - _ALIASES.keys())
    if strange:
        raise AbapError(20, "RFC_INVALID_PARAMETER", f"field '{strange[0]}' not found in structure IS_DATA")
    taken = [str(row.get("FIELDNAME", "")).strip().upper() for row in params.get("IT_FIELDS") or []]
    fields = _canonical({name: data.get(name, "") for name in taken if name not in _AREA})
    if "KLIMK" in fields:
        fields["KLIMK"] = number(fields["KLIMK"], "KLIMK")
    area = {name: str(data.get(name) or default) for name, default in _AREA.items()}
    order = Order(fields, area, params.get("IT_KNVV") or [], params.get("IT_KNB1") or [])
    asked = alpha_in(str(params.get("I_KUNNR") or "").strip())
    known = not asked or system.tables.get("KNA1", asked) is not None or asked in session.staged.get("customers", ())
    faults = _faults(order, taken, asked, known=known)
    if faults:
        return {"E_KUNNR": "", "RETURN": faults}
    customer = asked or system.tables.next_number("customer")
    if asked:
        session.pending.append(lambda: change(system, customer, order, session.user))
        said = message("S", "ZLTC", "011", f"Customer {customer} was changed", customer)
    else:
        session.pending.append(lambda: create(system, customer, order, session.user))
        session.staged.setdefault("customers", set()).add(customer)
        said = message("S", "ZLTC", "010", f"Customer {customer} was created", customer)
    return {"E_KUNNR": customer, "RETURN": [said]}


def seed_customer(system: System, given: Mapping[str, Any], actor: str) -> str:
    """Enter a customer as a clerk does and give its number."""
    customer = system.tables.next_number("customer")
    create(system, customer, Order(_by_people(given), _AREA), actor)
    return customer


def edit_customer(system: System, customer: str, given: Mapping[str, Any], actor: str) -> None:
    """Change a customer as a clerk does."""
    change(system, customer, Order(_by_people(given), _AREA), actor)


def create(system: System, customer: str, order: Order, actor: str) -> None:
    """Write a new customer with its address, its areas and its change document."""
    tables, fields = system.tables, order.fields
    address = tables.next_number("address")
    tables.put("KNA1", {"KUNNR": customer, "KTOKD": ACCOUNT_GROUP, "ERDAT": system.today(), "ADRNR": address})
    tables.put("ADRC", {"ADDRNUMBER": address})
    areas = order.sales_areas or [{name: order.area[name] for name in ("VKORG", "VTWEG", "SPART")}]
    codes = order.company_codes or [{"BUKRS": order.area["BUKRS"], "ZTERM": fields.get("ZTERM", "")}]
    codes = [{"AKONT": RECONCILIATION_ACCOUNT} | {name: value for name, value in row.items() if value} for row in codes]
    sort = {"SORT1": fields["SORT1"] if fields.get("SORT1") else fields.get("NAME1", "")}
    _apply(tables, customer, Order(fields | sort, order.area, areas, codes))
    system.changed("DEBI", customer, actor, "I", "XD01")
    system.record(actor, "create", "customer", customer, _told(order))


def change(system: System, customer: str, order: Order, actor: str) -> None:
    """Change a customer; if nothing is new, there is neither a change document nor a mutation."""
    before = _snapshot(system.tables, customer)
    _apply(system.tables, customer, order)
    if _snapshot(system.tables, customer) != before:
        system.changed("DEBI", customer, actor, "U", "XD02")
        system.record(actor, "update", "customer", customer, _told(order))


def customer_key(row: Mapping[str, Any]) -> str:
    """Name a customer by name and postal code."""
    return f"{str(row.get('NAME1', '')).upper()} {row.get('POST_CODE1', '')}".strip()


def state(tables: Tables) -> dict[str, Row]:
    """Give all customers by name and postal code, without what SAP numbered and dated; namesakes are counted."""
    found = []
    for general in tables.scan("KNA1"):
        number = general["KUNNR"]
        address = tables.get("ADRC", general["ADRNR"]) or {}
        row: Row = {name: str(value) for name, value in (general | address).items() if name not in _DRAWN}
        row["SMTP_ADDR"] = "".join(mail["SMTP_ADDR"] for mail in tables.find("ADR6", ADDRNUMBER=general["ADRNR"]))
        for table in ("KNKK", "KNVV", "KNB1"):
            rows = tables.find(table, KUNNR=number)
            row[table] = [{name: str(value) for name, value in one.items() if name not in _DRAWN} for one in rows]
        found.append((customer_key(address), row))
    met: Counter[str] = Counter()
    known: dict[str, Row] = {}
    for key, row in sorted(found, key=lambda pair: (pair[0], str(pair[1]))):
        met[key] += 1
        known[key if met[key] == 1 else f"{key} #{met[key]}"] = row
    return known


def industry(name: str) -> str:
    """Give the industry key of four characters: the first letters of the name.

    >>> industry("Machinery"), industry("MACH"), industry("")
    ('MACH', 'MACH', '')
    """
    return name.strip().upper()[:4]


def _canonical(fields: Mapping[str, Any]) -> Fields:
    """Name fields as the address does, and write their values as SAP keeps them."""
    found: Fields = {}
    for name, value in fields.items():
        plain = _ALIASES.get(name, name)
        if plain in UPPER:
            found[plain] = str(value).upper()
        elif plain == "LANGU":
            found[plain] = language(str(value))
        else:
            found[plain] = value
    return found


def _by_people(given: Mapping[str, Any]) -> Fields:
    fields = {_PEOPLE.get(name, name): value for name, value in given.items()}
    strange = sorted(fields.keys() - _FLAT)
    if strange:
        text = f"A customer has no field {strange[0]}."
        raise KeyError(text)
    if "BRSCH" in fields:
        fields["BRSCH"] = industry(str(fields["BRSCH"]))
    return _canonical(fields)


def _faults(order: Order, taken: Iterable[str], asked: str, *, known: bool) -> list[Row]:
    """Say what SAP would not save."""
    if not known:
        return [message("E", "F2", "003", f"Customer {asked} does not exist", asked, parameter="I_KUNNR")]
    unknown = sorted(set(taken) - _FLAT - _AREA.keys() - _ALIASES.keys())
    faults = [
        message("E", "ZLTC", "001", f"Field {name} cannot be saved", name, parameter="IT_FIELDS", field=name) for name in unknown
    ]
    nameless = not str(order.fields.get("NAME1", "")).strip()
    if nameless and (not asked or "NAME1" in order.fields):
        faults.append(message("E", "ZLTC", "002", "Enter the name of the customer", parameter="IS_DATA", field="NAME1"))
    country = str(order.fields.get("COUNTRY", ""))
    if country and not (len(country) == 2 and country.isalpha() and country.isupper()):
        text = f"Country {country} is not defined"
        faults.append(message("E", "ZLTC", "003", text, country, parameter="IS_DATA", field="COUNTRY"))
    return faults


def _apply(tables: Tables, customer: str, order: Order) -> None:
    """Write what is given over what is there."""
    fields, area = order.fields, order.area
    kept = tables.get("KNA1", customer) or {}
    own = {name: fields[name] for name in _GENERAL & fields.keys()}
    own |= {column: fields[name] for name, column in _TWICE.items() if name in fields}
    tables.put("KNA1", kept | own)
    address = tables.get("ADRC", kept["ADRNR"]) or {}
    tables.put("ADRC", address | {name: fields[name] for name in _ADDRESS & fields.keys()})
    if "SMTP_ADDR" in fields:
        tables.delete("ADR6", kept["ADRNR"], FIRST_ADDRESS)
        if fields["SMTP_ADDR"]:
            tables.put("ADR6", {"ADDRNUMBER": kept["ADRNR"], "CONSNUMBER": FIRST_ADDRESS, "SMTP_ADDR": fields["SMTP_ADDR"]})
    for row in order.sales_areas:
        _merge(tables, "KNVV", {"KUNNR": customer, **row})
    for row in order.company_codes:
        _merge(tables, "KNB1", {"KUNNR": customer, **row})
    reference: Fields = {name: fields[name] for name in ("WAERS", "ZTERM") if name in fields}
    if reference:
        sales = {name: area[name] for name in ("VKORG", "VTWEG", "SPART")}
        _merge(tables, "KNVV", {"KUNNR": customer, **sales, **reference})
    if fields.keys() & {"KLIMK", "KWAER"}:
        _credit(tables, customer, fields, area)


def _credit(tables: Tables, customer: str, fields: Fields, area: Mapping[str, str]) -> None:
    """Keep the credit limit in its currency: the one that is given, else that of the sales area."""
    old = tables.get("KNKK", customer, area["KKBER"]) or {}
    sales = tables.get("KNVV", customer, area["VKORG"], area["VTWEG"], area["SPART"]) or {}
    currency = str(fields.get("KWAER") or fields.get("WAERS") or (old or sales).get("WAERS", ""))
    limit = shift_out(old["KLIMK"], old["WAERS"]) if old else Decimal(0)
    limit = number(fields["KLIMK"], "KLIMK") if "KLIMK" in fields else limit
    if old or limit:
        kept = shift_in(round_amount(limit, currency), currency)
        tables.put("KNKK", {"KUNNR": customer, "KKBER": area["KKBER"], "KLIMK": kept, "WAERS": currency})


def _merge(tables: Tables, table: str, row: Mapping[str, Any]) -> None:
    key = [str(row.get(name, "")) for name in TABLES[table].key]
    tables.put(table, {**(tables.get(table, *key) or {}), **row})


def _snapshot(tables: Tables, customer: str) -> list[list[Row]]:
    general = tables.get("KNA1", customer)
    if general is None:
        text = f"There is no customer {customer}."
        raise KeyError(text)
    address = general["ADRNR"]
    found = [tables.find(name, KUNNR=customer) for name in _OF]
    return [*found, tables.find("ADRC", ADDRNUMBER=address), tables.find("ADR6", ADDRNUMBER=address)]


def _told(order: Order) -> Fields:
    told: Fields = {name: str(value) for name, value in sorted(order.fields.items())}
    if order.sales_areas:
        told["KNVV"] = [{name: str(value) for name, value in row.items()} for row in order.sales_areas]
    if order.company_codes:
        told["KNB1"] = [{name: str(value) for name, value in row.items()} for row in order.company_codes]
    return told


FUNCTIONS: Final[Mapping[str, FunctionModule]] = MappingProxyType({"Z_LTC_CUSTOMER_SAVE": z_ltc_customer_save})
