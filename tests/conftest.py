"""Makes `wire`, which lies beside this file, importable from every test; and says at the end what was not run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


# Why `make test` leaves a test out.
LEFT_OUT = {"needs_tools": "needs more tools", "long": "takes long"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.markexpr != "not needs_tools and not long":
        return
    terminalreporter.section("not run, `make test-all` runs them")
    for path in sorted(HERE.rglob("test_*.py")):
        for test, mark in marked(path):
            terminalreporter.line(f"{test} ({LEFT_OUT[mark]})")


def marked(path: Path) -> Iterator[tuple[str, str]]:
    """The tests of a file that are left out, each with its mark."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []:
            mark = ast.unparse(decorator).removeprefix("pytest.mark.")
            if mark in LEFT_OUT:
                yield f"{path.relative_to(HERE.parent)}::{node.name}", mark
