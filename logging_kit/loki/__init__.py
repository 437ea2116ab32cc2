"""Pushing of lines to Loki and to OTLP receivers: sender, handlers and emitters."""
