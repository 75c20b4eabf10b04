"""The language that every room speaks: errors, models, contract, mapping, HTTP, store."""
