"""Connectors of payment providers."""
