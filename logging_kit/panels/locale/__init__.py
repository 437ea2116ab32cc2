"""Translations of the panels and alerts."""
