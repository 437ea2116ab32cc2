"""Measure logging_kit side by side with its peers, in one run, and check every line they write.

Without arguments it takes about half an hour. Install the peers (dependency group `bench`) into an
environment of their own, because two of them pin other packages or add plugins to pytest:

    python -m venv .venv-bench && .venv-bench/bin/pip install -U "pip>=25.1"
    .venv-bench/bin/pip install -e . --group bench && .venv-bench/bin/python -m benchmarks
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import sys
from pathlib import Path
from typing import Any, Final

from .page import TITLES, page
from .peers import PEERS
from .report import scenario_rows, table, target_rows
from .run import BEFORE, ROOT, SCENARIOS, measure

_RAW: Final = ROOT / "benchmarks" / "results" / "latest.json"
_PAGE: Final = ROOT / "docs" / "performance.md"
_ROUNDS: Final = 7


def main() -> int:
    """Run what the command line asks for; return 1 if an output is not what was logged."""
    arguments = _arguments()
    scenarios, peers = _chosen(arguments.only)
    run = _facts(arguments, peers)
    print(
        f"seed {run['seed']}, {run['rounds']} rounds, load {run['load']:.1f}, {run['machine']}",
        flush=True,
    )
    results = measure(
        scenarios,
        peers,
        run["rounds"],
        run["lines"],
        arguments.seconds,
        run["seed"],
        _say,
        arguments.against,
    )
    for name in scenarios:
        shown = {peer: TITLES[peer] for peer in SCENARIOS[name].peers}
        if arguments.against:
            shown[BEFORE] = f"logging_kit in {arguments.against}"
        rows = scenario_rows(results.rounds, name, shown, results.absent[name])
        if rows:
            print(f"\n{SCENARIOS[name].title}\n\n{table(rows)}")
    targets = target_rows(results.rounds)
    if targets:
        print(
            f"\n{table([['logging_kit with everything on', 'figure', 'bound', 'kept'], *targets])}"
        )
    for fault in results.faults:
        print(f"FAILED: {fault}", file=sys.stderr)
    if results.faults:
        return 1
    if arguments.write:
        _write(
            {
                name: {"run": run, "rounds": results.rounds[name], "absent": results.absent[name]}
                for name in scenarios
            }
        )
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--rounds",
        type=int,
        help=f"number of turns of each peer (default {_ROUNDS}, 1 with --quick)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="use few lines and short waits, to see that everything runs",
    )
    parser.add_argument("--lines", type=int, help="lines of a measurement (default 20,000)")
    parser.add_argument("--seed", type=int, help="seed of the events (default random)")
    parser.add_argument(
        "--only",
        default="",
        metavar="NAMES",
        help=f"comma-separated scenarios and peers, from {', '.join((*SCENARIOS, *PEERS))}; "
        "'memory' and 'sinks' select all names that begin with them",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write docs/performance.md and results/latest.json; other scenarios keep their "
        "figures",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="another checkout of this repository; its logging_kit takes turns with this one",
    )
    arguments = parser.parse_args()
    if arguments.against:
        arguments.against = arguments.against.resolve()
        if not (arguments.against / "benchmarks" / "worker.py").is_file():
            parser.error(f"--against: {arguments.against} is not a checkout with benchmarks")
    arguments.rounds = arguments.rounds or (1 if arguments.quick else _ROUNDS)
    arguments.lines = arguments.lines or (1_000 if arguments.quick else 20_000)
    arguments.seconds = 3.0 if arguments.quick else 60.0
    if arguments.write and (arguments.quick or arguments.rounds < _ROUNDS):
        parser.error(f"--write needs at least {_ROUNDS} whole rounds")
    try:
        _chosen(arguments.only)
    except KeyError as error:
        parser.error(f"--only: {error} is neither a scenario nor a peer")
    return arguments


def _chosen(only: str) -> tuple[list[str], list[str]]:
    """Return the scenarios and peers of `--only`, or all of a kind it does not name."""
    scenarios: list[str] = []
    peers: list[str] = []
    for name in filter(None, only.split(",")):
        group = [
            scenario for scenario in SCENARIOS if scenario.split("_")[0] == name or scenario == name
        ]
        if name in PEERS:
            peers.append(name)
        elif group:
            scenarios += group
        else:
            raise KeyError(name)
    return scenarios or list(SCENARIOS), peers or list(PEERS)


def _facts(arguments: argparse.Namespace, peers: list[str]) -> dict[str, Any]:
    """Return the facts about the run that a reader needs."""
    versions = {name: version for peer in peers for name, version in PEERS[peer].versions().items()}
    return {
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "seed": arguments.seed if arguments.seed is not None else random.randrange(1_000_000),
        "rounds": arguments.rounds,
        "lines": arguments.lines,
        "load": os.getloadavg()[0],
        "machine": (
            f"{_processor()}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()}"
        ),
        "versions": {platform.python_implementation(): platform.python_version(), **versions},
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _write(measured: dict[str, Any]) -> None:
    """Merge the figures with those of earlier runs, and write the page."""
    kept = json.loads(_RAW.read_text("utf-8")) if _RAW.exists() else {}
    results = {name: entry for name, entry in {**kept, **measured}.items() if name in SCENARIOS}
    _RAW.parent.mkdir(exist_ok=True)
    _RAW.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    _PAGE.write_text(page(results), "utf-8")
    print(f"\nwrote {_PAGE.relative_to(ROOT)} and {_RAW.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
