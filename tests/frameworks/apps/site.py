"""A Django site in one file, with our handler in its `LOGGING`."""

from __future__ import annotations

import logging
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

import tests.frameworks.witness  # noqa: F401 - before everything that logs

settings.configure(
    DEBUG=False,
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "kit": {
                "class": "logging_kit.Handler",
                "app": "site",
                "log_dir": "logs",
                "stdout": "json",
            }
        },
        "root": {"level": "INFO", "handlers": ["kit"]},
    },
)
django.setup()


def page(request):
    """Answer a request."""
    logging.getLogger("shop").info("request %s", request.path)
    return HttpResponse("ok")


def fail(_request):
    """Raise."""
    raise ValueError("the view failed")


urlpatterns = [path("", page), path("fail", fail)]

if __name__ == "__main__":
    execute_from_command_line(["site", "runserver", "--noreload", sys.argv[1]])
