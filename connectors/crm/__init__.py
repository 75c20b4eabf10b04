"""Customer relationship management systems."""
