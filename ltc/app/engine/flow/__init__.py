"""Flows: how one document gives rise to the next. A flow is one YAML file; what it derives are records of the system `hub`."""
