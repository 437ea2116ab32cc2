"""Promtail away, Loki away, the bot killed again and again.

Each line is in Loki at the end, and none is there twice.

`OUTAGE_S` says how long Loki stays away, in seconds; 6 when not given.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboards import SYSTEM_HEALTH, TRADING_OVERVIEW
from logging_kit.panels.query.scope import Scope
from logging_kit.store.recovery import recover
from tests.support.integration import outage_bot
from tests.support.integration.replays import files, replay, truth_of
from tests.support.integration.truth import METRICS, SECOND, Truth, Window
from tests.support.runs import assert_complete

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki
    from tests.support.servers.promtail import Promtail

pytestmark = pytest.mark.servers

OUTAGE_S = float(os.environ.get("OUTAGE_S") or 6)
SEGMENT = 16_000
STARTS = 300
MOST_SEGMENTS = 200


class Outage:
    """A log folder, the bots that write into it, and what they say that they have written."""

    def __init__(self, folder: Path, app: str) -> None:
        self.app = app
        self.log_dir = folder / "logs"
        self.account = folder / "account"
        self.begun = time.time() - 60
        self._bot: subprocess.Popen[str] | None = None

    def command(self, mode: str, *more: str) -> list[str]:
        names = (
            outage_bot.__file__,
            mode,
            str(self.log_dir),
            self.app,
            str(self.account),
            str(SEGMENT),
            *more,
        )
        return [sys.executable, *map(str, names)]

    def start(self) -> None:
        self._bot = subprocess.Popen(
            self.command("tell"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer(), "the bot did not start"

    def write(self, lines: int) -> None:
        self._tell(f"write {lines}")
        assert self._answer() == "written\n"

    def end(self, how: str) -> int:
        """Let the bot end in this way; its exit code."""
        self._tell(how)
        bot, self._bot = self._bot, None
        assert bot is not None
        with bot:
            return bot.wait(30)

    def _tell(self, command: str) -> None:
        assert self._bot is not None
        assert self._bot.stdin is not None
        self._bot.stdin.write(f"{command}\n")
        self._bot.stdin.flush()

    def _answer(self) -> str:
        assert self._bot is not None
        assert self._bot.stdout is not None
        return self._bot.stdout.readline()

    def close(self) -> None:
        if self._bot is not None:
            self._bot.kill()
            self._bot.communicate()

    @property
    def emitted(self) -> Counter[str]:
        """Lines by file, as the bots say."""
        return Counter(file for *_, file in self._accounted())

    def _accounted(self) -> list[tuple[str, int, str]]:
        records = [line.split() for line in self.account.read_text().splitlines()]
        return [(run, int(number), file) for run, number, file in records]

    def segments(self) -> Counter[str]:
        """Segments of each kind that Promtail's pattern finds."""
        return Counter(
            path.name.partition("-")[0] for path in (self.log_dir / "segments").glob("*-*.log")
        )

    def write_over(self, rotations: int) -> None:
        """Write until each stream has begun that many segments."""
        before = self.segments()
        while min((self.segments() - before)[file] for file in outage_bot.FILES) < rotations:
            self.write(100)

    def assert_all_arrived(self, loki: Loki) -> None:
        """Emitted, in the files and in Loki are the same lines, each once and in the file it belongs to."""
        emitted = {(run, number): file for run, number, file in self._accounted()}
        assert len(emitted) == len(self._accounted())
        in_files = files(self.log_dir)
        assert_complete(dict(line) for line in in_files)
        assert len(in_files) == len(emitted)
        assert {(line["run_id"], line["seq"]): line["_file"] for line in in_files} == emitted
        lines = loki.lines(f'{{app="{self.app}"}}', self.begun, time.time() + 60)
        found = [(line.fields, line.labels["job"]) for line in lines]
        in_loki = {
            (line["run_id"], line["seq"]): job.removeprefix(f"{self.app}-").replace("-", "_")
            for line, job in found
        }
        assert set(emitted) - set(in_loki) == set(), "missing in Loki"
        assert len(found) == len(in_loki), "doubled in Loki"
        assert in_loki == emitted
        assert max(self.segments().values()) <= MOST_SEGMENTS

    def counted(self, loki: Loki) -> float:
        """Return the number that a panel shows."""
        ((_, value),) = loki.query(f'sum(count_over_time({{app="{self.app}"}}[1h]))', time.time())
        return value


