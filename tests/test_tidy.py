"""Style, as a test: sizes, names, and who may import whom."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "simulator" / "telnyx_simulator"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# architecture: who may import whom; `resources` is everybody's.
BELOW = {"facts": set(), "audio": set(), "trace": set(), "draws": set(), "resources": set()}
BELOW |= {
    "signaling": {"facts", "draws"},
    "media": {"facts", "audio", "draws"},
    "transports": {"signaling", "media", "facts", "trace", "draws"},
    "sut": {"facts", "trace"},
    "checks": {"trace", "audio", "facts"},
    "report": {"checks", "trace", "audio", "facts"},
    "scenario": {"transports", "signaling", "sut", "checks", "trace", "facts", "draws", "media", "audio"},
}
BELOW |= {"api": set(BELOW), "conformance": set(BELOW)}
BELOW |= {"commands": set(BELOW) - {"api"}}
BELOW["pytest_plugin"] = set(BELOW)
BELOW["cli"] = {"commands"}
BELOW["__main__"] = {"cli"}
BELOW[""] = set()

SANS_IO = {"signaling", "media"}
NOT_SANS_IO = {"asyncio", "time", "random", "logging", "socket", "httpx", "picows", "threading", "fastapi", "uvicorn"}
FORBIDDEN_MODULES = {"utils", "helpers", "manager", "handler", "base"}


def part_of(path: Path) -> str:
    """The package part that a file belongs to: `signaling`, or a top-level module's name."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem.replace("__init__", "")


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    return tuple(name for node in ast.walk(tree_of(path)) for name in names_in(node, path))


def names_in(node: ast.AST, path: Path) -> Iterator[str]:
    """What one statement imports, if it does."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        prefix = "telnyx_simulator." + ".".join(path.relative_to(PACKAGE).parts[:-1]) if node.level else ""
        module = f"{prefix}.{node.module or ''}".strip(".") if node.level else node.module or ""
        yield from (f"{module}.{alias.name}" for alias in node.names)


def identify(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


# Each rule is one test: there are too many modules for a test of each.


def test_a_module_imports_only_what_is_below_it() -> None:
    wrong = []
    for path in SOURCES:
        part = part_of(path)
        ours = [name.split(".")[1] for name in imports_of(path) if name.startswith("telnyx_simulator.")]
        wrong += [f"{identify(path)} imports {name}" for name in ours if name not in BELOW[part] | {part, "resources"}]
    assert not wrong


def test_signaling_and_media_know_no_clock_no_chance_and_no_network() -> None:
    for path in SOURCES:
        if part_of(path) in SANS_IO:
            assert not NOT_SANS_IO & {name.split(".")[0] for name in imports_of(path)}, path


def test_signaling_knows_no_audio_and_no_numpy() -> None:
    for path in SOURCES:
        if part_of(path) == "signaling":
            assert not [name for name in imports_of(path) if "numpy" in name or ".audio" in name], path


def test_nobody_but_the_clock_asks_for_the_time_or_sleeps() -> None:
    asks = re.compile(
        r"\btime\.(time|monotonic|perf_counter|sleep)|asyncio\.(sleep|wait_for|timeout)\b|\bimport time\b"
    )
    assert not [identify(path) for path in SOURCES if path.name != "clock.py" and asks.search(text_of(path))]


def test_what_takes_long_to_load_is_loaded_where_it_is_needed() -> None:
    """`scipy.signal` takes most of a second, in each command that is called and in each process of a batch."""
    for path in SOURCES:
        at_once = [node for node in tree_of(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name.split(".")[0] for node in at_once for name in names_in(node, path)}
        assert not {"scipy", "faker", "av"} & names, path


def test_a_module_stays_under_400_lines_and_a_function_under_60() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [identify(path) for path in SOURCES if text_of(path).count("\n") > 400]
    long += [
        f"{identify(path)}: {node.name}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, functions) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [identify(path) for path in SOURCES if path.stem in FORBIDDEN_MODULES]


def test_nothing_in_the_package_knows_a_mutant() -> None:
    mutants = [folder.name for folder in (ROOT / "fixtures/reference_app/mutants").iterdir() if folder.is_dir()]
    assert mutants
    for path in SOURCES:
        text = text_of(path)
        assert not [name for name in mutants if name in text or name.replace("-", "_") in text]


def test_a_mutant_is_at_most_twenty_lines() -> None:
    for path in (ROOT / "fixtures/reference_app/mutants").glob("*/app.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 20, path


def test_every_number_is_fictional() -> None:
    """+1 202 555 01xx, +44 20 7946 0xxx, +44 7700 900xxx, +61 491 570 006."""
    fictional = re.compile(r"\+120255501\d\d|\+442079460\d{3}|\+447700900\d{3}|\+61491570006")
    for path in [*SOURCES, *(ROOT / "scenarios").rglob("*.yaml"), *(ROOT / "fixtures").rglob("*.py")]:
        for number in re.findall(r"\+\d{11,15}\b", path.read_text(encoding="utf-8")):
            assert fictional.fullmatch(number), f"{path}: {number}"
