"""Thin typed access to Elasticsearch."""
