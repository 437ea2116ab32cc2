"""Writes docs/performance.md from the figures of runs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Final

from .peers import PEERS
from .report import Rounds, figure, middle, scenario_rows, table, target_rows
from .run import SCENARIOS

TITLES: Final = {name: peer.title for name, peer in PEERS.items()}

_HEAD: Final = """\
# Performance

What a log call costs, measured side by side with the loggers that a bot would otherwise use. `python -m benchmarks --write`
writes this page; the raw figures of each round are in `benchmarks/results/latest.json`. Only ratios within one table travel
to another machine.
"""

_METHOD: Final = """\
## How it is measured

- Each measurement is a process of its own. The peers take turns, A B C A B C, so that a slow minute of the machine hits all
  of them. A figure is the median over the rounds; a ratio is the median of the ratios of each round.
- Everybody logs the same event: ten fields, one of them nested, one an API key that is made for the measurement; values
  differ from call to call. Here masking, the check of the event's fields, routing to files and sequence numbers are on.
- "Until everything is in the file" includes the flush: a queue that is filled and not emptied is not a fast logger. Nobody
  calls `fsync`.
- Afterwards each output is read: every line has to be there, once, with all its fields, as strict JSON; sequence numbers
  without a gap; the API key in no masked output. A fault ends the run without a page.
- *The steps by hand* are what a line of ours goes through, as one function for just this signal, with no way out for anything
  else: what lies between it and our line is the price of all other fields, values, files, handlers and restarts.
- *structlog_fast* is [structlog's documented fastest setup](https://www.structlog.org/en/stable/performance.html): no
  rotation, no masking, one system call a line. *The common setup* is structlog through `ProcessorFormatter` to a
  `RotatingFileHandler`, so that libraries' records look the same. *Naive masking* is a recursive walk over names of secrets
  and four regular expressions over each text.
"""

_MEANING: Final[dict[str, str]] = {
    "single": """\
From the first call to the end of the flush, divided by the lines. *Of it in the call* is what the bot's thread waits; *CPU* is
what all threads of the process used; p50 to p99.9 are those of single calls that follow each other without a pause. The call
here is `log.signal(…)` with a correlation id of the caller's, as the others get it; without one, `signal` makes it.""",
    "threads": "Four threads that log without a pause, until everything is in the file.",
    "busy": """\
A thread that sleeps, wakes up and logs one line, beside a thread that computes in pure Python. A system call gives the
interpreter's lock up, and the computing thread keeps it for the switch interval of 5 ms: that is what each line costs a strategy
whose logger writes in the call. p99.9 is the median of the rounds' worst calls but one in a thousand.""",
    "sinks_one": "Signals and orders by turns, to one file; here to their two files, since routing is always on.",
    "sinks_three": """\
The same, to a file of signals, a file of orders, and all of them to standard output, a pipe that is read.""",
    "text": """`log.info("position checked", a=1)`.""",
    "record": """\
`logging.getLogger("exchange.rest").info("request %d took %.1f ms", …)`: here through the bridge, in the common setup through
its formatter.""",
    "disabled": "What a call below the level costs above a call of a method that does nothing.",
    "kill": """\
The process kills itself with SIGKILL right after the 2,000th call; here the next start brings in what the journal holds.""",
    "memory_rate": """\
The highest RssAnon above that of the same process before `setup()`. The journal's two halves of 1 MiB are pages of a file,
not private memory.""",
    "memory_growth": "RssAnon after all lines above that after a fifth of them; no value comes twice.",
    "idle": "CPU time of all threads after the last line was written.",
}

_GIL: Final = """\
## Correctness without the GIL's help

The GIL makes the journal fast, not right. A system call gives it up and a copy into a mapped page does not: that is why a
call beside a computing thread takes microseconds. What is written does not hang on it:

- A line's time and number, its copy into the journal, the change of the journal's halves and the counts of lines, bytes and
  drops happen under the store's one lock (`logging_kit/store/store.py`). Rendering and masking happen before, on the
  caller's own objects.
- One thread at a time drains: the writer, a caller that helps, or `flush()`, under a second lock
  (`logging_kit/store/writer.py`). It takes a full half over under the store's lock, and nobody else touches that half until
  it is empty again.
- What callers share outside these locks are caches (what a field's name means, a logger's rendered beginning, texts known to
  be clean). An entry is made from its key alone and put there whole: two threads that make the same one at the same time
  have worked twice, and nothing else.
- The counts of masked values, wrong events and cut lines in `stats()` are not locked; under contention they may come out a
  little low. `lines` and `dropped` may not.

Free-threaded builds of Python are not tested.
"""


