"""A service after real UCloud calls, in four releases.

Each release module holds what the service's source code declared at that time; here they stand side
by side, so that their history can be replayed. Shapes and changes follow ``tests/data/ucloud``.
"""

from __future__ import annotations

from examples.ucloud import release_2019, release_2020, release_2021, release_2023
from ucaudit import Registry

RELEASES: dict[str, Registry] = {
    "2019.1": release_2019.calls,
    "2020.1": release_2020.calls,
    "2021.1": release_2021.calls,
    "2023.1": release_2023.calls,
}

calls = release_2023.calls

__all__ = ["RELEASES", "calls"]
