"""Schema to Elasticsearch mapping, and what a live mapping can become."""
