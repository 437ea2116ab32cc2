"""A real Loki with the configuration that is shipped, on a free port and with its data in a directory of the test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.support.servers.binaries import ROOT
from tests.support.servers.process import Server, free_port, merged

CONFIG = ROOT / "logging_kit" / "monitoring" / "loki" / "loki-config.yml"
PAGE = 5000
"""`max_entries_limit_per_query` of the configuration."""

_FAST_START: Mapping[str, Any] = {
    "ingester": {
        "lifecycler": {
            "min_ready_duration": "0s",
            "readiness_check_ring_health": False,
            "final_sleep": "0s",
        }
    },
    "frontend": {"scheduler_dns_lookup_period": "1s"},
    "frontend_worker": {"dns_lookup_duration": "1s"},
}
"""Ready after 3 s instead of 17 s; good for tests, not for a server that others find in a ring."""


@dataclass(frozen=True, slots=True)
class Line:
    """One log line as Loki has it."""

    time_ns: int
    text: str
    labels: Mapping[str, str]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        """The line parsed as JSON."""
        return dict(json.loads(self.text))


class Loki(Server):
    """Loki 3.7.

    Times are seconds or nanoseconds since 1970: what cannot be seconds is nanoseconds, as in Loki's
    own API.

    Args:
        directory: Where its configuration and data go.
        overlay: Settings laid over the shipped configuration.
    """

    name = "loki"

    def __init__(self, directory: Path, overlay: Mapping[str, Any] | None = None) -> None:
        text = CONFIG.read_text().replace(" /loki", f" {directory / 'data'}")
        local = {
            "server": {
                "http_listen_address": "127.0.0.1",
                "http_listen_port": free_port(),
                "grpc_listen_port": free_port(),
            }
        }
        config = merged(merged(merged(yaml.safe_load(text), _FAST_START), local), overlay or {})
        super().__init__(directory, config)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of an answer; AssertionError with Loki's own words if it is an error."""
        answer = self.http.get(
            f"/loki/api/v1/{path}",
            params=params,
            headers={"X-Loki-Response-Encoding-Flags": "categorize-labels"},
        )
        assert answer.is_success, f"{answer.status_code} for {path} {params}: {answer.text}"
        return answer.json()

    def query(self, expr: str, time: float | None = None) -> list[tuple[dict[str, str], float]]:
        """An instant metric query: each series' labels and its value."""
        params = {} if time is None else {"time": _ns(time)}
        result = self.get("query", query=expr, **params)["data"]["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def query_range(
        self, expr: str, start: float, end: float, step: float
    ) -> list[tuple[dict[str, str], dict[float, float]]]:
        """A range metric query: each series' labels and its value by time in seconds."""
        result = self.get("query_range", query=expr, start=_ns(start), end=_ns(end), step=step)[
            "data"
        ]["result"]
        return [
            (series["metric"], {float(t): float(v) for t, v in series["values"]})
            for series in result
        ]

    def lines(self, expr: str, start: float, end: float) -> list[Line]:
        """Every line of a log query in `[start, end)`, oldest first, however many there are."""
        found: list[Line] = []
        begin = _ns(start)
        while True:
            page = self._page(expr, begin, _ns(end))
            if len(page) < PAGE:
                return found + page
            # other lines of the last moment may be on the next page: begin there again
            last = page[-1].time_ns
            assert last > begin, f"more than {PAGE} lines at {last}"
            found += [line for line in page if line.time_ns < last]
            begin = last

    def _page(self, expr: str, start_ns: int, end_ns: int) -> list[Line]:
        streams = self.get(
            "query_range", query=expr, start=start_ns, end=end_ns, limit=PAGE, direction="forward"
        )["data"]["result"]
        lines = [
            Line(
                int(time),
                text,
                stream["stream"],
                more[0].get("structuredMetadata", {}) if more else {},
            )
            for stream in streams
            for time, text, *more in stream["values"]
        ]
        return sorted(lines, key=lambda line: line.time_ns)

    def series(self, selector: str, start: float, end: float) -> list[dict[str, str]]:
        """The labels of each stream."""
        return list(
            self.get("series", **{"match[]": selector, "start": _ns(start), "end": _ns(end)})[
                "data"
            ]
        )

    def labels(self, start: float, end: float) -> set[str]:
        """Names of all labels."""
        return set(self.get("labels", start=_ns(start), end=_ns(end)).get("data") or ())

    def format_query(self, expr: str) -> str:
        """The query as Loki writes it; AssertionError with Loki's words if it does not parse."""
        return str(self.get("format_query", query=expr)["data"])

    @cached_property
    def version(self) -> str:
        """The version that the server states, such as `3.7.6`."""
        return str(self.get("status/buildinfo")["version"])

    def config(self) -> Any:
        """The configuration in force."""
        return yaml.safe_load(self.http.get("/config").text)

    def push(
        self,
        labels: Mapping[str, str],
        lines: Iterable[tuple[int, str] | tuple[int, str, Mapping[str, str]]],
    ) -> None:
        """Send `(time in ns, text[, structured metadata])` as one stream."""
        values = [[str(time), *rest] for time, *rest in lines]
        answer = self.http.post(
            "/loki/api/v1/push", json={"streams": [{"stream": dict(labels), "values": values}]}
        )
        assert answer.status_code == 204, f"{answer.status_code}: {answer.text}"


def _ns(time: float) -> int:
    return int(time) if time > 10**12 else round(time * 1e9)
