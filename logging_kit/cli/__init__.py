"""The commands of `logging-kit`; each has a module of its own, imported when it is run."""
