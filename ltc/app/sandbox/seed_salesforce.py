"""Put the world into Salesforce, as administrators and sellers typed it in over the years."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ltc.app.sandbox.dice import Dice
from ltc.app.sandbox.spelling import domain

if TYPE_CHECKING:
    from ltc.app.sandbox.beings import Company, Contact, Deal, Entry, Lead, Product
    from ltc.app.sandbox.doors import SalesforceDoor
    from ltc.app.sandbox.world import Truth, World

ADMIN = "admin"
UNITS = {"C62": "Each", "MTR": "Meter", "KGM": "Kilogram"}


def seed_salesforce(world: World, door: SalesforceDoor, truth: Truth) -> None:
    """Make users, products with prices, accounts, contacts, leads and open opportunities; write down who is who."""
    dice = Dice(world.seed)
    users = _users(world, door)
    entries = _products(world, door, truth)
    accounts: dict[str, str] = {}
    people: dict[str, str] = {}
    for company in world.companies:
        if "salesforce" in company.entries:
            accounts[company.key] = _account(world, door, dice, company, users)
            truth.companies["salesforce"][accounts[company.key]] = company.key
            for contact in company.contacts:
                fields = _contact(contact, company, accounts[company.key], users)
                made = door.insert("Contact", fields, users_name(world, company.owner))
                if contact.email:
                    people.setdefault(company.key, made)
    for company in world.companies:
        if company.parent:
            door.update("Account", accounts[company.key], {"ParentId": accounts[company.parent]}, ADMIN)
    for lead in world.leads:
        door.insert("Lead", lead_fields(lead, users[lead.owner]), users_name(world, lead.owner))
    for deal in world.deals:
        if deal.company not in people:
            people[deal.company] = door.insert(
                "Contact", buyer(accounts[deal.company], deal.company), users_name(world, deal.owner)
            )
        truth.deals[_opportunity(world, door, deal, accounts, people, users, entries)] = deal.key


def users_name(world: World, key: str) -> str:
    """Name the user who does something, for the journal."""
    return next(employee.username for employee in world.employees if employee.key == key)


def _users(world: World, door: SalesforceDoor) -> dict[str, str]:
    made = {}
    for employee in world.employees:
        first, _, last = employee.name.partition(" ")
        fields = {
            "FirstName": first,
            "LastName": last,
            "Username": employee.username,
            "Email": employee.email,
            "IsActive": employee.active,
            "TimeZoneSidKey": employee.time_zone,
            "LanguageLocaleKey": "en_US",
        }
        made[employee.key] = door.insert("User", fields, ADMIN)
    return made


def _products(world: World, door: SalesforceDoor, truth: Truth) -> dict[tuple[str, str], str]:
    """Make products and their standard prices; give the price book entries by (product number, currency)."""
    entries = {}
    for product in world.products:
        if "salesforce" not in product.names:
            continue
        product_id = door.insert("Product2", _product(product), ADMIN)
        truth.products["salesforce"][product_id] = product.number
        for currency, price in product.prices.items():
            fields = {
                "Pricebook2Id": door.standard_pricebook,
                "Product2Id": product_id,
                "CurrencyIsoCode": currency,
                "UnitPrice": Decimal(price),
                "IsActive": True,
            }
            entries[product.number, currency] = door.insert("PricebookEntry", fields, ADMIN)
    return entries


def _product(product: Product) -> dict[str, Any]:
    return {
        "Name": product.names["salesforce"],
        "ProductCode": product.number,
        "Family": product.category,
        "IsActive": True,
        "QuantityUnitOfMeasure": UNITS[product.unit],
        "GTIN__c": product.gtin or None,
        "Net_Weight__c": Decimal(product.net_weight) if product.net_weight else None,
        "Weight_Unit__c": "KG" if product.net_weight else None,
        "CurrencyIsoCode": "EUR",
    }


def account_fields(entry: Entry) -> dict[str, Any]:
    """Write an entry in Account's own fields; what is missing is left empty."""
    return {
        "Name": entry.name,
        "BillingStreet": entry.street or None,
        "BillingCity": entry.city or None,
        "BillingState": entry.region or None,
        "BillingPostalCode": entry.postal_code or None,
        "BillingCountryCode": entry.country,
        "Phone": entry.phone or None,
        "Email__c": entry.email or None,
        "Website": entry.website or None,
        "Industry": entry.industry or None,
        "Tax_Number__c": entry.tax_id or None,
        "VAT_Number__c": entry.vat_id or None,
        "Language__c": entry.language or None,
        "Payment_Terms__c": entry.payment_terms or None,
        "CurrencyIsoCode": entry.currency,
        "Status__c": "Active",
        "Segment__c": entry.segment or None,
        "Customer_Since__c": entry.customer_since or None,
    }


