"""Measure pushing to Loki beside other handlers, against a receiver on loopback that counts.

    python -m benchmarks.push [--rounds 5] [--lines 20000]

Each peer logs in a process of its own. A line counts as arrived when the receiver has read it. The
floor is the least code that batches, compresses and posts; it retries nothing and bounds nothing.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import importlib.util
import json
import logging
import logging.handlers
import multiprocessing
import queue
import random
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

_PATH: Final = "/loki/api/v1/push"
_BATCH: Final = 1_000
_END: Final = "the last line"
_SLOW: Final = 20  # part of the lines that a peer with a request for each line logs


class Sample(NamedTuple):
    """One round of one peer."""

    peer: str
    lines: int
    arrived: int
    requests: int
    per_second: float
    caller_us: float
    cpu_us: float


class _Floor(logging.Handler):
    """Posts batches of lines as JSON with gzip."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._lines: deque[tuple[str, str]] = deque()
        self._wake = threading.Event()
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append((str(int(record.created * 1e9)), self.format(record)))
        if len(self._lines) >= _BATCH:
            self._wake.set()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        while not self._ends or self._lines:
            self._wake.wait(0.05)
            self._wake.clear()
            while self._lines:
                count = min(len(self._lines), _BATCH)
                values = [self._lines.popleft() for _ in range(count)]
                stream = {"stream": {"app": "bench"}, "values": values}
                body = gzip.compress(json.dumps({"streams": [stream]}).encode(), 1)
                headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
                connection.request("POST", _PATH, body, headers)
                connection.getresponse().read()
        connection.close()

    def finish(self) -> None:
        self._ends = True
        self._wake.set()
        self._thread.join()


def _nothing(_url: str) -> tuple[logging.Handler, Callable[[], None]]:
    class Nothing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            self.format(record)

    return Nothing(), lambda: None


def _floor(url: str) -> tuple[logging.Handler, Callable[[], None]]:
    handler = _Floor(int(url.rpartition(":")[2]))
    return handler, handler.finish


def _ours(url: str, **options: Any) -> tuple[logging.Handler, Callable[[], None]]:
    from logging_kit.loki import LokiHandler

    handler = LokiHandler(url, {"app": "bench"}, batch_lines=_BATCH, **options)
    return handler, lambda: handler.flush(60)


def _ours_text(url: str) -> tuple[logging.Handler, Callable[[], None]]:
    handler, finish = _ours(url)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler, finish


def _theirs(url: str) -> tuple[logging.Handler, Callable[[], None]]:
    from logging_loki import LokiHandler

    return LokiHandler(url + _PATH, {"app": "bench"}, version="1"), lambda: None


def _theirs_queue(url: str) -> tuple[logging.Handler, Callable[[], None]]:
    from logging_loki import LokiQueueHandler

    handler = LokiQueueHandler(queue.Queue(-1), url=url + _PATH, tags={"app": "bench"}, version="1")
    return handler, handler.listener.stop


def _loki_logger_handler(url: str) -> tuple[logging.Handler, Callable[[], None]]:
    from loki_logger_handler.loki_logger_handler import LokiLoggerHandler

    handler = LokiLoggerHandler(url=url + _PATH, labels={"app": "bench"}, timeout=1)
    return handler, handler.flush


PEERS: Final[dict[str, Callable[[str], tuple[logging.Handler, Callable[[], None]]]]] = {
    "no push": _nothing,
    "floor": _floor,
    "LokiHandler, text": _ours_text,
    "LokiHandler, JSON line": _ours,
    "python-logging-loki": _theirs,
    "python-logging-loki, queue": _theirs_queue,
    "loki-logger-handler": _loki_logger_handler,
}
_BOTS: Final = {"setup()": False, "setup(loki_url=…)": True}
_PER_LINE: Final = ("python-logging-loki", "python-logging-loki, queue")


def _log_through_handler(peer: str, url: str, lines: int, results: Any) -> None:
    handler, finish = PEERS[peer](url)
    logger = logging.getLogger("bench")
    logger.setLevel("INFO")
    logger.propagate = False
    logger.addHandler(handler)
    _measure(logger.info, finish, lines, results)


