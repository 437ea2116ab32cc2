"""Events of a bot's own.

Registered in code or in TOML, written, checked and masked as those of the catalogue.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger, DefinitionError, Event, Field, SchemaError, SettingsError
from logging_kit.events import own
from logging_kit.events.catalogue import BUILT_IN, CATALOGUE
from logging_kit.events.model import plural

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]

FUNDING = Event(
    "FUNDING",
    "A payment of funding.",
    "trade",
    [
        Field("symbol", "text", "market", required=True),
        Field("rate", "number", "funding rate", "ratio", low=-1, high=1, required=True),
        Field("side", "choice", "direction of the payment", choices=("paid", "received")),
        Field("settled", "boolean", "whether it is settled"),
        Field("payment_id", "id", "id of the payment"),
    ],
    positional=("rate",),
    summary=("symbol", "rate"),
    levels=[("settled", "false", "warning")],
)
TOML = """
[[tool.logging_kit.event]]
name = "FUNDING"
doc = "A payment of funding."
stream = "trade"
positional = ["rate"]
summary = ["symbol", "rate"]
levels = [["settled", false, "warning"]]

[tool.logging_kit.event.fields]
symbol = { doc = "market", required = true }
rate = { kind = "number", doc = "funding rate", unit = "ratio", low = -1, high = 1, required = true }
side = { choices = ["paid", "received"], doc = "direction of the payment" }
settled = { kind = "boolean", doc = "whether it is settled" }
payment_id = { kind = "id", doc = "id of the payment" }

