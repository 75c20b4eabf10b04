"""The engine: a record's journey from one system to the others, and the protocol that gives every write exactly one effect."""
