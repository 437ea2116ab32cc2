"""The sources of the settings.

Files that cannot be trusted or read, and variables of other programs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import logging_kit
from logging_kit import diagnostics
from logging_kit.exceptions import SettingsError
from logging_kit.settings import Settings

RunBot = Callable[..., subprocess.CompletedProcess[str]]
STRANGER = 65_534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot's folder, two levels below a home."""
    folder = tmp_path / "home" / "project" / "bot"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    diagnostics._notes.clear()
    return folder


def write(path: Path, text: str = 'env = "found"\n', mode: int = 0o644) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


PROJECT = '[tool.logging_kit]\nenv = "found"\n'


class TestTrust:
    """Only files that the user or root owns and others cannot write."""

    @AS_ROOT
    @pytest.mark.parametrize("level", [0, 1, 2])
    @pytest.mark.parametrize("name", ["logging_kit.toml", "pyproject.toml"])
    def test_a_file_of_another_user_is_ignored(
        self, name: str, level: int, folder: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        text = (
            "masking = false\n"
            if name == "logging_kit.toml"
            else "[tool.logging_kit]\nmasking = false\n"
        )
        path = write([folder, *folder.parents][level] / name, text)
        assert not Settings.load().masking
        os.chown(path, STRANGER, STRANGER)
        assert Settings.load().masking
        Settings.load()
        notes = capfd.readouterr().err.splitlines()
        assert len(notes) == 1
        assert f"'{path}' is ignored: it belongs to another user (uid {STRANGER})" in notes[0]

    @AS_ROOT
    def test_setup_of_root_obeys_no_stranger(self, folder: Path, run_bot: RunBot) -> None:
        evil = write(
            folder.parent / "logging_kit.toml", 'masking = false\nlog_dir = "/tmp/elsewhere"\n'
        )
        os.chown(evil, STRANGER, STRANGER)
        source = (
            f"import os; os.chdir({str(folder)!r}); import logging_kit\n"
            "with logging_kit.setup(stdout='off') as log: log.info('x', api_key='v' * 20)"
        )
        assert run_bot(source).returncode == 0
        line = next((folder / "logs" / "segments").glob("bot*")).read_text()
        assert "v" * 20 not in line

    @AS_ROOT
    def test_a_link_of_another_user_is_ignored(self, folder: Path) -> None:
        target = write(folder / "mine.toml")
        link = folder / "logging_kit.toml"
        link.symlink_to(target)
        assert Settings.load().env == "found"
        os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
        assert Settings.load().env == "testnet"

    @pytest.mark.parametrize("mode", [0o666, 0o646, 0o602])
    def test_a_file_that_others_can_write_is_ignored(
        self, mode: int, folder: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        write(folder / "logging_kit.toml", mode=mode)
        assert Settings.load().env == "testnet"
        assert "other users can write it" in capfd.readouterr().err

    @AS_ROOT
    def test_a_group_that_has_only_its_owner_may_write(self, folder: Path) -> None:
        path = write(folder / "logging_kit.toml", mode=0o664)
        assert Settings.load().env == "found"
        os.chown(path, 0, STRANGER)
        assert Settings.load().env == "testnet"

    def test_the_next_file_above_is_taken_instead(self, folder: Path) -> None:
        write(folder / "logging_kit.toml", 'env = "near"\n', 0o666)
        write(folder.parent / "pyproject.toml", PROJECT)
        assert Settings.load().env == "found"

    def test_a_file_without_our_table_is_not_reported(
        self, folder: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        write(folder / "pyproject.toml", '[project]\nname = "x"\n', 0o666)
        assert Settings.load().env == "testnet"
        assert capfd.readouterr().err == ""

    def test_a_pipe_does_not_hang(self, folder: Path) -> None:
        os.mkfifo(folder / "logging_kit.toml")
        os.mkfifo(folder / "pyproject.toml")
        assert Settings.load().env == "testnet"

    @AS_ROOT
    def test_the_version_and_the_commit_of_a_stranger_are_not_logged(self, folder: Path) -> None:
        from logging_kit.runtime.project import git_commit, project_version

        path = write(folder / "pyproject.toml", '[project]\nversion = "9.9"\n')
        git = folder / ".git"
        git.mkdir()
        write(git / "HEAD", "a" * 40 + "\n")
        assert (project_version(folder), git_commit(folder)) == ("9.9", "a" * 12)
        os.chown(path, STRANGER, STRANGER)
        os.chown(git, STRANGER, STRANGER)
        assert (project_version(folder), git_commit(folder)) == ("", "")

    def test_only_a_commit_is_read_from_a_repository(self, folder: Path) -> None:
        from logging_kit.runtime.project import git_commit

        (folder / ".git").mkdir()
        write(folder / ".git" / "HEAD", "ref: ../../not-a-commit\n")
        write(folder.parent / "not-a-commit", "password=1\n")
        assert git_commit(folder) == ""


class TestReach:
    """Not above the repository, and not above the home."""

    @pytest.mark.parametrize("marker", [".git", ".hg", ".jj"])
    def test_nothing_above_the_repository_is_read(self, marker: str, folder: Path) -> None:
        write(folder.parents[1] / "logging_kit.toml")
        assert Settings.load().env == "found"
        (folder.parent / marker).mkdir()
        assert Settings.load().env == "testnet"
        write(folder.parent / "logging_kit.toml", 'env = "root"\n')
        assert Settings.load().env == "root"

    def test_a_worktree_ends_the_search_as_well(self, folder: Path) -> None:
        write(folder.parent / "logging_kit.toml")
        write(folder / ".git", "gitdir: elsewhere\n")
        assert Settings.load().env == "testnet"

    def test_nothing_above_the_home_is_read(self, folder: Path) -> None:
        path = write(folder.parents[2] / "logging_kit.toml")
        assert Settings.load().env == "testnet"
        path.rename(folder.parents[1] / "logging_kit.toml")
        assert Settings.load().env == "found"

    def test_the_home_itself_is_the_last(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parents[1])
        write(folder.parents[2] / "logging_kit.toml")
        assert Settings.load().env == "testnet"


LINKS = [
    "LOGGING_KIT_LOKI_SERVICE_HOST",
    "LOGGING_KIT_LOKI_SERVICE_PORT_HTTP",
    "LOGGING_KIT_LOKI_PORT",
    "LOGGING_KIT_LEVEL_PORT_3100_TCP_ADDR",
    "LOGGING_KIT_SERVICE_HOST",
    "LOGGING_KIT_PORT",
    "LOGGING_KIT_ENV_SERVICE_PORT",
    "LOGGING_KIT_METRICS_PORT",
    "LOGGING_KIT_METRICS_SERVICE_HOST",
]


class TestVariables:
    """Variables with our prefix that other programs set."""

    @pytest.mark.parametrize("strict", [False, True])
    @pytest.mark.parametrize("name", LINKS)
    def test_service_links_of_kubernetes_do_not_stop_a_bot(
        self, name: str, strict: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "tcp://10.0.0.7:3100")
        assert Settings.load({"strict": strict}).env == "testnet"

    def test_an_unknown_variable_is_reported_once_without_its_value(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("LOGGING_KIT_COLOUR_OF_SHED", "value-" + "of-it")
        monkeypatch.setenv("LOGGING_KIT_SEGMENT_SISE", "1 MB")
        for _ in range(3):
            Settings.load()
        notes = capfd.readouterr().err
        assert notes.count("LOGGING_KIT_COLOUR_OF_SHED is not a setting") == 1
        assert notes.count("LOGGING_KIT_SEGMENT_SISE is not a setting") == 1
        assert "did you mean 'segment_size'" in notes
        assert "value-of-it" not in notes

    @pytest.mark.parametrize(
        ("variable", "meant"),
        [("SEGMENT_SISE", "segment_size"), ("LEVLE", "level"), ("LOGDIR", "log_dir")],
    )
    @pytest.mark.parametrize("where", ["argument", "environment", "file"])
    def test_a_near_miss_is_an_error_under_strict(
        self, where: str, variable: str, meant: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(f"LOGGING_KIT_{variable}", "x")
        assert Settings.load().env == "testnet"
        if where == "environment":
            monkeypatch.setenv("LOGGING_KIT_STRICT", "1")
        if where == "file":
            write(folder / "logging_kit.toml", "strict = true\n")
        with pytest.raises(SettingsError, match=f"did you mean '{meant}'"):
            Settings.load({"strict": True} if where == "argument" else None)

    def test_a_name_like_no_other_is_none_under_strict_either(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LOGGING_KIT_XYZZY", "1")
        assert Settings.load({"strict": True}).strict


SETUP = """
import logging_kit
with logging_kit.setup(stdout="off", **ARGUMENTS) as log:
    log.info("x")
    log.lifecycle("startup")
logging_kit.JsonFormatter()
print("ok")
"""


class TestBrokenSurroundings:
    """A look-up that is optional never stops a bot."""

    pytestmark = pytest.mark.slow

    @staticmethod
    def run(prelude: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        source = (
            prelude + "\n" + SETUP.replace("**ARGUMENTS", f"log_dir={str(tmp_path / 'logs')!r}")
        )
        return subprocess.run(
            [sys.executable, "-c", source],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    GONE = "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')"

    def test_the_working_directory_was_deleted(self, tmp_path: Path) -> None:
        done = self.run(self.GONE, tmp_path)
        assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
        assert "Traceback" not in done.stderr

    def test_a_relative_log_folder_without_a_working_directory(self, tmp_path: Path) -> None:
        """`PWD` says where the folder was, and a deployment may have made it again."""
        prelude = self.GONE + f"; os.environ['PWD'] = {str(tmp_path / 'again')!r}"
        source = prelude + SETUP.replace(", **ARGUMENTS", "")
        done = subprocess.run(
            [sys.executable, "-c", source],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
        assert "the working directory does not exist" in done.stderr
        assert list((tmp_path / "again" / "logs" / "segments").iterdir())

    @pytest.mark.usefixtures("untraced")
    @AS_ROOT
    @pytest.mark.parametrize("what", ["parent", "own", "project"])
    def test_something_above_cannot_be_read(self, what: str, tmp_path: Path) -> None:
        bot = tmp_path / "closed" / "bot"
        bot.mkdir(parents=True)
        for name in ("logging_kit.toml", "pyproject.toml"):
            write(bot.parent / name, mode=0o000 if what != "parent" else 0o644)
        for folder in (*tmp_path.parents[:-2], tmp_path):
            folder.chmod(folder.stat().st_mode | 0o055)
        tmp_path.chmod(0o777)
        if what == "parent":
            bot.parent.chmod(0o600)
        warm = SETUP.replace("**ARGUMENTS", f"log_dir={str(tmp_path / 'warm')!r}, version='1'")
        prelude = (
            f"import os; os.chdir('/')\n{warm}\nlogging_kit.shutdown(); os.chdir({str(bot)!r})\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534); os.environ['HOME'] = '/nonexistent'"
        )
        done = self.run(prelude, tmp_path)
        assert (done.stdout, done.returncode) == ("ok\nok\n", 0), done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("zone", ["UTC+25", "UTC-24:30", "Nowhere/Land", ""])
    @pytest.mark.parametrize("form", ["json", "console"])
    def test_a_time_zone_that_is_none(self, form: str, zone: str, tmp_path: Path) -> None:
        done = self.run("import os", tmp_path, TZ=zone, LOGGING_KIT_STDOUT=form)
        assert (done.stdout.splitlines()[-1:], done.returncode) == (["ok"], 0), done.stderr
        assert "Traceback" not in done.stderr

    def test_an_ascii_file_system(self, tmp_path: Path) -> None:
        """Names in another encoding, in the path that is searched and in the file that is read."""
        folder = tmp_path / "журнал"
        folder.mkdir()
        write(folder / "logging_kit.toml", 'env = "živý"\n')
        prelude = f"import os; os.chdir({os.fsencode(folder)!r})"
        done = self.run(
            prelude, tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LANG="C"
        )
        assert (done.stdout, done.returncode) == ("ok\n", 0), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text", ["~unknown-user-of-nothing/logs", "a\0b", "~no\0body", "logs/\udcff\0"]
)
def test_a_log_folder_that_cannot_be_one_is_a_wrong_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="setting 'log_dir'"):
        Settings.load({"log_dir": text})


def test_a_log_folder_that_the_encoding_cannot_express_is_a_wrong_setting(run_bot: RunBot) -> None:
    source = (
        "import logging_kit\ntry:\n    logging_kit.Settings.load({'log_dir': 'журнал'})\n"
        "except logging_kit.SettingsError as error:\n    print(ascii(str(error)))"
    )
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run_bot(source.encode("ascii", "backslashreplace").decode(), **ascii_only)
    assert "is not a path on this system" in done.stdout, done.stderr


def test_startup_is_logged_though_a_fact_cannot_be_found(
    start: Callable[..., logging_kit.BotLogger],
    lines: Callable[..., list[dict[str, object]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr("logging_kit.runtime.project.git_commit", fails)
    log = start(version="")
    log.lifecycle("startup")
    assert [line["phase"] for line in lines(lifecycle=True)] == ["startup", "startup"]
