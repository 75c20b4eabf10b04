"""Deals: which documents belong together, how far each deal has come, and who owns what from there on."""
