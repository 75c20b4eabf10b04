"""Salesforce: accounts, opportunities, orders and the documents that the ERP tells it about."""
