"""The sinks of this process: standard output, and those that `setup(sinks=[…])` names."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Final

import orjson

from ..console import Renderer, use_colour
from ..events.catalogue import CATALOGUE
from ..events.model import LEVELS, level_name
from ..exceptions import SettingsError
from ..settings import Settings
from ..store.sinks.base import Sink, SinkOptions
from ..store.sinks.feed import Accepts
from ..store.sinks.stdout import Stdout

Chosen = tuple[Sink, Accepts | None]
"""A sink and its filter."""

_METHODS: Final = ("start", "write", "flush", "close", "after_fork_in_child", "counters")


def with_filters(sinks: Iterable[Sink | SinkOptions]) -> tuple[Chosen, ...]:
    """Check sinks that were given to `setup`, and build their filters.

    Raises:
        SettingsError: When one is no sink, has the name of another, or asks for a level or event
            that does not exist.
    """
    chosen: list[Chosen] = []
    names = {Stdout.name}
    for given in sinks:
        if isinstance(given, SinkOptions):
            options = given
        else:
            options = SinkOptions(given)
        sink = options.sink
        missing = [name for name in _METHODS if not callable(getattr(sink, name, None))]
        if missing or isinstance(sink, type):
            what = f"{type(sink).__name__} is no sink"
            raise SettingsError(f"{what}: it lacks {', '.join(missing) or 'an instance'}")
        name = getattr(sink, "name", None)
        if not isinstance(name, str) or not name or name in names:
            raise SettingsError(f"{name!r} cannot be the name of a sink, or another sink has it")
        names.add(name)
        chosen.append((sink, _filter_of(options)))
    return tuple(chosen)


def standard_output(settings: Settings) -> tuple[Chosen, ...]:
    """Make the sink for standard output, unless it is off."""
    if settings.stdout == "off":
        return ()
    accepts = None
    if settings.stdout_level != "DEBUG":
        accepts = _at_least(settings.stdout_level, frozenset())
    return ((Stdout(settings.stdout, render_lines), accepts),)


def shows_lines(settings: Settings) -> bool:
    """Return True if people see the lines on the terminal to which standard error leads too."""
    if settings.stdout not in ("auto", "console"):
        return False
    try:
        return bool(sys.stdout.isatty() and sys.stderr.isatty())
    except (AttributeError, ValueError, OSError):  # closed, or replaced by another object
        return False


def render_lines(lines: bytes, stream: Any) -> str:
    """Render whole lines for people, with colours when the stream shows them."""
    render = Renderer(use_colour(stream))
    return "".join(f"{render(line)}\n" for line in lines.split(b"\n")[:-1])


def _filter_of(options: SinkOptions) -> Accepts | None:
    if isinstance(options.events, str):
        raise SettingsError(f"events={options.events!r} must be a tuple of names")
    events = frozenset(str(name).upper() for name in options.events)
    unknown = sorted(events - CATALOGUE.keys())
    if unknown:
        raise SettingsError(f"{unknown[0]!r} is not an event; there are {', '.join(CATALOGUE)}")
    if not options.level and not events:
        return None
    text = str(options.level or "debug").strip().lower()
    if text not in LEVELS and level_name(text) == "info":
        raise SettingsError(f"{options.level!r} is not a level; there are {', '.join(LEVELS)}")
    return _at_least(text, events)


def _at_least(level: str, events: frozenset[str]) -> Accepts:
    lowest = LEVELS[level_name(level)]

    def accepts(line: bytes) -> bool:
        record = orjson.loads(line)
        level = LEVELS.get(record.get("level"), 0)
        return level >= lowest and (not events or record.get("event") in events)

    return accepts
