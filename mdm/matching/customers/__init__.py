"""Customers: organisations by name, address, telephone and web."""
