"""The settings: where each comes from, what it is written like, and what is refused."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from logging_kit.events.model import LEVELS
from logging_kit.exceptions import SettingsError
from logging_kit.setting_arguments import SettingsArguments
from logging_kit.setting_values import HOOKS, parse_age, parse_size
from logging_kit.settings import CHATTY, HookName, LevelName, Settings

# What a person writes for a setting, and what it then is; never the default.
WRITTEN: dict[str, tuple[str, Any]] = {
    "app": ("grid", "grid"),
    "env": ("paper", "paper"),
    "bot_name": ("btc-1", "btc-1"),
    "version": ("1.2.3", "1.2.3"),
    "level": ("warn", "WARNING"),
    "levels": ("ccxt=debug, my.part=Error", {**CHATTY, "ccxt": "DEBUG", "my.part": "ERROR"}),
    "mute_events": ("candle, INDICATOR", ("CANDLE", "INDICATOR")),
    "log_dir": ("var/log", Path("var/log")),
    "stdout": ("Console", "console"),
    "stdout_level": ("warning", "WARNING"),
    "segment_size": ("1 MiB", 1_048_576),
    "archive_after": ("2 days", 172_800.0),
    "keep": ("36 h", 129_600.0),
    "keep_trades": ("1 week", 604_800.0),
    "keep_trades_at_least": ("2 weeks", 1_209_600.0),
    "max_total": ("1.5 GB", 1_500_000_000),
    "shared_log_dir": ("yes", True),
    "masking": ("off", False),
    "mask_names": ("alpha, beta", ("alpha", "beta")),
    "allow_names": ("gamma", ("gamma",)),
    "mask_formats": ("demo_,other_", ("demo_", "other_")),
    "mask_env": ("no", False),
    "hooks": ("excepthook,sigterm", ("excepthook", "sigterm")),
    "repeat_limit": ("50", 50),
    "forward": ("warning", "WARNING"),
    "durability": ("line", "line"),
    "loki_url": ("http://loki.example:3100", "http://loki.example:3100"),
    "loki_tenant": ("bots", "bots"),
    "loki_username": ("me", "me"),
    "loki_password_file": ("/run/password", "/run/password"),
    "loki_token_file": ("/run/token", "/run/token"),
    "loki_ca_file": ("/etc/ca.pem", "/etc/ca.pem"),
    "loki_proxy": ("http://proxy.example:3128", "http://proxy.example:3128"),
    "loki_cloud": ("yes", True),
    "loki_max_age": ("30 days", 2_592_000.0),
    "otlp_url": ("http://collector.example:4318", "http://collector.example:4318"),
    "otlp_username": ("me", "me"),
    "otlp_password_file": ("/run/password", "/run/password"),
    "otlp_token_file": ("/run/token", "/run/token"),
    "otlp_ca_file": ("/etc/ca.pem", "/etc/ca.pem"),
    "otlp_proxy": ("http://proxy.example:3128", "http://proxy.example:3128"),
    "metrics_port": ("8000", "8000"),
    "metrics_host": ("0.0.0.0", "0.0.0.0"),
    "heartbeat_url": ("https://hc-ping.com/x", "https://hc-ping.com/x"),
    "strict": ("Yes", True),
}
DEFAULTS = Settings()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot's folder, two levels deep, with no settings in it."""
    folder = tmp_path / "project" / "bot"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def by_argument(name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return Settings.load({name: text})


def by_environment(name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(f"LOGGING_KIT_{name.upper()}", text)
    return Settings.load()


def by_own_file(name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (folder / "logging_kit.toml").write_text(f'{name} = "{text}"\n')
    return Settings.load()


def by_project_file(
    name: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    (folder.parent / "pyproject.toml").write_text(
        f'[project]\nname = "x"\n[tool.logging_kit]\n{name} = "{text}"\n'
    )
    return Settings.load()


SOURCES = {
    "argument": by_argument,
    "environment": by_environment,
    "own file": by_own_file,
    "project file": by_project_file,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", WRITTEN)
def test_each_setting_comes_from_each_source(
    source: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, value = WRITTEN[name]
    settings = SOURCES[source](name, text, folder, monkeypatch)
    assert getattr(settings, name) == value != getattr(DEFAULTS, name)
    assert type(getattr(settings, name)) is type(getattr(DEFAULTS, name))
    origins = dict(settings.origins)
    assert origins.pop(name) == source.split(maxsplit=1)[-1]
    assert set(origins.values()) == {"default"}


def test_every_setting_is_in_the_table_and_in_the_arguments() -> None:
    names = {field.name for field in dataclasses.fields(Settings)} - {"origins"}
    assert (
        WRITTEN.keys()
        == SettingsArguments.__annotations__.keys()
        == DEFAULTS.as_dict().keys()
        == names
    )


def test_every_setting_says_what_it_is_for() -> None:
    assert all(
        field.metadata["doc"] for field in dataclasses.fields(Settings) if field.name != "origins"
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("levels", {"ccxt": "DEBUG"}, {**CHATTY, "ccxt": "DEBUG"}),
        ("mute_events", ["CANDLE"], ("CANDLE",)),
        ("log_dir", Path("here"), Path("here")),
        ("segment_size", 4096, 4096),
        ("keep", 90, 90.0),
        ("masking", False, False),
        ("strict", True, True),
        ("mask_formats", [("demo_", "hex", 32)], (("demo_", "hex", 32),)),
        ("hooks", (), ()),
        ("level", "fatal", "CRITICAL"),
    ],
)
def test_values_of_python_are_taken_as_they_are(name: str, value: Any, expected: Any) -> None:
    assert getattr(Settings.load({name: value}), name) == expected


def test_lists_tables_and_truth_of_toml(folder: Path) -> None:
    (folder / "logging_kit.toml").write_text(
        'strict = true\nhooks = ["warnings"]\nkeep = 60\n[levels]\nccxt = "ERROR"\n'
    )
    settings = Settings.load()
    assert (settings.strict, settings.hooks, settings.keep, settings.levels["ccxt"]) == (
        True,
        ("warnings",),
        60.0,
        "ERROR",
    )


def test_argument_over_environment_over_file_over_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load().env == "testnet"
    (folder / "logging_kit.toml").write_text('env = "file"\n')
    assert Settings.load().env == "file"
    monkeypatch.setenv("LOGGING_KIT_ENV", "environment")
    assert Settings.load().env == "environment"
    assert Settings.load({"env": "argument"}).env == "argument"


@pytest.mark.parametrize("unset", ["", "  ", None])
def test_an_empty_value_counts_as_not_set(
    unset: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "logging_kit.toml").write_text('env = "file"\napp = ""\n')
    monkeypatch.setenv("LOGGING_KIT_ENV", unset or "")
    settings = Settings.load({"env": unset, "app": unset})
    assert (settings.env, settings.app) == ("file", "trading")


def test_the_bot_is_called_like_the_application_when_it_has_no_name() -> None:
    assert Settings.load({"app": "grid"}).bot_name == "grid"
    assert Settings.load({"app": "grid", "bot_name": "eth"}).bot_name == "eth"


def test_a_file_of_ours_comes_before_the_project_file_beside_it(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.logging_kit]\nenv = "project"\n')
    assert Settings.load().env == "project"
    (folder / "logging_kit.toml").write_text('env = "own"\n')
    assert Settings.load().env == "own"


def test_the_nearest_file_counts_and_a_project_file_without_our_table_does_not(
    folder: Path,
) -> None:
    (folder.parent / "logging_kit.toml").write_text('env = "outer"\n')
    (folder / "pyproject.toml").write_text('[project]\nname = "inner"\n')
    assert Settings.load().env == "outer"
    (folder / "pyproject.toml").write_text('[tool.logging_kit.levels]\nccxt = "DEBUG"\n')
    settings = Settings.load()
    assert (settings.env, settings.levels["ccxt"]) == ("testnet", "DEBUG")


@pytest.mark.parametrize("source", SOURCES.keys() - {"environment"})
def test_an_unknown_name_is_refused_with_a_suggestion(
    source: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        SettingsError, match=r"there is no setting 'segment_sise'.*did you mean 'segment_size'"
    ):
        SOURCES[source]("segment_sise", "16 MB", folder, monkeypatch)


def test_an_unknown_name_that_is_like_no_other_has_no_suggestion() -> None:
    with pytest.raises(SettingsError, match=r"^there is no setting 'xyzzy'$"):
        Settings.load({"xyzzy": 1})


WRONG: list[tuple[str, Any, str]] = [
    ("app", "a\nb", "printable"),
    ("env", "x" * 65, "64"),
    ("level", "LOUD", "not a level"),
    ("levels", "ccxt", "not a level"),
    ("levels", "ccxt=LOUD", "not a level"),
    ("levels", "urllib3,ccxt=INFO", "write it like 'urllib3=ERROR,ccxt=DEBUG'"),
    ("mute_events", "CANDEL", "did you mean 'CANDLE'"),
    ("stdout", "jsn", "did you mean 'json'"),
    ("segment_size", "16 pages", "'16 MB'"),
    ("segment_size", "-1", "'16 MB'"),
    ("segment_size", "0", "more than 0"),
    ("max_total", "much", "'16 MB'"),
    ("keep", "30 moons", "'30 days'"),
    ("keep_trades", "-1 day", "'30 days'"),
    ("masking", "perhaps", "neither true nor false"),
    ("hooks", "excepthok", "did you mean 'excepthook'"),
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("name", "text", "says"), WRONG)
def test_a_wrong_value_is_refused_and_says_which_setting_and_where(
    source: str, name: str, text: str, says: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = text if "file" not in source else text.replace("\n", "\\n")
    with pytest.raises(SettingsError, match=says) as refused:
        SOURCES[source](name, text, folder, monkeypatch)
    assert f"setting {name!r}" in str(refused.value)
    where = {
        "argument": "",
        "environment": "in the environment",
        "own file": "logging_kit.toml",
        "project file": "pyproject.toml",
    }
    assert where[source] in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("segment_size", -1),
        ("segment_size", 0),
        ("keep", -0.5),
        ("keep", float("nan")),
        ("levels", 3),
        ("mask_names", 3),
        ("log_dir", 3),
    ],
)
def test_a_wrong_value_of_python_is_refused(name: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=f"setting '{name}'"):
        Settings.load({name: value})


def test_a_file_that_is_not_toml_is_named(folder: Path) -> None:
    (folder / "logging_kit.toml").write_text("env = \n")
    with pytest.raises(SettingsError, match=r"logging_kit\.toml is not valid TOML"):
        Settings.load()


def test_variables_that_name_programs_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_KIT_LOKI", "/usr/bin/loki")
    monkeypatch.setenv("NOT_LOGGING_KIT_APP", "x")
    assert Settings.load().app == "trading"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16 MB", 16_000_000), ("16MiB", 16_777_216), ("1.5 kB", 1_500), ("512 KiB", 524_288), ("2 GB", 2_000_000_000),
        ("1 tb", 10**12), ("100", 100), ("7 b", 7), (4096, 4096), (1e6, 1_000_000),
    ],
)  # fmt: skip
def test_sizes(text: str | float, size: int) -> None:
    assert parse_size(text) == size
    assert type(parse_size(text)) is int


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 days", 2_592_000), ("1 day", 86_400), ("12 h", 43_200), ("5 min", 300), ("5m", 300), ("90 s", 90),
        ("2 weeks", 1_209_600),
        ("1.5 hours", 5_400), ("60", 60), (60, 60), (0.5, 0.5), (float("inf"), float("inf")),
    ],
)  # fmt: skip
def test_ages(text: str | float, seconds: float) -> None:
    assert parse_age(text) == seconds
    assert type(parse_age(text)) is float


