"""``python -m ucaudit.cli``."""

from ucaudit.cli import main

raise SystemExit(main())
