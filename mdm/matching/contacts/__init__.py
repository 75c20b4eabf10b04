"""Contacts and other persons: by name, day of birth, address, telephone and e-mail."""
