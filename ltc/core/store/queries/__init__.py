"""What people look at, as plain documents: one module for each noun.

Every list is paged by key: ``after`` is the last id of the page before, 0 for the first, and ``limit`` at most so many. Times
are RFC 3339 UTC text. Ids of scopes never leave: a document names its system and object.
"""
