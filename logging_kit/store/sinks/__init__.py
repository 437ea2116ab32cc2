"""Destinations of finished lines besides the segments."""
