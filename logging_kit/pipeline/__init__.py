"""From a call to the body of one line: context, values, masking, rendering.

And the bridge to `logging`.
"""
