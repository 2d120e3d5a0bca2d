"""Frames that were heard twice in a steady vowel, where the frame path sees no change.

Theory of operation. A vowel that lasts is much the same 20 ms later, and what a low-rate codec leaves of it is no
nearer to its own place than to the one before. But no voice says the same twice to a tenth of its waveform: a frame
that is the one before it over again was copied. Where the reference comes again as exactly, it says nothing.
"""

from typing import Final

import numpy as np

from telnyx_simulator.audio.autopsy.events import BLURRED_FIT_DB, LOUDER_THAN_SILENCE, SAME_MS, WIRE_FRAME_MS, Event
from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path, warped
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.telephone_band import RATE_HZ, Samples, Signal

ALIKE_DB: Final = 10.0
"""A frame above what differs from the one before it."""
BEYOND_DB: Final = 8.0
"""And by how much the reference is less so."""
BESIDE: Final = 5
"""Frames: in a steady vowel, the path may follow a change later than that was made."""
NOISE_RMS: Final = 8.0
"""Of G.711."""


def repeated(path: Path, reference: Signal, heard: Signal, *, pace: float) -> list[Event]:
    """Copies of the frame before, in order of time, where the path stays at one delay and explains little.

    All as `events.find_events` takes them.
    """
    frame = round(WIRE_FRAME_MS * pace * RATE_HZ / 1000)
    if path.fit_db > BLURRED_FIT_DB or len(path.at) * FRAME <= 2 * frame:
        return []
    came = np.zeros(len(path.at) * FRAME)
    came[: len(heard)] = heard.band
    again_db, level = _again_db(came, frame)
    said_db, _ = _again_db(warped(reference.band, path).reshape(-1) * path.gain, frame)
    copied = (again_db > ALIKE_DB) & (again_db > said_db + BEYOND_DB)
    copied &= level > LOUDER_THAN_SILENCE * path.quiet / FRAME
    found: list[Event] = []
    places = np.flatnonzero(copied)
    for group in np.split(places, np.flatnonzero(np.diff(places) > frame // 2) + 1) if len(places) else []:
        start = int(group[again_db[group].argmax()]) + frame
        if _is_known(path, start, frame):
            continue
        at_s, delay_s = start / RATE_HZ, float(path.at[start // FRAME]) / (FINE * RATE_HZ)
        told = Event(
            fault=Fault.FRAMES_REPEATED, at_s=at_s, reference_s=max(at_s - delay_s, 0.0), duration_s=frame / RATE_HZ
        )
        found.append(told)
    return found


def _is_known(path: Path, start: int, frame: int) -> bool:
    """Whether the path itself has changed at this frame, or for good near it: then the frame was doubled."""
    first, last = start // FRAME - frame // FRAME, -(-(start + frame) // FRAME)
    near = slice(max(first, 0), last)
    beside = path.at[[max(start - BESIDE * frame, 0) // FRAME, min(last + BESIDE * frame // FRAME, len(path.at) - 1)]]
    same = SAME_MS * FINE * RATE_HZ / 1000
    return bool((path.states[near] == SILENT).any() or np.ptp(path.at[near]) > same or np.ptp(beside) > same)


def _again_db(samples: Samples, frame: int) -> tuple[Samples, Samples]:
    """At each sample: how exactly the frame from there comes again at once, in dB; and the power of what comes."""
    differs = _mean((samples[frame:] - samples[:-frame]) ** 2, frame)
    level = _mean(samples[frame:] ** 2, frame)
    return 10 * np.log10((level + 1) / (differs + NOISE_RMS**2)), level


def _mean(power: Samples, count: int) -> Samples:
    total = np.concatenate(([0.0], np.cumsum(power)))
    return np.asarray((total[count:] - total[:-count]) / count)
