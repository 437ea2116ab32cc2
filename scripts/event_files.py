"""Files that follow from the catalogue of events: code, configuration, tables of the docs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from logging_kit.events.catalogue import BUILT_IN
from logging_kit.events.model import (
    ENVELOPE,
    LABELS,
    STREAMS,
    STRUCTURED_METADATA,
    Event,
    job_label,
)
from logging_kit.panels.query.lines import common_fields, line_fields
from logging_kit.runtime.signatures import RETURNS, annotation, condition, method_parameters
from logging_kit.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
_MARK: Final = "Generated from the catalogue by `python scripts/generate.py`."


def event_types() -> str:
    """Return the source of `EventType`."""
    names = "".join(f'    {name} = "{name}"\n' for name in BUILT_IN)
    literals = "".join(f'    "{name}",\n' for name in BUILT_IN)
    return f'''"""The types of the catalogue's events.

{_MARK}
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class EventType(StrEnum):
    """The type of an event, as it stands in the line's `event`."""

{names}

EventName = Literal[
{literals}]
"""The same names for type checkers and editors."""
'''


def event_methods() -> str:
    """Return the source of the typed methods, for type checkers and editors."""
    methods = "".join(_method(event) for event in BUILT_IN.values() if event.name != "ERROR")
    overloads = "".join(
        f"""
    @overload
    def event(
        self, name: Literal["{name}"], /, *values: Any, message: str | None = None, **fields: Any
    ) -> {returns}: ...
"""
        for name, returns in RETURNS.items()
    )
    return f'''"""The typed methods of `BotLogger`, for type checkers and editors.

{_MARK} It is never imported at run time.
"""
# ruff: noqa: A002

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, SupportsFloat, overload

from .api_call import ApiCall

Number = SupportsFloat


class EventMethods:
    """A method for each event."""
{overloads}
    @overload
    def event(
        self, name: str, /, *values: Any, message: str | None = None, **fields: Any
    ) -> None: ...

    def event(
        self, name: str, /, *values: Any, message: str | None = None, **fields: Any
    ) -> str | ApiCall | None:
        """Write an event by its name: one of the catalogue, or one of the bot's own.

        Args:
            name: Its type, such as FUNDING.
            values: Values of its positional fields.
            message: Text of the line instead of the usual one.
            fields: Its fields.
        """
        raise NotImplementedError
{methods}'''


def _method(event: Event) -> str:
    parts = ["self"]
    keyword_only = False
    for name, kind, required, positional in method_parameters(event):
        if not positional and not keyword_only:
            parts.append("*")
            keyword_only = True
        parts.append(f"{name}: {kind}" + ("" if required else " = None"))
    parts.append("**extra: Any")
    lines = "".join(f"        {part},\n" for part in parts)
    returns = RETURNS.get(event.name, "None")
    return (
        f"\n    def {event.method}(\n{lines}    ) -> {returns}:\n{_docstring(event)}\n"
        "        raise NotImplementedError\n"
    )


def _docstring(event: Event) -> str:
    width = max(len(f.name) for f in event.fields.values())
    rows = []
    for f in event.fields.values():
        unit = f", {f.unit}" if f.unit else ""
        text = f"{f.doc}{unit}{condition(event, f)}.".replace("`", "")
        rows.append(f"            {f.name}:{' ' * (width - len(f.name))} {text}")
    return (
        f'        """{event.doc}\n\n        Args:\n'
        + "\n".join(rows)
        + "\n            message: Text of the line instead of the usual one."
        + '\n            extra: Further fields.\n        """'
    )


def event_lines() -> str:
    """Return the source of the query constants, with the fields of each for completion."""
    shared = line_fields()
    classes = [_lines_class("AllLines", "The lines of all events, and plain lines.", shared)]
    constants = []
    for event in BUILT_IN.values():
        name = "".join(part.capitalize() for part in event.method.split("_")) + "Lines"
        fields = [*common_fields(), *event.fields]
        classes.append(_lines_class(name, f"The lines of {event.name}.", dict.fromkeys(fields)))
        constants.append(f'{event.name}: Final = {name}("{event.name}")')
    names = "".join(f'    "{name}",\n' for name in sorted(["LINES", *BUILT_IN]))
    return f'''"""The constants of the query language: the lines of each event, and those of all.

{_MARK}
"""

from __future__ import annotations

from typing import Final

from logging_kit.panels.query.lines import EventLines, FieldRef

