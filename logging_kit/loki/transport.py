"""Transport of request bodies over HTTP, behind a small protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Timeout(NamedTuple):
    """Time limits of one request, in seconds.

    Attributes:
        connect_s: Time to connect.
        read_s: Longest silence of the server.
        total_s: Time for the whole exchange; a server that sends a byte each second ends here.
    """

    connect_s: float = 2.0
    read_s: float = 10.0
    total_s: float = 30.0


class Answer(Protocol):
    """Parts of an answer that the sender reads."""

    @property
    def status(self) -> int:
        """Status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, whatever the case of their names."""
        ...

    @property
    def text(self) -> str:
        """Beginning of the body."""
        ...


class Response(NamedTuple):
    """The answer of a server.

    Attributes:
        status: Status code.
        headers: Headers, whatever the case of their names.
        text: Beginning of the body.
    """

    status: int
    headers: Mapping[str, str]
    text: str


class Transport(Protocol):
    """A connection to one URL; `logging_kit.testing.FakeTransport` is one for tests."""

    def send(self, body: bytes, headers: Mapping[str, str], timeout: Timeout) -> Answer:
        """Post a body.

        Args:
            body: The body as it goes over the wire.
            headers: Headers of this request.
            timeout: Time limits.

        Raises:
            TransportError: If there is no whole answer.
        """
        ...

    def close(self) -> None:
        """Close the connections; the next `send` opens new ones."""
        ...