def _log_through_setup(pushes: bool, url: str, lines: int, results: Any) -> None:
    import logging_kit

    options: dict[str, Any] = {}
    if pushes:
        options["loki_url"] = url
    with tempfile.TemporaryDirectory() as directory:
        log = logging_kit.setup(log_dir=directory, stdout="off", hooks="off", **options)
        _measure(log.info, lambda: logging_kit.flush(60), lines, results)
        logging_kit.shutdown()


def _measure(
    log: Callable[..., Any], finish: Callable[[], object], lines: int, results: Any
) -> None:
    log("warm up %d", 0)
    cpu, began = time.process_time(), time.perf_counter()
    for number in range(lines - 1):
        log("order %d filled at %s after %d ms", number, 64_000.5, number % 97)
    log(_END)
    called = time.perf_counter()
    finish()
    ended = time.perf_counter()
    results.put((called - began, ended - began, time.process_time() - cpu))


class _Receiver(ThreadingHTTPServer):
    """Counts requests and the texts of lines, in a process of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = self.lines = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        elif self.headers["Content-Type"] == "application/x-protobuf":
            import cramjam

            body = bytes(cramjam.snappy.decompress_raw(body))
        server: Any = self.server
        server.requests += 1
        server.lines += body.count(b"filled at") + body.count(_END.encode())
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        server: Any = self.server
        if self.path.startswith("/loki/"):  # the shipper asks what has arrived
            body = b'{"status":"success","data":{"resultType":"streams","result":[]}}'
        else:
            body = json.dumps([server.requests, server.lines]).encode()
            server.requests = server.lines = 0
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _serve(ports: Any) -> None:
    server = _Receiver()
    ports.put(server.server_address[1])
    server.serve_forever()


def _counted(port: int) -> tuple[int, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/")
    requests, lines = json.loads(connection.getresponse().read())
    connection.close()
    return requests, lines


def measure(peer: str, port: int, lines: int) -> Sample:
    """Run one peer in a process of its own.

    Args:
        peer: Name of the peer.
        port: Port of the receiver.
        lines: Lines to log.
    """
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    url = f"http://127.0.0.1:{port}"
    if peer in _PER_LINE:
        lines //= _SLOW
    target: Any = _log_through_handler
    first: Any = peer
    if peer in _BOTS:
        target, first = _log_through_setup, _BOTS[peer]
    _counted(port)
    process = context.Process(target=target, args=(first, url, lines, results))
    process.start()
    caller_s, total_s, cpu_s = results.get(timeout=300)
    process.join()
    requests, arrived = _counted(port)
    return Sample(
        peer,
        lines,
        arrived,
        requests,
        lines / total_s,
        caller_s / lines * 1e6,
        cpu_s / lines * 1e6,
    )


def _median(samples: list[Sample], name: str) -> float:
    return statistics.median(float(getattr(sample, name)) for sample in samples)


def table(samples: list[Sample]) -> str:
    """Return the medians of each peer as a table in Markdown.

    Args:
        samples: The rounds of all peers.
    """
    rows = [
        "| peer | arrived | requests | lines/s | caller us | CPU us per line |",
        "|---|---|---|---|---|---|",
    ]
    for peer in dict.fromkeys(sample.peer for sample in samples):
        own = [sample for sample in samples if sample.peer == peer]
        arrived = sum(sample.arrived for sample in own) / sum(sample.lines for sample in own)
        rows.append(
            f"| {peer} | {arrived:.0%} | {_median(own, 'requests'):.0f} | "
            f"{_median(own, 'per_second'):,.0f} | {_median(own, 'caller_us'):.1f} | "
            f"{_median(own, 'cpu_us'):.1f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure all peers that are installed, in a random order in each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=20_000)
    arguments = parser.parse_args()
    peers = [*PEERS, *_BOTS]
    if importlib.util.find_spec("loki_logger_handler") is None:
        peers.remove("loki-logger-handler")
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    receiver = context.Process(target=_serve, args=(ports,), daemon=True)
    receiver.start()
    port = ports.get(timeout=60)
    samples: list[Sample] = []
    for _ in range(arguments.rounds):
        shuffled = random.sample(peers, len(peers))
        samples += [measure(peer, port, arguments.lines) for peer in shuffled]
    receiver.terminate()
    receiver.join()
    samples.sort(key=lambda sample: peers.index(sample.peer))
    print(table(samples))


if __name__ == "__main__":
    main()
