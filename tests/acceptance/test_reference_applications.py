"""Three applications beside the reference application, each as somebody else would have written it: the library holds
for them too, so it asks for what is right, and not for what one application happens to do.
"""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "fixtures"
OTHERS = ("flask_app", "aiohttp_app", "node_app")
ALL = ("reference_app", *OTHERS)
FETCH_S = 600
LIBRARY_S = 1500
# What the profile of no other application would have to name, were there one application only.
ABILITIES = {"greeting", "barge_in", "marks", "machine_detection", "conference", "queue", "recording"}


def sources(application: str, suffix: str) -> list[Path]:
    folder = FIXTURES / application
    apart = {"mutants", "node_modules", "__pycache__"}
    return sorted(path for path in folder.rglob(f"*{suffix}") if not apart & set(path.relative_to(folder).parts))


# --- what needs no run -----------------------------------------------------------------------------------------------


def test_no_two_applications_have_a_file_in_common() -> None:
    where = defaultdict(set)
    for application in ALL:
        for suffix in (".py", ".js", ".wav"):
            for path in sources(application, suffix):
                assert not path.is_symlink()
                where[hashlib.sha256(path.read_bytes()).hexdigest()].add(application)
    assert [names for names in where.values() if len(names) > 1] == []


def test_no_two_applications_have_a_function_in_common() -> None:
    """Whatever it is called, and whatever is said about it. What is one statement long may be alike."""
    where = defaultdict(set)
    for application in ALL:
        for path in sources(application, ".py"):
            for name, body in functions(ast.parse(path.read_text())):
                where[body].add(f"{application}: {name}")
    assert [names for names in where.values() if len({name.split(":")[0] for name in names}) > 1] == []


def functions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            statements = node.body[1:] if ast.get_docstring(node) else node.body
            if len(statements) > 1:
                yield node.name, "\n".join(map(ast.dump, statements))


@pytest.mark.parametrize("application", OTHERS)
def test_an_application_takes_nothing_from_outside_its_folder(application: str) -> None:
    for path in sources(application, ".py"):
        text = path.read_text()
        assert not re.search(r"sys\.path|importlib|reference_app|telnyx_simulator", text), path
    for path in sources(application, ".js"):
        for wanted in re.findall(r"from '(\.[^']*)'", path.read_text()):
            assert (path.parent / wanted).resolve().is_relative_to(FIXTURES / application), path


def test_each_has_its_own_routes_and_its_own_words_for_a_status() -> None:
    profiles = [yaml.safe_load((FIXTURES / application / "sut.yaml").read_text()) for application in ALL]
    assert len({profile["webhook_url"] for profile in profiles}) == len(ALL)
    words = [word for profile in profiles for word in set(profile["status_map"].values())]
    assert len(words) == len(set(words)), "no word for a status is in two of them"
    asked = [json.dumps(profile["ask"]["place_call"]) for profile in profiles]
    assert len(set(asked)) == len(ALL)


def test_what_one_of_the_others_leaves_out_another_one_does() -> None:
    does = [set(yaml.safe_load((FIXTURES / name / "sut.yaml").read_text())["does"]) for name in OTHERS]
    assert set.union(*does) >= ABILITIES


# --- the library, against each ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_application(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what it needs beside it. Nothing of these packages is run as it is fetched."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    folder = tmp_path_factory.mktemp("node") / "node_app"
    shutil.copytree(FIXTURES / "node_app", folder, ignore=shutil.ignore_patterns("node_modules"))
    fetch = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    fetched = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, timeout=FETCH_S, check=False)
    if fetched.returncode:
        said = [line for line in fetched.stderr.splitlines() if line.startswith("npm error")]
        pytest.skip(f"needs packages from a registry: {(said or ['npm found nothing'])[0]}")
    return folder


def assert_gets_the_best_grade(application: Path, artifacts: Path) -> None:
    """Which is: whatever it can be asked about, and that it should do or must do, it does."""
    card = artifacts / "card.json"
    command = [sys.executable, "-m", "telnyx_simulator", "conformance", "--sut", str(application / "sut.yaml")]
    command += ["--seed", "7", "-n", "8", "--json", str(card), "--artifacts-dir", str(artifacts / "runs")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIBRARY_S, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert json.loads(card.read_text())["grade"]["letter"] == "A", done.stdout


@pytest.mark.long
@pytest.mark.timeout(LIBRARY_S + 60)
@pytest.mark.parametrize("application", ["flask_app", "aiohttp_app"])
def test_the_library_holds_for_another_application(application: str, tmp_path: Path) -> None:
    assert_gets_the_best_grade(FIXTURES / application, tmp_path)


@pytest.mark.long
@pytest.mark.needs_tools
@pytest.mark.timeout(FETCH_S + LIBRARY_S + 60)
def test_the_library_holds_for_an_application_on_node(node_application: Path, tmp_path: Path) -> None:
    assert_gets_the_best_grade(node_application, tmp_path)
