"""Rules for the words and the shape of the source: plain English, one markup, short files."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
BANNED = re.compile(
    # each word is cut in two, so that this file does not break its own rule
    "|".join(
        first + second
        for first, second in (
            ("when", "ce"),
            ("ane", "w"),
            ("some", "body"),
            ("no", "body"),
            (r"\bof ", r"ours\b"),
            ("what be", "comes of"),
        )
    ),
    re.IGNORECASE,
)
QUESTION = re.compile(r"(What|Where|Which|Whether|How)\b")


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the repository; of a copy without git, all files outside hidden folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split("\0")[:-1]
    if listed.returncode:
        names = [
            str(path.relative_to(ROOT))
            for pattern in patterns
            for path in ROOT.rglob(pattern)
            if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
        ]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def parsed() -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of each Python file."""
    for path in tracked("*.py"):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_bytes())


def test_no_banned_word() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked("*.py", "*.pyi", "*.md", "*.toml", "*.yml", "*.yaml", "*.sh", "*.tmpl")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if BANNED.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "banned"),
    [("Some" + "body waits", True), ("a line of " + "ours", True), ("of course", False)],
)
def test_the_pattern_finds_the_words(text: str, banned: bool) -> None:
    assert bool(BANNED.search(text)) is banned


def test_no_module_docstring_begins_with_a_question_word() -> None:
    found = [name for name, tree in parsed() if QUESTION.match(ast.get_docstring(tree) or "")]
    assert found == []


def test_conditional_expressions_are_few_and_never_nested() -> None:
    """Statements read better: at most 10 conditional expressions in 1,000 lines of the package."""
    count = lines = 0
    nested = []
    for name, tree in parsed():
        if not name.startswith("logging_kit/"):
            continue
        lines += len((ROOT / name).read_text("utf-8").splitlines())
        for node in ast.walk(tree):
            if isinstance(node, ast.IfExp):
                count += 1
                inner = [part for part in ast.walk(node) if isinstance(part, ast.IfExp)]
                if len(inner) > 1:
                    nested.append(f"{name}:{node.lineno}")
    assert nested == []
    assert count <= lines / 100


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string that stands alone: docstrings, also of attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str):
                yield node.lineno, text


def test_docstrings_have_one_markup() -> None:
    """Code stands in single backticks; there are no roles of Sphinx."""
    other = re.compile(r"``|:[a-z]+:`")
    found = [
        f"{name}:{line}"
        for name, tree in parsed()
        for line, text in docstrings(tree)
        if other.search(text)
    ]
    assert found == []


def test_no_docstring_begins_with_a_question_word() -> None:
    """A function's docstring begins with a verb, another one with a noun."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and QUESTION.match(ast.get_docstring(node) or "")
    ]
    assert found == []
