"""Whole hubs over simulated systems on loopback: what a user can rely on, told by the systems themselves."""
