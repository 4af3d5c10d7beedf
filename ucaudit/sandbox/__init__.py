"""A genuine Elasticsearch on this machine, without Docker and without an installed Java.

::

    with Sandbox() as sandbox:
        client = Elasticsearch(sandbox.url)
"""

from ucaudit.sandbox.engine import Sandbox

__all__ = ["Sandbox"]
