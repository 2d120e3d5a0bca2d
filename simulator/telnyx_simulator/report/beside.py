"""What is left beside the trace of a failed run: its calls, to be heard, and its ladder, to be read."""

from collections.abc import Sequence
from pathlib import Path

from telnyx_simulator.checks.findings import Finding
from telnyx_simulator.report.ladder import ladder
from telnyx_simulator.report.wav import write_calls
from telnyx_simulator.trace import Trace, TraceError


def leave_files(directory: Path, findings: Sequence[Finding]) -> tuple[tuple[Path, ...], Path | None]:
    """WAV files and `ladder.txt` beside `directory/trace`; none of a run whose trace cannot be read or copied."""
    try:
        trace = Trace.read(directory / "trace")
        hear = tuple(write_calls(trace, directory))
        see = directory / "ladder.txt"
        see.write_text(ladder(trace, findings), encoding="utf-8", errors="backslashreplace")
    except (OSError, TraceError):
        return (), None
    return hear, see
