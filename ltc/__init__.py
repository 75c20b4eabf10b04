"""LTC Hub: keeps the systems of a lead-to-cash process telling the same story."""

__version__ = "0.1.0"
