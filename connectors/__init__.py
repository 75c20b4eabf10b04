"""Connectors, one folder each: how every vendor's dialect is spoken."""
