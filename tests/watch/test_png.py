"""Pictures as PNG."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from logging_kit.watch import png

pytestmark = pytest.mark.slow

SVG = '<svg viewBox="0 0 300.5 120" xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def program(folder: Path, text: str) -> None:
    file = folder / "chromium"
    file.write_text(f"#!{sys.executable}\n{text}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(png.find_browser() is None, reason="no browser is installed")
def test_a_browser_draws_the_picture(tmp_path: Path) -> None:
    png.write_png(SVG, tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    assert data.startswith(SIGNATURE)
    assert int.from_bytes(data[16:20], "big") == 301


def test_the_browser_is_told_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path,
        "import sys, pathlib\n"
        "shot = next(a for a in sys.argv if a.startswith('--screenshot=')).partition('=')[2]\n"
        "pathlib.Path(shot).write_text(' '.join(sys.argv))\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    png.write_png(SVG, tmp_path / "x.png")
    assert "--window-size=301,120" in (tmp_path / "x.png").read_text()
    assert ("--no-sandbox" in (tmp_path / "x.png").read_text()) == (os.geteuid() == 0)


def test_a_browser_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "import sys; sys.exit('no display')\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(png.RendererError, match="no display"):
        png.write_png(SVG, tmp_path / "x.png")
    program(tmp_path, "")
    (tmp_path / "chromium").write_text("#!/nonexistent/interpreter\n")
    with pytest.raises(png.RendererError, match="did not draw"):
        png.write_png(SVG, tmp_path / "x.png")


def test_without_a_browser_cairosvg_draws_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png, "BROWSERS", ("none-of-this-name",))
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    with pytest.raises(png.RendererError, match="cairosvg"):
        png.write_png(SVG, tmp_path / "x.png")
    drawn = SimpleNamespace(svg2png=lambda bytestring, scale: SIGNATURE + bytestring[:4])
    monkeypatch.setitem(sys.modules, "cairosvg", drawn)
    png.write_png(SVG, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes() == SIGNATURE + b"<svg"


def test_a_picture_without_a_size_has_a_usual_one() -> None:
    assert png.picture_pixels("<svg/>") == (1200, 800)