@pytest.fixture
def outage(tmp_path: Path, app: str) -> Iterator[Outage]:
    with ExitStack() as stack:
        outage = Outage(tmp_path, app)
        stack.callback(outage.close)
        yield outage


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_promtail_is_away_over_two_rotations(
    loki: Loki, make_promtail: Callable[..., Promtail], outage: Outage, how: str
) -> None:
    """The bot goes on, is killed and started again meanwhile; Promtail continues where it was."""
    promtail = make_promtail(log_dir=outage.log_dir, loki_url=loki.url)
    outage.start()
    outage.write_over(1)
    outage.write(150)
    promtail.wait_until_delivered()
    outage.write(50)
    getattr(promtail, how)()
    outage.write_over(2)
    assert outage.end("kill") == -signal.SIGKILL
    outage.start()
    outage.write_over(1)
    promtail.start()
    outage.write(50)
    assert outage.end("exit") == 0
    promtail.wait_until_delivered()
    outage.assert_all_arrived(loki)
    assert promtail.metric("promtail_dropped_entries_total") == 0
    if how == "stop":
        assert outage.counted(loki) == outage.emitted.total()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_loki_is_away(
    make_loki: Callable[..., Loki], make_promtail: Callable[..., Promtail], outage: Outage, how: str
) -> None:
    """The bot writes over two rotations, ends and starts again while no agent reads its lines."""
    loki = make_loki()
    promtail = make_promtail(log_dir=outage.log_dir, loki_url=loki.url)
    outage.start()
    outage.write(300)
    promtail.wait_until_delivered()
    outage.write(50)
    getattr(loki, how)()
    away = time.monotonic()
    outage.write_over(2)
    assert outage.end("exit_at_once") == 3
    outage.start()
    outage.write_over(1)
    assert promtail.metric("promtail_sent_entries_total") < outage.emitted.total()
    time.sleep(max(0.0, OUTAGE_S - (time.monotonic() - away)))
    loki.start()
    outage.write(50)
    assert outage.end("exit") == 0
    promtail.wait_until_delivered(120)
    outage.assert_all_arrived(loki)
    assert promtail.metric("promtail_dropped_entries_total") == 0


def test_a_crash_loop(loki: Loki, make_promtail: Callable[..., Promtail], outage: Outage) -> None:
    """Three hundred starts, each ended by SIGKILL, `os._exit` or an exception.

    The next start drains the journal.
    """
    promtail = make_promtail(log_dir=outage.log_dir, loki_url=loki.url)
    result = subprocess.run(
        outage.command("loop", str(STARTS)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stderr.count("RuntimeError: the bot's own fault") == STARTS // 3
    assert recover(outage.log_dir, SEGMENT) == 1
    promtail.wait_until_delivered()
    outage.assert_all_arrived(loki)
    assert outage.counted(loki) == outage.emitted.total()
    bytes_of_bot = sum(
        path.stat().st_size for path in (outage.log_dir / "segments").glob("bot-*.log")
    )
    assert outage.segments()["bot"] <= bytes_of_bot // SEGMENT + 2, (
        "a start does not begin a segment"
    )
    assert not list((outage.log_dir / ".journal").glob("*.journal"))


def test_late_lines_show_in_a_panel_that_was_already_looked_at(
    loki: Loki, make_promtail: Callable[..., Promtail], tmp_path: Path, app: str
) -> None:
    """One bot's lines are there.

    Those of another, whose Promtail was away, come half an hour and more later.
    """
    end_s = int(time.time()) // 60 * 60
    books = {
        "prompt": replay(
            "prompt", app, tmp_path / "prompt", slice(0, 150), end_ns=end_s * SECOND, hours=3
        ),
        "late": replay(
            "late",
            app,
            tmp_path / "late",
            slice(200, 350),
            end_ns=(end_s - 1800) * SECOND,
            hours=2.5,
        ),
    }
    lines = files(tmp_path / "prompt", tmp_path / "late")
    late = truth_of(books, app, lines)
    prompt = Truth({"prompt": books["prompt"]}, app, late.sizes)

    def assert_shows(truth: Truth) -> None:
        for dashboard in (TRADING_OVERVIEW, SYSTEM_HEALTH):
            for panel in dashboard.panels:
                if panel.asks != "range":
                    continue
                (target,) = panel.targets
                by: tuple[str, ...] = target.query.by  # type: ignore[union-attr]
                expr = logql(target.query, Scope(app, "testnet", ".*", ".*", window="600s"))
                answer = {
                    (at, *(labels.get(name, "") for name in by)): value
                    for labels, points in loki.query_range(expr, end_s - 3 * 3600, end_s, 600)
                    for at, value in points.items()
                }
                expected = {
                    (at, *key): value
                    for at in range((end_s - 3 * 3600) // 600 * 600, end_s + 1, 600)
                    for key, value in METRICS[dashboard.uid][panel.title](
                        Window(truth, at * SECOND, 600 * SECOND, list(books))
                    ).items()
                }
                assert answer == pytest.approx(expected, rel=1e-9, abs=1e-9), panel.title

    make_promtail(log_dir=tmp_path / "prompt", loki_url=loki.url).wait_until_delivered()
    assert_shows(prompt)
    assert_shows(prompt)
    make_promtail(log_dir=tmp_path / "late", loki_url=loki.url).wait_until_delivered()
    assert_shows(late)
