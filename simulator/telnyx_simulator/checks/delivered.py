"""What the line left of a sound: what an application that does nothing wrong can have heard of it, and when.

Theory of operation. The line's plan is subtracted by comparing what was heard with what the application *was sent*, not
with what was said: lost frames are not in it, noise and gain are. The other direction needs less, for what is judged
there is what Telnyx played, before the line (`Record.heard`): no more than what the WebSocket held back (`own_gaps`).

An application may do with late, doubled and missing frames what it likes, as long as it likes one thing: say them as
they came; leave copies out; put them back into their order; or put silence, or anything else, where one is missing. So
there are up to four references (`ways`), and the best one counts.

Where the queue of the ear ran dry nothing was heard: those holes are known to the sample (`Solid`), and are cut out
before anything is compared. A hole is the line's own as far as what was awaited was not there in time, by `came +
turnaround - t`: `came` is when the application got the next frame, `turnaround` the least time that it has needed for
any frame before, and `t` the moment at which the frame was due to be heard. Messages that hold several frames wait for
the last of them. What the line held back on the way back counts as late by as much.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec, NotDecodable, parse_codec
from telnyx_simulator.audio.fidelity import THRESHOLDS, Fidelity, Gap
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.tracks import FRAME_NS, FRAME_SAMPLES, NS_PER_SAMPLE, RATE_HZ, Pcm, Track
from telnyx_simulator.facts.media import JITTER_BUFFER_MS, UNDERRUN_MS_MAX
from telnyx_simulator.trace import Frame

SECOND_NS: Final = 1_000_000_000
BUFFER_NS: Final = JITTER_BUFFER_MS * 1_000_000
UNDERRUN_NS_MAX: Final = UNDERRUN_MS_MAX * 1_000_000
# Between two ways through one process: what a healthy turnaround varies by.
_VARIES_NS: Final = 5_000_000
_TOGETHER_MAX: Final = 50
# A run of sound must be about so long to be placed by itself.
_RESOLVED_FRAMES: Final = 3

NEVER: Final = 1 << 62

Moments = NDArray[np.int64]
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delivered:
    """One way to say what came: samples at 8 kHz, and when the application had each 20 ms of them.

    `later_ns`: when it had what was said next, which may have to fill up its last message.
    `queued_ns`: for how long each had to wait in the ear's queue, behind what came late before it, had it been echoed
    at once.
    `due_ns`: when it was said. `late_ns`: how much later each came than the earliest of the call did; what is missing
    has `NEVER`.
    """

    pcm: Pcm
    came_ns: Moments
    later_ns: Moments
    queued_ns: Moments
    due_ns: Moments
    late_ns: Moments


def is_impaired(record: Record, call: str, from_ns: int, until_ns: int) -> bool:
    """Whether anything was done to what the application gets, at any moment of this time."""
    impaired_since: dict[str, int | None] = {}
    for entry in record.trace.of("line", call=call):
        if "impairments" not in entry.body:
            continue
        plane = entry.body["plane"]
        was = impaired_since.get(plane)
        if was is not None and was < until_ns and entry.at_ns > from_ns:
            return True
        toward = entry.body.get("toward") or ()
        does = bool(entry.body["impairments"]) and (plane != "pstn" or "application" in toward)
        impaired_since[plane] = entry.at_ns if does else None
    return any(since is not None and since < until_ns for since in impaired_since.values())


def ways(
    record: Record, call: str, from_ns: int, until_ns: int, *, silent: Sequence[Stretch] = ()
) -> list[Delivered] | None:
    """What was said from `from_ns` to `until_ns`, as it came; None where the line did nothing to it.

    An empty list: nothing came. In the stretches that are `silent` something else was said.
    """
    if not is_impaired(record, call, from_ns, until_ns):
        return None
    sent = _sent(record, call)
    came = [one for one in sent if from_ns - FRAME_NS < one.frame.due_ns <= until_ns - FRAME_NS]
    if not came:
        return []
    known: dict[int, _Sent] = {}
    for n, one in enumerate(came):
        if any(first <= one.frame.due_ns < last for first, last in silent):
            came[n] = replace(one, pcm=np.zeros_like(one.pcm))
        known.setdefault(one.frame.due_ns, came[n])
    once, in_order = list(known.values()), [known[due_ns] for due_ns in sorted(known)]
    later = [one.frame.at_ns for one in sent if one.frame.due_ns > until_ns - FRAME_NS][:_TOGETHER_MAX]
    earliest_ns = min(one.frame.at_ns - one.frame.due_ns for one in sent)
    found: list[Delivered] = []
    orders: list[list[int]] = []
    for order in (came, once, in_order, _filled(in_order)):
        if (dues := [one.frame.due_ns for one in order]) not in orders:
            orders.append(dues)
            found.append(_delivered(order, later, earliest_ns))
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sent:
    """A frame that the application was sent, its samples at 8 kHz, and how long it had to queue whoever echoed it."""

    frame: Frame
    pcm: Pcm
    queued_ns: int


def _sent(record: Record, call: str) -> list[_Sent]:
    """In the order of sending."""
    if call not in record.sent:
        record.sent[call] = [
            _Sent(frame=frame, pcm=pcm, queued_ns=queued_ns)
            for stream in record.streams(call)
            for frames in [record.trace.frames(f"{stream.body['stream_id']}.to_app")]
            for frame, pcm, queued_ns in zip(
                frames, _samples(parse_codec(stream.body["sent_codec"]), frames), _queued_ns(frames), strict=True
            )
        ]
    found: list[_Sent] = record.sent[call]
    return found


def _queued_ns(frames: list[Frame]) -> list[int]:
    """For how long each waits to be heard, beyond the ear's own buffer, if it is echoed at once."""
    found, free_ns, dry_ns = [], 0, -UNDERRUN_NS_MAX
    for frame in frames:
        is_new = frame.at_ns - dry_ns >= UNDERRUN_NS_MAX
        heard_ns = max(free_ns, frame.at_ns + (BUFFER_NS if is_new else 0))
        free_ns = dry_ns = heard_ns + FRAME_NS
        found.append(max(0, heard_ns - frame.at_ns - BUFFER_NS))
    return found