def page(results: dict[str, Any]) -> str:
    """The whole page.

    Args:
        results: What `results/latest.json` holds: by scenario the run that measured it, its rounds, and who could not take part.
    """
    rounds = {name: entry["rounds"] for name, entry in results.items()}
    targets = table(
        [["logging_kit with everything on", "figure", "bound", "kept"], *target_rows(rounds)]
    )
    parts = [
        _HEAD,
        "## What it has to show, and shows\n",
        f"{targets}\n",
        *_reach(rounds),
        _METHOD,
        "## The figures\n",
    ]
    for name in SCENARIOS:
        if name in results:
            entry = results[name]
            shown = {peer: TITLES[peer] for peer in SCENARIOS[name].peers}
            rows = scenario_rows({name: entry["rounds"]}, name, shown, entry["absent"])
            parts.append(f"### {SCENARIOS[name].title}\n\n{_MEANING[name]}\n\n{table(rows)}\n")
    return "\n".join([*parts, _GIL, _runs(results)])


_REACH: Final[dict[str, tuple[dict[str, tuple[str, str, str]], Callable[..., bool]]]] = {
    """\
A tenth of the common setup, which takes {common} µs, is what is asked. The steps of one of our lines, written by hand
as one function for this signal alone, take {by_hand} µs: what is left does not pay for a call that knows other events,
fields, files and threads.
""": (
        {"common": ("single", "common", "us"), "by_hand": ("single", "by_hand", "us")},
        lambda common, by_hand: by_hand > 0.8 * common / 10,
    ),
    """\
structlog_fast's p50 beside a CPU-bound thread is {fast} µs here. The least possible, with no logger at all, takes
{floor} µs, so no logger is 150 times faster. A thread that comes back from a short write mostly gets the interpreter's
lock again on this kernel, before the other one has woken up; where it does not, the call takes the {tail} µs of
structlog_fast's p99.
""": (
        {
            "fast": ("busy", "structlog_fast", "p50"),
            "floor": ("busy", "floor", "p50"),
            "tail": ("busy", "structlog_fast", "p99"),
        },
        lambda fast, floor, tail: floor > fast / 150 and tail > 10 * fast,
    ),
    """\
nautilus_trader does all but the call in Rust, in {rust} µs. The steps by hand take {by_hand} µs there: a thread that
was away for 5 ms finds nothing of the interpreter in its processor's caches.
""": (
        {"rust": ("busy", "nautilus", "p50"), "by_hand": ("busy", "by_hand", "p50")},
        lambda rust, by_hand: by_hand > rust,
    ),
}
"""What stands between us and the bounds that Python code does not reach, the figures that show it, and whether they do."""


def _reach(rounds: Rounds) -> Iterator[str]:
    for text, (wanted, holds) in _REACH.items():
        found = {name: middle(rounds, *place) for name, place in wanted.items()}
        if None not in found.values() and holds(**found):
            yield (
                textwrap.fill(
                    text.format(**{name: figure(value) for name, value in found.items()}), 125
                )
                + "\n"
            )


def _runs(results: dict[str, Any]) -> str:
    """Which run made what, and where."""
    runs: dict[str, list[str]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for name in SCENARIOS:
        if name in results:
            run = results[name]["run"]
            runs.setdefault(run["date"], []).append(SCENARIOS[name].title)
            facts[run["date"]] = run
    parts = ["## The runs behind it\n"]
    for date, titles in runs.items():
        run = facts[date]
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        parts.append(
            f"- {date}, seed {run['seed']}, {run['rounds']} rounds of {run['lines']:,} lines, load before it {run['load']:.1f}; "
            f"{run['machine']}; {versions}.\n  {'; '.join(titles)}.\n"
        )
    return "\n".join(parts)
