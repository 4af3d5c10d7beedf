"""History and live cluster to typed operations; the plan file."""
