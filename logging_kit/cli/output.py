"""Standard output and standard error of the commands.

Any encoding, closed pipes, full disks, hostile text.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from ..escaping import escape_json, escape_rows

_LOOK_ALIKES: Final = str.maketrans(
    dict.fromkeys("–—─━╌╍┄┅╴╶╸╺", "-")
    | dict.fromkeys("│┃║╎╏▏▎", "|")
    | dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰┏┓┗┛┡┩╇╈╋┠┨┯┷┿╞╡╪═", "+")
    | dict.fromkeys("█▉▊▋▌▍▓", "#")
    | dict.fromkeys("▒░", ":")
    | dict.fromkeys("·•∙⋅", "*")
    | {"…": "~", "▲": "^", "▼": "v", "●": "*", "→": ">", "←": "<", "↑": "^", "↓": "v"}
    | {"≥": ">", "≤": "<", "✘": "x", "✔": "v", "‖": "=", "×": "x", "µ": "u", "Δ": "d"}
    | {"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u2009": " ", "−": "-"}
)
_WRITING_FAILED: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)


def _look_alikes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace characters that an encoding lacks by similar ones, or by their number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end].translate(_LOOK_ALIKES)
    plain = "".join(_dots(char) for char in wanted)
    return plain.encode(error.encoding, "backslashreplace"), error.end


def _dots(char: str) -> str:
    braille = "\u2800" <= char <= "\u28ff"
    if braille:
        return "."
    return char


codecs.register_error("logging_kit.look_alikes", _look_alikes)


def prepare_streams() -> None:
    """Let standard output and error take every character, and standard input every byte."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "logging_kit.look_alikes"),
        (sys.stderr, "logging_kit.look_alikes"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(ValueError, OSError, io.UnsupportedOperation):
                stream.reconfigure(errors=errors)


@contextmanager
def guarded_output() -> Iterator[None]:
    """End the command quietly at a closed pipe, and with a sentence on a full disk.

    Raises:
        SystemExit: With 0 after a closed pipe, with 1 if the output cannot be written.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        raise SystemExit(0) from None
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # DuckDB's word for Ctrl-C
            raise
        raise KeyboardInterrupt from None
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        _discard_output()  # rich ends the program with 1 by itself
        raise SystemExit(0) from None
    except OSError as error:
        if error.filename is not None or error.errno not in _WRITING_FAILED:
            raise
        _discard_output()
        with suppress(OSError):
            echo(f"Cannot write the output: {error.strerror}.", err=True)
        raise SystemExit(1) from None


def _discard_output() -> None:
    """Point standard output to nowhere, so that the interpreter's last flush does not fail."""
    with suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write text for a person; characters that a terminal would obey become visible."""
    # not by typer.echo, which writes UTF-8 to a terminal that says it is ASCII
    if err:
        stream = sys.stderr
    else:
        stream = sys.stdout
    stream.write(escape_rows(text) + ("\n" if nl else ""))
    stream.flush()


def echo_json(text: str) -> None:
    """Write JSON for a program; it is harmless on a terminal too."""
    sys.stdout.write(escape_json(for_encoding(text)) + "\n")


def for_encoding(text: str) -> str:
    """Return JSON in ASCII if standard output is not in UTF-8."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if text.isascii() or encoding.lower().replace("-", "").replace("_", "") == "utf8":
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2] for at in range(0, len(units), 2))
    return "".join(_ascii_unit(pair) for pair in pairs)


def _ascii_unit(pair: bytes) -> str:
    number = int.from_bytes(pair, "big")
    if number < 128:
        return chr(number)
    return f"\\u{number:04x}"


def console(**options: Any) -> Any:
    """Return a rich console on standard output that leaves a closed pipe to `guarded_output`."""
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, "the reader closed the pipe")

    return _Console(**options)
