"""What a codec autopsy compares: the sound that was said, and the stretch of an ear in which it should have been heard.

Both as exactly as the trace has them, and at their own rates: mistakes of bytes can be taken back from bytes only. What
the application was sent in G.711 or L16 is taken from its frames. Codecs that remember are not: what they make of a
sound is within the tolerance of an autopsy, and the sound itself is better than a copy of a copy.

A sound that was found has its stretch by that. For another it begins with what was said and lasts until more was said,
or to the end: a sound that is played at half its speed takes twice its time. What the application plays of itself is
its own sound: it is blanked out.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from telnyx_simulator.audio.autopsy import Sound
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav
from telnyx_simulator.checks.formats import foreign_format
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.tracks import FRAME_NS
from telnyx_simulator.trace import Entry, Frame

SECOND_NS: Final = 1_000_000_000
TICKS_PER_S: Final = 50
# Of a clip that began before the stream did the application can have had no more than the rest.
SENT_SHARE_MIN: Final = 0.2
# What an application wrote down begins and ends about when it was sent.
TAP_MARGIN_S: Final = 0.5
FOUND_MARGIN_NS: Final = 300_000_000
# Compressed files. A WAV file is samples but for its header, and what they are taken for is worth more than its name.
COMPRESSED: Final = frozenset({"MP3", "Ogg", "FLAC"})

Moments = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sound and the stretch in which it was sought; the codecs that carried it, None where they do not matter.

    `files` tells of compressed files that were sent in that time where samples belong; else it is empty.
    """

    said: Sound
    heard: Sound
    sent: Codec | None
    returned: Codec | None
    files: str = ""


def echoed(
    record: Record, call: str, digest: str, from_ns: int, *, found: Moments | None, own: Sequence[Moments]
) -> Pair | None:
    """A clip that somebody said, and the ear of this leg from then on. `own`: when the application played its clips."""
    play = _play(record, call, digest, from_ns)
    begins_ns = play.body["begins_ns"] if play is not None else from_ns
    speaker = play.call if play is not None and play.call is not None else call
    sent, codecs = record.codecs(speaker, begins_ns), record.codecs(call, begins_ns)
    begins_ns, until_ns = _around(found) or (begins_ns, _next_play_ns(record, call, begins_ns))
    heard = _ear(record, call, begins_ns, until_ns, blanked=() if found else own)
    if heard is None or sent is None or codecs is None:
        return None
    said = _as_sent(record, play, sent[0]) if play is not None else None
    files = _files_in(record, call, begins_ns, until_ns)
    return Pair(said=said or _clip(record, digest), heard=heard, sent=sent[0], returned=codecs[1], files=files)


def replied(record: Record, call: str, digest: str, from_ns: int, *, found: Moments | None) -> Pair | None:
    """A clip that the application plays of itself, and the ear until somebody says something.

    What is said while it should still play is answered behind it.
    """
    said, codecs = _clip(record, digest), record.codecs(call, from_ns)
    first_ns = next((frame.due_ns for frame in record.played(call) if frame.data and frame.due_ns >= from_ns), from_ns)
    ends_ns = first_ns + round(said.duration_s * SECOND_NS)
    begins_ns, until_ns = _around(found) or (from_ns, max(ends_ns, _next_play_ns(record, call, from_ns)))
    heard = _ear(record, call, begins_ns, until_ns)
    if heard is None or codecs is None:
        return None
    files = _files_in(record, call, begins_ns, until_ns)
    return Pair(said=said, heard=heard, sent=codecs[0], returned=codecs[1], files=files)


