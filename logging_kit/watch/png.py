"""Turn a picture of a dashboard into PNG, which chats show; with a browser or with CairoSVG."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import tempfile
from math import ceil
from pathlib import Path
from typing import Final

from ..exceptions import RendererError

BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""Programs that can draw a picture without a window, in order of preference."""

_TIMEOUT_S: Final = 60
_VIEW_BOX: Final = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


def find_browser() -> str | None:
    """Return the path of a browser that is installed."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def write_png(svg: str, file: Path) -> None:
    """Write a picture as PNG.

    Args:
        svg: The picture as SVG.
        file: The file to write.

    Raises:
        RendererError: If no program can draw it.
        OSError: If the file cannot be written.
    """
    browser = find_browser()
    if browser is not None:
        _with_browser(browser, svg, file)
        return
    try:
        cairosvg = importlib.import_module("cairosvg")
    except ImportError:
        raise RendererError(
            "--png needs Chromium or Chrome on PATH, or the package cairosvg; --svg needs neither"
        ) from None
    file.write_bytes(cairosvg.svg2png(bytestring=svg.encode(), scale=2))


def picture_pixels(svg: str) -> tuple[int, int]:
    """Return the width and the height of an SVG in pixels."""
    match = _VIEW_BOX.search(svg)
    if match is None:
        return 1200, 800
    return ceil(float(match[1])), ceil(float(match[2]))


def _with_browser(browser: str, svg: str, file: Path) -> None:
    width, height = picture_pixels(svg)
    with tempfile.TemporaryDirectory(prefix="logging-kit-") as name:
        folder = Path(name)
        page, shot = folder / "picture.html", folder / "picture.png"
        body = f'<meta charset="utf-8"><body style="margin:0;background:#1e1e1e">{svg}</body>'
        page.write_text(body, "utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--force-device-scale-factor=1",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},{height}",
            f"--screenshot={shot}",
            page.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # its sandbox does not start for root
        try:
            ended = subprocess.run(  # noqa: S603 - the browser that was found, and our own files
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RendererError(f"{browser} did not draw the picture: {error}") from None
        if not shot.exists():
            last = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise RendererError(f"{browser} did not draw the picture: {' '.join(last)}")
        shutil.copyfile(shot, file)
