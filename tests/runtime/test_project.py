"""Version and commit in the startup line, read without running git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from logging_kit.runtime.project import (
    git_commit,
    project_version,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot's folder, two levels deep, with no settings in it."""
    folder = tmp_path / "project" / "bot"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


class TestGitCommit:
    """Against git itself."""

    @staticmethod
    def git(folder: Path, *arguments: str) -> str:
        who = (
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        )
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @pytest.fixture
    def repository(self, folder: Path) -> Path:
        self.git(folder, "init", "-q")
        self.git(folder, "commit", "-q", "--allow-empty", "-m", "first")
        return folder

    def test_plain_and_from_a_folder_below(self, repository: Path) -> None:
        commit = self.git(repository, "rev-parse", "HEAD")
        below = repository / "src" / "bot"
        below.mkdir(parents=True)
        assert git_commit(repository) == git_commit(below) == commit[:12]

    def test_detached_and_packed(self, repository: Path) -> None:
        commit = self.git(repository, "rev-parse", "HEAD")
        self.git(repository, "pack-refs", "--all")
        assert git_commit(repository) == commit[:12]
        self.git(repository, "checkout", "-q", "--detach")
        assert git_commit(repository) == commit[:12]

    def test_worktree(self, repository: Path) -> None:
        self.git(repository, "worktree", "add", "-q", "-b", "feature/x", "../tree")
        tree = repository.parent / "tree"
        self.git(tree, "commit", "-q", "--allow-empty", "-m", "second")
        commit = self.git(tree, "rev-parse", "HEAD")
        assert git_commit(tree) == commit[:12] != git_commit(repository)
        self.git(tree, "pack-refs", "--all")
        assert git_commit(tree) == commit[:12]

    def test_no_commit_yet_and_no_repository(self, folder: Path) -> None:
        assert git_commit(folder) == ""
        self.git(folder, "init", "-q")
        assert git_commit(folder) == ""

    def test_a_folder_that_only_looks_like_a_repository(self, folder: Path) -> None:
        (folder / ".git").write_bytes(b"\xff\xfe")
        assert git_commit(folder) == ""
        (folder / ".git").unlink()
        (folder / ".git").mkdir()
        (folder / ".git" / "HEAD").write_bytes(b"ref: refs/heads/\xff")
        assert git_commit(folder) == ""


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('[project]\nversion = "1.4.0"\n', "1.4.0"),
        ('[project]\nname = "x"\n', ""),
        ("[tool.x]\n", ""),
        ("[project\n", ""),
        ("project = 3\n", ""),
    ],
)
def test_version_of_the_project(text: str, version: str, folder: Path) -> None:
    assert project_version(folder) == ""
    (folder.parent / "pyproject.toml").write_text(text)
    assert project_version(folder) == version
