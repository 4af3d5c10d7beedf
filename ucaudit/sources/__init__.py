"""Where calls come from: pydantic models, JSON Schemas, OpenAPI, protobuf, other packages' loaders.

Each loader gives :class:`ucaudit.sources.record.CallSchemas`; ``detect`` decides which one reads a
file or folder, ``revisions`` gives the files of a git revision.
"""