def decoded(
    record: Record, call: str, digest: str, from_ns: int, until_ns: int | None, *, found: Moments | None
) -> Pair | None:
    """A clip, and what the application had decoded by then.

    All that it ever heard stands in a tap, and how fast its clock went is the question: the part is cut by shares.
    """
    play, tap = _play(record, call, digest, from_ns), record.tap(call, until_ns)
    codecs, streamed_ns = record.codecs(call, from_ns), record.streamed_from(call)
    if play is None or tap is None or codecs is None or streamed_ns is None or tap.at_ns <= streamed_ns:
        return None
    pcm, rate_hz = read_wav(record.trace.stimulus(tap.body["digest"]))
    begins_ns, ends_ns = play.body["begins_ns"], _next_play_ns(record, call, play.body["begins_ns"])
    if (around := _around(found)) is not None:
        last = len(pcm) - (tap.at_ns - around[1]) * rate_hz // SECOND_NS
        pcm = pcm[max(0, last - (around[1] - around[0]) * rate_hz // SECOND_NS) : max(0, last)]
    elif len(record.sounds(call)) > 1:
        share = len(pcm) / (tap.at_ns - streamed_ns)
        margin = round(TAP_MARGIN_S * rate_hz)
        first = max(0, round(share * (begins_ns - streamed_ns)) - margin)
        pcm = pcm[first : round(share * (ends_ns - streamed_ns)) + margin]
    said = _as_sent(record, play, codecs[0]) or _clip(record, digest)
    return Pair(said=said, heard=Sound(pcm, rate_hz), sent=codecs[0], returned=None)


def _around(found: Moments | None) -> Moments | None:
    return found and (found[0] - FOUND_MARGIN_NS, found[1] + FOUND_MARGIN_NS)


def _play(record: Record, call: str, digest: str, from_ns: int) -> Entry | None:
    """The play that is meant: the last one before the window opened, else the first in it; the leg's own goes first."""
    plays = [entry for entry in record.trace.of("far_end", "sound") if entry.body["digest"] == digest]
    plays = [entry for entry in plays if entry.call == call] or plays
    before = [entry for entry in plays if entry.body["begins_ns"] <= from_ns]
    return before[-1] if before else next(iter(plays), None)


def _next_play_ns(record: Record, call: str, after_ns: int) -> int:
    later = (entry.body["begins_ns"] for entry in record.sounds(call))
    return min((begins_ns for begins_ns in later if begins_ns > after_ns), default=record.trace.end_ns)


def _clip(record: Record, digest: str) -> Sound:
    return Sound(*read_wav(record.trace.stimulus(digest)))


def _as_sent(record: Record, play: Entry, codec: Codec) -> Sound | None:
    """What a right decoder had of it, to the bit; None where that is not to be had."""
    if codec.law is None and codec.name != "L16":
        return None
    begins_ns, ends_ns = play.body["begins_ns"], play.body["ends_ns"]
    frames: dict[int, Frame] = {}
    for stream in record.streams(play.call or ""):
        if parse_codec(stream.body["sent_codec"]) == codec:
            for frame in record.trace.frames(f"{stream.body['stream_id']}.to_app"):
                if begins_ns <= frame.due_ns < ends_ns:
                    frames.setdefault(frame.due_ns, frame)
    if len(frames) * SECOND_NS < SENT_SHARE_MIN * TICKS_PER_S * (ends_ns - begins_ns):
        return None
    pcm = np.concatenate([codec.decode(frames[due_ns].data) for due_ns in sorted(frames)])
    return Sound(pcm, codec.sample_rate_hz)


def _ear(record: Record, call: str, from_ns: int, until_ns: int, *, blanked: Sequence[Moments] = ()) -> Sound | None:
    """At the rate of its return codec; with several of them, at that of the first."""
    frames = [frame for frame in record.played(call) if from_ns <= frame.due_ns < until_ns]
    size = next((len(frame.data) // 2 for frame in frames if frame.data), 0)
    if not size:
        return None
    same = list(itertools.takewhile(lambda frame: len(frame.data) in (0, 2 * size), frames))
    pcm = np.zeros((len(same), size), np.int16)
    for row, frame in zip(pcm, same, strict=True):
        if frame.data and not any(first <= frame.due_ns < last for first, last in blanked):
            row[:] = np.frombuffer(frame.data, "<i2")
    return Sound(pcm.reshape(-1), size * TICKS_PER_S)


def _files_in(record: Record, call: str, from_ns: int, until_ns: int) -> str:
    sent = list(_formats(record, call, from_ns, until_ns))
    files = [kind for kind in sent if kind in COMPRESSED]
    if not files:
        return ""
    return f"of {len(sent)} messages in this time {len(files)} begin as a file does ({', '.join(sorted(set(files)))})"


def _formats(record: Record, call: str, from_ns: int, until_ns: int) -> Iterator[str]:
    for stream in record.streams(call):
        if stream.body["returned_codec"] != "MP3":
            for frame in record.trace.frames(f"{stream.body['stream_id']}.from_app"):
                if from_ns <= frame.at_ns < until_ns:
                    yield foreign_format(frame.data) or ""


def said_as(record: Record, digest: str, call: str, from_ns: int) -> dict[str, Any] | None:
    """The play of this sound that is meant by what is heard from `from_ns` on: the last one before, or the next."""
    sounds = [entry for entry in record.trace.of("far_end", "sound", call=call) if entry.body["digest"] == digest]
    begun = [entry.body for entry in sounds if entry.body["begins_ns"] <= from_ns + FRAME_NS]
    later = [entry.body for entry in sounds if entry.body["begins_ns"] > from_ns + FRAME_NS]
    return begun[-1] if begun else later[0] if later else None
