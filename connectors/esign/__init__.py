"""Electronic signature."""
