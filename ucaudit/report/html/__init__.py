"""The report that a browser shows: a plain document of data, and one page that carries it."""
