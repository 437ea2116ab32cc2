"""Read the page of the metrics as samples."""

from __future__ import annotations

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Samples = dict[tuple[str, Labels], float]


def parse(text: str) -> Samples:
    """Each sample by its name and labels."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"{key} is there twice"
            found[key] = sample.value
    return found


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """The value of the sample with these labels among others; None without it."""
    wanted = set(labels.items())
    found = [v for (n, given), v in samples.items() if n == name and wanted <= given]
    assert len(found) <= 1, f"{name}{labels} is ambiguous: {len(found)} samples"
    return found[0] if found else None


def total(samples: Samples, name: str, **labels: str) -> float:
    """The sum of the samples with these labels among others."""
    wanted = set(labels.items())
    return sum(v for (n, given), v in samples.items() if n == name and wanted <= given)


def fetch(port: int, path: str = "/metrics", accept: str = "") -> tuple[int, str, str]:
    """Status, content type and body of an answer of the server on this machine."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()
