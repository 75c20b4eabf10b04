"""The inside of the simulated ABAP system: dictionary, tables, sessions, and its function modules."""
