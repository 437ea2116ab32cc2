"""Share of harmless texts of real packages that masking would change.

Run with `python -m benchmarks.masking_survival PACKAGE_OR_DIRECTORY ...`, for example after `pip
install --no-deps --target bots freqtrade jesse python-binance pybit`: `python -m
benchmarks.masking_survival bots/*`. Each changed text is printed, so that it can be explained.
Texts of tests and docstrings are not counted: they are never logged.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from logging_kit.masking import Masker

LOG_METHODS = frozenset(
    {
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "print",
        "send_msg",
        "notify",
    }
)


def sources(target: str) -> Iterator[Path]:
    """Yield the Python files of a directory or of an installed package."""
    path = Path(target)
    if not path.exists():
        spec = importlib.util.find_spec(target)
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{target} is neither a directory nor an installed package")
        path = Path(next(iter(spec.submodule_search_locations)))
    yield from (
        file
        for file in sorted(path.rglob("*.py"))
        if "test" not in str(file.relative_to(path)).lower()
    )


def shown(node: ast.expr) -> str | None:
    """Return the text of a string literal or f-string, with a harmless value in each place."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "BTC" for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        left = shown(node.left)
        return (
            None
            if left is None
            else left + ((shown(node.right) or "") if isinstance(node.op, ast.Add) else "")
        )
    return None


def texts(file: Path) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each string literal and of each log call's message of a file."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield "literal", node.value
        elif isinstance(node, ast.Call) and node.args:
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else node.func.id
                if isinstance(node.func, ast.Name)
                else ""
            )
            if name in LOG_METHODS and (message := shown(node.args[0])) is not None:
                yield "message", message


def changed(masker: Masker, target: str) -> tuple[int, list[tuple[str, Path, str]]]:
    """Return the number of texts in a package, and the changed ones with their rules."""
    total = 0
    found = []
    for file in sources(target):
        for kind, text in texts(file):
            total += 1
            if masker.text(text) != text:
                rules = ", ".join(
                    f"{rule}: {text[max(0, start - 30) : end + 5]!r}"
                    for _, rule, start, end in masker.explain(text)
                )
                found.append((kind, file, rules))
    return total, found


def main(targets: list[str]) -> None:
    """Print the share of each package."""
    masker = Masker(mask_env=False)
    for target in targets:
        if not any(sources(target)):
            continue
        total, found = changed(masker, target)
        print(
            f"{target}: {len(found)} of {total} texts changed "
            f"({100 * len(found) / max(1, total):.3f} %)"
        )
        for kind, file, rules in found:
            print(f"    {kind} {file.name}: {rules}")


if __name__ == "__main__":
    main(sys.argv[1:])