def _account(world: World, door: SalesforceDoor, dice: Dice, company: Company, users: dict[str, str]) -> str:
    entry = company.entries["salesforce"]
    age = timedelta(days=dice.between(1, 3000, company.key, "age"), seconds=dice.number(86_400, company.key, "second"))
    fields = account_fields(entry) | {
        "OwnerId": users[company.owner],
        "Type": "Customer - Direct" if "sap" in company.entries else "Prospect",
        "Rating": dice.pick(("Hot", "Warm", "Cold", None), company.key, "rating"),
        "CreatedDate": (world.start - age).isoformat(),
    }
    return door.insert("Account", fields, users_name(world, company.owner))


def _contact(contact: Contact, company: Company, account: str, users: dict[str, str]) -> dict[str, Any]:
    entry = company.entries["salesforce"]
    return {
        "AccountId": account,
        "Salutation": contact.salutation or None,
        "FirstName": contact.first_name or None,
        "LastName": contact.last_name,
        "Title": contact.title or None,
        "Email": contact.email or None,
        "Phone": contact.phone or None,
        "MobilePhone": contact.mobile or None,
        "MailingCity": entry.city,
        "MailingPostalCode": entry.postal_code,
        "MailingCountryCode": entry.country,
        "Language__c": entry.language,
        "OwnerId": users[company.owner],
        "CurrencyIsoCode": entry.currency,
    }


def buyer(account: str, key: str) -> dict[str, Any]:
    """Write down whom a seller deals with at a company of which nobody is known yet."""
    address = f"buyer@{domain(key)}.customer.example"
    return {"AccountId": account, "FirstName": "Buyer of", "LastName": key, "Email": address}


def lead_fields(lead: Lead, owner: str) -> dict[str, Any]:
    """Write a lead in Salesforce's own fields, as nobody has called it yet."""
    return {
        "FirstName": lead.first_name or None,
        "LastName": lead.last_name,
        "Company": lead.company,
        "Email": lead.email or None,
        "Phone": lead.phone or None,
        "Status": "Open - Not Contacted",
        "LeadSource": lead.source,
        "OwnerId": owner,
    }


def _opportunity(
    world: World,
    door: SalesforceDoor,
    deal: Deal,
    accounts: dict[str, str],
    people: dict[str, str],
    users: dict[str, str],
    entries: dict[tuple[str, str], str],
) -> str:  # fmt: skip
    actor = users_name(world, deal.owner)
    fields = {
        "Name": deal.name,
        "AccountId": accounts[deal.company],
        "ContactId": people[deal.company],
        "StageName": "Negotiation/Review",
        "CloseDate": (world.start + timedelta(days=deal.close_in_days)).date().isoformat(),
        "CurrencyIsoCode": deal.currency,
        "OwnerId": users[deal.owner],
        "Pricebook2Id": door.standard_pricebook,
    }
    made = door.insert("Opportunity", fields, actor)
    for place, line in enumerate(deal.lines, start=1):
        row = {
            "OpportunityId": made,
            "PricebookEntryId": entries[line.product, deal.currency],
            "Quantity": Decimal(line.quantity),
            "UnitPrice": Decimal(line.unit_price),
            "SortOrder": place,
        }
        door.insert("OpportunityLineItem", row, actor)
    return made
