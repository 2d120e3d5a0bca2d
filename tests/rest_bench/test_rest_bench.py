"""The benchmark does what it says, at a hundredth of its size; how fast it was is not asked here."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_benchmark_asks_all_it_should_and_gets_no_error() -> None:
    command = [sys.executable, "-m", "rest_bench", "--share", "0.01"]
    ran = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "| the same: errors | 0 | 0 of 1000 in " in ran.stdout, ran.stdout
    assert "| the same: alive at the end | 100 | 100, " in ran.stdout
