"""A genuine Elasticsearch on this machine, without Docker and without an installed Java."""
