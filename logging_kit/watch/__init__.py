"""Live dashboards in a terminal, without a server, for `logging-kit watch`."""