[[tool.logging_kit.event]]
name = "MARGIN_CALL"
fields = { account = "text", ratio = "number" }
"""


@pytest.fixture
def funding() -> None:
    logging_kit.register_event(FUNDING)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(TOML)
    return tmp_path


class TestCall:
    @pytest.mark.usefixtures("funding")
    def test_an_own_event_is_a_line_of_its_stream_and_level(
        self, start: Start, lines: Lines
    ) -> None:
        log = start()
        for _ in range(3):  # the fast path is built after the first calls
            log.event("FUNDING", 0.0001, symbol="BTC/USDT", side="paid", settled=True)
            log.event("FUNDING", 0.0001, symbol="BTC/USDT", settled=False, message="late")
        found = lines("trade")
        assert {line["event"] for line in found} == {"FUNDING"}
        assert [line["level"] for line in found] == ["info", "warning"] * 3
        assert [line["message"] for line in found] == ["BTC/USDT 0.0001", "late"] * 3
        assert all(line["rate"] == 0.0001 and "schema_error" not in line for line in found)
        assert lines("bot") == []

    @pytest.mark.usefixtures("funding")
    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({"rate": 2, "symbol": "X"}, "rate is above 1"),
            ({"rate": "many", "symbol": "X"}, "rate is not a number"),
            ({"symbol": "X"}, "rate is missing"),
            ({"rate": 0.1, "symbol": "X", "side": "lost"}, "side is none of paid, received"),
        ],
    )
    def test_it_is_checked(
        self, start: Start, lines: Lines, fields: dict[str, Any], problem: str
    ) -> None:
        log = start()
        log.event("FUNDING", **fields)
        assert problem in lines()[0]["schema_error"]
        with pytest.raises(SchemaError, match=f"FUNDING: .*{problem}"):
            start(strict=True).event("FUNDING", **fields)

    @pytest.mark.usefixtures("funding")
    def test_it_is_masked(self, start: Start, lines: Lines) -> None:
        secret = uuid.uuid4().hex
        log = start()
        logging_kit.register_secret(secret)
        for _ in range(3):
            log.event("FUNDING", 0.1, symbol=f"BTC {secret}", payment_id=secret, api_key=secret)
        assert secret not in json.dumps(lines())

    @pytest.mark.usefixtures("funding")
    def test_context_and_chains_see_it(self, start: Start, lines: Lines) -> None:
        seen: list[Any] = []

        def keep(_logger: Any, _method: str, event_dict: Any) -> Any:
            seen.append(event_dict["event_type"])
            return event_dict

        log = start(processors_before=[keep]).bind(correlation_id="c-1")
        log.event("FUNDING", 0.1, symbol="BTC/USDT")
        (line,) = lines("trade")
        assert (line["event"], line["correlation_id"]) == ("FUNDING", "c-1")
        assert "FUNDING" in seen

    @pytest.mark.usefixtures("funding")
    @pytest.mark.parametrize(
        "muted", ["funding", ["FUNDING"], (FUNDING,)], ids=["text", "list", "event"]
    )
    def test_it_can_be_muted(self, start: Start, lines: Lines, muted: Any) -> None:
        start(mute_events=muted).event("FUNDING", 0.1, symbol="BTC/USDT")
        assert lines() == []

    def test_the_catalogues_events_are_written_by_name_too(
        self, start: Start, lines: Lines
    ) -> None:
        log = start()
        correlation_id = log.event("SIGNAL", "LONG", symbol="BTC/USDT", confidence=0.9)
        log.event("API_CALL", "binance", "GET", "/x", status=200, ok=True, latency_ms=1)
        log.event("HEARTBEAT", uptime_s=1)
        log.event("ERROR", error="it broke", error_type="Broken")
        found = {line["event"]: line for line in lines()}
        assert found["SIGNAL"]["correlation_id"] == correlation_id
        assert found["API_CALL"]["path"] == "/x"
        assert "dropped_logs" in found["HEARTBEAT"]
        assert (found["ERROR"]["error"], found["ERROR"]["level"]) == ("it broke", "error")

    @pytest.mark.parametrize("name", ["FUNDIN", "signal", "", 3, None, [1]])
    def test_an_unknown_event_is_a_warning_and_never_an_error(
        self, start: Start, lines: Lines, name: Any
    ) -> None:
        log = start()
        log.event(name, rate=1)
        log.event()  # type: ignore[call-overload]
        first, second = lines()
        assert first["level"] == second["level"] == "warning"
        assert f"there is no event {name!r}" in first["message"]
        assert first["rate"] == 1
        with pytest.raises(SchemaError, match="there is no event"):
            start(strict=True).event(name, rate=1)


class TestDefinition:
    @pytest.mark.parametrize(
        ("event", "problem"),
        [
            (Event("SIGNAL"), "exists already: choose another name"),
            (Event("funding"), "capital letters"),
            (Event("FUND-ING"), "capital letters"),
            (Event("_X"), "capital letters"),
            (Event(7), "capital letters"),  # type: ignore[arg-type]
            (Event("X" * 41), "longer than 40"),
            (Event("LOG"), "SQL view 'logs' exists already"),
            (Event("A", view="trades"), "SQL view 'trades' exists already"),
            (Event("A", view='a"b'), "lower case"),
            (Event("A", stream="trades"), "none of bot, trade"),  # type: ignore[arg-type]
            (Event("A", level="loud"), "none of debug"),  # type: ignore[arg-type]
            (Event("A", level=[1]), "none of debug"),  # type: ignore[arg-type]
            (Event("A", fields=[Field("level")]), "belongs to the line itself"),
            (Event("A", fields=[Field("message")]), "belongs to the line itself"),
            (Event("A", fields=[Field("run_id")]), "belongs to the line itself"),
            (Event("A", fields=[Field("signal")]), "is a label in Loki"),
            (Event("A", fields=[Field("job")]), "is a label in Loki"),
            (Event("A", fields=[Field("exc_info")]), "another meaning"),
            (Event("A", fields=[Field("event_type")]), "another meaning"),
            (Event("A", fields=[Field("Rate")]), "lower case"),
            (Event("A", fields=[Field("a b")]), "lower case"),
            (Event("A", fields=[Field("a", "float")]), "none of text, choice"),  # type: ignore[arg-type]
            (Event("A", fields=[Field("a", "choice")]), "choices="),
            (Event("A", fields=[Field("a", choices=("x",))]), "kind 'choice'"),
            (Event("A", fields=[Field("a", low=1)]), "not a number"),
            (Event("A", fields=[Field("a", "number", low=2, high=1)]), "swap them"),
            (Event("A", fields=[Field("order_id", "number")]), "is an identity"),
            (Event("A", positional=("a",)), "positional names 'a'"),
            (Event("A", fields=[Field("rate")], summary=("rat",)), "did you mean 'rate'"),
            (Event("A", levels=[("a", "b", "error")]), "levels names 'a'"),
            (Event("A", required_when=[("a", ("b",), ("c",))]), "required_when names 'a'"),
        ],
        ids=lambda value: value.name if isinstance(value, Event) else None,
    )
    def test_a_wrong_definition_says_what_to_do(self, event: Event, problem: str) -> None:
        with pytest.raises(DefinitionError, match=problem):
            logging_kit.register_event(event)
        assert dict(CATALOGUE) == dict(BUILT_IN)

    def test_a_field_stands_once(self) -> None:
        with pytest.raises(DefinitionError, match="same name"):
            Event("A", fields=[Field("a"), Field("a")])

    def test_an_event_is_registered_once(self) -> None:
        logging_kit.register_event(FUNDING)
        with pytest.raises(DefinitionError, match=r"FUNDING.*exists already"):
            logging_kit.register_event(FUNDING)
        with pytest.raises(DefinitionError, match="takes an Event"):
            logging_kit.register_event("FUNDING")  # type: ignore[arg-type]

    def test_it_is_too_late_after_setup(self, start: Start) -> None:
        start()
        with pytest.raises(DefinitionError, match=r"call register_event\(\) before"):
            logging_kit.register_event(FUNDING)
        logging_kit.shutdown()
        logging_kit.register_event(FUNDING)

    @pytest.mark.parametrize(
        ("noun", "view"),
        [("funding", "fundings"), ("entry", "entries"), ("day", "days"), ("ws", "ws_events")],
    )
    def test_the_view_is_a_plural(self, noun: str, view: str) -> None:
        assert plural(noun) == view


class TestToml:
    @pytest.mark.usefixtures("project")
    def test_events_of_the_file_are_written(self, start: Start, lines: Lines) -> None:
        log = start()
        assert own.own_events()["FUNDING"] == own._completed(FUNDING)
        log.event("FUNDING", 0.1, symbol="BTC/USDT", settled=False)
        log.event("MARGIN_CALL", account="main", ratio="much")
        call, funding = sorted(lines(), key=lambda line: line["_file"])
        assert (funding["event"], funding["level"]) == ("FUNDING", "warning")
        assert call["schema_error"] == "ratio is not a number"
        start()  # the same file again
        logging_kit.shutdown()
        start()

    def test_a_file_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "logging_kit.toml").write_text(TOML.replace("tool.logging_kit.", ""))
        monkeypatch.chdir(tmp_path)
        logging_kit.Settings.load()
        assert set(own.own_events()) == {"FUNDING", "MARGIN_CALL"}

    @pytest.mark.parametrize(
        ("toml", "problem"),
        [
            ('name = "A"\nfeilds = {}', "unknown key 'feilds'; did you mean 'fields'"),
            ('doc = "A"', 'name = "FUNDING"'),
            ('name = "TRADE"', "exists already"),
            ('name = "A"\nfields = { a = "float" }', "none of text"),
            ('name = "A"\nfields = { a = 1 }', "is a kind or a table"),
            ('name = "A"\nfields = { a = { unti = "ms" } }', "did you mean 'unit'"),
            ('name = "A"\nfields = { a = { kind = "number", low = "x" } }', "low must be a number"),
            ('name = "A"\nfields = ["a"]', "fields as a table"),
            ('name = "A"\nlevels = ["x"]', "event 'A'"),
            ('name = "A"\nstream = 3', "none of bot"),
        ],
    )
    def test_a_wrong_table_is_a_wrong_setting(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, problem: str
    ) -> None:
        (tmp_path / "pyproject.toml").write_text(f"[[tool.logging_kit.event]]\n{toml}\n")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SettingsError, match=problem) as caught:
            logging_kit.Settings.load()
        assert "pyproject.toml" in str(caught.value)

    def test_an_event_in_code_and_in_the_file(self, project: Path) -> None:
        logging_kit.register_event(Event("FUNDING"))
        with pytest.raises(SettingsError, match=r"FUNDING.*exists already.*pyproject\.toml"):
            logging_kit.Settings.load()

    def test_one_table_instead_of_a_list(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "pyproject.toml").write_text('[tool.logging_kit.event]\nname = "A"\n')
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SettingsError, match=r"\[\[tool\.logging_kit\.event\]\]"):
            logging_kit.Settings.load()


class TestReaders:
    @pytest.mark.usefixtures("funding")
    def test_another_process_finds_the_definition_beside_the_lines(
        self, start: Start, log_dir: Path
    ) -> None:
        start()
        logging_kit.shutdown()
        own.forget()
        own.recall(log_dir)
        assert own.own_events()["FUNDING"] == own._completed(FUNDING)

    def test_definitions_of_several_bots_stay(self, log_dir: Path) -> None:
        log_dir.mkdir(parents=True, exist_ok=True)
        for name in ("A", "B"):
            own.register(Event(name))
            own.remember(log_dir)
            own.forget()
        own.recall(log_dir)
        assert set(own.own_events()) == {"A", "B"}

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", '{"event": 3}', '{"event": [3, {"name": "x"}]}', '{"panel": [1]}']
    )
    def test_a_damaged_file_is_left_out(self, log_dir: Path, text: str) -> None:
        log_dir.mkdir(parents=True, exist_ok=True)
        (log_dir / own.FILE).write_text(text)
        own.recall(log_dir)
        assert own.panel_tables() == []
        assert own.own_events() == {}

    def test_without_own_events_nothing_is_written(self, start: Start, log_dir: Path) -> None:
        start()
        assert not (log_dir / own.FILE).exists()


def test_the_tables_of_the_documentation_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The TOML of docs/events.md defines an event and a panel."""
    from logging_kit.panels.own import own_dashboard

    chapter = Path(__file__).resolve().parents[2].joinpath("docs/events.md").read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text("\n".join(blocks))
    monkeypatch.chdir(tmp_path)
    logging_kit.Settings.load()
    page = own_dashboard()
    assert page is not None
    assert [panel.title for panel in page.panels] == [
        "Funding rate by symbol",
        "FUNDING count",
        "FUNDING",
    ]
