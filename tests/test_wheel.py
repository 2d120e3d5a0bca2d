"""The wheel: one package, with its data, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_it_holds_one_package(names: list[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"telnyx_simulator", "telnyx_simulator-0.1.0.dist-info"}
    assert "telnyx_simulator/py.typed" in names


@pytest.mark.parametrize(
    "path",
    [
        "scenarios/audio/a_uk_caller_hears_no_static.telnyx.yaml",
        "conformance/sut/lifecycle.yaml",
        "fixtures/reference_app/sut.yaml",
        "fixtures/reference_app/mutants/pcma-as-pcmu/app.py",
        "fixtures/audio/speech/en-1.wav",
        "fixtures/keys/TEST-ONLY-ed25519.pem",
    ],
)
def test_it_carries_its_data(path: str, names: list[str]) -> None:
    assert f"telnyx_simulator/_data/{path}" in names


def test_it_leaves_out_what_running_leaves_behind(names: list[str]) -> None:
    assert not [name for name in names if "__pycache__" in name or ".telnyx-sim" in name or "tests/" in name]
