"""``python -m ucaudit``."""

from ucaudit.cli import main

raise SystemExit(main())
