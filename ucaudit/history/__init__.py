"""``schemas/``: open and released versions, digests, generations."""
