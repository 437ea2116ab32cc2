"""DuckDB over the segment files: the engine that needs no server."""
