"""What pytest loads by itself (its entry point), apart from the plugin's own module.

A module that is loaded by its entry point and also named with ``-p ucaudit.pytest_plugin`` is
refused by pytest as registered twice; the same fixture in two modules is not.
"""

from ucaudit.pytest_plugin import ucaudit_engine_url

__all__ = ["ucaudit_engine_url"]
