"""Log calls within log calls.

Signal handlers, finalizers and reprs that log, and handlers that raise.
"""

from __future__ import annotations

import shutil
import signal

import pytest

from tests.support.runs import after_restart, assert_complete, everything, texts, written

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced")]

SIGNALS = """
import logging_kit, signal, sys, threading, time
log = logging_kit.setup(log_dir="logs", stdout=sys.argv[1], hooks=(), segment_size=100_000)
handled = 0
def handler(number, frame):
    global handled
    number, handled = handled, handled + 1
    log.info("handler", number=number)
    log.error("handler", number=number)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0007)
ended = time.monotonic() + 0.6
number = 0
while time.monotonic() < ended:
    log.info("line", number=number)
    number += 1
    if number % 500 == 0:
        logging_kit.flush()
signal.setitimer(signal.ITIMER_REAL, 0)
assert logging_kit.stats()["dropped"] == {}, logging_kit.stats()
assert logging_kit.flush()
print(number, handled, file=sys.stderr)
"""


def test_signal_handlers_log_within_log_calls(run_bot, log_dir):
    for stdout in ("off", "json"):
        ended = run_bot(SIGNALS, stdout)
        assert ended.returncode == 0, ended.stderr
        number, handled = map(int, ended.stderr.split())
        assert handled > 50
        found = everything(log_dir)
        assert_complete(found)
        run = [line for line in found if line["run_id"] == found[-1]["run_id"]]
        assert [line["number"] for line in run if line["message"] == "line"] == list(range(number))
        for file in ("bot", "error"):
            lines = [
                line["number"]
                for line in run
                if line["message"] == "handler" and line["_file"] == file
            ]
            assert sorted(lines) == list(range(handled))  # a handler is interrupted as well


def test_handlers_that_flush_within_log_calls(run_bot, log_dir):
    source = SIGNALS.replace("handled + 1\n", "handled + 1\n    logging_kit.flush(0.01)\n")
    ended = run_bot(source, "off")
    assert ended.returncode == 0, ended.stderr
    number, handled = map(int, ended.stderr.split())
    found = everything(log_dir)
    assert_complete(found)
    assert texts(found).count("line") == number
    assert texts(found).count("handler") == 2 * handled


RAISING = """
import logging_kit, signal, sys, threading, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=200_000)
ended = False
counts = [0, 0]
slowest = 0
def work(name):
    global slowest
    while not ended:
        started = time.monotonic()
        log.info("line", thread=name, number=counts[name])
        slowest = max(slowest, time.monotonic() - started)
        counts[name] += 1
        time.sleep(0.0005)
class Stop(BaseException):
    pass
def handler(number, frame):
    raise Stop
threads = [threading.Thread(target=work, args=(name,)) for name in (0, 1)]
for thread in threads:
    thread.start()
signal.signal(signal.SIGALRM, handler)
raised = calls = 0
end = time.monotonic() + 0.6
while time.monotonic() < end:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        while True:
            log.info("main", number=calls)
            calls += 1
    except Stop:
        raised += 1
signal.setitimer(signal.ITIMER_REAL, 0)
ended = True
for thread in threads:
    thread.join()
log.info("after")
assert logging_kit.flush()
dropped = logging_kit.stats()["dropped"]
assert set(dropped) <= {"interrupted"}, dropped
print(counts, raised, calls, slowest)
"""


def test_handlers_that_raise_within_log_calls_stop_no_other_thread(run_bot, log_dir):
    ended = run_bot(RAISING)
    assert (ended.returncode, ended.stderr) == (0, "")
    counts, raised = eval(ended.stdout.partition("]")[0] + "]"), int(ended.stdout.split()[2])
    assert raised > 100
    found = everything(log_dir)
    assert_complete(found)
    for name, count in enumerate(counts):
        assert [line["number"] for line in found if line.get("thread") == name] == list(
            range(count)
        )
    calls = int(ended.stdout.split()[3])
    mine = [line["number"] for line in found if line["message"] == "main"]
    assert sorted({*mine}) == list(
        range(max(mine) + 1)
    )  # a call that raised may have written its line: then it is there twice
    assert calls - 1 <= max(mine) <= calls
    assert found[-2]["message"] == "after"


def test_ctrl_c_within_a_flush(run_bot, log_dir):
    source = """
import logging_kit, signal, time
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=(), segment_size=50_000)
def handler(number, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
interrupted = number = 0
end = time.monotonic() + 0.7
while time.monotonic() < end:
    for _ in range(200):
        log.info("line", number=number)
        number += 1
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0004)
        logging_kit.flush()
        logging_kit.flush()
    except KeyboardInterrupt:
        interrupted += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
assert logging_kit.flush()
print(number, interrupted)
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    number, interrupted = map(int, ended.stdout.split())
    assert interrupted
    found = everything(log_dir)
    assert_complete(found)
    assert [line["number"] for line in found if "number" in line] == list(range(number))


def test_a_handler_that_shuts_down_within_a_log_call(run_bot, log_dir):
    source = """
