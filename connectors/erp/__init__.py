"""Connectors of ERP systems."""
