"""Bot, shipper and server are killed at random: 0 lines missing, 0 counted twice.

`CHAOS_S` is the length in seconds (8 by default), `CHAOS_SEED` the seed of the random numbers.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.loki.chaos import Chaos, key
from tests.support.loki.receiver import Receiver
from tests.support.push_server import reset

if TYPE_CHECKING:
    from tests.support.push_server import Connection, Request
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("CHAOS_S") or 8)
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))


def test_a_receiver_that_breaks_off(tmp_path: Path, app: str) -> None:
    with Receiver() as receiver:

        def keep_and_reset(connection: Connection, request: Request) -> bool:
            """Accept, and lose the answer."""
            if "push" not in request.path:
                return receiver.otherwise(connection, request)
            with receiver._guard:
                receiver.entries += request.entries
            return reset(connection, request)

        def hurt(chance: random.Random) -> None:
            match chance.randrange(3):
                case 0:
                    receiver.script.append(keep_and_reset)
                case 1:
                    receiver.script.append(reset)
                case _:
                    receiver.down = True
                    time.sleep(chance.uniform(0.1, 1.5))
                    receiver.down = False

        chaos = Chaos(tmp_path, app, receiver.url, hurt, SEED)
        chaos.run(SECONDS)
        receiver.script.clear()
        chaos.finish()
        written = chaos.written()
        arrived = Counter(key(text) for text in receiver.texts)
    message = f"CHAOS_SEED={SEED}: {chaos.strikes}"
    assert written.keys() - arrived.keys() == set(), message
    assert [one for one, count in arrived.items() if count > 1] == [], message
    assert arrived.keys() == written.keys(), message


@pytest.mark.servers
def test_a_loki_that_is_killed(tmp_path: Path, make_loki: Callable[..., Loki], app: str) -> None:
    loki = make_loki()
    begun = time.time() - 60

    def hurt(chance: random.Random) -> None:
        if chance.random() < 0.5:
            loki.kill()
        else:
            loki.stop()
        time.sleep(chance.uniform(0.0, 3.0))
        loki.start()

    chaos = Chaos(tmp_path, app, loki.url, hurt, SEED)
    chaos.run(SECONDS)
    chaos.finish()
    written = chaos.written()
    found = loki.lines(f'{{app="{app}"}}', begun, time.time() + 60)
    counted = loki.query(f'sum by (run_id) (count_over_time({{app="{app}"}}[2h]))')
    of_runs = Counter(run for run, _ in written)
    missing = written.keys() - {key(line.text) for line in found}
    doubled = {
        labels["run_id"]: value - of_runs[labels["run_id"]]
        for labels, value in counted
        if value != of_runs[labels["run_id"]]
    }
    print(f"{len(written)} lines, {len(chaos.strikes)} strikes, {len(missing)} missing, {doubled}")
    assert missing == set(), f"CHAOS_SEED={SEED}: {chaos.strikes}"
    assert doubled == {}, f"CHAOS_SEED={SEED}: {chaos.strikes}"
    assert sorted(line.text for line in found) == sorted(written.values())
