"""Reports in chats and mails, sent to servers on this machine."""

from __future__ import annotations

import json
import secrets
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from logging_kit.exceptions import SettingsError
from logging_kit.report.post import (
    CHANNELS,
    LIMITS,
    Address,
    Channel,
    PostError,
    fit,
    length,
    post,
    read_address,
)

TREE = {"lines": 3}
PARTS = ["Heading", *(f"SECTION {n}\n" + "x" * 120 for n in range(60))]


class Chat(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers with the status that the path ends with."""

    received: list[tuple[str, dict[str, Any], Mapping[str, str]]]

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body), dict(self.headers)))  # type: ignore[attr-defined]
        last = self.path.rpartition("/")[2]
        status = int(last) if last.isdecimal() else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def chat() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Chat) as server:
        server.daemon_threads = False
        server.received = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def base(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def sent(server: ThreadingHTTPServer) -> tuple[str, dict[str, Any], Mapping[str, str]]:
    (found,) = server.received  # type: ignore[attr-defined]
    return found  # type: ignore[no-any-return]


def test_discord_gets_a_block_within_its_limit_and_calls_no_one(
    chat: ThreadingHTTPServer,
) -> None:
    parts = ["Heading ``` @everyone", *PARTS]
    post(Address("discord", {"url": f"{base(chat)}/hook"}), "t", parts, TREE)
    path, body, _ = sent(chat)
    assert path == "/hook"
    assert length(body["content"]) <= LIMITS["discord"]
    assert body["content"].startswith("```\nHeading ''' @everyone")
    assert body["content"].count("```") == 2
    assert body["allowed_mentions"] == {"parse": []}
    assert "did not fit" in body["content"]


def test_slack_gets_no_mention_and_no_link(chat: ThreadingHTTPServer) -> None:
    post(Address("slack", {"url": f"{base(chat)}/x"}), "t", ["<!channel> a & b", *PARTS], TREE)
    _, body, _ = sent(chat)
    assert "&lt;!channel&gt; a &amp; b" in body["text"]
    assert length(body["text"]) <= LIMITS["slack"]


def test_telegram_gets_plain_text(chat: ThreadingHTTPServer) -> None:
    values = {"token": "1:x", "chat_id": "-100", "api": base(chat)}
    post(Address("telegram", values), "t", ["🙂" * 3_000], TREE)
    path, body, _ = sent(chat)
    assert path == "/bot1:x/sendMessage"
    assert body["chat_id"] == "-100"
    assert length(body["text"]) <= LIMITS["telegram"]
    assert "parse_mode" not in body


def test_a_webhook_gets_the_report_for_programs_too(chat: ThreadingHTTPServer) -> None:
    token = secrets.token_hex(8)
    values = {"url": f"{base(chat)}/x", "token": token}
    post(Address("webhook", values), "Report of today", ["Heading", "Rest"], TREE)
    _, body, headers = sent(chat)
    assert body == {"title": "Report of today", "text": "Heading\nRest", "report": TREE}
    assert headers["Authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
def test_a_refusal_is_named_without_the_address(chat: ThreadingHTTPServer, status: int) -> None:
    hidden = secrets.token_hex(8)
    with pytest.raises(PostError, match=f"HTTP {status}") as caught:
        post(Address("discord", {"url": f"{base(chat)}/{hidden}/{status}"}), "t", ["x"], TREE)
    assert hidden not in str(caught.value)
    assert len(chat.received) == 1  # type: ignore[attr-defined]


def test_a_server_that_is_not_there_is_named_without_the_address() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Chat) as server:
        url = f"{base(server)}/{(hidden := secrets.token_hex(8))}"
    with pytest.raises(PostError, match="slack cannot be reached") as caught:
        post(Address("slack", {"url": url}), "t", ["x"], TREE)
    assert hidden not in str(caught.value)


class Mail(socketserver.StreamRequestHandler):
    """A mail server of a few commands."""

    def handle(self) -> None:
        """Take one mail."""
        self.wfile.write(b"220 here\r\n")
        data = False
        lines: list[str] = []
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            command = line[:4].upper()
            if data and line == ".":
                data = False
                self.wfile.write(b"250 taken\r\n")
            elif data:
                lines.append(line)
            elif command == "DATA":
                data = True
                self.wfile.write(b"354 go on\r\n")
            elif command == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                break
            else:
                self.wfile.write(self.server.answer)  # type: ignore[attr-defined]
        self.server.mail = lines  # type: ignore[attr-defined]


@contextmanager
def mail_server(answer: bytes) -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Mail) as server:
        server.answer = answer  # type: ignore[attr-defined]
        server.mail = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield server
        thread.join()


def test_a_mail_has_a_subject_and_the_text() -> None:
    with mail_server(b"250 ok\r\n") as server:
        values = {
            "server": f"127.0.0.1:{server.server_address[1]}",
            "from": "bot@example.org",
            "to": "me@example.org",
            "security": "none",
        }
        post(Address("email", values), "Report of today", ["Heading: +1.00"], TREE)
    assert "Subject: Report of today" in server.mail
    assert "To: me@example.org" in server.mail


def test_a_mail_server_that_refuses_is_named() -> None:
    with mail_server(b"550 no\r\n") as server:
        values = {
            "server": f"127.0.0.1:{server.server_address[1]}",
            "from": "bot@example.org",
            "to": "me@example.org",
            "security": "none",
        }
        with pytest.raises(PostError, match="did not accept"):
            post(Address("email", values), "t", ["x"], TREE)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"server": "mail.example.org:25", "security": "none"}, "on this machine only"),
        ({"server": "mail.example.org", "security": "maybe"}, "starttls, tls or none"),
        ({"server": "127.0.0.1:1"}, "did not accept"),
        ({"server": "127.0.0.1:1", "security": "tls"}, "did not accept"),
    ],
)
def test_mail_is_never_sent_in_the_clear_over_a_network(values: dict[str, str], said: str) -> None:
    with pytest.raises(PostError, match=said):
        post(Address("email", {"from": "a@b", "to": "c@d", **values}), "t", ["x"], TREE)


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "address"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("channel", ["discord", "slack", "webhook"])
def test_the_address_alone_is_enough(tmp_path: Path, channel: Channel) -> None:
    file = write(tmp_path, "https://chat.example.org/hook?thread_id=1\n")
    assert read_address(channel, file).values == {
        "url": "https://chat.example.org/hook?thread_id=1"
    }


def test_a_file_may_hold_several_channels(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '[telegram]\ntoken = "1:x"\nchat_id = -5\n[webhook]\nurl = "https://example.org"\n',
    )
    assert read_address("telegram", file).values == {"token": "1:x", "chat_id": "-5"}
    assert read_address("webhook", file).values == {"url": "https://example.org"}


@pytest.mark.parametrize(
    ("channel", "text", "said"),
    [
        ("discord", 'url = "ftp://example.org"', "begins with https://"),
        ("discord", "file:///etc/passwd", "begins with https://"),
        ("telegram", 'token = "1:x"', "needs chat_id for telegram"),
        ("telegram", 'token = "1:x"\nchat = 5', "no key 'chat'"),
        ("email", "", "needs server and from and to"),
        ("email", "server = ", "is not TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused(
    tmp_path: Path, channel: Channel, text: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        read_address(channel, write(tmp_path, text))


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="chmod 600"):
        read_address("slack", write(tmp_path, "https://example.org", 0o640))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_address("slack", tmp_path / "none")


@pytest.mark.parametrize("limit", [40, 100, 2_000])
@pytest.mark.parametrize("parts", [PARTS, ["🙂" * 500], ["a", "b"], ["x" * 5_000, "y"]])
def test_a_message_is_cut_between_sections(parts: list[str], limit: int) -> None:
    found = fit(parts, limit)
    assert length(found) <= limit
    assert ("did not fit" in found) == (length("\n".join(parts)) > limit)
    assert set(LIMITS) == set(CHANNELS)
