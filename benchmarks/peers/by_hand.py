"""Steps of one logging_kit line, written by hand for the benchmark's signal alone."""

from __future__ import annotations

import mmap
import os
import re
import threading
import time
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.events import Fields

from .base import Peer

_HALF: Final = 1 << 20
_SAME_DIGIT: Final = bytes(
    ord("0") if ord("1") <= byte <= ord("9") else byte for byte in range(256)
)
_HEAD: Final = b'"level":"info","app":"trading","env":"bench","bot_name":"btc-grid","logger":"strategy.ema","message":'
_SIDES: Final = frozenset(("LONG", "SHORT", "WAIT"))
_is_hex: Final = re.compile(r"[0-9a-f]{1,64}").fullmatch


class ByHand(Peer):
    """One function that supports nothing else: no other field, value, file, thread or restart."""

    name = "by_hand"
    title = "the steps of such a line by hand, for this signal alone"
    needs = ("orjson",)
    masked = True

    def start(self, folder: Path, _sinks: int) -> None:
        """Map a journal of one half."""
        self._fd = os.open(folder / "bot.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        journal = os.open(folder / "journal", os.O_RDWR | os.O_CREAT)
        os.ftruncate(journal, _HALF)
        self._map = mmap.mmap(journal, _HALF)
        self._lock = threading.Lock()
        self._clean: set[Any] = {"BTC/USDT", "ETH/USDT", "ema-cross", "1h", "up"}
        self._names = frozenset(("rsi", "ema_fast", "trend"))
        self._offset = self._seq = self._second = self._last = 0
        self._prefix = b""

    def _signal(self, **fields: Any) -> None:
        (
            signal,
            confidence,
            symbol,
            price,
            strategy,
            timeframe,
            reason,
            indicators,
            correlation_id,
            key,
        ) = fields.values()
        clean = self._clean
        if (
            type(signal) is not str
            or signal not in _SIDES
            or type(confidence) is not float
            or not 0.0 <= confidence <= 1.0
        ):
            raise ValueError
        if (
            type(symbol) is not str
            or symbol not in clean
            or type(price) is not float
            or not 0.0 <= price <= 1e18
        ):
            raise ValueError
        if (
            type(strategy) is not str
            or strategy not in clean
            or type(timeframe) is not str
            or timeframe not in clean
        ):
            raise ValueError
        if (
            type(reason) is not str
            or type(correlation_id) is not str
            or not _is_hex(correlation_id)
        ):
            raise ValueError
        # The masking looks texts up in the same way: digits do not matter.
        shape = reason.encode().translate(_SAME_DIGIT)
        if shape not in clean:
            clean.add(shape)
        for name, value in indicators.items():
            if name not in self._names or (type(value) is not float and value not in clean):
                raise ValueError
        if type(key) is not str or not key:
            raise ValueError
        fields["api_key"] = "***"
        message = orjson.dumps(f"{signal} {symbol} {orjson.dumps(confidence).decode()}")
        body = b"".join((_HEAD, message, b',"event":"SIGNAL",', orjson.dumps(fields)[1:-1]))
        with self._lock:
            now = max(time.time_ns() // 1000, self._last + 1)
            self._last = now
            rest = now - self._second
            if not 0 <= rest < 1_000_000:
                self._second, rest = now // 1_000_000 * 1_000_000, now % 1_000_000
                self._prefix = time.strftime(
                    '{"timestamp":"%Y-%m-%dT%H:%M:%S.', time.gmtime(now // 1_000_000)
                ).encode()
            self._seq += 1
            line = b"".join(
                (
                    self._prefix,
                    b'%06dZ",' % rest,
                    body,
                    b',"masked":1,"run_id":"0","seq":%d,"v":1}\n' % self._seq,
                )
            )
            at = self._offset
            if at + len(line) > _HALF:
                os.write(self._fd, self._map[:at])
                at = 0
            self._map[at : at + len(line)] = line
            self._offset = at + len(line)

    def signal(self, fields: Fields) -> None:
        """Log one line."""
        self._signal(**fields)

    def flush(self) -> None:
        """Write the journal to the file."""
        os.write(self._fd, self._map[: self._offset])
        self._offset = 0
