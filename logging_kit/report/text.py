"""A report as text, Markdown or JSON, and its trades as CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Final, TextIO

from ..escaping import escape, escape_markdown, plain_number, spreadsheet_cell
from ..line import parse_timestamp
from .columns import aligned, pipes, signed_amount
from .lines import Owner
from .report import Report, Result, Results, number

TRADE_COLUMNS: Final = (
    "time", "bot_name", "exchange", "symbol", "trade_id", "action", "position_side", "qty",
    "price", "fee", "pnl", "quote", "entry_price", "exit_price", "strategy", "exit_reason",
    "order_id", "app", "env",
)  # fmt: skip
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and the app and environment it is about, with a table or a sentence."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    where: str = ""


def sections(report: Report, zone: tzinfo | None) -> list[Section]:
    """Return the sections of a report in reading order."""
    several = len(report.apps) > 1

    def named(owner: Owner) -> str:
        if several:
            return f"{owner.bot or '–'} ({owner.app}/{owner.env})"
        return owner.bot

    starts: Counter[str] = Counter()
    for owner, times in report.restarts.items():
        starts[named(owner)] += times
    wrong = {
        f"{event or '–'} of {named(owner) or '–'}": times
        for (event, owner), times in report.wrong.items()
    }
    found = [
        *_profits(report, zone),
        _counts(f"Orders: {len(report.order_ids):,}", ("Status", "Steps"), report.orders),
        _counts("Errors", ("Type", "Count"), report.errors, "None."),
        _counts("Lines that differ from the catalogue", ("Event", "Lines"), wrong),
        _counts("Risk rules triggered", ("Rule", "Times"), report.risks),
        _counts("Starts", ("Bot", "Times"), starts, "None."),
        _silences(report, zone),
        _calls(report),
        _counts("Messages that failed", ("Channel", "Count"), report.failed_messages),
        _counts("Log lines lost", ("Bot", "Lines"), report.dropped),
    ]
    if report.ai_cost_usd:
        found.append(Section("AI cost", text=f"{report.ai_cost_usd:,.2f} USD"))
    return [section for section in found if section.rows or section.text]


def as_text(report: Report, zone: tzinfo | None, more: Sequence[Section] = ()) -> str:
    """Return a report for a terminal or an e-mail."""
    return "\n".join(as_parts(report, zone, more)) + "\n"


def as_parts(report: Report, zone: tzinfo | None, more: Sequence[Section] = ()) -> list[str]:
    """Return a report as text, the heading and each section a part of its own.

    Args:
        report: The report.
        zone: The reader's time zone.
        more: Further sections, which come first.
    """
    found = [escape(heading(report, zone))]
    for section in (*more, *sections(report, zone)):
        parts: list[str] = []
        parts.append(f"\n{section.title.upper()}{escape(section.where)}")
        if section.text:
            parts.append(f"  {escape(section.text)}")
        else:
            rows = [[*map(escape, row)] for row in section.rows]
            parts.append(aligned(section.columns, rows))
        found.append("\n".join(parts))
    return found


def as_markdown(report: Report, zone: tzinfo | None, more: Sequence[Section] = ()) -> str:
    """Return a report as Markdown, in which no value can add a row, a heading or HTML."""
    parts = [f"# {escape_markdown(heading(report, zone))}"]
    for section in (*more, *sections(report, zone)):
        parts.append(f"\n## {section.title}{escape_markdown(section.where)}\n")
        if section.text:
            parts.append(escape_markdown(section.text))
            continue
        parts.append(pipes(section.columns))
        parts.append(pipes(["---"] * len(section.columns)))
        parts += [pipes(map(escape_markdown, row)) for row in section.rows]
    return "\n".join(parts) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    """Return a report for programs, with amounts as text, so that no digit is lost."""

    def results(found: Mapping[Any, Result], *names: str) -> list[dict[str, Any]]:
        return [
            dict(zip(names, key if isinstance(key, tuple) else (key,), strict=True))
            | {
                "pnl": format(r.pnl, "f"),
                "closed": r.closed,
                "wins": r.wins,
                "win_rate": r.win_rate,
            }
            for key, r in sorted(found.items())
        ]

    return {
        "start": report.start.isoformat(),
        "end": report.end.isoformat(),
        "lines": report.lines,
        "apps": [{"app": app, "env": env} for app, env in sorted(report.apps)],
        "alive": [owner._asdict() for owner in sorted(report.alive)],
        "total": results(report.total, "quote"),
        "by_symbol": results(report.by_symbol, "symbol", "quote"),
        "by_strategy": results(report.by_strategy, "strategy", "quote"),
        "best": [dict(line) for line in report.best.values()],
        "worst": [dict(line) for line in report.worst.values()],
        "by_env": [
            {"app": app, "env": env}
            | {
                "total": results(found.total, "quote"),
                "by_symbol": results(found.by_symbol, "symbol", "quote"),
                "by_strategy": results(found.by_strategy, "strategy", "quote"),
            }
            for (app, env), found in sorted(report.places.items())
        ],
        "orders": dict(report.orders),
        "order_count": len(report.order_ids),
        "errors": dict(report.errors),
        "risks": dict(report.risks),
        "wrong": [
            {"event": event, **_owner(owner), "lines": n}
            for (event, owner), n in sorted(report.wrong.items())
        ],
        "starts": [{**_owner(owner), "starts": n} for owner, n in sorted(report.restarts.items())],
        "silent": [
            {
                "bot_name": s.bot,
                "start": s.start.isoformat(),
                "end": s.end.isoformat(),
                "hours": round(s.hours, 3),
            }
            | {"app": s.app, "env": s.env}
            for s in report.silences
        ],
        "api_calls": [
            {
                "exchange": exchange,
                "path": path,
                "calls": n,
                "failed": report.failed_calls[exchange, path],
            }
            for (exchange, path), n in sorted(report.calls.items())
        ],
        "failed_messages": dict(report.failed_messages),
        "ai_cost_usd": str(report.ai_cost_usd),
        "dropped": dict(report.dropped),
    }


def write_trades(report: Report, out: TextIO, zone: tzinfo | None) -> int:
    """Write all lines of trades as CSV, oldest first, and return their number.

    A text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    writer = csv.writer(out)
    writer.writerow(TRADE_COLUMNS)
    for line in report.trades:
        shown = {**line, "time": _local(line["timestamp"], zone).isoformat()}
        writer.writerow([_cell(shown.get(name)) for name in TRADE_COLUMNS])
    return len(report.trades)


