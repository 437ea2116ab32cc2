"""Where finished lines go: segment files, and standard output."""