def _samples(codec: Codec, frames: list[Frame]) -> list[Pcm]:
    """Of each frame. Decoded and resampled as they were said, so that frames fit together."""
    order = sorted(range(len(frames)), key=lambda n: frames[n].due_ns)
    if not order:
        return []
    size, coder = codec.frame_samples, codec.decoder()
    whole = np.zeros((len(frames), size), np.int16)
    for row, n in enumerate(order):
        part = coder.decode(frames[n].data)[:size]
        whole[row, : len(part)] = part
    at_8k = resample(whole.reshape(-1), codec.sample_rate_hz, RATE_HZ)
    at_8k = np.pad(at_8k, (0, max(0, len(frames) * FRAME_SAMPLES - len(at_8k))))
    rows = at_8k[: len(frames) * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    placed: list[Pcm] = [rows[0]] * len(frames)
    for row, n in enumerate(order):
        placed[n] = rows[row]
    return placed


def _filled(in_order: list[_Sent]) -> list[_Sent]:
    """With silence where a frame is missing; that is there when the next one is."""
    filled = [in_order[0]]
    for before, one in pairwise(in_order):
        for due_ns in range(before.frame.due_ns + FRAME_NS, one.frame.due_ns - FRAME_NS // 2, FRAME_NS):
            silence = np.zeros(FRAME_SAMPLES, np.int16)
            filled.append(replace(one, frame=Frame(one.frame.at_ns, due_ns, b""), pcm=silence))
        filled.append(one)
    return filled


def _delivered(order: list[_Sent], later: list[int], earliest_ns: int) -> Delivered:
    came_ns = np.array([one.frame.at_ns for one in order], np.int64)
    due_ns = np.array([one.frame.due_ns for one in order], np.int64)
    came = np.array([bool(one.frame.data) for one in order], np.bool_)
    return Delivered(
        pcm=np.concatenate([one.pcm for one in order]),
        came_ns=came_ns,
        later_ns=np.array(later, np.int64),
        queued_ns=np.array([one.queued_ns for one in order], np.int64),
        due_ns=due_ns,
        late_ns=np.where(came, came_ns - due_ns - earliest_ns, NEVER),
    )


# What was heard


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """What was heard without the holes in which nothing was: `holes` are (from, until), and where they were cut out."""

    track: Track
    holes: list[Stretch]
    cuts: list[int]

    @staticmethod
    def of(track: Track, holes: Sequence[Stretch]) -> "Solid":
        inside = [(max(first, track.began_ns), min(last, track.end_ns)) for first, last in holes]
        inside = [(first, last) for first, last in inside if first < last]
        kept, cuts, at = np.ones(len(track.pcm), np.bool_), list[int](), 0
        for first, last in inside:
            begins, ends = ((moment - track.began_ns) // NS_PER_SAMPLE for moment in (first, last))
            kept[begins:ends] = False
            cuts.append(begins - at)
            at += ends - begins
        return Solid(track=Track(track.pcm[kept], track.began_ns), holes=inside, cuts=cuts)

    def real_ns(self, samples: NDArray[np.int64]) -> Moments:
        """When these samples were heard; one behind a hole was heard behind it."""
        longer = np.array([0, *accumulate(last - first for first, last in self.holes)], np.int64)
        before = np.searchsorted(np.array(self.cuts, np.int64), samples, side="right")
        return self.track.began_ns + samples * NS_PER_SAMPLE + longer[before]

    def moment(self, second: float) -> int:
        return int(self.real_ns(np.array([round(second * RATE_HZ)], np.int64))[0])

    def second_of(self, at_ns: int) -> float:
        """Where what was heard at a moment, or next, is in the track."""
        cut_ns = sum(max(0, min(last, at_ns) - first) for first, last in self.holes)
        return (at_ns - cut_ns - self.track.began_ns) / SECOND_NS


def holes_of(record: Record, call: str) -> list[Stretch]:
    """When nothing was played to this leg, between what was."""
    frames = record.played(call)
    dry = [note.body["dry_ns"] for note in record.trace.of("far_end", "heard", call=call) if "dry_ns" in note.body]
    holes: list[Stretch] = []
    begins_ns: int | None = None
    for frame in frames:
        if frame.data and begins_ns is not None:
            holes.append((begins_ns, frame.due_ns))
        if frame.data:
            begins_ns = None
        elif begins_ns is None:
            begins_ns = frame.due_ns
    # The last frame before may have been filled up with silence.
    return [
        (min([first, *(dry_ns for dry_ns in dry if first - FRAME_NS < dry_ns < first)]), last) for first, last in holes
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is the application's own: `heard` with its own gaps and drops, on the clock of the track that has holes.

    `lag_ns`: how much later it was heard than it came, at best. `owed_ns` had the time to be heard, `heard_ns` was.
    """

    heard: Fidelity
    lag_ns: int
    owed_ns: int
    heard_ns: int

    @property
    def missing_ns(self) -> int:
        return max(0, self.owed_ns - self.heard_ns)


def own_part(heard: Fidelity, delivered: Delivered, solid: Solid, whole: Track, record: Record, call: str) -> Own:
    """`heard` is of `solid`, which is `whole` without its holes."""
    held, buffered = _held_back(record, call), _buffered(record, call)
    skipped = round(heard.skipped_s * RATE_HZ)
    at = round(heard.began_s * RATE_HZ) - skipped + np.arange(len(delivered.came_ns)) * FRAME_SAMPLES
    places = _places(heard)
    for place, gap in zip(places, heard.gaps, strict=True):
        at[max(place, 0) :] += round(gap.duration_s * RATE_HZ)
    moments = solid.real_ns(at)
    breaks = [
        (place, solid.moment(gap.at_s), round(gap.duration_s * SECOND_NS))
        for place, gap in zip(places, heard.gaps, strict=True)
    ]
    begins, ends = heard.began_s * RATE_HZ, heard.ended_s * RATE_HZ
    breaks += [
        (int(np.searchsorted(at, cut)), first, last - first)
        for cut, (first, last) in zip(solid.cuts, solid.holes, strict=True)
        if begins < cut < ends
    ]
    first = skipped // FRAME_SAMPLES
    together = _together(record, call)
    turnaround_ns = moments - delivered.came_ns
    all_ns = np.concatenate([delivered.came_ns, delivered.later_ns])
    gaps = []
    for place, due_ns, duration_ns in sorted(breaks, key=lambda one: one[1]):
        until = min(max(place, first + 1), len(turnaround_ns))
        least_ns = int(turnaround_ns[first:until].min()) if until > first else 0
        came_ns = _awaited_ns(all_ns, min(max(0, place), len(turnaround_ns)), together)
        there_ns = due_ns if came_ns is None else came_ns + least_ns + _VARIES_NS
        there_ns += buffered.get(due_ns + duration_ns, 0)
        there_ns = max([there_ns, *(at_ns for came_ns, at_ns in held if came_ns <= due_ns + _VARIES_NS < at_ns)])
        own_ns = duration_ns - min(max(there_ns - due_ns, 0), duration_ns)
        if _is_gap(own_ns, duration_ns):
            gaps.append(Gap(whole.second_of(due_ns), own_ns / SECOND_NS))
    inserted_s = sum(gap.duration_s for gap in heard.gaps)
    heard_s = heard.ended_s - heard.began_s - inserted_s - heard.muted_s
    last = max(first + 1, round((heard.skipped_s + heard_s) * RATE_HZ) // FRAME_SAMPLES)
    waited = (turnaround_ns - delivered.queued_ns)[first:last]
    behind_ns = max((at_ns - came_ns for came_ns, at_ns in held if at_ns <= moments[-1]), default=0)
    own = replace(
        heard,
        gaps=tuple(gaps),
        began_s=whole.second_of(solid.moment(heard.began_s)),
        ended_s=whole.second_of(solid.moment(heard.ended_s - 1 / RATE_HZ)) + 1 / RATE_HZ,
    )
    # What was dropped took no time. What came late is owed when it could be heard, not when it was due.
    soonest_ns = delivered.came_ns + (int(turnaround_ns[first:last].min()) if last > first else 0) + _VARIES_NS
    owed = np.maximum(moments - round(heard.dropped_s * SECOND_NS), soonest_ns) + FRAME_NS <= whole.end_ns
    owed_ns = int(owed.sum()) * FRAME_NS
    return Own(
        heard=own,
        lag_ns=max(0, int(waited.min()) - behind_ns) if len(waited) else 0,
        owed_ns=owed_ns,
        heard_ns=round((heard_s + heard.pause_within(owed_ns / SECOND_NS)) * SECOND_NS),
    )


def own_gaps(heard: Fidelity, track: Track, record: Record, call: str) -> Fidelity:
    """The same of a sound that the application plays of itself, without the gaps in which the line held it back."""
    held = _held_back(record, call)
    gaps = []
    for gap in heard.gaps:
        due_ns, duration_ns = track.at_ns(gap.at_s), round(gap.duration_s * SECOND_NS)
        there_ns = max((at_ns for came_ns, at_ns in held if came_ns <= due_ns + _VARIES_NS < at_ns), default=due_ns)
        own_ns = duration_ns - min(there_ns - due_ns, duration_ns)
        if _is_gap(own_ns, duration_ns):
            gaps.append(Gap(gap.at_s, own_ns / SECOND_NS))
    return replace(heard, gaps=tuple(gaps))


def _is_gap(own_ns: int, duration_ns: int) -> bool:
    """Whether what is left of a gap counts. What was late is heard at the next tick."""
    return own_ns >= THRESHOLDS["gap_s_min"] * SECOND_NS and not (own_ns < duration_ns and own_ns <= FRAME_NS)


def _awaited_ns(came_ns: Moments, place: int, together: int) -> int | None:
    """When all was there that the sound behind a hole had to wait for; None at the end.

    One frame between two holes is too short to be told from where it is put: of the next ones each was awaited, too, by
    so much later as it is heard later.
    """
    behind = [came_ns[place + n : place + n + together] for n in range(_RESOLVED_FRAMES)]
    return max((int(some.max()) - n * FRAME_NS for n, some in enumerate(behind) if len(some)), default=None)


def _buffered(record: Record, call: str) -> dict[int, int]:
    """The ends of the holes so long that the ear then filled its buffer anew, and how long that took it."""
    notes = [note.body for note in record.trace.of("far_end", "heard", call=call) if note.body["what"] == "talkspurt"]
    return {
        end_ns: note["starts_ns"] - note["arrived_ns"]
        for _, end_ns in holes_of(record, call)
        for note in notes
        if 0 <= end_ns - note["starts_ns"] < FRAME_NS
    }


def _places(heard: Fidelity) -> list[int]:
    """Before which frame each gap is."""
    inserted_s = [0.0, *accumulate(gap.duration_s for gap in heard.gaps)]
    return [
        round((heard.skipped_s + gap.at_s - heard.began_s - before_s) * SECOND_NS / FRAME_NS)
        for gap, before_s in zip(heard.gaps, inserted_s, strict=False)
    ]


def _together(record: Record, call: str) -> int:
    """How many frames the application puts into one message, usually."""
    found: list[float] = []
    for stream in record.streams(call):
        codec = parse_codec(stream.body.get("asked_codec", stream.body["returned_codec"]))
        frames = record.trace.frames(f"{stream.body['stream_id']}.from_app")
        found += [_seconds(frame.data, codec) for frame in frames]
    usual_ns = float(np.median(found)) * SECOND_NS if found else 0.0
    return max(1, min(_TOGETHER_MAX, round(usual_ns / FRAME_NS)))


def _seconds(payload: bytes, codec: Codec) -> float:
    try:
        return codec.samples_of(payload) / codec.sample_rate_hz
    except NotDecodable:
        return 0.0


def _held_back(record: Record, call: str) -> list[Stretch]:
    """From when to when the line kept each message of the application that it kept back."""
    return [
        (frame.due_ns, frame.at_ns)
        for stream in record.streams(call)
        for frame in record.trace.frames(f"{stream.body['stream_id']}.from_app")
        if frame.due_ns >= 0
    ]
