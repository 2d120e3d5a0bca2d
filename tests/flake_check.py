"""The scenario library over and over on the wall lane: not one verdict may differ. `make flake-check` runs it.

python tests/flake_check.py [TIMES] [SIDE_BY_SIDE]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUT = "fixtures/reference_app/sut.yaml"


def verdicts(seed: int, side_by_side: int, artifacts: str) -> dict[str, str]:
    """Run label -> verdict. Each finding counts, so that a run which fails for another reason differs too."""
    command = [sys.executable, "-m", "telnyx_simulator", "run", "scenarios", "--sut", SUT, "--seed", str(seed)]
    command += ["-n", str(side_by_side), "--json", "-", "--artifacts-dir", artifacts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return {
        f"{run['scenario']} {finding['id']}": finding["verdict"]
        for run in report["runs"]
        for finding in [{"id": "", "verdict": run["verdict"]}, *run["findings"]]
    }


def main(times: int = 20, side_by_side: int = 4) -> int:
    first: dict[str, str] = {}
    differences = 0
    for n in range(1, times + 1):
        with tempfile.TemporaryDirectory() as artifacts:
            found = verdicts(n, side_by_side, artifacts)
        runs = [verdict for name, verdict in found.items() if name.endswith(" ")]
        print(f"{n:3}  {len(runs)} runs, {runs.count('pass')} passed", flush=True)
        first = first or found
        for name in sorted(first.keys() | found.keys()):
            if first.get(name) != found.get(name):
                differences += 1
                print(f"     {name}: {first.get(name)} at first, {found.get(name)} now", flush=True)
        differences += sum(verdict != "pass" for verdict in runs)
    print(f"{differences} different or not passed" if differences else f"{times} times the same, all passed")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
