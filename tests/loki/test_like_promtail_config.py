"""The shipped configuration of Promtail, followed step by step, gives the labels of the shipper.

`test_shipper_on_loki.py` compares with a real Promtail; this test needs none.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.cli.servers import MONITORING
from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.model import LABELS, STREAMS, STRUCTURED_METADATA
from logging_kit.loki.line_entries import Labeller
from tests.support.events import all_fields

CONFIG = yaml.safe_load((MONITORING / "promtail" / "promtail-config.yml").read_text())
JOBS = {
    Path(job["static_configs"][0]["labels"]["__path__"]).name.partition("-")[0]: job
    for job in CONFIG["scrape_configs"]
}
ALLOY = (MONITORING / "alloy" / "config.alloy").read_text()


def promtail(stream: str, line: str) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and structured metadata that the stages of the configuration give a line."""
    labels = dict(JOBS[stream]["static_configs"][0]["labels"])
    labels |= {"filename": labels.pop("__path__")}
    extracted: dict[str, Any] = dict(labels)
    metadata: dict[str, str] = {}
    for stage in JOBS[stream]["pipeline_stages"]:
        ((kind, body),) = stage.items()
        match kind:
            case "json":
                try:
                    fields = json.loads(line)
                except ValueError:
                    continue
                if isinstance(fields, dict):
                    extracted |= {name: fields.get(name) for name in body["expressions"]}
            case "timestamp":
                assert (body["source"], body["format"]) == ("timestamp", "RFC3339Nano")
            case "template":
                assert body["template"] == "{{ if .app }}{{ .app }}-{{ .stream }}{{ end }}"
                app = extracted.get("app")
                extracted.pop("job", None)
                if app:
                    extracted["job"] = f"{app}-{extracted['stream']}"
            case "labels":
                labels |= {name: extracted[name] for name in body if extracted.get(name)}
            case "structured_metadata":
                metadata = {name: extracted[name] for name in body if extracted.get(name)}
            case "labeldrop":
                for name in body:
                    labels.pop(name)
            case _:
                raise AssertionError(f"the test does not know the stage {kind}")
    return labels, metadata


def lines(stream: str) -> list[str]:
    head = {
        "timestamp": "2026-11-21T12:00:00.123456Z",
        "level": "info",
        "app": "scalper",
        "env": "paper",
        "bot_name": "btc-grid",
    }
    events = [
        {**head, "event": event.name, **all_fields(event), "run_id": "01K", "seq": 1, "v": 1}
        for event in BUILT_IN.values()
        if event.stream == stream
    ]
    identities = {name: f"some {name}" for name in STRUCTURED_METADATA}
    plain = [head, {**head, **identities}, {"message": "no app"}, {**head, "signal": ""}, {}]
    return [
        *(json.dumps({k: str(v) if k in LABELS or k in STRUCTURED_METADATA else "" for k, v in one.items()}) for one in events),
        *map(json.dumps, plain),
        "no JSON",
        "[]",
        "",
    ]  # fmt: skip


@pytest.mark.parametrize("stream", STREAMS)
def test_labels_and_metadata_are_those_of_the_configuration(stream: str) -> None:
    labels = JOBS[stream]["static_configs"][0]["labels"]
    labeller = Labeller(labels["app"], labels["env"])
    for line in lines(stream):
        entry = labeller.entry(stream, line.encode(), 0)
        assert (entry.labels, entry.metadata) == promtail(stream, line), line


def test_every_stream_has_a_job() -> None:
    assert JOBS.keys() == set(STREAMS)


def test_alloy_has_the_same_streams_labels_and_metadata() -> None:
    """Alloy itself is not run: its configuration is compared with that of Promtail."""
    lists = {
        name: re.findall(r"(\w+) = \"\"", ALLOY.partition(f"stage.{name} {{")[2].partition("}")[0])
        for name in ("json", "labels", "structured_metadata")
    }
    assert lists["labels"] == list(LABELS)
    assert lists["structured_metadata"] == list(STRUCTURED_METADATA)
    assert set(lists["json"]) == {"timestamp", *LABELS, *STRUCTURED_METADATA} - {"job"}
    for stream, job in JOBS.items():
        labels = job["static_configs"][0]["labels"]
        pairs = ", ".join(
            f'{name} = "{labels[name]}"' for name in ("__path__", "job", "app", "env", "stream")
        )
        assert f"{{{pairs}}}" in ALLOY, stream
    assert ALLOY.count("{") == ALLOY.count("}")
