"""The store's migrations: each version brings old tables to the next shape."""
