"""A receiver on loopback that keeps every pushed entry, also twice, and answers queries like Loki."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs

from tests.support.push_server import Connection, Pushed, PushServer, Request, answer

_QUERY = re.compile(r'\{job=~(".*?[^\\]")\}(?: \| run_id=~(".*"))?')


@dataclass
class Receiver(PushServer):
    """The receiver; a context manager like `PushServer`.

    Attributes:
        entries: Every entry that was accepted.
        readable: False if queries are refused.
        down: True while every request is answered with 503.
    """

    entries: list[Pushed] = field(default_factory=list)
    readable: bool = True
    down: bool = False

    def __enter__(self) -> Receiver:
        self._guard = threading.Lock()
        self.otherwise = self._reply
        super().__enter__()
        return self

    @property
    def texts(self) -> list[str]:
        with self._guard:
            return [entry.line for entry in self.entries]

    @property
    def doubles(self) -> dict[str, int]:
        return {text: count for text, count in Counter(self.texts).items() if count > 1}

    def _reply(self, connection: Connection, request: Request) -> bool:
        if self.down:
            return answer(503, "away")(connection, request)
        if request.path.startswith("/loki/api/v1/push"):
            with self._guard:
                self.entries += request.entries
            return answer(204)(connection, request)
        if not request.path.startswith("/loki/api/v1/query_range") or not self.readable:
            return answer(404)(connection, request)
        text = json.dumps(self._found(request.body.decode()))
        return answer(200, text, Date=formatdate(usegmt=True))(connection, request)

    def _found(self, form: str) -> dict[str, object]:
        query = {name: values[0] for name, values in parse_qs(form).items()}
        match = _QUERY.fullmatch(query["query"])
        assert match is not None, query["query"]
        job = re.compile(json.loads(match[1]))
        run = re.compile(json.loads(match[2])) if match[2] else None
        start, end, limit = int(query["start"]), int(query["end"]), int(query["limit"])
        with self._guard:
            found = [
                entry
                for entry in self.entries
                if start <= entry.time_ns < end
                and job.fullmatch(entry.labels["job"])
                and (run is None or run.fullmatch(entry.metadata.get("run_id", "")))
            ]
        found.sort(key=lambda entry: entry.time_ns)
        result = [
            {"stream": entry.labels, "values": [[str(entry.time_ns), entry.line]]}
            for entry in found[:limit]
        ]
        return {"status": "success", "data": {"resultType": "streams", "result": result}}
