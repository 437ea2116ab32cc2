"""A configuration file of gunicorn with the integration."""

from logging_kit.integrations.gunicorn import log_config

logconfig_dict = log_config(access=True, app="wsgi", log_dir="logs", stdout="json")
