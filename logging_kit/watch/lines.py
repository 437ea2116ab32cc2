"""Lines of the log as panels show them: as words with their colours, or as cells of a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from rich.text import Text

from logging_kit.console import render
from logging_kit.escaping import escape
from logging_kit.line import is_number
from logging_kit.panels.panel import Logs, Panel, Records
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.fields import EventLines
from logging_kit.panels.query.nodes import Rows, parts
from logging_kit.time_zones import local_zone
from logging_kit.watch import format as figures
from logging_kit.watch.answers import Answer, fields


def log_lines(panel: Logs, answer: Answer, style: Presentation) -> list[Text]:
    """Return the lines of a panel of lines; those of a trace with the time since the one before."""
    found = []
    before: int | None = None
    for line in answer.lines:
        passed = ""
        if panel.oldest_first:
            passed = _passed(line.time_us, before)
            before = line.time_us
        found.append(line_text(panel, line.time_us, line.text, style, passed))
    return found


def _passed(time_us: int, before: int | None) -> str:
    """Return the time between two lines, as wide in each line."""
    if before is None:
        return " " * 9
    seconds = (time_us - before) / 1e6
    if seconds < 10:
        text = f"+{seconds:.3f}s"
    elif seconds < 100:
        text = f"+{seconds:.1f}s"
    else:
        text = f"+{figures.format_duration(seconds)}"
    return f"{text:>8} "


def line_text(panel: Panel, time_us: int, text: str, style: Presentation, passed: str = "") -> Text:
    """Return one line of a panel of lines: its time and its words, in the colour of its level.

    Args:
        panel: The panel.
        time_us: Time of the line, in microseconds since 1970-01-01 UTC.
        text: The line.
        style: Language and colours.
        passed: Text between the time and the words.
    """
    query = panel.targets[0].query
    assert isinstance(query, Rows)
    if not query.show:
        shown = Text.from_ansi(render(text.encode(), True).partition("\n")[0])
    else:
        known = fields(text)
        shown = Text.assemble((f"{clock(time_us // 1000)} ", "dim"), (passed, "dim"))
        shown.append_text(_words(known, query.show, style))
    shown.no_wrap, shown.overflow = False, "fold"
    return shown


def _words(known: Mapping[str, Any], show: tuple[str, ...], style: Presentation) -> Text:
    """Return the words of a line without those whose field is missing."""
    colour = _LEVELS.get(str(known.get("level", "")), "")
    if known.get("state") == "cleared":
        colour = figures.HEX["green"]  # the rule no longer applies, whatever the level was
    found = Text()
    for word in show:
        before, field, after = parts(word)
        value = known.get(field)
        if value in (None, ""):
            continue
        text, own = _word(field, value, style)
        if found:
            found.append(" ")
        found.append(escape(before), colour)
        found.append(text, own or colour)
        found.append(escape(after), colour)
    return found


def _word(field: str, value: object, style: Presentation) -> tuple[str, str]:
    """Return the text of a value within a line, and its own colour, which may be empty."""
    amount = _amount(value)
    if field in figures.PROFIT_FIELDS and amount is not None:
        return f"{amount:+,.2f}", figures.profit_colour(amount, style)
    if isinstance(value, str):
        return escape(value), figures.colour_of_label(field, value, style)
    return escape(orjson.dumps(value).decode()), figures.colour_of_label(field, str(value), style)


def _amount(value: object) -> float | None:
    """Return a number, which may be text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    if is_number(text):
        return float(text)
    return None


_LEVELS: Final = {
    "debug": "dim",
    "warning": figures.HEX["orange"],
    "error": figures.HEX["red"],
    "critical": figures.HEX["purple"],
}


def clock(ms: float) -> str:
    """Format a time in the time zone of this machine, with its date if that is not today."""
    zone = local_zone()
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    if moment.date() == datetime.now(UTC).astimezone(zone).date():
        return f"{moment:%H:%M:%S}"
    return f"{moment:%m-%d %H:%M:%S}"


def headings(panel: Records, style: Presentation) -> list[Text]:
    """Return the headings of a panel's columns, those of numbers on the right."""
    query = panel.targets[0].query
    assert isinstance(query, Rows)
    known = EventLines(query.event).fields
    found = [Text(style.word("time"))]
    for field, heading in panel.columns:
        shown = Text(style.translate(heading))
        if known[field].kind in ("number", "integer"):
            shown.justify = "right"
        found.append(shown)
    return found


def cells(panel: Records, time_us: int, text: str, style: Presentation) -> list[Text]:
    """Return the cells of one line, in the order of `headings`."""
    known = fields(text)
    found = [Text(clock(time_us // 1000), "dim")]
    for field, _ in panel.columns:
        found.append(_cell(field, known.get(field), style))
    return found


def _cell(field: str, value: object, style: Presentation) -> Text:
    amount = _amount(value)
    if field in figures.PROFIT_FIELDS and amount is not None:
        return Text(f"{amount:+,.2f}", figures.profit_colour(amount, style), justify="right")
    match value:
        case None:
            return Text("")
        case str():
            shown = figures.label(field, value, style)
            return Text(escape(shown), figures.colour_of_label(field, value, style))
        case bool():
            return Text(str(value))
        case int() | float():
            return Text(
                figures.format_number(value),
                figures.colour_of_label(field, str(value), style),
                justify="right",
            )
        case _:
            return Text(escape(str(value)))
