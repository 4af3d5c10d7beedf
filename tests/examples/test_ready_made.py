"""The service of the examples switches the ready-made tests on, as any service does."""

from ucaudit.testing import *  # noqa: F403
