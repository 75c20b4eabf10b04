"""Alerts: what is watched, what people have been told, and how it reaches them."""
