"""The far end's own buffer, behind an impaired line: frames come late or not at all, and are played in time or never.

Like a phone that adapts it waits for 99 of 100 frames and plays the others as silence. It puts frames back into order
and knows a copy when it sees one, so of reordered and doubled frames nothing is heard but their delay.
"""

from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.media.impairments.fates import FRAME_US, NONE
from telnyx_simulator.media.impairments.line import Way
from telnyx_simulator.media.impairments.sound import Moment, Samples
from telnyx_simulator.media.pcm import samples_of


class Phone:
    """At the end of one way. Frames are s16le; empty is nothing, and silence to whoever hears it."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._waits = way.buffer_ticks()
        self._waiting: dict[int, bytes] = {}

    def hear(self, tick: int, frame: bytes, back: Samples, rate_hz: int) -> bytes:
        """What is heard at a tick at which `frame` was sent to it."""
        if frame and self.way.changes_sound:
            altered = self.way.altered(samples_of(frame), Moment(tick=tick, rate_hz=rate_hz, back=back))
            frame = b"" if altered is None else to_int16(altered).astype("<i2").tobytes()
        return self.delivered(tick, frame)

    def delivered(self, tick: int, frame: bytes) -> bytes:
        """What is heard at a tick at which a frame was sent whose sound the line has altered already."""
        if not self.way.moves_frames:
            return frame
        is_lost, delay_us, copy_us = self.way.fate(tick)
        soonest_us = delay_us if copy_us == NONE else min(delay_us, copy_us)
        if frame and not is_lost and soonest_us <= self._waits * FRAME_US:
            self._waiting[tick + self._waits] = frame
        return self._waiting.pop(tick, b"")
