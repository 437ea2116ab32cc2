"""A real Promtail with the configuration that is shipped, reading the log directory of a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.servers.binaries import ROOT
from tests.support.servers.process import Server, free_port, merged, wait_for

CONFIG = ROOT / "logging_kit" / "monitoring" / "promtail" / "promtail-config.yml"

_FAST: Mapping[str, Any] = {"target_config": {"sync_period": "1s"}}
"""A new segment is found within a second instead of ten."""


class Promtail(Server):
    """Promtail 3.6.

    Args:
        directory: Where its configuration and positions go.
        log_dir: The log directory of the bot; its segments are read.
        loki_url: Base address of Loki, such as `http://127.0.0.1:3100`.
        app: Label of lines that do not say it themselves.
        env: Likewise.
        overlay: Settings laid over the shipped configuration.
    """

    name = "promtail"

    def __init__(
        self,
        directory: Path,
        *,
        log_dir: Path,
        loki_url: str,
        app: str = "trading",
        env: str = "testnet",
        overlay: Mapping[str, Any] | None = None,
    ) -> None:
        text = CONFIG.read_text()
        for shipped, local in (
            ("http://loki:3100", loki_url),
            ("/logs/segments/", f"{log_dir}/segments/"),
            ("/var/lib/promtail/", f"{directory}/"),
            ("app: trading", f"app: {app}"),
            ("job: trading-", f"job: {app}-"),
            ("env: testnet", f"env: {env}"),
        ):
            assert shipped in text
            text = text.replace(shipped, local)
        local = {"server": {"http_listen_address": "127.0.0.1", "http_listen_port": free_port()}}
        self.log_dir = log_dir
        self.positions = directory / "positions.yaml"
        super().__init__(
            directory,
            merged(merged(merged(yaml.safe_load(text), _FAST), local), overlay or {}),
            [log_dir],
        )

    def _answers_ready(self) -> bool:
        # /ready is 500 while there is no file to read, which is no fault in a test that has yet to write one
        return self.http.get("/metrics").status_code == 200

    def unread(self) -> dict[str, int]:
        """Bytes of each segment that the positions file does not have yet."""
        read = (
            (yaml.safe_load(self.positions.read_text()) or {}).get("positions") or {}
            if self.positions.exists()
            else {}
        )
        behind = {
            str(path): path.stat().st_size - int(read.get(str(path), 0))
            for path in (self.log_dir / "segments").glob("*.log")
        }
        return {path: size for path, size in behind.items() if size}

    def wait_until_delivered(self, timeout_s: float = 60) -> None:
        """Wait until every segment is read to its end and Loki has taken every line of it."""
        wait_for(lambda: not self.unread(), timeout_s, f"everything read by {self.name}")
        wait_for(lambda: self.undelivered() == 0, timeout_s, f"everything sent by {self.name}")

    def undelivered(self) -> float:
        """Lines that this process has read and that Loki has neither taken nor refused."""
        done = self.metric("promtail_sent_entries_total") + self.metric(
            "promtail_dropped_entries_total"
        )
        return self.metric("promtail_read_lines_total") - done
