"""Makes `wire`, which lies beside this file, importable from every test; and says at the end what was not run."""

import ast
import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


# Why `make test` leaves a test out.
LEFT_OUT = {
    "needs_tools": "needs more tools",
    "long": "takes long",
    "sampled": "but for the first and the last of its cases",
}


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in the background of a shell: what tests start would not be interrupted either.
    signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # what is imported and collected stays to the end: to look through it again and again finds nothing


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a sampled test, what lies between the first and the last of its cases takes long."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for between in (of_one[1:-1] for of_one in cases.values()):
        for item in between:
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.markexpr != "not needs_tools and not long":
        return
    terminalreporter.section("not run, `make test-all` runs them")
    for path in sorted(HERE.rglob("test_*.py")):
        for test, mark in marked(path):
            terminalreporter.line(f"{test} ({LEFT_OUT[mark]})")


def marked(path: Path) -> Iterator[tuple[str, str]]:
    """The tests of a file that are left out, each with its mark: its own, or the file's."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    of_file = [
        ast.unparse(node.value) for node in body if isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node)
    ]
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            said = [*map(ast.unparse, node.decorator_list), *of_file]
            if mark := next((mark for mark in LEFT_OUT if any(f"pytest.mark.{mark}" in one for one in said)), None):
                yield f"{path.relative_to(HERE.parent)}::{node.name}", mark
