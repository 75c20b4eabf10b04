"""One module per command; root.py loads the one that is used."""
