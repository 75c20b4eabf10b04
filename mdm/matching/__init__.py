"""Matching: which records of all systems are the same customer, contact or product, when no identifier proves it."""
