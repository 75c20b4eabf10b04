"""The sales documents of the simulated org: opportunities, quotes, orders and contracts, field by field."""

from __future__ import annotations

from typing import Final

_STAGES: Final = (
    "Prospecting|Qualification|Needs Analysis|Value Proposition|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost"
)
_QUOTE_STATUS: Final = "Draft|Needs Review|In Review|Approved|Rejected|Presented|Accepted|Denied|Expired|Superseded"

OPPORTUNITY: Final = f"""
AccountId           reference(Account) rel=Account children=Opportunities
ContactId           reference(Contact)
Name                string(120) required
Description         textarea(32000)
StageName           picklist({_STAGES}) required
Amount              currency
Probability         percent
ExpectedRevenue     currency ro
CloseDate           date required
Type                picklist
NextStep            string(255)
LeadSource          picklist
IsClosed            boolean ro
IsWon               boolean ro
ForecastCategoryName picklist
HasOpportunityLineItem boolean ro
LastStageChangeDate datetime ro
SyncedQuoteId       reference(Quote) rel=SyncedQuote
Pricebook2Id        reference(Pricebook2) rel=Pricebook2
OwnerId             reference(User) rel=Owner
Loss_Reason__c      string(255)
Signature_Status__c string(40)
Contract_Status__c  string(40)
Order_Status__c     string(40)
Delivered_Value__c  currency
Invoiced_Value__c   currency
Paid_Value__c       currency
"""

OPPORTUNITY_LINE: Final = """
OpportunityId       reference(Opportunity) required fixed rel=Opportunity children=OpportunityLineItems
PricebookEntryId    reference(PricebookEntry) fixed rel=PricebookEntry
Product2Id          reference(Product2) fixed rel=Product2
ProductCode         string(255) ro
Name                string(376) ro
Quantity            double(3) required
UnitPrice           currency
ListPrice           currency ro
TotalPrice          currency
Discount            percent
ServiceDate         date
Description         string(255)
SortOrder           int
"""

QUOTE: Final = f"""
OpportunityId       reference(Opportunity) required fixed rel=Opportunity children=Quotes
AccountId           reference(Account) ro rel=Account children=Quotes
ContactId           reference(Contact) rel=Contact
Pricebook2Id        reference(Pricebook2) rel=Pricebook2
QuoteNumber         string(30) ro
Name                string(255) required
Status              picklist!({_QUOTE_STATUS}) default=Draft
IsSyncing           boolean ro
ExpirationDate      date
Subtotal            currency ro
TotalPrice          currency ro
Tax                 currency
ShippingHandling    currency
GrandTotal          currency ro
LineItemCount       int ro
Description         textarea(32000)
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
OwnerId             reference(User) rel=Owner
Revision__c         int
Supersedes__c       reference(Quote) rel=Supersedes__r
Payment_Terms__c    string(20)
Accepted_At__c      datetime
"""

QUOTE_LINE: Final = """
QuoteId             reference(Quote) required fixed rel=Quote children=QuoteLineItems
PricebookEntryId    reference(PricebookEntry) fixed rel=PricebookEntry
Product2Id          reference(Product2) fixed rel=Product2
OpportunityLineItemId reference(OpportunityLineItem) ro
LineNumber          string(30) ro
Quantity            double(3) required
UnitPrice           currency
ListPrice           currency ro
Discount            percent
Subtotal            currency ro
TotalPrice          currency ro
ServiceDate         date
Description         string(255)
SortOrder           int
Line_Number__c      string(10)
Unit__c             string(10)
"""

ORDER: Final = """
AccountId           reference(Account) rel=Account children=Orders
ContractId          reference(Contract) rel=Contract children=Orders
OpportunityId       reference(Opportunity) rel=Opportunity children=Orders
Pricebook2Id        reference(Pricebook2) rel=Pricebook2
OrderNumber         string(30) ro
OrderReferenceNumber string(80)
PoNumber            string(80)
EffectiveDate       date required
EndDate             date
Status              picklist!(Draft|Submitted|Activated|Partially Delivered|Delivered|Invoiced|Closed|Cancelled) required
StatusCode          picklist ro
ActivatedDate       datetime ro
TotalAmount         currency ro
Description         textarea(32000)
OwnerId             reference(User) rel=Owner
ERP_Number__c       string(40) external
Ship_To__c          reference(Account) rel=Ship_To__r
Bill_To__c          reference(Account) rel=Bill_To__r
Payer__c            reference(Account) rel=Payer__r
Sales_Org__c        string(20)
Requested_Date__c   date
Total__c            currency
Net_Total__c        currency
Tax_Total__c        currency
Confirmed_At__c     datetime
Closed_At__c        datetime
"""

ORDER_ITEM: Final = """
OrderId             reference(Order) required fixed rel=Order children=OrderItems
PricebookEntryId    reference(PricebookEntry) fixed rel=PricebookEntry
Product2Id          reference(Product2) fixed rel=Product2
OrderItemNumber     string(30) ro
Quantity            double(3) required
UnitPrice           currency
ListPrice           currency ro
TotalPrice          currency ro
ServiceDate         date
Description         textarea(32000)
Line_Number__c      string(10)
Unit__c             string(10)
Confirmed_Quantity__c double(3)
Delivered_Quantity__c double(3)
Invoiced_Quantity__c double(3)
Returned_Quantity__c double(3)
Status__c           picklist(Open|Partially Delivered|Delivered|Rejected)
Opportunity_Line__c string(40)
"""

_CONTRACT_STATUS: Final = "Draft|In Approval Process|In Signature|Signed|Activated|Expired|Terminated|Cancelled"
CONTRACT: Final = f"""
AccountId           reference(Account) required rel=Account children=Contracts
Name                string(80)
ContractNumber      string(30) ro
Status              picklist!({_CONTRACT_STATUS}) required default=Draft
StatusCode          picklist ro
StartDate           date
EndDate             date ro
ContractTerm        int
CustomerSignedDate  date
CompanySignedDate   date
ActivatedDate       datetime ro
Pricebook2Id        reference(Pricebook2) rel=Pricebook2
Description         textarea(32000)
OwnerId             reference(User) rel=Owner
Opportunity__c      reference(Opportunity) rel=Opportunity__r
Total__c            currency
Payment_Terms__c    string(20)
"""
