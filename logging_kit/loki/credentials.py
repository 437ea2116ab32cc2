"""Headers of each request: who sends it, and for which tenant."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Final

from .._version import __version__
from ..exceptions import TransportError
from ..masking import register_secret
from .options import SenderOptions

_USER_AGENT: Final = f"logging-kit/{__version__}"


class RequestHeaders:
    """The headers of a sender's requests.

    Args:
        options: Options of the sender.
    """

    def __init__(self, options: SenderOptions) -> None:
        self._token_file = options.token_file
        self._token = options.token
        self._seen: tuple[int, int, int] | None = None
        self._fixed = {"User-Agent": _USER_AGENT}
        if options.tenant:
            self._fixed["X-Scope-OrgID"] = options.tenant
        if options.username:
            pair = f"{options.username}:{options.password}".encode()
            self._fixed["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self._extra = dict(options.headers)

    def build(self, content: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of one request.

        Args:
            content: Headers that describe the body.

        Raises:
            TransportError: If the file with the token cannot be read.
        """
        headers = {**self._fixed, **content}
        if self._token_file:
            self._read_token()
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        headers.update(self._extra)
        return headers

    def _read_token(self) -> None:
        """Read the token again if its file has changed."""
        try:
            status = os.stat(self._token_file)  # noqa: PTH116 - a path of any kind
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen == self._seen:
                return
            with open(self._token_file, encoding="utf-8") as file:  # noqa: PTH123
                token = file.read().strip()
        except (OSError, ValueError) as error:
            if self._token:
                return  # the file is being replaced: the old token may still hold
            kind = type(error).__name__
            raise TransportError(f"the file with the token cannot be read: {kind}") from None
        register_secret(token, "token")
        self._token, self._seen = token, seen
