"""The corpus through the whole library: typed and plain events, `logging`, exceptions.

JSON lines and console.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

import logging_kit
from logging_kit.console import render
from tests.support.lines import read
from tests.support.masking.corpus import Entry, corpus
from tests.support.masking.corpus_held_out import corpus as held_out
from tests.support.masking.leaks import leaks, undone


def _log(number: int, entry: Entry, log: logging_kit.BotLogger) -> None:
    fields = {**entry.fields, "case": number}
    if entry.error is not None:
        try:
            raise RuntimeError("wrapped") from entry.error
        except RuntimeError:
            log.error(entry.message, exc_info=True, **fields)
    elif (
        number % 5 == 0
        and set(fields).isdisjoint(vars(logging.makeLogRecord({})))
        and "message" not in fields
    ):
        logging.getLogger("some.library").warning("%s", entry.message, extra=fields)
    elif number % 5 == 1:
        log.bind(**fields).info(entry.message)
    else:
        log.info(entry.message, **fields)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "seed"), [(corpus, 4), (held_out, 14)], ids=["corpus", "held out"]
)
def test_no_way_out_shows_a_secret_or_loses_a_value(
    tmp_path: Path, source: type, seed: int
) -> None:
    entries = dict(list(enumerate(source(seed)))[:: 3 if source is corpus else 1])
    with logging_kit.setup(log_dir=tmp_path, stdout="off", mask_env=False) as log:
        for number, entry in entries.items():
            _log(number, entry, log)
    lines = {line["case"]: line for line in read(tmp_path) if "case" in line}
    assert len(lines) == len(entries)
    leaked, lost = [], []
    hidden = 0
    for number, entry in entries.items():
        line = lines[number]
        raw = json.dumps(line, ensure_ascii=False)
        shown = [*undone(raw), render(raw.encode(), False), str(line)]
        hidden += entry.case.hide
        if entry.case.hide and any(
            leaks(secret, view) for secret in entry.case.secrets for view in shown
        ):
            leaked.append((entry.case.rule, entry.wrapping))
        if not entry.case.hide and "masked" in line:
            lost.append((entry.case.rule, entry.wrapping))
        assert line.get("n") == 7, entry
        assert (
            "BTC/USDT" in (line.get("symbol"), line.get("market")) or entry.case.name == "symbol"
        ), entry
    assert not lost
    assert len(leaked) <= hidden * 0.005, leaked


def test_a_masked_line_says_how_many_values_were_masked(tmp_path: Path) -> None:
    key = "".join(f"{letter}{number}" for number, letter in enumerate("qWeRtYuIoPaSdFgHjK"))
    with logging_kit.setup(log_dir=tmp_path, stdout="off", mask_env=False) as log:
        log.info(
            f"api_key={key}",
            secret=key,
            symbol="BTC/USDT",
            pin=4821,
            headers={"X-MBX-APIKEY": key, "Host": "x"},
        )
    (line,) = [line for line in read(tmp_path) if line.get("symbol") == "BTC/USDT"]
    assert line["masked"] == 4
    assert line["message"] == "api_key=***"
    assert line["headers"] == {"X-MBX-APIKEY": "***", "Host": "x"}
