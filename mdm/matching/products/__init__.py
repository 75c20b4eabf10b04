"""Matching of products by what sellers write about them: text, model numbers, measures and prices."""
