"""The lines of a run, out of its trace and into another run: `run --impairments FILE`."""

import json
from pathlib import Path
from typing import Any, Final

from telnyx_simulator.media.impairments.recorded import SCHEMA, RecordedLeg, RecordingError, legs_of
from telnyx_simulator.trace import Trace, TraceError

# Beside the trace of a run that had a line.
EXPORTED: Final = "impairments.json"


def recorded(path: Path) -> list[RecordedLeg]:
    """The lines of a trace, of a folder that holds one, or of a file that was exported. Raises RecordingError."""
    try:
        if path.is_dir():
            found = next((folder for folder in (path, path / "trace") if (folder / "trace.jsonl").is_file()), path)
            recording: Any = recording_of(Trace.read(found))
        else:
            recording = json.loads(path.read_text(encoding="utf-8"))
        legs = legs_of(recording)
    except (OSError, ValueError, TraceError, RecordingError) as problem:
        raise RecordingError(f"{path}: {problem}") from problem
    if not legs:
        raise RecordingError(f"{path}: no line of this run did anything, so there is nothing to repeat")
    return legs


def export(trace: Trace) -> None:
    """`impairments.json` beside the folder of the trace, if a line did anything in it."""
    recording = recording_of(trace)
    if recording["legs"]:
        (trace.directory.parent / EXPORTED).write_text(
            json.dumps(recording, separators=(",", ":")) + "\n", encoding="utf-8"
        )


def recording_of(trace: Trace) -> dict[str, Any]:
    legs, counts = [], dict[str, int]()
    for entry in trace.of("runner", "leg"):
        person = entry.body["person"]
        number = counts[person] = counts.get(person, -1) + 1
        lines = [line for line in trace.of("line", call=entry.call) if entry.call is not None]
        settings = [line.body for line in lines if "impairments" in line.body]
        plans = [line.body for line in lines if line.kind == "planned"]
        if settings:
            legs.append({"person": person, "number": number, "settings": settings, "plans": plans})
    return {"schema": SCHEMA, "legs": legs}
