"""The conformance suite over and over with one seed: not one verdict may differ. `make flake-check` runs it.

python tests/flake_check.py [TIMES] [SIDE_BY_SIDE] [SUT]
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
REFERENCE = "fixtures/reference_app/sut.yaml"
SEED = 1


def verdicts(sut: str, side_by_side: str, artifacts: str) -> dict[str, str]:
    """Each requirement's verdict and each run's findings: a run that fails for another reason differs too."""
    command = [sys.executable, "-m", "telnyx_simulator", "conformance", "--sut", sut, "--seed", str(SEED)]
    command += ["-n", side_by_side, "--json", "-", "--artifacts-dir", artifacts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        card = json.loads(done.stdout)
    except ValueError:
        sys.exit(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    found = {f"requirement {one['id']}": one["verdict"] for one in card["requirements"]}
    found["grade"] = card["grade"]["letter"]
    for run in card["runs"]:
        for finding in run["findings"]:
            found[f"{run['scenario']} {finding['id']}"] = finding["verdict"]
    return found


def main(times: int = 20, side_by_side: str = "auto", sut: str = REFERENCE) -> int:
    first: dict[str, str] = {}
    differences = 0
    for n in range(1, times + 1):
        with tempfile.TemporaryDirectory() as artifacts:
            found = verdicts(sut, side_by_side, artifacts)
        amiss = [name for name, verdict in found.items() if verdict in ("fail", "inconclusive")]
        print(f"{n:3}  grade {found['grade']}, {len(found)} verdicts, {len(amiss)} not passed", flush=True)
        first = first or found
        changed = sorted(name for name in first.keys() | found.keys() if first.get(name) != found.get(name))
        for name in dict.fromkeys([*changed, *amiss]):
            print(f"     {name}: {first.get(name)} at first, {found.get(name)} now", flush=True)
        differences += len({*changed, *amiss})
    print(f"{differences} different or not passed" if differences else f"{times} times the same, all passed")
    return 1 if differences else 0


if __name__ == "__main__":
    count, *others = sys.argv[1:] or ["20"]
    sys.exit(main(int(count), *others))
