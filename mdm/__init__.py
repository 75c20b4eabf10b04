"""Master data management: who is who, and whose value wins."""
