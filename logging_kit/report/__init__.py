"""The daily report: profit, trades, errors and silent hours of a period."""
