"""Findings, plans and status as text and JSON."""
