"""websockets: WS for each connection of its asyncio and threading clients."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any, Final

from ..runtime.logger import BotLogger
from .common import Replacements, logger_of, remember, safely, undo
from .connections import Stream, Streams

_watchers: Final[set[asyncio.Task[None]]] = set()
"""The tasks that wait for the end of a connection; the event loop keeps no reference to them."""


def attach(log: BotLogger | None = None, *, exchange: str | None = None) -> None:
    """Write WS when a client of websockets connects, breaks, or fails to connect.

    It applies to every connection that is opened afterwards: `async with connect(…)`, `async for`,
    `await connect(…)`, and `websockets.sync.client.connect`. A second call changes nothing but the
    options.

    Args:
        log: The logger.
        exchange: ccxt's id of the exchange that the streams belong to.

    Example:
        >>> attach(exchange="binance")
        >>> async for ws in websockets.connect("wss://stream.example.com/ws"): ...
    """
    detach()
    from websockets.asyncio.client import connect
    from websockets.sync.client import ClientConnection

    streams = Streams(logger_of(log, "websockets"), exchange)
    _replace_await(connect, streams)
    _replace_thread(ClientConnection, streams)


def detach() -> None:
    """Undo `attach`; connections that are open write their end."""
    from websockets.asyncio.client import connect
    from websockets.sync.client import ClientConnection

    undo(connect)
    undo(ClientConnection)


def _replace_await(connect: Any, streams: Streams) -> None:
    """Note the connections of asyncio: all ways to open one end in `__await__`."""
    replacements = Replacements(connect)
    original = connect.__await__

    def opened(self: Any) -> Generator[Any, Any, Any]:
        try:
            connection = yield from original(self)
        except Exception as error:
            safely("websockets", _note_failure, self.uri, streams, error)
            raise
        safely("websockets", _watch, connection, self.uri, streams)
        return connection

    replacements.replace("__await__", opened)
    remember(connect, replacements)


def _note_failure(uri: str, streams: Streams, error: Exception) -> None:
    stream = streams.take(uri)
    stream.reconnecting(error)
    streams.give_back(uri, stream)


def _watch(connection: Any, uri: str, streams: Streams) -> None:
    stream = streams.take(uri)
    stream.connected()
    task = asyncio.get_running_loop().create_task(_note_end(connection, uri, stream, streams))
    _watchers.add(task)
    task.add_done_callback(_watchers.discard)


async def _note_end(connection: Any, uri: str, stream: Stream, streams: Streams) -> None:
    try:
        await connection.wait_closed()
    finally:  # the loop may end first
        safely("websockets", stream.disconnected, connection.close_code, connection.close_reason)
        streams.give_back(uri, stream)


class _Connection:
    """The stream of one connection of the threading client, and True once its thread has ended."""

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self.has_ended = False


def _replace_thread(kind: Any, streams: Streams) -> None:
    """Note the connections of threads: the handshake opens one, the end of its thread closes it."""
    replacements = Replacements(kind)
    handshake, recv_events = kind.handshake, kind.recv_events

    def shake_hands(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            result = handshake(self, *args, **kwargs)
        except Exception as error:
            safely("websockets", _note_failure, _path_of(self), streams, error)
            raise
        noted = _noted(self)
        stream = noted.stream = streams.take(_path_of(self))
        safely("websockets", stream.connected)
        if noted.has_ended:  # the server has closed it at once
            safely("websockets", _end, self, stream, streams)
        return result

    def receive(self: Any) -> None:
        try:
            recv_events(self)
        finally:
            noted = _noted(self)
            noted.has_ended = True
            if noted.stream is not None and noted.stream.is_open:
                safely("websockets", _end, self, noted.stream, streams)

    replacements.replace("handshake", shake_hands)
    replacements.replace("recv_events", receive)
    remember(kind, replacements)


def _noted(connection: Any) -> _Connection:
    """Return the notes of a connection; either of its threads may ask first."""
    noted: _Connection = vars(connection).setdefault("_logging_kit", _Connection())
    return noted


def _end(connection: Any, stream: Stream, streams: Streams) -> None:
    stream.disconnected(connection.close_code, connection.close_reason)
    streams.give_back(_path_of(connection), stream)


def _path_of(connection: Any) -> str:
    return str(connection.protocol.uri.path)
