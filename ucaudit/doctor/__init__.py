"""What may be wrong with a project and its cluster, looked at one by one; nothing is written."""
