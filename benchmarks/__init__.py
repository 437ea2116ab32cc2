"""Cost of a log call beside other loggers: `python -m benchmarks --help`."""
