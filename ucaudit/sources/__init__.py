"""Where calls come from: pydantic models, folders of JSON Schemas, our own recorded history."""
