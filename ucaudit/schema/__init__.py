"""The normal form of a JSON Schema: parse, resolve, merge, intern, hash."""
