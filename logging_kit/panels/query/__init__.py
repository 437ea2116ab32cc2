"""The query language: what a panel or an alert asks, independent of an engine."""