@pytest.mark.parametrize(
    ("value", "name"),
    [(logging.DEBUG, "DEBUG"), (logging.ERROR, "ERROR"), (50, "CRITICAL"), ("warning", "WARNING")],
)
def test_a_level_can_be_a_number_of_logging(value: int | str, name: str) -> None:
    settings = Settings.load({"level": value, "levels": {"ccxt": value}})
    assert (settings.level, settings.levels["ccxt"]) == (name, name)


@pytest.mark.parametrize("value", [15, True, -1, 10.5])
def test_another_number_is_not_a_level(value: float) -> None:
    with pytest.raises(SettingsError, match="not a level"):
        Settings.load({"level": value})


@pytest.mark.parametrize("text", ["", "MB", "16 XB", "1,5 MB", "16 MB!", "-16 MB", "1e3"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_size(text)


@pytest.mark.parametrize("text", ["", "days", "30 months", "-3 days", "1 d 2 h"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_age(text)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULTS.app = "other"  # type: ignore[misc]


@pytest.mark.parametrize("source", SOURCES)
def test_off_leaves_no_hook(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SOURCES[source]("hooks", "off", folder, monkeypatch).hooks == ()


@pytest.mark.parametrize("source", SOURCES)
def test_the_home_folder_can_be_written_as_in_a_shell(
    source: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    settings = SOURCES[source]("log_dir", "~/bot/logs", folder, monkeypatch)
    assert settings.log_dir == home / "bot" / "logs"


def test_the_types_list_the_names_that_are_known() -> None:
    assert get_args(HookName) == HOOKS
    assert {name.upper() for name in get_args(LevelName)} == {name.upper() for name in LEVELS}


def test_all_hooks_are_on() -> None:
    assert DEFAULTS.hooks == HOOKS
    assert "sigterm" in HOOKS


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ("+sigterm", set(), set()),
        ("-sigterm", set(), {"sigterm"}),
        ("-sigterm, -warnings", set(), {"sigterm", "warnings"}),
        ("-sigterm,+sigterm", set(), set()),
        ("+excepthook,-faulthandler", set(), {"faulthandler"}),
    ],
)
def test_hooks_with_a_sign_change_the_default_ones(
    text: str, added: set[str], removed: set[str]
) -> None:
    for given in (text, text.split(",")):
        assert set(Settings.load({"hooks": given}).hooks) == (set(HOOKS) | added) - removed


@pytest.mark.parametrize("text", ["excepthook,+sigterm", "+nothing", "-", "-off", "++sigterm"])
def test_wrong_hooks_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="hook"):
        Settings.load({"hooks": text})


@pytest.mark.parametrize("name", WRITTEN)
def test_the_hash_changes_with_each_setting(name: str) -> None:
    before = Settings.load()
    assert Settings.load({name: WRITTEN[name][0]}).hash() != before.hash() == Settings.load().hash()


def test_the_hash_does_not_depend_on_where_a_value_came_from_nor_on_the_process(
    monkeypatch: pytest.MonkeyPatch, run_bot: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    here = Settings.load({"app": "grid", "levels": {"a": "INFO", "b": "DEBUG"}}).hash()
    assert Settings.load({"app": "grid", "levels": {"b": "DEBUG", "a": "INFO"}}).hash() == here
    source = "from logging_kit.settings import Settings; print(Settings.load().hash())"
    there = run_bot(
        source, LOGGING_KIT_APP="grid", LOGGING_KIT_LEVELS="a=INFO,b=DEBUG", PYTHONHASHSEED="7"
    )
    assert there.stdout.strip() == here
    assert len(here) == 12
