"""The shipper as a thread of the bot."""

from __future__ import annotations

import os

import pytest

import logging_kit
from logging_kit.exceptions import SettingsError
from logging_kit.loki.options import SenderOptions
from logging_kit.loki.plugin import ShipperPlugin
from tests.support.loki.shipping import MemoryLoki, Segments, shipper
from tests.support.push_server import PushServer, answer


def texts(server: PushServer) -> list[str]:
    return [line for request in server.requests if "push" in request.path for line in request.lines]


@pytest.mark.parametrize("how", ["flush", "shutdown"])
def test_the_lines_of_a_bot_arrive(start, lines, how):
    with PushServer() as server:
        log = start(loki_url=server.url)
        for number in range(20):
            log.info("line", number=number)
        if how == "flush":
            assert logging_kit.flush(30)
            assert len(texts(server)) == 21
            assert logging_kit.stats()["plugins"]["loki"]["shipped"] == 21
        logging_kit.shutdown()
        assert len(texts(server)) == len(set(texts(server))) == 22


def test_without_a_server_the_bot_goes_on_and_the_next_start_ships(start, log_dir):
    with PushServer() as server:
        url = server.url
    log = start(loki_url=url)
    log.info("while it is away")
    logging_kit.flush(0.5)
    logging_kit.shutdown()
    with PushServer(otherwise=answer(204)) as server:
        start(loki_url=server.url)
        assert logging_kit.flush(30)
        logging_kit.shutdown()
        assert sum("while it is away" in text for text in texts(server)) == 1


def test_a_second_setup_with_other_settings_goes_on(start):
    with PushServer() as first, PushServer() as second:
        start(loki_url=first.url).info("one")
        assert logging_kit.flush(30)
        start(loki_url=second.url).info("two")
        logging_kit.shutdown()
        assert any("one" in text for text in texts(first))
        assert any("two" in text for text in texts(second))


def test_a_forked_child_logs_and_its_parent_ships(start):
    with PushServer() as server:
        log = start(loki_url=server.url)
        log.info("parent")
        assert logging_kit.flush(30)
        pid = os.fork()
        if pid == 0:
            log.info("child")
            logging_kit.flush(1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        logging_kit.shutdown()
        assert sum("child" in text for text in texts(server)) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"loki_url": "loki:3100"},
        {"loki_url": "http://"},
        {"loki_url": "http://x:0"},
        {"loki_url": "http://x", "loki_password_file": "/nowhere"},
        {"loki_proxy": "proxy:3128"},
    ],
)
def test_impossible_settings_are_refused(start, settings):
    with pytest.raises(SettingsError):
        start(**settings)


def test_credentials_come_from_files(start, tmp_path):
    password, token = os.urandom(8).hex(), os.urandom(8).hex()
    (tmp_path / "password").write_text(f"{password}\n")
    (tmp_path / "token").write_text(f"{token}\n")
    with PushServer() as server:
        start(
            loki_url=server.url,
            loki_tenant="bots",
            loki_username="me",
            loki_password_file=tmp_path / "password",
            loki_cloud=True,
        )
        logging_kit.shutdown()
        start(loki_url=server.url, loki_token_file=tmp_path / "token")
        logging_kit.shutdown()
        headers = [request.headers for request in server.requests]
    assert headers[0]["x-scope-orgid"] == "bots"
    assert headers[0]["authorization"].startswith("Basic ")
    assert headers[-1]["authorization"] == f"Bearer {token}"


def test_a_plug_in_that_was_not_started_has_nothing_to_do():
    idle = ShipperPlugin(SenderOptions(url="http://127.0.0.1:9"))
    idle.after_fork_in_child()
    assert idle.flush(0)
    assert idle.counters() == {}
    idle.close(0)


def test_a_forked_child_ships_once_its_parent_has_ended(log_dir):
    """The shipper of the parent, as a child finds it: made, and with no thread."""
    segments, server = Segments(log_dir), MemoryLoki()
    segments.write(3)
    plugin = ShipperPlugin(SenderOptions(url="http://127.0.0.1:9"))
    plugin._shipper = shipper(log_dir, server)
    plugin.after_fork_in_child()
    assert plugin.flush(30)
    plugin.close(30)
    assert server.texts == segments.written
    assert plugin.counters()["shipped"] == 3
