"""Process-wide state: it lies in `State`, or in one of the few objects that its docstring names."""

from __future__ import annotations

import ast
import inspect
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.runtime.state import State, state

PACKAGE = Path(logging_kit.__file__).parent
HOLDERS = {
    "diagnostics": {"_notes"},
    "events.catalogue": {"_all"},
    "events.own": {"_panels"},
    "integrations.celery": {"_blocks"},
    "integrations.connections": {"OPEN"},
    "integrations.loguru": {"_attached"},
    "integrations.websockets": {"_watchers"},
    "loki.logproto": {"_known"},
    "loki.quiet": {"_thread"},
    "loki.sigterm": {"_flushes"},
    "loki.spool": {"_workers"},
    "loki.worker": {"_workers"},
    "masking": {"PROCESS"},
    "metrics.gauges": {"_gauges"},
    "metrics.multiprocess": {"CLIENTS"},
    "masking.masker": {"REGISTRY"},
    "panels.own": {"_dashboards", "_panels"},
    "pipeline.callsite": {"_logging_code"},
    "pipeline.converters": {"_converters"},
    "runtime.clock_skew": {"_checks"},
    "runtime.state": {"state"},
    "store.forks": {"_closers"},
    "store.journal": {"_left_open"},
}
"""Module-level names that are changed while the program runs."""

_CHANGES = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft",
    "remove", "setdefault", "update",
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a module assigns at its top level, with the value."""
    for node in tree.body:
        match node:
            case ast.Assign():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, node.value
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node.value


def changed_names(tree: ast.Module, mutable_classes: set[str]) -> set[str]:
    """The module-level names whose value the module changes, or that it rebinds in a function.

    An instance of a class with methods that assign to `self` counts as changed.
    """
    values = dict(assigned(tree))
    found = {
        name
        for name, value in values.items()
        if isinstance(value, ast.Call) and ast.unparse(value.func) in mutable_classes
    }
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        match node:
            case ast.Global(names=names):
                found.update(names)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                if attribute in _CHANGES:
                    found.add(name)
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                pass
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                targets = [target]
        for target in targets:
            match target:
                case (
                    ast.Subscript(value=ast.Name(id=name)) | ast.Attribute(value=ast.Name(id=name))
                ):
                    found.add(name)
    return found & values.keys()


def writes_to_self(method: ast.FunctionDef) -> bool:
    """True if a method assigns to an attribute of `self`, or to an item of one."""
    return any(
        isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node).startswith("self.")
        for node in ast.walk(method)
    )


def classes_with_state() -> set[str]:
    """Classes of the package with a method, apart from the constructor, that writes to `self`."""
    return {
        cls.name
        for path in PACKAGE.rglob("*.py")
        for cls in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(cls, ast.ClassDef)
        for method in cls.body
        if isinstance(method, ast.FunctionDef)
        and method.name != "__init__"
        and writes_to_self(method)
    }


@pytest.mark.slow
def test_no_other_module_level_name_is_changed() -> None:
    mutable = classes_with_state()
    assert {"State", "_Notes"} <= mutable
    found = {
        module_name(path): changed_names(ast.parse(path.read_text("utf-8")), mutable)
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: names for name, names in found.items() if names} == HOLDERS


def test_the_scan_finds_each_kind_of_change() -> None:
    source = """
a = {}; b: list[int] = []; c = 0; d = Box(); e = set(); f = {}; TABLE = {"x": 1}
def change():
    global c
    a["x"] = 1
    b.append(1)
    e.discard(2)
    f["x"] += 1
    return TABLE.get("x")
"""
    assert changed_names(ast.parse(source), {"Box"}) == {"a", "b", "c", "d", "e", "f"}


@pytest.mark.slow
def test_no_module_assigns_to_another_module() -> None:
    """State that is a module's attribute, set from elsewhere, has no owner."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        modules = {
            (alias.asname or alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module is None
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    assert not (
                        isinstance(target, ast.Attribute)
                        and isinstance(target.value, ast.Name)
                        and target.value.id in modules
                    ), f"{path.name}: {ast.unparse(node)}"


def test_the_docstring_names_every_field_and_every_holder() -> None:
    documented = inspect.getdoc(State) or ""
    for field in State.__slots__:
        assert f"{field}: " in documented
    for module, names in HOLDERS.items():
        for name in names - {"state"}:
            assert f"`{module}.{name}`" in documented


def test_a_shutdown_leaves_the_state_as_it_was(start: Callable[..., Any]) -> None:
    fields = ("runtime", "pipeline", "health", "startup_fields", "observer", "stand_in")
    before = [getattr(state, field) for field in fields]
    log = start(levels="x=ERROR")
    assert not log.is_enabled_for("debug")
    assert state.runtime is not None
    assert state.thresholds
    logging_kit.shutdown()
    assert [getattr(state, field) for field in fields] == before
    assert state.thresholds == {}


def _ids(queue: Any) -> None:
    queue.put([next(state.correlation_ids) for _ in range(3)])


def test_a_forked_child_makes_other_ids() -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_ids, args=(queue,))
    child.start()
    theirs = queue.get(timeout=30)
    child.join()
    assert not {next(state.correlation_ids) for _ in range(3)} & set(theirs)
