"""The program in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Request, WebSocket, sync_playwright

from tests.support.servers.process import free_port, wait_for

pytestmark = pytest.mark.slow

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture
def address(story: Path, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "logging_kit",
        "watch",
        str(story),
        "--app",
        "story",
        "--range",
        "2d",
        "--web",
        "--port",
        str(port),
    ]
    with (tmp_path / "web.out").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=tmp_path)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(
            lambda: _answers(url), 30, f"an answer; it said {(tmp_path / 'web.out').read_text()}"
        )
        yield url
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture
def token(address: str, tmp_path: Path) -> str:
    """Return the token of the address that the program printed."""
    printed = (tmp_path / "web.out").read_text()
    return re.search(rf"{address}/\?token=([\w-]+)", printed)[1]  # type: ignore[index]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 403
    except httpx.TransportError:
        return False


def test_a_browser_shows_the_dashboards_and_takes_keys(
    address: str, token: str, tmp_path: Path
) -> None:
    program = shutil.which("chromium")
    assert program is not None, "apt-get install chromium"
    received: list[str] = []
    elsewhere: list[str | None] = []

    def listen(socket: WebSocket) -> None:
        socket.on(
            "framereceived",
            lambda data: received.append(
                data if isinstance(data, str) else data.decode(errors="replace")
            ),
        )

    def failed(request: Request) -> None:
        if not request.url.startswith(address):
            elsewhere.append(request.failure)

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=_FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("websocket", listen)
        page.on("requestfailed", failed)
        page.goto(f"{address}/?token={token}")

        def wait_for_text(text: str) -> None:
            for _ in range(300):
                if text in "".join(received):
                    return
                page.wait_for_timeout(50)
            raise AssertionError(f"{text!r} did not come in {len(received)} frames")

        wait_for_text("Win rate")
        wait_for_text("40.0 %")
        page.locator(".xterm").first.wait_for(state="visible")
        page.locator(".xterm-helper-textarea").focus()
        received.clear()
        page.keyboard.press("2")
        wait_for_text("Average confidence")
        wait_for_text("55.8 %")
        page.wait_for_timeout(200)
        picture = page.screenshot(path=tmp_path / "page.png")
        browser.close()
    assert len(picture) > 20_000  # an empty page is a few kB
    assert set(elsewhere) == {"csp"}  # the font that textual-serve would fetch


@pytest.mark.parametrize("path", ["/", "/ws"])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
        ("Host", "evil.example:8000", 403),
        ("Origin", "{own}", None),
    ],
)
def test_other_pages_cannot_read_it(
    address: str, token: str, path: str, header: str, value: str, status: int | None
) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "A" * 22 + "==",
    }
    cookie = {"Cookie": f"logging-kit-{address.rpartition(':')[2]}={token}"}
    headers = {**(upgrade if path == "/ws" else {}), header: value.format(own=address), **cookie}
    with httpx.stream("GET", f"{address}{path}", headers=headers, trust_env=False) as answer:
        assert answer.status_code == (status or (101 if path == "/ws" else 200))


@pytest.mark.parametrize(
    "path", ["/", "/ws", "/static/js/textual.js", "/?token=guess", "/ws?token="]
)
def test_another_user_of_the_machine_gets_nothing(address: str, token: str, path: str) -> None:
    answer = httpx.get(f"{address}{path}", trust_env=False)
    assert answer.status_code == 403
    assert token not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_token_is_exchanged_for_a_cookie(address: str, token: str) -> None:
    with httpx.Client(trust_env=False) as client:
        first = client.get(f"{address}/?token={token}")
        assert (first.status_code, first.headers["location"]) == (303, "/")
        assert "HttpOnly" in first.headers["set-cookie"]
        assert "SameSite=Strict" in first.headers["set-cookie"]
        assert client.get(f"{address}/").status_code == 200
