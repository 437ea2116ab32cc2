"""The events of a trading bot: what they are called, which fields they have, and the logger that writes them."""
