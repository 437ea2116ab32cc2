"""Choosing and reading log lines: the parts of `logging-kit tail` that need no terminal."""
