from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.uvicorn import log_config

uvicorn = pytest.importorskip("uvicorn")


@pytest.mark.parametrize("access", [False, True])
def test_the_records_of_uvicorn_are_lines(
    log_dir: Path, lines: Callable[..., list[dict[str, Any]]], access: bool
) -> None:
    settings = {
        "log_dir": log_dir,
        "stdout": "off",
        "hooks": ("stdlib",),
        "app": "web",
        "version": "0",
    }
    config = log_config(access=access, **settings)
    uvicorn.Config("app:app", log_config=config, use_colors=False)
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "::1", "GET", "/", "1.1", 200
    )
    found = [(line["logger"], line["app"]) for line in lines() if line["logger"] != "web"]
    assert found == [("uvicorn.error", "web")] + [("uvicorn.access", "web")] * access


def test_a_logging_that_runs_is_kept(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]]
) -> None:
    start(app="mine", hooks=("stdlib",))
    uvicorn.Config("app:app", log_config=log_config(app="other"))
    logging.getLogger("uvicorn.error").warning("careful")
    (line,) = lines()
    assert (line["app"], line["message"]) == ("mine", "careful")
