"""The words of the query language: `SIGNAL`, `TRADE` and the other events, and `LINES`.

The constants of the events are generated from the catalogue; `EventLines("FUNDING")` names the
lines of a bot's own event.
"""

from __future__ import annotations

from typing import Final

from logging_kit.panels.query import _event_lines
from logging_kit.panels.query._event_lines import *  # noqa: F403
from logging_kit.panels.query.lines import EventLines, FieldRef, Op, Test, Where, loki_location

__all__ = [
    "KEY_SHAPED",
    "UNPARSEABLE",
    "EventLines",
    "FieldRef",
    "Op",
    "Test",
    "Where",
    "loki_location",
]
__all__ += _event_lines.__all__

UNPARSEABLE: Final = Where(None, (Test("__error__", "==", "JSONParserErr"),))
"""The lines that are not JSON: `count(LINES, where=UNPARSEABLE)`.

They have no bot, so no bot filter applies.
"""

KEY_SHAPED: Final = Where(
    None,
    (
        Test(
            "__line__",
            "==",
            r"""(?i)\\*["'][a-z0-9_-]*(?:secret|password|passphrase|private_?key|api_?key"""
            r"""|access_?token)\\*["']\s*:\s*\\*["'][^"'*\\]{8,}\\*["']"""
            r"|(?:secret|password|passphrase|private_?key|api_?key|access_?token)=[\w+/.-]{16,}"
            r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
            r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
            r"|/api/webhooks/[0-9]{10,}/[\w-]{20,}|\b[0-9]{8,10}:[\w-]{35}\b",
        ),
    ),
)
"""The lines with a text that looks like a key and should have been masked: `count(LINES,
where=KEY_SHAPED)`.

For Loki only: a regular expression of RE2 on the whole line.
"""
