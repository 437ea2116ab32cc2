"""The dashboards in a terminal, live and without a server: what `logging-kit watch` shows."""
