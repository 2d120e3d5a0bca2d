"""`telnyx-sim` as a process, for tests that want the real thing."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "fixtures" / "reference_app"


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str
    artifacts: Path

    def findings(self) -> dict[str, list[dict[str, Any]]]:
        """Run's folder -> its findings."""
        return {path.parent.name: json.loads(path.read_text()) for path in self.artifacts.glob("*/findings.json")}


def telnyx_sim(*arguments: str | Path, artifacts: Path, timeout: float = 100) -> Done:
    """One command to its end, in the checkout's folder. A traceback is never an answer."""
    command = [sys.executable, "-m", "telnyx_simulator", *map(str, arguments)]
    if arguments[0] in ("run", "demo", "serve"):
        command += ["--artifacts-dir", str(artifacts)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr, artifacts)
