"""Small traces, written by hand: what happened in them is known to the reader."""

import hashlib
import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.signals import read_wav, resample, to_int16, write_wav
from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.trace import Entry, Trace

SECOND_NS = 1_000_000_000
MS_NS = 1_000_000
FRAME_NS = 20 * MS_NS
HERE = Place("some.telnyx.yaml", 3, 5)
LEG = "leg-1"
OTHER = "leg-2"
SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"

Pcm = NDArray[np.int16]

HEADER: dict[str, Any] = {
    "seed": 1,
    "epoch_ns": 0,
    "scenario": {"script": [], "expect": [], "absent": [], "within_ns": 5 * SECOND_NS, "run_id": "some"},
    "profile": {
        "status_map": {
            "answered": "in-progress",
            "normal_clearing": ["completed", "done"],
            "user_busy/outgoing": "busy",
        },
        "observes_status": True,
        "observe": "none",
        "clips": {},
    },
    "stimuli": {},
}


@cache
def speech(name: str) -> Pcm:
    """A sentence at 8000 Hz. Treat it as read-only."""
    pcm, rate_hz = read_wav(SPEECH / f"{name}.wav")
    return resample(pcm, rate_hz, 8000)


def watermark(key: int, seconds: float) -> Pcm:
    """Noise of the telephone band, another for each key."""
    samples = np.random.default_rng(key).normal(0, 1, round(seconds * 8000))
    spectrum = np.fft.rfft(samples)
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / 8000)
    spectrum[(frequency_hz < 300) | (frequency_hz > 3400)] = 0
    band = np.fft.irfft(spectrum, len(samples))
    return to_int16(band * 2320 / band.std())


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * 8000), np.int16)


def placed(total_s: float, *parts: tuple[float, Pcm]) -> Pcm:
    """Sounds at seconds of a stretch of silence, added up; what does not fit is cut off."""
    out = np.zeros(round(total_s * 8000))
    for at_s, pcm in parts:
        start = round(at_s * 8000)
        length = min(len(pcm), len(out) - start)
        out[start : start + length] += pcm[:length]
    return to_int16(out)


