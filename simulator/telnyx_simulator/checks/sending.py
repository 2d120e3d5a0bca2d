"""In what time an application sent: where the ear ran dry of it, and how much waited there, less the line's share.

Theory of operation. Where the line did nothing the trace says it all. Where the WebSocket held messages back, the trace
has for each the moment at which it left the application; an ear that hears each of them at that moment, made here of
nothing but moments and lengths, runs dry and queues as the application alone would have made it.

Who echoes can say nothing back before it came. An echo that takes no time, of the frames that the application was sent,
runs dry as long as the line makes it: that much is taken off what is heard up to 2 s later, wherever it falls. A
talkspurt of an echo may begin with a frame that came early or late; it is given the earliest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telnyx_simulator.audio.codecs import NotDecodable, parse_codec
from telnyx_simulator.checks.delivered import Delivered, is_impaired
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.tracks import FRAME_NS
from telnyx_simulator.facts.media import JITTER_BUFFER_MS, UNDERRUN_MS_MAX
from telnyx_simulator.trace import Entry

SECOND_NS: Final = 1_000_000_000
_BUFFER_NS: Final = JITTER_BUFFER_MS * 1_000_000
_UNDERRUN_NS_MAX: Final = UNDERRUN_MS_MAX * 1_000_000
# What an echo has queued when the jitter buffer begins to play.
_USUAL_NS: Final = _BUFFER_NS + FRAME_NS
# What the time that an echo takes varies by: half a frame.
_VARIES_NS: Final = FRAME_NS // 2
# The longest that an echo may take, as everywhere.
_LAG_NS_MAX: Final = 2 * SECOND_NS

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One stream. `underruns`: from when until when each lasted. `queued_ns`: the most that waited at one time."""

    underruns: list[Stretch]
    queued_ns: int

    @property
    def dry_ns(self) -> int:
        return sum(last - first for first, last in self.underruns)


def own_underruns(record: Record, call: str) -> list[Stretch]:
    """When this leg's ear ran dry in a talkspurt and it was not the line: never more than was noted."""
    noted = [
        (note.body["dry_ns"], note.body["resumed_ns"])
        for note in record.trace.of("far_end", "heard", call=call)
        if note.body["what"] == "underrun"
    ]
    streams = record.streams(call)
    own = [own_sending(record, stream) for stream in streams]
    if not noted or not any(own):
        return noted
    found = list[Stretch]()
    for stream, one in zip(streams, own, strict=True):
        began_ns = stream.at_ns
        ended_ns = min((other.at_ns for other in streams if other.at_ns > began_ns), default=record.trace.end_ns)
        theirs = [hole for hole in noted if began_ns <= hole[1] <= ended_ns]
        found += theirs if one is None or len(theirs) < len(one.underruns) else one.underruns
    return found


def own_sending(record: Record, stream: Entry) -> Sending | None:
    """As the application alone would have been heard; None where the line did nothing, or nothing is known of it."""
    call, stream_id = stream.call or "", stream.body["stream_id"]
    frames = record.trace.frames(f"{stream_id}.from_app")
    is_late = is_impaired(record, call, 0, record.trace.end_ns)
    if not frames or not (is_late or any(frame.due_ns >= 0 for frame in frames)):
        return None
    ear = _Ear(_messages(record, stream))
    if not is_late or record.header["profile"]["observe"] != "loopback":
        return Sending(underruns=ear.underruns, queued_ns=ear.queued_ns)
    came_ns = [frame.at_ns for frame in record.trace.frames(f"{stream_id}.to_app") if frame.at_ns <= ear.last_ns]
    echo = _Ear((at_ns, FRAME_NS) for at_ns in came_ns)
    bunched_ns = max(0, echo.queued_ns - _USUAL_NS)
    queued_ns = max(min(ear.queued_ns, _USUAL_NS), ear.queued_ns - bunched_ns)
    return Sending(underruns=_without(ear, came_ns), queued_ns=queued_ns)


