"""Destinations of finished lines: journal, segment files, and sinks such as standard output."""
