"""Declared transforms of stored documents."""
