"""The watching of stories: alerts evaluated every minute, and the pages that come of them.

It follows Prometheus: an alert is pending until its value has stayed for `for`, fires, and fires on
for `keep_firing_for`. A page is one notification of an Alertmanager's group: it is sent when a
group begins to fire, and again only after the group was well.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from logging_kit.events.model import STREAMS
from logging_kit.line import parse_duration
from logging_kit.panels.alerts.alert import Alert
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.query.scope import Scope
from tests.support.panels.alert_cases.base import END, M, Story

_STREAM = {"SIGNAL": "ai_signal", "AI_CALL": "ai_signal", "ERROR": "error"} | dict.fromkeys(
    ("ORDER", "TRADE", "RISK"), "trade"
)
_WATCHED = 180 * M


@dataclass(frozen=True)
class Page:
    """One notification: the alert, the labels of its first series, and whether it fires at END."""

    alert: str
    labels: dict[str, str]
    ended: bool


def key(stories: Sequence[Story], story: Story) -> str:
    """The beginning of the names of a story's apps."""
    return f"s{stories.index(story)}"


def story_of(labels: dict[str, str]) -> str:
    return labels.get("app", "").partition(".")[0]


def plain_app(app: str) -> str:
    return app.partition(".")[2]


def plain_env(env: str) -> str:
    return env.partition(".")[0]


def env_of(stories: Sequence[Story], story: Story) -> str:
    """A regular expression for the environments of a story that is alone."""
    return rf".+\.{key(stories, story)}"


def write(directory: Path, stories: Sequence[Story]) -> None:
    """Write the lines of all stories as segments."""
    texts: dict[str, list[str]] = {stream: [] for stream in STREAMS}
    seq = 0
    for story in stories:
        name = key(stories, story)
        for line in sorted(story.lines, key=lambda line: -line["ago"]):
            seq += 1
            ts = datetime.fromtimestamp(END - line["ago"], UTC)
            if "torn" in line:
                texts["bot"].append(line["torn"])
                continue
            env = line.get("env", "live")
            if story.alone:
                env = f"{env}.{name}"
            body = {"timestamp": ts.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **line}
            body |= {"app": f"{name}.{line.get('app', 'trading')}", "env": env}
            body |= {"run_id": "r1", "seq": seq}
            del body["ago"]
            texts[_STREAM.get(line.get("event", ""), "bot")].append(json.dumps(body))
    for stream, lines in texts.items():
        path = directory / "segments" / f"{stream}-20260301T000000Z-0001.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(text + "\n" for text in lines), encoding="utf-8")


def pages(
    engine: DuckDBEngine,
    scope: Scope,
    watched: Sequence[Story],
    stories: Sequence[Story] | None = None,
    only: Collection[str] = (),
) -> Iterator[Page]:
    """Yield the pages of the watched stories, whose lines are those of the scope."""
    known = stories or watched
    begin = {key(known, story): END - story.watched for story in watched}
    range_ = Scope(
        scope.app, scope.env, end=END * 1000, start=(END - _WATCHED) * 1000, step=M * 1000
    )
    for alert in alerts():
        if only and alert.name not in only:
            continue
        groups: dict[tuple[str, ...], list[tuple[dict[str, str], set[int]]]] = defaultdict(list)
        for labels, minutes in _firing(engine, alert, range_, begin):
            groups[_group(alert, labels)].append((labels, minutes))
        for members in groups.values():
            yield from _pages_of(alert, members)


def told(found: Iterable[Page]) -> list[str]:
    """Return the names of the pages, as stories write them."""
    counted = Counter(page.alert for page in found)
    ended = {page.alert for page in found} - {page.alert for page in found if not page.ended}
    return sorted(
        name + ("/ended" if name in ended else "") + (f"*{n}" if n > 1 else "")
        for name, n in counted.items()
    )


def _group(alert: Alert, labels: dict[str, str]) -> tuple[str, ...]:
    if alert.name == "LogsMissing":
        return (story_of(labels),)
    return tuple(labels.get(name, "") for name in ("app", "env", "bot_name"))


def _pages_of(alert: Alert, members: list[tuple[dict[str, str], set[int]]]) -> Iterator[Page]:
    firing = set().union(*(minutes for _, minutes in members))
    labels = members[0][0]
    starts = sorted(minute for minute in firing if minute - M not in firing)
    for i, _ in enumerate(starts):
        last = i + 1 == len(starts)
        yield Page(alert.name, labels, ended=not (last and END in firing))


def _firing(
    engine: DuckDBEngine, alert: Alert, scope: Scope, begin: dict[str, int]
) -> Iterator[tuple[dict[str, str], set[int]]]:
    """Yield the series of an alert and the minutes at which they fire."""
    kept_back: dict[tuple[str, ...], set[int]] = {}
    if alert.unless is not None:
        kept_back = {by: {*values} for by, values in engine.ask(alert.unless, scope).items()}
    names = alert.measure.by
    for by, values in engine.ask(alert.fires, scope).items():
        labels = dict(zip(names, by, strict=True))
        first = begin.get(story_of(labels))
        if first is None:
            continue
        quiet: set[int] = set()
        if alert.unless is not None:
            quiet = kept_back.get(tuple(labels[name] for name in alert.unless.by), set())
        active = {t // 1000 for t in values if t not in quiet and t // 1000 >= first}
        minutes = _held(alert, active, first)
        if minutes:
            yield labels, minutes


def _held(alert: Alert, active: set[int], first: int) -> set[int]:
    lasting, keep = (
        parse_duration(text) // 1_000_000 if text != "0s" else 0
        for text in (alert.lasting, alert.keep_firing)
    )
    since: int | None = None
    until: int | None = None
    found = set()
    for minute in range(first, END + 1, M):
        if minute in active:
            since = minute if since is None else since
            if minute - since >= lasting or until is not None:
                found.add(minute)
                until = minute + keep
            continue
        since = None
        if until is not None and minute <= until:
            found.add(minute)
        else:
            until = None
    return found