import logging_kit, signal, sys
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=())
def handler(number, frame):
    logging_kit.shutdown()
    sys.exit(5)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.02)
while True:
    log.info("line")
"""
    for _ in range(3):
        ended = run_bot(source)
        assert (ended.returncode, ended.stderr) == (5, "")
    found = after_restart(log_dir)
    assert_complete(found)
    assert len([line for line in found if line.get("phase") == "shutdown"]) == 3


SETUPS = """
import faulthandler, logging_kit, signal, sys, threading, time
faulthandler.dump_traceback_later(20, exit=True)
configured = 0
def configure():
    global configured
    configured += 1
    folder = f"logs{configured % 2}" if sys.argv[1] == "others" else "logs"
    return logging_kit.setup(log_dir=folder, stdout="off", hooks=(), level="DEBUG" if configured % 2 else "INFO", version="0")
log = configure()
faults, within = [], False
def handler(number, frame):
    global within
    if within:
        return
    within = True
    try:
        configure().info("handler")
    except BaseException as error:
        faults.append(repr(error))
    within = False
signal.signal(signal.SIGALRM, handler)
ended = False
counts = [0, 0]
def work():
    while not ended:
        log.error("line", thread=1, number=counts[1])
        counts[1] += 1
        time.sleep(0.0005)
thread = threading.Thread(target=work)
thread.start()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    signal.setitimer(signal.ITIMER_REAL, 0.0002)
    for _ in range(20):
        log.info("line", thread=0, number=counts[0])
        counts[0] += 1
    logging_kit.flush(0.01)
signal.setitimer(signal.ITIMER_REAL, 0)
ended = True
thread.join()
assert not faults, faults
assert logging_kit.flush()
assert not logging_kit.stats()["dropped"], logging_kit.stats()
logging_kit.shutdown()
print(counts, configured)
"""


@pytest.mark.parametrize("folders", ["the same", "others"])
def test_handlers_that_call_setup_again(run_bot, log_dir, folders):
    ended = run_bot(SETUPS, folders)
    assert (ended.returncode, ended.stderr) == (0, "")
    counts, configured = eval(ended.stdout.partition("]")[0] + "]"), int(ended.stdout.split()[-1])
    assert configured > 10
    found = [line for path in log_dir.parent.glob("logs*") for line in everything(path)]
    assert not list(log_dir.parent.glob("logs*/.journal/*.journal"))
    for name, count in enumerate(counts):
        assert sorted(line["number"] for line in found if line.get("thread") == name) == list(
            range(count)
        )


def test_finalizers_that_log(run_bot, log_dir):
    source = """
import gc, logging_kit
log = logging_kit.setup(log_dir="logs", stdout="json", hooks=())
closed = 0
class Client:
    def __init__(self):
        self.me = self
    def __del__(self):
        global closed
        log.warning("unclosed client", number=closed)
        closed += 1
gc.set_threshold(20, 2, 2)
for number in range(1_200):
    Client()
    log.info("line", number=number, nested={"a": [1, 2, {"b": ()}]})
gc.collect()
assert closed == 1_200
assert logging_kit.flush()
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = everything(log_dir)
    assert_complete(found)
    assert [line["number"] for line in found if line["message"] == "line"] == list(range(1_200))
    assert sorted(line["number"] for line in found if line["message"] == "unclosed client") == list(
        range(1_200)
    )


def test_a_repr_that_logs(start, log_dir):
    class Order:
        def __repr__(self) -> str:
            log.info("within", depth=1)
            return "<Order 7>"

    log = start()
    log.info("line", order=Order())
    log.info(Order())
    start().info("end")
    found = written(log_dir)
    assert_complete(found)
    assert texts(found).count("within") >= 2
    assert [
        line for line in found if line.get("order") == "<Order 7>" or line["message"] == "<Order 7>"
    ]


FULL = """
import logging_kit, os, signal, threading, time
from logging_kit.store import drain
log = logging_kit.setup(log_dir="logs", stdout="off", hooks=("sigterm",))
write = drain._write
def slow(segment, data):
    time.sleep(0.05)
    write(segment, data)
drain._write = slow
threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGTERM)).start()
while True:
    log.info("x")
"""


def test_a_signal_while_the_journal_is_full_still_writes_the_end(log_dir, run_bot):
    """The handler finds its own thread waiting for room.

    Its line and its flush wait for the writer as well.
    """
    for _ in range(4):
        ended = run_bot(FULL)
        assert ended.returncode == -signal.SIGTERM
        found = everything(log_dir)
        assert [line["reason"] for line in found if line.get("phase") == "shutdown"] == ["SIGTERM"]
        shutil.rmtree(log_dir)
