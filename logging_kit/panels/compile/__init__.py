"""Compilers from the query language to LogQL and to DuckDB's SQL."""
