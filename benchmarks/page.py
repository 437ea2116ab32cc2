"""Writer of docs/performance.md from the figures of runs."""

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

The cost of a log call, measured side by side with the loggers that a bot would otherwise use.
`python -m benchmarks --write` writes this page. The raw figures of each round are in
`benchmarks/results/latest.json`. Only ratios within one table are valid on another machine.
"""

_METHOD: Final = """\
## How it is measured

- Each measurement runs in a process of its own. The peers take turns, A B C A B C, so a slow minute
  of the machine hits all of them. A figure is the median over the rounds. A ratio is the median of
  the ratios of each round.
- All peers log the same event: ten fields, one of them nested, one an API key that is made for the
  measurement. Values differ from call to call. logging_kit runs with masking, validation, routing
  to files and sequence numbers.
- "Until everything is in the file" includes the flush: a logger that fills a queue without emptying
  it is not fast. No peer calls `fsync` in the caller.
- Afterwards the run reads each output. Every line must be there once, with all its fields, as
  strict JSON. Sequence numbers must have no gap. No masked output may hold the API key. A fault
  ends the run without a page.
- *The steps by hand* are the steps of one logging_kit line, written as one function for this signal
  alone. The difference to logging_kit is the price of every other field, value, file, handler and
  restart.
- *structlog_fast* is [structlog's documented fastest
  setup](https://www.structlog.org/en/stable/performance.html): no rotation, no masking, one system
  call a line. *The common setup* is structlog through `ProcessorFormatter` to a
  `RotatingFileHandler`, so that records of libraries look the same. *Naive masking* is a recursive
  walk over names of secrets and four regular expressions over each text.
"""

_MEANING: Final[dict[str, str]] = {
    "single": """\
The time from the first call to the end of the flush, divided by the number of lines. *Of it in the
call* is the time that the bot's thread waits. *CPU* is the time of all threads. p50 to p99.9 are
percentiles of single calls without a pause between them. All peers get a correlation id from the
caller; one row shows
`log.signal(…)` when it makes the id itself.""",
    "threads": "Four threads that log without a pause, until everything is in the file.",
    "busy": """\
One thread sleeps, wakes up and logs one line, beside a thread that computes in pure Python. A
system call releases the interpreter's lock, and the computing thread then keeps it for the switch
interval of 5 ms. A strategy pays this price for each line if its logger writes in the call. p99.9
is the median over the
rounds.""",
    "sinks_one": (
        "Signals and orders in turns, to one file. logging_kit writes to two files, "
        "because routing is always on."
    ),
    "sinks_three": """\
Signals and orders in turns, to a file of signals, a file of orders, and standard output (a pipe).""",
    "text": """`log.info("position checked", a=1)`.""",
    "record": """\
`logging.getLogger("exchange.rest").info("request %d took %.1f ms", …)`: logging_kit
captures it on the root logger, the common setup renders it with its formatter.""",
    "disabled": "Cost of a call below the level, minus the cost of a method that does nothing.",
    "kill": """\
The process kills itself with SIGKILL right after the 2,000th call. The next start of logging_kit
drains
the journal.""",
    "memory_rate": """\
The highest RssAnon, minus the RssAnon of the same process before `setup()`. The journal's two
halves of
1 MiB are pages of a file, not private memory.""",
    "memory_growth": (
        "RssAnon after all lines, minus RssAnon after a fifth of them. No value repeats."
    ),
    "idle": "CPU time of all threads after the last line was written.",
}

_GIL: Final = """\
## Correctness without the GIL's help

The GIL makes the journal fast, but the journal does not need the GIL to be correct. A system call
releases the GIL, and a copy into a mapped page does not. That is why a call beside a computing
thread takes microseconds. Correctness rests on these locks:

- The store's lock (`logging_kit/store/store.py`) protects the stamp, the copy into the journal, the
  swap of the halves, and the counters of lines, bytes and drops. Rendering and masking run before,
  on the caller's own objects.
- A second lock (`logging_kit/store/writer.py`) lets one thread at a time drain: the writer, a
  caller that helps, or `flush()`. This thread takes a full half over under the store's lock. No
  other thread touches the half until it is empty again.
- Callers share caches outside these locks: the class of a field's name, the rendered head of a
  logger, texts that are known to be clean. An entry depends on its key alone and is stored whole.
  Two threads that make the same entry at the same time do the work twice, with the same result.
- The counters of masked values, wrong events and cut lines in `stats()` are not locked and can be
  slightly low under contention. `lines` and `dropped` are exact.

Free-threaded builds of Python are not tested.
"""


def page(results: dict[str, Any]) -> str:
    """Return the whole page.

    Args:
        results: Content of `results/latest.json`: for each scenario its run, its rounds, and the
            peers that could not take part.
    """
    rounds = {name: entry["rounds"] for name, entry in results.items()}
    targets = table(
        [["logging_kit with everything on", "figure", "bound", "kept"], *target_rows(rounds)]
    )
    parts = [
        _HEAD,
        "## Bounds\n",
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
The bound asks for a tenth of the common setup, which takes {common} µs. The steps of one
logging_kit line, written by hand as one function for this signal alone, take {by_hand} µs. The rest
does not pay for a call that supports other events, fields, files and threads.
""": (
        {"common": ("single", "common", "us"), "by_hand": ("single", "by_hand", "us")},
        lambda common, by_hand: by_hand > 0.8 * common / 10,
    ),
    """\
structlog_fast's p50 beside a CPU-bound thread is {fast} µs. The least possible, with no logger at
all, takes {floor} µs, so no logger can be 150 times faster. On this kernel a thread usually gets
the interpreter's lock back after a short write, before the other thread wakes. If it does not, the
call waits {tail} µs (structlog_fast's p99).
""": (
        {
            "fast": ("busy", "structlog_fast", "p50"),
            "floor": ("busy", "floor", "p50"),
            "tail": ("busy", "structlog_fast", "p99"),
        },
        lambda fast, floor, tail: floor > fast / 150 and tail > 10 * fast,
    ),
    """\
nautilus_trader does everything but the call in Rust, in {rust} µs. The steps by hand take {by_hand}
µs: after 5 ms without the lock, a thread finds nothing of the interpreter in the caches of its
processor.
""": (
        {"rust": ("busy", "nautilus", "p50"), "by_hand": ("busy", "by_hand", "p50")},
        lambda rust, by_hand: by_hand > rust,
    ),
}
"""Reasons why Python code cannot reach a bound, with the figures that prove it and their test."""


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
    """Return the section on the runs and machines behind the figures."""
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
            f"- {date}, seed {run['seed']}, {run['rounds']} rounds of {run['lines']:,} lines, load "
            f"before it {run['load']:.1f}; "
            f"{run['machine']}; {versions}.\n  {'; '.join(titles)}.\n"
        )
    return "\n".join(parts)
