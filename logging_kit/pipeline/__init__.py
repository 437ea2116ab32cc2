"""From a call to the body of one line: context, values, masking, rendering; and the bridge to `logging`."""
