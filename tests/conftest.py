"""Makes `wire`, which lies beside this file, importable from every test; and says at the end what was not run."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.markexpr != "not needs_tools":
        return
    left_out = [test for path in sorted(HERE.rglob("test_*.py")) for test in wanting_tools(path)]
    terminalreporter.section("not run: tests that need more tools (`make test-all` runs them)")
    for test in left_out:
        terminalreporter.line(test)


def wanting_tools(path: Path) -> list[str]:
    """The tests of a file that are marked `needs_tools`, one by one or all of them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marked = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any("needs_tools" in ast.unparse(mark) for mark in node.decorator_list)
    ]
    return [f"{path.relative_to(HERE.parent)}::{name}" for name in marked]