def remaining_ns(record: Record, call: str, ends_ns: int, delivered: Delivered | None) -> int:
    """How much of what the application did after it had a sound that ended at `ends_ns` could be heard."""
    heard = record.heard(call)
    if heard is None:
        return 0
    came_ns = max(ends_ns, int(delivered.came_ns.max())) if delivered is not None else ends_ns
    held_ns = [
        frame.at_ns - frame.due_ns
        for stream in record.streams(call)
        for frame in record.trace.frames(f"{stream.body['stream_id']}.from_app")
        if frame.due_ns >= 0 and heard.end_ns - SECOND_NS <= frame.at_ns <= heard.end_ns
    ]
    return heard.end_ns - max(held_ns, default=0) - came_ns


def _messages(record: Record, stream: Entry) -> list[tuple[int, int | None]]:
    """When each message left the application, and how long it is; None for one that clears what is queued."""
    stream_id = stream.body["stream_id"]
    codec = parse_codec(stream.body["returned_codec"])
    messages: list[tuple[int, int | None]] = []
    for frame in record.trace.frames(f"{stream_id}.from_app"):
        try:
            length_ns = codec.samples_of(frame.data) * SECOND_NS // codec.sample_rate_hz
        except NotDecodable:
            continue
        messages.append((frame.due_ns if frame.due_ns >= 0 else frame.at_ns, length_ns))
    for entry in record.trace.of("stream", "message", call=stream.call):
        if entry.body["message"] == "clear" and entry.body["stream_id"] == stream_id:
            messages.append((entry.body.get("left_ns", entry.at_ns), None))
    return sorted(messages, key=lambda one: one[0])


class _Ear:
    """What the jitter buffer does with messages (when, how long), in any order of moments that grows."""

    def __init__(self, messages: Iterable[tuple[int, int | None]]) -> None:
        self.underruns: list[Stretch] = []
        self.talkspurts: list[int] = []
        self.queued_ns = 0
        self.last_ns = 0
        starts_ns = free_ns = 0
        is_new = True
        for at_ns, length_ns in messages:
            if length_ns is None:
                is_new = True
                continue
            if is_new or at_ns - free_ns > _UNDERRUN_NS_MAX:
                self.talkspurts.append(at_ns)
                starts_ns = free_ns = at_ns + _BUFFER_NS
            elif at_ns > free_ns:
                self.underruns.append((free_ns, at_ns))
                free_ns = at_ns
            is_new, self.last_ns = False, at_ns
            free_ns += length_ns
            self.queued_ns = max(self.queued_ns, free_ns - max(at_ns, starts_ns))


def _without(ear: _Ear, came_ns: Sequence[int]) -> list[Stretch]:
    """Underruns that are longer than what the line took from an echo shortly before them."""
    left = [hole for at_ns, ends_ns in _spans(ear.talkspurts) for hole in _line_s(came_ns, at_ns, ends_ns)]
    own: list[Stretch] = []
    for dry_ns, resumed_ns in ear.underruns:
        missing_ns = resumed_ns - dry_ns
        for place, (late_ns, at_ns) in enumerate(left):
            if late_ns and resumed_ns - _LAG_NS_MAX <= at_ns <= resumed_ns:
                taken_ns = min(late_ns, missing_ns)
                left[place] = late_ns - taken_ns, at_ns
                missing_ns -= taken_ns
        if missing_ns == resumed_ns - dry_ns or missing_ns > _VARIES_NS:
            own.append((resumed_ns - missing_ns, resumed_ns))
    return own


def _spans(begins: Sequence[int]) -> Iterable[Stretch]:
    return zip(begins, [*begins[1:], np.iinfo(np.int64).max], strict=True)


def _line_s(came_ns: Sequence[int], begins_ns: int, ends_ns: int) -> list[Stretch]:
    """By how much, and when, an echo runs dry in a talkspurt that begins and ends at these moments."""
    heard = [at_ns for at_ns in came_ns if begins_ns - _LAG_NS_MAX <= at_ns <= ends_ns]
    late_ns = [at_ns - n * FRAME_NS for n, at_ns in enumerate(heard)]
    before = [late for late, at_ns in zip(late_ns, heard, strict=True) if at_ns <= begins_ns] or late_ns[:1]
    found: list[Stretch] = []
    level_ns = min(before, default=0) + _BUFFER_NS
    for late, at_ns in zip(late_ns, heard, strict=True):
        if late > level_ns:
            found.append((late - level_ns, at_ns))
            level_ns = late
    return found
