"""The events of a trading bot: catalogue, fields, checks of values, and a bot's own events."""