__all__ = [
{names}]

{"".join(classes)}

LINES: Final = AllLines(None)
"""All lines, of events and of plain messages, and those that are not JSON."""

{chr(10).join(constants)}
'''


def _lines_class(name: str, doc: str, fields: Iterable[str]) -> str:
    members = "".join(f"    {field}: FieldRef\n" for field in fields)
    return f'\n\nclass {name}(EventLines):\n    """{doc}"""\n\n    __slots__ = ()\n\n{members}'


def event_words() -> str:
    """Return the source of the words of the catalogue that are no secrets: names and choices."""
    words = {event.method for event in BUILT_IN.values()}
    for event in BUILT_IN.values():
        words |= {choice.lower() for field in event.fields.values() for choice in field.choices}
        words |= set(event.fields)
    words |= {*ENVELOPE, *LABELS, *STRUCTURED_METADATA}
    lines = "".join(f'        "{word}",\n' for word in sorted(words))
    return f'''"""Words of the events that are no secrets: names of events and fields, and choices.

{_MARK}
"""

from __future__ import annotations

from typing import Final

EVENT_WORDS: Final = frozenset(
    (
{lines}    )
)
'''


def events_chapter() -> str:
    """Return the chapter on the events: the tables between the marks, the rest as it is."""
    parts = []
    for event in BUILT_IN.values():
        levels = ", ".join(
            f"{level} when `{name}` is `{value}`" for name, value, level in event.levels
        )
        call = f"`log.{event.method}({', '.join(event.positional)})`"
        if event.name == "ERROR":
            call = "`log.error`, `log.exception`"
        parts.append(
            f"\n## {event.name}\n\n{event.doc}\n\n"
            f"{call} · level {event.level}{f' ({levels})' if levels else ''} · "
            f"file `{event.stream}.log` · SQL view `{event.view}`\n\n"
            "| field | type | unit | meaning |\n|---|---|---|---|\n"
        )
        for f in event.fields.values():
            kind = annotation(f, required=True).replace("|", "\\|")
            parts.append(
                f"| `{f.name}`{'*' if f.required else ''} | `{kind}` | {f.unit} "
                f"| {f.doc}{condition(event, f)} |\n"
            )
    return between("docs/events.md", "".join(parts) + "\n")


def sql_chapter() -> str:
    """Return the chapter on SQL with the list of views."""
    listed = " ".join(f"`{event.view}`" for event in BUILT_IN.values())
    return between("docs/sql.md", "\n" + textwrap.fill(listed, 100) + "\n\n")


def files_chapter() -> str:
    """Return the chapter on files with the events of each stream."""
    rows = []
    for stream in sorted(STREAMS, key=lambda name: (name == "bot", name)):
        names = [event.name for event in BUILT_IN.values() if event.stream == stream]
        what = ", ".join(names)
        if stream == "error":
            what = "ERROR: every line at error or above that is not typed otherwise"
        if stream == "bot":
            what = "plain lines and all other events"
        rows.append(f"| `{stream}` | {what} |\n")
    return between("docs/files.md", "\n| file | events |\n|---|---|\n" + "".join(rows) + "\n")


def promtail_config() -> str:
    """Return the configuration of Promtail with its jobs, labels and structured metadata."""
    app, env = Settings().app, Settings().env
    in_line = [name for name in LABELS if name != "job"]
    parsed = dict.fromkeys(["timestamp", *in_line, *STRUCTURED_METADATA])
    pipeline = f"""\
    pipeline_stages: &pipeline
      - json:
          expressions:
{_keys(parsed, 12)}
      - timestamp:
          source: timestamp
          format: RFC3339Nano
          action_on_failure: skip      # a line without a time gets the time of reading
      - template:                      # job follows the line's own app: trading-bot, scalper-bot
          source: job
          template: '{{{{ if .app }}}}{{{{ .app }}}}-{{{{ .stream }}}}{{{{ end }}}}'
      - labels:
{_keys(LABELS, 10)}
      - structured_metadata:
{_keys(STRUCTURED_METADATA, 10)}
      - labeldrop:
          - filename                   # else each segment would be a stream of its own
          - stream                     # only the template above needs it
"""
    jobs = []
    for stream in STREAMS:
        slug = job_label("", stream).removeprefix("-")
        stages = "    pipeline_stages: *pipeline\n" if jobs else pipeline
        why = "# for lines that are not JSON; the others have their own" if not jobs else ""
        jobs.append(
            f"""  - job_name: {slug}
    static_configs:
      - targets: [localhost]
        labels:
          {f"job: {job_label(app, stream)}": <28} {why}""".rstrip()
            + f"""
          app: {app}
          env: {env}
          stream: {slug}
          __path__: /logs/segments/{stream}-*.log
{stages}"""
        )
    return between(
        "monitoring/promtail/promtail-config.yml", "\n".join(jobs), mark="# ", close=False
    )


def alloy_config() -> str:
    """Return the configuration of Alloy, with the same streams, labels and metadata."""
    app, env = Settings().app, Settings().env
    targets = []
    for stream in STREAMS:
        slug = job_label("", stream).removeprefix("-")
        values = {
            "__path__": f"/logs/segments/{stream}-*.log",
            "job": job_label(app, stream),
            "app": app,
            "env": env,
            "stream": slug,
        }
        pairs = ", ".join(f'{name} = "{value}"' for name, value in values.items())
        targets.append(f"    {{{pairs}}},\n")
    in_line = [name for name in LABELS if name != "job"]
    parsed = dict.fromkeys(["timestamp", *in_line, *STRUCTURED_METADATA])
    return f"""\
// Grafana Alloy 1.18: reads the segment files of logging_kit and sends them to Loki.
//
//   check:  alloy validate config.alloy
//
// {_MARK}
// It has the streams, labels and structured metadata of promtail/promtail-config.yml. It was
// written from Alloy's reference and never run by the tests.

loki.source.file "bot" {{
  targets = [
{"".join(targets)}  ]
  file_match {{
    enabled     = true
    sync_period = "10s"                // a new segment is found this soon
  }}
  forward_to = [loki.process.bot.receiver]
}}

loki.process "bot" {{
  stage.json {{
    expressions = {{{_empty(parsed)}}}
  }}
  stage.timestamp {{
    source                        = "timestamp"
    format                        = "RFC3339Nano"
    action_on_failure             = "skip"
    action_on_duplicate_timestamp = "keep" // lines that are read again keep their times
  }}
  stage.template {{                     // job follows the line's own app: trading-bot, scalper-bot
    source   = "job"
    template = "{{{{ if .app }}}}{{{{ .app }}}}-{{{{ .stream }}}}{{{{ end }}}}"
  }}
  stage.labels {{
    values = {{{_empty(LABELS)}}}
  }}
  stage.structured_metadata {{
    values = {{{_empty(STRUCTURED_METADATA)}}}
  }}
  stage.label_drop {{
    values = ["filename", "stream"]
  }}
  forward_to = [loki.write.loki.receiver]
}}

loki.write "loki" {{
  endpoint {{
    url                 = "http://loki:3100/loki/api/v1/push"
    batch_wait          = "1s"
    batch_size          = "128KiB"
    max_backoff_retries = 0            // for ever
  }}
}}
"""


def _empty(names: Iterable[str]) -> str:
    return ", ".join(f'{name} = ""' for name in names)


def _keys(names: Iterable[str], indent: int) -> str:
    return "\n".join(f"{' ' * indent}{name}:" for name in names)


def between(path: str, text: str, *, mark: str = "<!-- ", close: bool = True) -> str:
    """Return a file with the text between its marks replaced.

    Args:
        path: The file, in the repository.
        text: The new text.
        mark: Beginning of a comment in the file's language.
        close: False if the generated part ends with the file.
    """
    begin = f"{mark}generated from the catalogue{' -->' if close else ''}\n"
    whole = (ROOT / path).read_text("utf-8")
    before, found, rest = whole.partition(begin)
    if not found:
        raise ValueError(f"{path} has no line {begin!r}")
    if not close:
        return before + begin + text
    end = f"{mark}end -->\n"
    return before + begin + text + end + rest.partition(end)[2]


EVENT_FILES: Final[Mapping[str, Callable[[], str]]] = {
    "logging_kit/events/_event_types.py": event_types,
    "logging_kit/runtime/_event_methods.py": event_methods,
    "logging_kit/panels/query/_event_lines.py": event_lines,
    "logging_kit/masking/_event_words.py": event_words,
    "docs/events.md": events_chapter,
    "docs/files.md": files_chapter,
    "docs/sql.md": sql_chapter,
    "monitoring/promtail/promtail-config.yml": promtail_config,
    "monitoring/alloy/config.alloy": alloy_config,
}
