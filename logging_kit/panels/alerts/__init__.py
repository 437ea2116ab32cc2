"""Alerts as data, their routing, and the files that Grafana and Loki load."""
