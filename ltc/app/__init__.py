"""The only place where the rooms meet: engine, sandbox, command line."""
