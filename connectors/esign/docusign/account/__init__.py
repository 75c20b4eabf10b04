"""A DocuSign account in memory, for the simulator: its envelopes, its limits and what it tells by Connect."""
