"""A small recorded run, written entry by entry: what happened in it is known to the reader."""

from pathlib import Path
from typing import Any

import numpy as np

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.checks.expectations import Place
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.report.outcome import Outcome
from telnyx_simulator.trace import Trace, TraceWriter

SECOND_NS = 1_000_000_000
FRAME_NS = 20_000_000
FILE = "scenarios/audio/static.telnyx.yaml"

STATIC = Finding(
    id="script[3].expect",
    verdict=Verdict.FAIL,
    expected="heard speech/en-1 within 2 s",
    actual="A-law decoded as mu-law",
    place=Place(FILE, 10, 13, "  - expect: {heard: speech/en-1, within: 2s}"),
    fault=Fault.PCMA_DECODED_AS_PCMU,
    at_s=3.3,
    requirement=("audio.leg-codec",),
)
LATE = Finding(id="expect[0]", verdict=Verdict.INCONCLUSIVE, expected="status mapped", actual="we were late ourselves")
FINE = Finding(id="legs_ended", verdict=Verdict.PASS, expected="no leg is left", actual="none")
IDLE = Finding(id="sound_clean", verdict=Verdict.NOT_EXERCISED, expected="clean", actual="nothing was heard")


def outcome(*findings: Finding, label: str = "static[PCMA]", file: str = FILE, **more: Any) -> Outcome:
    about = {"line": 5, "seed": 7, "seconds": 2.5, "trace": Path("out/static/trace"), "again": "telnyx-sim run it -k x"}
    return Outcome(label=label, file=file, findings=findings, **(about | more))


class Recording:
    """Writes a trace; moments are seconds."""

    def __init__(self, folder: Path, run_id: str = "static[PCMA]") -> None:
        self._writer = TraceWriter(folder / "trace", {"seed": 7, "scenario": {"run_id": run_id}}, run=run_id)

    def at(self, second: float, actor: str, kind: str, call: str | None = "leg-1", **body: Any) -> "Recording":
        self._writer.write(round(second * SECOND_NS), actor, kind, body, call=call)
        return self

    def person(self, name: str, call: str = "leg-1") -> "Recording":
        self.at(0, "runner", "leg", call, person=name, number="+442079460123")
        return self.at(0, "switch", "leg", call, state="parked", direction="incoming", leg_codec="PCMA")

    def webhook(self, sent: float, replied: float, event: str, status: int | None, **more: Any) -> "Recording":
        body = {"event": event, "attempt": 1, "signature": "genuine", "timestamp_ns": 0, "failure": None} | more
        return self.at(replied, "sender", "webhook.attempt", status=status, sent_ns=round(sent * SECOND_NS), **body)

    def stream(self, second: float, sent: str, returned: str, call: str = "leg-1") -> "Recording":
        codecs = {"sent_codec": sent, "returned_codec": returned, "stream_id": f"stream-of-{call}"}
        return self.at(second, "stream", "opened", call, **codecs)

    def sent(self, second: float, codec: str, level: int, frames: int, call: str = "leg-1") -> "Recording":
        """Frames of a constant level, one each 20 ms, towards the application."""
        coded = parse_codec(codec)
        pcm = np.full(coded.frame_samples, level, np.int16)
        return self._frames(f"stream-of-{call}.to_app", second, coded.encode(pcm), frames)

    def heard(self, second: float, rate_hz: int, level: int, frames: int, call: str = "leg-1") -> "Recording":
        return self._frames(f"{call}.heard", second, np.full(rate_hz // 50, level, "<i2").tobytes(), frames)

    def _frames(self, name: str, second: float, data: bytes, frames: int) -> "Recording":
        for n in range(frames):
            due_ns = round(second * SECOND_NS) + n * FRAME_NS
            self._writer.frame(name, due_ns + 300_000, due_ns, data)
        return self

    def trace(self) -> Trace:
        self._writer.close()
        return Trace.read(self._writer.directory)
