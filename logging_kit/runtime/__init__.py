"""Process-wide state.

`setup()`, the logger, the interpreter's hooks and the capture of `logging`.
"""
