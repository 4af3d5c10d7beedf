"""Executes a plan: expand, backfill, cut over; safe to run again after any failure."""
