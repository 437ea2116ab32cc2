"""Integrations: the libraries of a bot log themselves, each switched on by one line.

Each module is named after its library and imports it only when it is used. An integration never
raises into the bot, never waits, and shows no secret. The pages are in `docs/integrations/`.
"""
