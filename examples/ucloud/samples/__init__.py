"""Made-up requests of every call, as each release had them, by their names on the wire."""

from __future__ import annotations

from examples.ucloud.samples import service, work
from examples.ucloud.samples.table import sample_of

__all__ = ["sample_of", "service", "work"]
