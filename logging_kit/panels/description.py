"""Texts that explain a panel: the origin of its numbers, and the meaning of "No data"."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.panels.locale import WORDS
from logging_kit.panels.query.nodes import Aggregate, FillZero, Query, Rows, reads

Translate = Callable[[str], str]
"""Puts an English text of the panels into the language of the reader."""


def source_text(queries: Iterable[Query | Rows], translate: Translate) -> str:
    """Return the events and files that the numbers of some queries come from.

    Args:
        queries: The queries of a panel.
        translate: Function that puts an English text into the reader's language.
    """
    events = dict.fromkeys(read.event for query in queries for read in reads(query))
    named = []
    for name in events:
        if name:
            text = translate(WORDS["event_in_file"])
            named.append(text.format(event=name, file=CATALOGUE[name].stream))
        else:
            named.append(translate(WORDS["all_lines"]))
    return ", ".join(named)


def no_data_text(query: Query | Rows, translate: Translate) -> str:
    """Return the meaning of "No data" for a query.

    Args:
        query: The first query of a panel.
        translate: Function that puts an English text into the reader's language.
    """
    read = next(reads(query))
    span = translate(WORDS["in_range"])
    if isinstance(read, Aggregate) and read.within:
        span = translate(WORDS["in_window"]).format(window=read.within)
    if isinstance(query, FillZero) and isinstance(query.of, Aggregate):
        text = WORDS["zero_lines"]
    elif isinstance(query, FillZero):
        text = WORDS["none_counted"]
    elif read.event:
        text = WORDS["no_event"]
    else:
        text = WORDS["no_line"]
    return translate(text).format(event=read.event, span=span)
