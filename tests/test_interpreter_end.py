"""The end of the interpreter.

Lines of finalizers are written, whatever threads stopped within their calls.
"""

from __future__ import annotations

import re

import pytest

from tests.support.runs import everything

pytestmark = pytest.mark.slow

BOT = """
import logging_kit, os, sys, threading, time

log = logging_kit.setup(log_dir="logs", stdout={stdout!r})

def spin():
    number = 0
    while True:
        {call}
        number += 1

class Late:
    def __del__(self):
        waits = []
        for number in range(20):
            before = time.perf_counter()
            log.info("late", number=number)
            waits.append(time.perf_counter() - before)
        os.write(2, b"slow %d\\n" % sum(wait > 0.2 for wait in waits))

for _ in range({threads}):
    threading.Thread(target=spin, daemon=True).start()
sys.modules["late"] = Late()
time.sleep(0.2)
"""


@pytest.mark.parametrize("stdout", ["off", "json"])
@pytest.mark.parametrize(
    ("threads", "call"),
    [
        (1, "log.info('daemon', number=number)"),
        (4, "log.info('daemon', number=number)"),
        (2, "log.error('daemon', number=number)"),
        (2, "log.info('daemon', number=number); logging_kit.flush(0.01)"),
    ],
)
def test_a_thread_that_stopped_within_its_call_keeps_no_line_from_being_written(
    run_bot, log_dir, threads, call, stdout
):
    ended = run_bot(BOT.format(threads=threads, call=call, stdout=stdout))
    assert ended.returncode == 0
    late = [line for line in everything(log_dir) if line["message"] == "late"]
    assert [line["number"] for line in late] == list(range(20))
    # one call may wait: that which finds the thread stopped, and one for standard output
    slow = re.search(r"slow (\d+)", ended.stderr)
    assert slow is not None
    assert int(slow[1]) <= 2
    # the line of a call that never returned may be missing, and then it is counted
    found = everything(log_dir)
    numbers = sorted(line["seq"] for line in found)
    dropped = sum(line.get("dropped", 0) for line in found)
    assert len(numbers) + dropped == numbers[-1]