def heading(report: Report, zone: tzinfo | None) -> str:
    """Return the first line of the report."""
    start, end = (
        moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (report.start, report.end)
    )
    name = report.start.astimezone(zone).tzname()
    text = f"{start} to {end} {name}: {report.lines:,} lines"
    if len(report.apps) > 1:
        apps = ", ".join(f"{app or '–'}/{env or '–'}" for app, env in sorted(report.apps))
        text += f" of {apps}"
    return text


def _owner(owner: Owner) -> dict[str, str]:
    return {"app": owner.app, "env": owner.env, "bot_name": owner.bot}


def _profits(report: Report, zone: tzinfo | None) -> list[Section]:
    """Return the results; those of several environments are never added up."""
    if not report.places:
        return [Section("Profit", text="No closed trades.")]
    found = []
    for (app, env), results in sorted(report.places.items()):
        where = ""
        if len(report.places) > 1 or len(report.apps) > 1:
            where = f" of {app or '–'}/{env or '–'}"
        total = {(quote,): result for quote, result in results.total.items()}
        found += [
            replace(section, where=where)
            for section in (
                _results("Profit", ("Currency",), total),
                _results("By symbol", ("Symbol", "Currency"), results.by_symbol),
                _results("By strategy", ("Strategy", "Currency"), results.by_strategy),
                _extremes(results, zone),
            )
        ]
    return found


def _results(title: str, names: tuple[str, ...], found: Mapping[Any, Result]) -> Section:
    rows = []
    for key, result in sorted(found.items(), key=lambda item: (item[0][-1], -item[1].pnl)):
        if result.win_rate is not None:
            rate = f"{100 * result.win_rate:.0f} %"
        else:
            rate = "–"
        amount = signed_amount(result.pnl, key[-1])
        rows.append((*(part or "–" for part in key), amount, str(result.closed), rate))
    return Section(title, (*names, "PnL", "Closed", "Win rate"), tuple(rows))


def _extremes(report: Results, zone: tzinfo | None) -> Section:
    rows = [
        (
            what,
            signed_amount(number(line["pnl"]) or Decimal(0), quote),
            quote or "–",
            str(line.get("symbol", "–")),
            str(line.get("position_side", "–")),
            _local(line["timestamp"], zone).strftime("%m-%d %H:%M"),
        )
        for quote in sorted(report.best)
        for what, line in (("best", report.best[quote]), ("worst", report.worst[quote]))
    ]
    return Section(
        "Best and worst", ("Trade", "PnL", "Currency", "Symbol", "Side", "Time"), tuple(rows)
    )


def _silences(report: Report, zone: tzinfo | None) -> Section:
    if not report.alive and not report.silences:
        return Section("Silence", text="No heartbeat in this period.")
    if not report.silences:
        return Section("Silence", text="Every bot wrote its heartbeats.")
    several = len({(s.app, s.env) for s in report.silences} | report.apps) > 1
    rows = []
    for silence in report.silences:
        bot = silence.bot or "–"
        if several:
            bot += f" ({silence.app}/{silence.env})"
        start, end = (
            moment.astimezone(zone).strftime("%m-%d %H:%M")
            for moment in (silence.start, silence.end)
        )
        rows.append((bot, start, end, f"{silence.hours:.1f} h"))
    return Section("Silence", ("Bot", "From", "To", "Length"), tuple(rows))


def _calls(report: Report) -> Section:
    calls, failed = report.calls.total(), report.failed_calls.total()
    if not failed:
        return Section("API calls", text=f"{calls:,}, none failed.")
    worst = [(key, n) for key, n in report.failed_calls.most_common(_MOST) if n]
    rows = [
        (
            exchange or "–",
            path,
            str(n),
            str(report.calls[exchange, path]),
            f"{100 * n / report.calls[exchange, path]:.1f} %",
        )
        for (exchange, path), n in worst
    ]
    return Section(
        f"API calls: {failed:,} of {calls:,} failed",
        ("Exchange", "Path", "Failed", "Calls", "Share"),
        tuple(rows),
    )


def _counts(
    title: str, columns: tuple[str, str], found: Mapping[str, int], empty: str = ""
) -> Section:
    if not found:
        return Section(title, text=empty)
    rows = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return Section(title, columns, tuple((name or "–", f"{n:,}") for name, n in rows))


def _local(timestamp: str, zone: tzinfo | None) -> datetime:
    return parse_timestamp(timestamp).astimezone(zone)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            return plain_number(str(value))
        case str():
            return spreadsheet_cell(plain_number(value))
        case _:
            return escape(str(value))
