"""The table of objects that the simulated org knows: the standard ones that LTC Hub uses, and its custom ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connectors.crm.salesforce.org import sales

SYSTEM: Final = """
Id                  id ro
IsDeleted           boolean ro
CreatedDate         datetime ro
CreatedById         reference(User) ro
LastModifiedDate    datetime ro
LastModifiedById    reference(User) ro
SystemModstamp      datetime ro
LTC_Id__c           string(64) external unique
CurrencyIsoCode     picklist!(EUR|USD|GBP|CHF|CNY|JPY|KWD|PLN|SEK|AUD) default=EUR
"""

_TYPES: Final = "Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller|Technology Partner|Competitor|Other"
_LEAD_STATUS: Final = "Open - Not Contacted|Working - Contacted|Qualified|Closed - Converted|Closed - Not Converted"

_ACCOUNT: Final = f"""
MasterRecordId      reference(Account) ro rel=MasterRecord
Name                string(255) required
Type                picklist({_TYPES}) length=40
ParentId            reference(Account) rel=Parent children=ChildAccounts
BillingStreet       textarea(255)
BillingCity         string(40)
BillingState        string(80)
BillingPostalCode   string(20)
BillingCountryCode  picklist
ShippingStreet      textarea(255)
ShippingCity        string(40)
ShippingState       string(80)
ShippingPostalCode  string(20)
ShippingCountryCode picklist
Phone               phone
Website             url
Industry            picklist length=40
AnnualRevenue       currency
NumberOfEmployees   int
Description         textarea(32000)
Rating              picklist(Hot|Warm|Cold) length=40
AccountNumber       string(40)
AccountSource       picklist length=40
OwnerId             reference(User) rel=Owner
DunsNumber          string(9)
Tax_Number__c       string(40)
VAT_Number__c       string(20)
LEI__c              string(20)
Email__c            email
Language__c         string(10)
Payment_Terms__c    string(20)
Credit_Limit__c     currency
Status__c           picklist!(Active|Blocked|Inactive) default=Active
Region__c           string(40)
Segment__c          picklist(Key Account|Mid-Market|SMB|Public Sector)
Customer_Since__c   date
"""

_CONTACT: Final = """
MasterRecordId      reference(Contact) ro rel=MasterRecord
AccountId           reference(Account) rel=Account children=Contacts
Salutation          picklist(Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.) length=40
FirstName           string(40)
LastName            string(80) required
Name                string(121) ro
Title               string(128)
Email               email
Phone               phone
MobilePhone         phone
MailingStreet       textarea(255)
MailingCity         string(40)
MailingState        string(80)
MailingPostalCode   string(20)
MailingCountryCode  picklist
Language__c         string(10)
Status__c           picklist!(Active|Inactive) default=Active
OwnerId             reference(User) rel=Owner
"""

_LEAD: Final = f"""
MasterRecordId      reference(Lead) ro rel=MasterRecord
FirstName           string(40)
LastName            string(80) required
Name                string(121) ro
Company             string(255) required
Title               string(128)
Email               email
Phone               phone
Status              picklist({_LEAD_STATUS}) default=Open_-_Not_Contacted
LeadSource          picklist
Rating              picklist(Hot|Warm|Cold)
OwnerId             reference(User) rel=Owner
IsConverted         boolean ro
ConvertedDate       date ro
ConvertedAccountId  reference(Account) ro rel=ConvertedAccount
ConvertedContactId  reference(Contact) ro rel=ConvertedContact
ConvertedOpportunityId reference(Opportunity) ro rel=ConvertedOpportunity
Qualified_At__c     datetime
"""

_DOCUMENT: Final = """
Name                string(80) required
Account__c          reference(Account) rel=Account__r
Order__c            reference(Order) rel=Order__r
"""

_BILL: Final = f"""
{_DOCUMENT}
Delivery__c         reference(Delivery__c) rel=Delivery__r
Issue_Date__c       date
Due_Date__c         date
Net_Total__c        currency
Tax_Total__c        currency
Total__c            currency
Paid_Total__c       currency
Payment_Terms__c    string(20)
"""

OBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Account 001": _ACCOUNT,
        "Contact 003": _CONTACT,
        "Lead 00Q": _LEAD,
        "Opportunity 006": sales.OPPORTUNITY,
        "OpportunityLineItem 00k": sales.OPPORTUNITY_LINE,
        "OpportunityHistory 008 nocustom": """
            OpportunityId    reference(Opportunity) ro rel=Opportunity children=OpportunityHistories
            StageName        picklist ro
            Amount           currency ro
            ExpectedRevenue  currency ro
            CloseDate        date ro
            Probability      percent ro
            ForecastCategory picklist ro
        """,
        "Product2 01t": """
            Name             string(255) required
            ProductCode      string(255)
            Description      textarea(4000)
            Family           picklist
            IsActive         boolean
            QuantityUnitOfMeasure picklist
            StockKeepingUnit string(180)
            GTIN__c          string(14)
            Net_Weight__c    double(3)
            Weight_Unit__c   string(10)
        """,
        "Pricebook2 01s": """
            Name             string(255) required
            IsActive         boolean
            IsStandard       boolean ro
            Description      string(255)
        """,
        "PricebookEntry 01u": """
            Name             string(255) ro
            Pricebook2Id     reference(Pricebook2) required fixed rel=Pricebook2 children=PricebookEntries
            Product2Id       reference(Product2) required fixed rel=Product2 children=PricebookEntries
            UnitPrice        currency required
            IsActive         boolean
            UseStandardPrice boolean
            ProductCode      string(255) ro
            Price_Quantity__c double(3)
            Price_Unit__c    string(10)
            Valid_From__c    date
            Valid_To__c      date
        """,
        "Quote 0Q0": sales.QUOTE,
        "QuoteLineItem 0QL": sales.QUOTE_LINE,
        "Order 801": sales.ORDER,
        "OrderItem 802": sales.ORDER_ITEM,
        "Contract 800": sales.CONTRACT,
        "User 005": """
            Name             string(121) ro
            FirstName        string(40)
            LastName         string(80) required
            Username         string(80) required
            Email            email required
            IsActive         boolean
            TimeZoneSidKey   string(40)
            LanguageLocaleKey string(40)
        """,
        "Delivery__c a01": f"""
            {_DOCUMENT}
            Status__c        picklist!(Planned|Shipped|Delivered|Cancelled) default=Planned
            Planned_Date__c  date
            Shipped_At__c    datetime
            Delivered_At__c  datetime
            Tracking_Number__c string(80)
        """,
        "Invoice__c a02": f"""
            {_BILL}
            Status__c        picklist!(Open|Partially Paid|Paid|Cancelled) default=Open
        """,
        "Credit_Note__c a03": f"""
            {_BILL}
            Status__c        picklist!(Open|Partially Applied|Applied|Paid|Cancelled) default=Open
            Reason__c        string(255)
            Invoice__c       reference(Invoice__c) rel=Invoice__r children=Credit_Notes__r
        """,
        "Payment__c a04": """
            Name             string(80) required
            Account__c       reference(Account) rel=Account__r
            Invoice__c       reference(Invoice__c) rel=Invoice__r children=Payments__r
            Amount__c        currency
            Paid_Date__c     date
            Method__c        string(40)
            Reference__c     string(140)
            Status__c        picklist!(Pending|Posted|Failed|Reversed) default=Posted
            Reversal_Of__c   reference(Payment__c) rel=Reversal_Of__r
        """,
        "CurrencyType 01L nocurrency nocustom": """
            IsoCode          string(3) required
            DecimalPlaces    int
            ConversionRate   double(6)
            IsActive         boolean
            IsCorporate      boolean
        """,
        "Organization 00D nocurrency nocustom": """
            Name             string(80) required
            IsSandbox        boolean ro
            OrganizationType picklist ro
            InstanceName     string(5) ro
            DefaultCurrencyIsoCode string(3)
        """,
    }
)
