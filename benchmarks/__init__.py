"""What a log call costs here and with other loggers, measured side by side: ``python -m benchmarks --help``."""