class HandWritten:
    """Writes entries at given seconds and answers as a `Record`."""

    def __init__(self, folder: Path, *, scenario: dict[str, Any] | None = None, **profile: Any) -> None:
        header = HEADER | {"profile": HEADER["profile"] | profile}
        header |= {"scenario": HEADER["scenario"] | (scenario or {})}
        self.trace = Trace(folder, header, [])
        # What was judged is judged once, until more is written.
        self._judged: tuple[Record, Ears] | None = None

    def at(self, second: float, actor: str, kind: str, call: str | None = LEG, **body: Any) -> "HandWritten":
        entries = self.trace.entries
        entry = Entry(len(entries) + 1, round(second * SECOND_NS), "some", call, actor, kind, body)
        self.trace = Trace(self.trace.directory, self.trace.header, [*entries, entry])
        self._judged = None
        return self

    def leg(self, second: float, state: str, call: str = LEG, **body: Any) -> "HandWritten":
        return self.at(second, "switch", "leg", call, state=state, **({"direction": "incoming"} | body))

    def person(self, name: str, call: str = LEG) -> "HandWritten":
        return self.at(0, "runner", "leg", call, person=name)

    def command(
        self, second: float, name: str, status: int | None = 200, call: str | None = LEG, **body: Any
    ) -> "HandWritten":
        refused = status is not None and status >= 400
        reply = {"errors": [{"code": body.pop("code", "10015"), "title": "title"}]} if refused else {}
        words = {"command": name, "method": "POST", "path": f"/v2/{name}", "status": status, "reply": reply}
        words |= {"effect": not refused, "treatment": body.pop("treatment", None)}
        return self.at(second, "rest", "command", call, **words, body=body)

    def webhook(self, second: float, event: str, status: int | None = 200, **more: Any) -> "HandWritten":
        """An attempt that was sent 50 ms before its reply came at `second`."""
        acknowledged = status is not None and 200 <= status < 300
        words = {"event": event, "status": status, "failure": None, "acknowledged": acknowledged, "genuine": True}
        words |= {"extra": False, "sent_ns": round((second - 0.05) * SECOND_NS), "timeout_ns": 2 * SECOND_NS}
        return self.at(second, "sender", "webhook.attempt", **({"payload": {}} | words | more))

    def settled(self, second: float, **left: int) -> "HandWritten":
        nothing = {"legs": 0, "streams": 0, "conferences": 0, "recordings": 0}
        return self.at(second, "runner", "settled", None, **nothing | left)

    # Media

    def stream(
        self, second: float, call: str = LEG, *, sent: str = "PCMA", returned: str = "PCMU", **more: Any
    ) -> "HandWritten":
        """A stream is opened and started; its id is the leg's with `-stream` behind it."""
        stream_id = f"{call}-stream"
        codecs = {"sent_codec": sent, "returned_codec": returned, "mode": "rtp", "url": "ws://127.0.0.1:1/media"}
        self.at(second, "stream", "opened", call, stream_id=stream_id, **(codecs | more))
        return self.at(second, "stream", "started", call, stream_id=stream_id, start={})

    def call(self, until_s: float, call: str = LEG, *, person: str = "Caller", **stream: Any) -> "HandWritten":
        """An incoming call that is answered at 0 s, streams from then on, and ends at `until_s`.

        That it ends is the last word of a trace: `hangup` says it.
        """
        self.person(person, call).leg(0, "parked", call, call_session_id=f"session of {call}")
        return self.leg(0, "answered", call, call_session_id=f"session of {call}").stream(0, call, **stream)

    def hangup(self, second: float, call: str = LEG) -> "HandWritten":
        return self.leg(second, "hangup", call, cause="normal_clearing", by="far_end")

    def stimulus(self, pcm: Pcm) -> str:
        """Keep a sound; the answer is its digest."""
        digest = hashlib.sha256(pcm.tobytes()).hexdigest()
        folder = self.trace.directory / "stimuli"
        folder.mkdir(parents=True, exist_ok=True)
        write_wav(folder / f"{digest}.wav", pcm, 8000)
        return digest

    def says(self, second: float, clip: str, pcm: Pcm, call: str = LEG, **more: Any) -> "HandWritten":
        """A play. What the application was sent of it is not written: `sent` does that."""
        ends_ns = round((second + len(pcm) / 8000) * SECOND_NS)
        about = {"clip": clip, "digest": self.stimulus(pcm), "begins_ns": round(second * SECOND_NS), "ends_ns": ends_ns}
        return self.at(second, "far_end", "sound", call, **about, **more)

    def mic(self, second: float, clip: str, pcm: Pcm | None, call: str = LEG) -> "HandWritten":
        digest = None if pcm is None else self.stimulus(pcm)
        return self.at(second, "far_end", "mic", call, clip=clip, digest=digest, from_frame=round(second * 50))

    def sent(self, pcm: Pcm, call: str = LEG, *, codec: str = "PCMA", from_s: float = 0.0) -> "HandWritten":
        """All that the application was sent on the leg's stream, from a moment on."""
        size = 160 * parse_codec(codec).bytes_per_sample
        payload = parse_codec(codec).encode(pcm)
        frames = [payload[at : at + size] for at in range(0, len(payload), size)]
        return self._frames(f"{call}-stream.to_app", frames, from_s, late_ns=0)

    def hears(self, pcm: Pcm, call: str = LEG, *, from_s: float = 0.0, late_ns: int = 0) -> "HandWritten":
        """All that the person heard, from a moment on; `late_ns` is how late each frame of ours was."""
        data = pcm.astype("<i2").tobytes()
        frames = [data[at : at + 320].ljust(320, b"\0") for at in range(0, len(data), 320)]
        return self._frames(f"{call}.heard", frames, from_s, late_ns)

    def returned(self, pcm: Pcm, call: str = LEG, *, from_s: float = 0.0) -> "HandWritten":
        """What the stream alone had of what was heard, where something else was heard on top of it."""
        data = pcm.astype("<i2").tobytes()
        frames = [data[at : at + 320].ljust(320, b"\0") for at in range(0, len(data), 320)]
        return self._frames(f"{call}.returned", frames, from_s, 0)

    def media(self, moments: Iterable[tuple[float, bytes]], call: str = LEG) -> "HandWritten":
        """Media messages of the application: when, and their payloads."""
        records = [(round(second * SECOND_NS), -1, payload) for second, payload in moments]
        return self._records(f"{call}-stream.from_app", records)

    def tapped(self, second: float, pcm: Pcm, call: str | None = LEG) -> "HandWritten":
        """At this moment the application had decoded so much."""
        return self.at(second, "sut", "tapped", call, digest=self.stimulus(pcm))

    def _frames(self, name: str, frames: list[bytes], from_s: float, late_ns: int) -> "HandWritten":
        began_ns = round(from_s * SECOND_NS)
        due = [began_ns + n * FRAME_NS for n in range(len(frames))]
        return self._records(name, [(due_ns + late_ns, due_ns, data) for due_ns, data in zip(due, frames, strict=True)])

    def _records(self, name: str, records: list[tuple[int, int, bytes]]) -> "HandWritten":
        folder = self.trace.directory / "media"
        folder.mkdir(parents=True, exist_ok=True)
        packed = [struct.pack("<qqI", at_ns, due_ns, len(data)) + data for at_ns, due_ns, data in records]
        (folder / f"{name}.frames").write_bytes(b"".join(packed))
        self.trace = Trace(self.trace.directory, self.trace.header, self.trace.entries)
        self._judged = None
        return self

    def record(self) -> Record:
        return self._as_judged()[0]

    def ears(self) -> Ears:
        return self._as_judged()[1]

    def _as_judged(self) -> tuple[Record, Ears]:
        if self._judged is None:
            record = Record(self.trace)
            self._judged = record, Ears(record)
        return self._judged


def expects(subject: Subject, value: Any, **qualifiers: Any) -> Expectation:
    return Expectation(subject=subject, value=value, place=HERE, **qualifiers)
