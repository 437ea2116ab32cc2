"""The events of a trading bot: the catalogue, the fields, the checks of values, and a bot's own events."""
