"""The packages import one another without a circle, lazy and type-only imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import logging_kit

pytestmark = pytest.mark.slow

PACKAGE = Path(logging_kit.__file__).parent


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = ("logging_kit", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(module: str) -> Iterator[str]:
    """The modules that a module imports anywhere in its text.

    Functions and `TYPE_CHECKING` count.
    """
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        if isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                if name in MODULES or base in MODULES:
                    yield name if name in MODULES else base


def children_graph(package: str) -> dict[str, set[str]]:
    """The children of a package, and which of its other children each imports."""
    depth = package.count(".") + 2

    def child(module: str) -> str | None:
        return ".".join(module.split(".")[:depth]) if module.startswith(package + ".") else None

    graph: dict[str, set[str]] = {}
    for module in MODULES:
        importer = child(module)
        if importer is not None:
            imported = {name for each in imports(module) if (name := child(each)) is not None}
            graph.setdefault(importer, set()).update(imported - {importer})
    return graph


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_graph_is_read_from_the_sources() -> None:
    graph = children_graph("logging_kit")
    assert "logging_kit.store" in graph["logging_kit.runtime"]
    assert "logging_kit.exceptions" in graph["logging_kit.settings"]
    assert "logging_kit.settings" in graph["logging_kit.masking"]  # for type checkers only
    assert "logging_kit.masking" in graph["logging_kit.cli"]  # inside functions only


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}})


PACKAGES = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_of_imports(package: str) -> None:
    assert circle(children_graph(package)) == []


def test_only_the_faces_import_the_root_package() -> None:
    """The root package imports nearly everything: importing it from below would be a circle."""
    assert [module for module in MODULES if "logging_kit" in imports(module)] == []
