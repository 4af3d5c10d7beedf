"""What pytest loads by itself (its entry point), apart from the plugin's own module.

A module that is loaded by its entry point and also named with ``-p ucaudit.pytest_plugin`` is
refused by pytest as registered twice; the same fixtures in two modules are not.
"""

from ucaudit.pytest_plugin import (
    ucaudit_checked,
    ucaudit_config,
    ucaudit_engine_url,
    ucaudit_history,
    ucaudit_samples,
    ucaudit_tests_url,
)

__all__ = [
    "ucaudit_checked",
    "ucaudit_config",
    "ucaudit_engine_url",
    "ucaudit_history",
    "ucaudit_samples",
    "ucaudit_tests_url",
]
