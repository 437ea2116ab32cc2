"""A bot whose workers are other processes, and what must be found of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.runs import after_restart, assert_complete, texts

BOT = """
import logging_kit, multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor

def start():
    return logging_kit.setup(log_dir="logs", stdout="json")

def work(name):
    log = start() if sys.argv[1] != "fork" else logging_kit.get_logger("worker")
    for number in range(300):
        log.info("line", name=name, number=number)
    return name

if __name__ == "__main__":
    log = start()
    log.info("parent")
    context = multiprocessing.get_context(sys.argv[1])
    if sys.argv[2] == "process":
        processes = [context.Process(target=work, args=(name,)) for name in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
    elif sys.argv[2] == "pool":
        with context.Pool(3) as pool:
            assert pool.map(work, range(3)) == [0, 1, 2]
            pool.close()
            pool.join()
    else:
        with ProcessPoolExecutor(3, mp_context=context) as pool:
            assert list(pool.map(work, range(3))) == [0, 1, 2]
    log.info("parent")
"""


def check(folder: Path, method: str, kind: str) -> None:
    """Run the bot; each line must be in the files, and whole on standard output."""
    (folder / "bot.py").write_text(BOT)
    # coverage warns of a worker that got no work, behind multiprocessing's own end: that is no fault of the bot's
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }
    ended = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "bot.py", method, kind],
        cwd=folder,
        env={**environment, "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert not list(folder.rglob("*-*.journal"))  # no line waits for the next start
    found = after_restart(folder / "logs")
    assert_complete(found)
    for name in range(3):
        assert [line["number"] for line in found if line.get("name") == name] == list(range(300))
    assert texts(found).count("parent") == 2
    shown = [json.loads(line) for line in ended.stdout.splitlines()]
    assert sorted((line["run_id"], line["seq"]) for line in shown) == sorted(
        (line["run_id"], line["seq"]) for line in found
    )
