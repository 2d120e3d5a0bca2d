"""A call as a stereo WAV file: left what went towards the application, right what the person heard from it.

Both channels are on one time line, the run's: what a finding or the ladder places at 3.8 s is heard at 3.8 s. A frame
begins when it was due, or when the frame before it is over: what comes in a burst is heard one after another, as an
application without a jitter buffer would hear it.
"""

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import MissingLibrary, parse_codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.checks.record import Record
from telnyx_simulator.trace import Frame, Trace

RATE_HZ: Final = 8000
SUFFIX: Final = "left-to-application.right-heard.wav"
_SECOND_NS: Final = 1_000_000_000
# A channel longer than this is a damaged record, not a call (a run ends long before).
_SECONDS_MAX: Final = 4 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Samples at one rate from a moment on."""

    began_ns: int
    rate_hz: int
    pcm: NDArray[np.int16]


def write_calls(trace: Trace, folder: Path) -> list[Path]:
    """`call-<person>...wav` for each leg that has any sound; from a person's second leg on they are numbered."""
    written = []
    for person, legs in Record(trace).legs_of_people.items():
        name = re.sub(r"[^\w-]+", "_", person)[:60]
        for n, call in enumerate(legs, 1):
            path = folder / f"call-{name}{f'-{n}' if n > 1 else ''}.{SUFFIX}"
            if write_call(trace, call, path):
                written.append(path)
    return written


def write_call(trace: Trace, call: str, path: Path) -> bool:
    """Write one leg's file; False, and no file, if nothing was sent and nothing heard."""
    sent = [stretch for opened in trace.of("stream", "opened", call=call) for stretch in _sent(trace, opened.body)]
    heard = _heard(trace.frames(f"{call}.heard"))
    if not sent and not heard:
        return False
    rate_hz = max([RATE_HZ, *(stretch.rate_hz for stretch in [*sent, *heard])])
    left, right = (_channel(stretches, rate_hz) for stretches in (sent, heard))
    samples = np.zeros((max(len(left), len(right)), 2), dtype="<i2")
    samples[: len(left), 0] = left
    samples[: len(right), 1] = right
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return True


def _sent(trace: Trace, opened: dict[str, str]) -> list[_Stretch]:
    """What one stream carried to the application, decoded as it was encoded."""
    frames = trace.frames(f"{opened['stream_id']}.to_app")
    try:
        codec = parse_codec(opened["sent_codec"])
        decoder = codec.decoder()
    except (ValueError, MissingLibrary):
        return []  # a codec of a later version, or none of this machine
    decoded = [(frame, decoder.decode(frame.data)) for frame in frames if frame.data]
    return _stretches(decoded, codec.sample_rate_hz)


def _heard(frames: Sequence[Frame]) -> list[_Stretch]:
    """What was played: 20 ms of s16le a frame, whose length tells its rate."""
    stretches: list[_Stretch] = []
    spoken = [frame for frame in frames if frame.data]
    start = 0
    for end in range(1, len(spoken) + 1):
        if end == len(spoken) or len(spoken[end].data) != len(spoken[start].data):
            part = [
                (frame, np.frombuffer(frame.data[: len(frame.data) // 2 * 2], "<i2")) for frame in spoken[start:end]
            ]
            stretches += _stretches(part, len(spoken[start].data) // 2 * 50)
            start = end
    return stretches


def _stretches(frames: Sequence[tuple[Frame, NDArray[np.int16]]], rate_hz: int) -> list[_Stretch]:
    """Frames that follow each other without a break become one stretch, so that resampling makes no seams."""
    stretches: list[_Stretch] = []
    parts: list[NDArray[np.int16]] = []
    began_ns = ends_ns = 0
    for frame, pcm in frames:
        at_ns = frame.due_ns if frame.due_ns >= 0 else frame.at_ns
        if parts and at_ns > ends_ns:
            stretches.append(_Stretch(began_ns, rate_hz, np.concatenate(parts)))
            parts = []
        if not parts:
            began_ns = ends_ns = max(at_ns, ends_ns)
        parts.append(pcm)
        ends_ns += len(pcm) * _SECOND_NS // rate_hz
    if parts:
        stretches.append(_Stretch(began_ns, rate_hz, np.concatenate(parts)))
    return stretches


def _channel(stretches: Sequence[_Stretch], rate_hz: int) -> NDArray[np.int16]:
    """One channel; where two stretches would lie over one another (two streams at one time) the later one wins."""
    parts = []
    for stretch in stretches:
        first = stretch.began_ns * rate_hz // _SECOND_NS
        parts.append((first, resample(stretch.pcm, stretch.rate_hz, rate_hz)))
    length = min(max((first + len(pcm) for first, pcm in parts), default=0), _SECONDS_MAX * rate_hz)
    channel = np.zeros(length, dtype=np.int16)
    for first, pcm in parts:
        channel[first : first + len(pcm)] = pcm[: max(0, length - first)]
    return channel
