"""A trace as checks look at it: who had which leg, what state it was in, what was said and heard."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import read_wav, resample
from telnyx_simulator.checks.tracks import (
    FRAME_NS,
    FRAME_SAMPLES,
    RATE_HZ,
    Track,
    Wide,
    Words,
    heard_track,
    said_track,
    samples_between,
    wide_heard,
    wide_said,
    words_of,
)
from telnyx_simulator.trace import Entry, Frame, Trace

STALL_NS = 50_000_000


@dataclass(frozen=True, slots=True)
class Mic:
    """What a microphone carried between plays, over and over. `digest` is None for silence, and for no frames."""

    clip: str
    digest: str | None
    begins_ns: int
    ends_ns: int


class Record:
    """Answers questions about one trace. Not kept beyond the moment: a live trace grows under it.

    `alone`: what was heard is what the application's own streams had of it, without what Telnyx played and others said.
    """

    def __init__(self, trace: Trace, *, alone: bool = False) -> None:
        self.trace = trace
        self._alone = alone
        self.header = trace.header
        self._heard: dict[str, Track | None] = {}
        self._said: dict[str, Track | None] = {}
        self._words: dict[str, Words | None] = {}
        # What `delivered` found out about each leg.
        self.sent: dict[str, list[Any]] = {}

    # People and their legs

    @cached_property
    def legs_of_people(self) -> dict[str, list[str]]:
        """Person -> their legs' ids, oldest first; those who never had a leg are there as well."""
        people = (self.header.get("scenario") or {}).get("people", [])
        legs: dict[str, list[str]] = {person["name"]: [] for person in people}
        for entry in self.trace.of("runner", "leg"):
            legs.setdefault(entry.body["person"], []).append(entry.call or "")
        return legs

    def person_of(self, call: str) -> str | None:
        return next((person for person, calls in self.legs_of_people.items() if call in calls), None)

    def legs(self, person: str | None) -> list[str]:
        if person is not None:
            return self.legs_of_people.get(person, [])
        return list(dict.fromkeys(entry.call for entry in self.trace.of("switch", "leg") if entry.call))

    def moves(self, call: str) -> list[Entry]:
        """The leg's states, in order."""
        return list(self.trace.of("switch", "leg", call=call))

    def move_to(self, call: str, state: str) -> Entry | None:
        return next((entry for entry in self.moves(call) if entry.body["state"] == state), None)

    def is_alive(self, call: str) -> bool:
        moves = self.moves(call)
        return bool(moves) and moves[-1].body["state"] != "hangup"

    def ended_ns(self, call: str) -> int:
        """When the leg ended, or the trace did."""
        ended = self.move_to(call, "hangup")
        return ended.at_ns if ended else self.trace.end_ns

    # What was written

    @property
    def within_ns(self) -> int:
        """The patience of every step that has none of its own."""
        within_ns: int = self.header["scenario"]["within_ns"]
        return within_ns

    def steps(self) -> list[dict[str, Any]]:
        """The steps of the script; of a run in Python those that began."""
        steps: list[dict[str, Any]] = self.header["scenario"]["script"]
        if steps:
            return steps
        began = self.trace.of("runner", "step.began")
        return [entry.body["definition"] for entry in began if entry.body.get("definition")]

    def of_whole_run(self, key: str) -> list[dict[str, Any]]:
        """`expect` or `absent` of the whole run."""
        bodies = list(self.header["scenario"][key])
        for entry in self.trace.of("runner", "whole_run"):
            bodies += entry.body.get(key) or []
        return bodies

    # Streams

    def streams(self, call: str) -> list[Entry]:
        """The leg's streams that were opened, oldest first."""
        return list(self.trace.of("stream", "opened", call=call))

    def codecs(self, call: str, at_ns: int) -> tuple[Codec, Codec] | None:
        """What the application was sent and what it was to return, on the stream of that moment or the first after."""
        opened = self.streams(call)
        if not opened:
            return None
        stream = next((entry for entry in reversed(opened) if entry.at_ns <= at_ns), opened[0])
        return parse_codec(stream.body["sent_codec"]), parse_codec(stream.body["returned_codec"])

    def leg_codec(self, call: str) -> Codec | None:
        """What the telephone leg negotiated."""
        named = next((move.body.get("leg_codec") for move in self.moves(call)), None)
        return parse_codec(named) if named else None

    def streamed_from(self, call: str) -> int | None:
        """When the leg's first stream started: what was said before it went to nobody."""
        started = next(self.trace.of("stream", "started", call=call), None)
        return started.at_ns if started else None

    # Sounds

    def sounds(self, call: str) -> list[Entry]:
        """What the person said, one play after another."""
        return list(self.trace.of("far_end", "sound", call=call))

    def said_to_application(self, call: str) -> list[Entry]:
        """The plays that the application could hear: not those before its first stream, or after one was stopped.

        A play begins on the grid of ticks, and may do so at the tick in which the stream starts.
        """
        streamed_ns = self.streamed_from(call)
        if streamed_ns is None:
            return []
        sounds = [sound for sound in self.sounds(call) if sound.body["begins_ns"] > streamed_ns - FRAME_NS]
        return [sound for sound in sounds if not self._is_stopped(call, sound.body["begins_ns"])]

    def _is_stopped(self, call: str, at_ns: int) -> bool:
        """Whether Telnyx had ended the leg's stream, and opened no other. Who closes one itself is not excused."""
        last: dict[str, Entry] = {}
        for entry in self.trace.of("stream", call=call):
            if entry.kind in ("started", "closed") and entry.at_ns <= at_ns + FRAME_NS:
                last[entry.body["stream_id"]] = entry
        return bool(last) and all(one.kind == "closed" and one.body["by"] == "telnyx" for one in last.values())

    def _mic_entries(self, call: str) -> list[Entry]:
        return list(self.trace.of("far_end", "mic", call=call))

    def mics(self, call: str) -> list[Mic]:
        entries = self._mic_entries(call)
        ends = [*(_begins(entry) for entry in entries[1:]), self.ended_ns(call)]
        return [
            Mic(entry.body["clip"], entry.body.get("digest"), _begins(entry), end)
            for entry, end in zip(entries, ends, strict=False)
        ]

    def said(self, call: str) -> Track | None:
        """All that the application was sent of what the person said."""
        if call not in self._said:
            self._said[call] = said_track(self._sent(call))
        return self._said[call]

    def voice(self, call: str) -> Track | None:
        """All that the person said, to whoever may hear it: as the application was sent it, and else as it was said.

        What the telephone leg's codec and its line make of what no stream carries is left out.
        """
        sounds, carried = self.sounds(call), list(zip(self._mic_entries(call), self.mics(call), strict=False))
        began = [mic.begins_ns for _, mic in carried if mic.digest] + [sound.body["begins_ns"] for sound in sounds]
        if not began:
            return self.said(call)
        ear = self.ear(call)
        # A live trace may have had no entry for a while; frames come all the time.
        now_ns = max(self.trace.end_ns, ear.end_ns) if ear is not None and self.is_alive(call) else self.ended_ns(call)
        said = Track(np.zeros(0, np.int16), min(began)).between(min(began), now_ns)
        for entry, mic in carried:
            if mic.digest is None:
                continue
            pcm = self.stimulus(mic.digest)
            frames = entry.body.get("frames") or -(-len(pcm) // FRAME_SAMPLES)
            ends_ns = now_ns if mic is carried[-1][1] else mic.ends_ns
            said = said.over(np.resize(_filled(pcm, frames), samples_between(mic.begins_ns, ends_ns)), mic.begins_ns)
        for sound in sounds:
            said = said.over(self.stimulus(sound.body["digest"]), sound.body["begins_ns"])
        for stream in self._sent(call):
            sent = said_track([stream])
            said = said.over(sent.pcm, sent.began_ns) if sent is not None else said
        return said

    def words(self, call: str) -> Words | None:
        """What the application was sent, frame by frame, in the order of sending."""
        if call not in self._words:
            self._words[call] = words_of(self._sent(call))
        return self._words[call]

    def sent_frames(self, call: str) -> list[Frame]:
        """What the application was sent, as bytes."""
        return [frame for _, frames in self._sent(call) for frame in frames]

    def returned_frames(self, call: str) -> list[Frame]:
        """What the application sent, as bytes: a media message each."""
        ids = [entry.body["stream_id"] for entry in self.streams(call)]
        return [frame for stream_id in ids for frame in self.trace.frames(f"{stream_id}.from_app")]

    def said_wide(self, call: str) -> Wide | None:
        """What the application was sent, at 16 kHz; None unless all of it was sent at that rate at least."""
        return wide_said(self._sent(call))

    def heard_wide(self, call: str) -> Wide | None:
        """The same as `heard`, at 16 kHz; None unless the return codec has that rate at least."""
        return wide_heard(self.played(call))

    def _sent(self, call: str) -> list[tuple[Codec, list[Frame]]]:
        return [
            (parse_codec(entry.body["sent_codec"]), self.trace.frames(f"{entry.body['stream_id']}.to_app"))
            for entry in self.streams(call)
        ]

    def heard(self, call: str) -> Track | None:
        """What the person heard, or would have heard but for the line: what Telnyx played, where that was kept."""
        if call not in self._heard:
            frames = self.played(call)
            self._heard[call] = heard_track(frames) if frames else None
        return self._heard[call]

    def played(self, call: str) -> list[Frame]:
        """The frames of `heard`."""
        played = {frame.due_ns: frame for frame in self.trace.frames(f"{call}.played")}
        if self._alone:
            played |= {frame.due_ns: frame for frame in self.trace.frames(f"{call}.returned")}
        return [played.get(frame.due_ns, frame) for frame in self.trace.frames(f"{call}.heard")]

    def ear(self, call: str) -> Track | None:
        """What the person heard, whoever is to answer for it."""
        frames = self.trace.frames(f"{call}.heard")
        return heard_track(frames) if frames else None

    def tapped(self, call: str, until_ns: int | None) -> Track | None:
        """What the application had decoded by then, as it was last seen: its end is the moment of looking."""
        tap = self.tap(call, until_ns)
        if tap is None:
            return None
        pcm = self.stimulus(tap.body["digest"])
        return Track(pcm, tap.at_ns - len(pcm) * 1_000_000_000 // RATE_HZ)

    def tap(self, call: str, until_ns: int | None) -> Entry | None:
        """The last look at what the application had decoded."""
        taps = [
            entry
            for entry in self.trace.of("sut", "tapped")
            if entry.call in (call, None) and (until_ns is None or entry.at_ns <= until_ns)
        ]
        return taps[-1] if taps else None

    def tap_problem(self) -> str | None:
        """Why the tap could not be looked at when the run was over; None if it could."""
        last = next((entry for entry in reversed(self.trace.entries) if entry.kind in ("tapped", "tap_failed")), None)
        return str(last.body["problem"]) if last is not None and last.kind == "tap_failed" else None

    def stimulus(self, digest: str) -> NDArray[np.int16]:
        """A sound that stands in the trace, at 8 kHz."""
        pcm, rate = read_wav(self.trace.stimulus(digest))
        return resample(pcm, rate, RATE_HZ)

    def digest_of(self, clip: str, call: str, until_ns: int | None) -> str | None:
        """The sound that a scenario calls by this name: as it was last said by then, or as its file has it.

        What the leg's own person said goes before what others said.
        """
        said = [
            entry
            for entry in self.trace.of("far_end", "sound")
            if entry.body["clip"] == clip and (until_ns is None or entry.at_ns <= until_ns)
        ]
        own = [entry for entry in said if entry.call == call]
        return (own or said)[-1].body["digest"] if said else self._known_stimuli.get(clip)

    @cached_property
    def _known_stimuli(self) -> dict[str, str]:
        """Name -> digest of what may be expected: a file's header has them, a step of a Python run its own."""
        known: dict[str, str] = self.application_clips() | self.header["stimuli"]
        for entry in self.trace.of("runner", "step.began"):
            known |= entry.body.get("stimuli") or {}
        return known

    def application_clips(self) -> dict[str, str]:
        """Clips that the application is known to play: name (`app/greeting`) -> digest."""
        return dict(self.header["profile"]["clips"])

    # The run

    @property
    def interrupted(self) -> bool:
        """The run did not get to its end: what has not happened might have."""
        return not any(self.trace.of("runner", "settled"))

    @cached_property
    def hung_up_seq(self) -> int | None:
        """The entry with which everybody began to hang up because the script was over; None while it is not."""
        ended = max((entry.seq for entry in self.trace.of("runner", "step.ended")), default=0)
        acts = self.trace.of("far_end", "act")
        return next((act.seq for act in acts if act.seq > ended and act.body["act"] == "hangup"), None)

    def lateness_ns(self, from_ns: int, to_ns: int) -> int:
        """How late we were, with whatever was due or done within this time.

        What takes several of our steps one after another may be held up at each of them: stalls of ours add up, each
        by the worst that was late in it. What is late by less than 50 ms is that late and no more, however often.
        """
        worst = max(
            (at_ns - due_ns for due_ns, at_ns in self._due_and_done if due_ns <= to_ns and at_ns >= from_ns), default=0
        )
        return max(worst, sum(worst for began, ended, worst in self._stalls if began <= to_ns and ended >= from_ns))

    def was_away(self, from_ns: int, to_ns: int) -> bool:
        """Whether we were not there for a quarter of this time: what did not come in it might have, with more of it."""
        return 4 * self.lateness_ns(from_ns, to_ns) >= to_ns - from_ns > 0

    @cached_property
    def _stalls(self) -> list[tuple[int, int, int]]:
        """(began, ended, how late at worst) of each time in which we did nothing that was due."""
        stalls: list[tuple[int, int, int]] = []
        for due_ns, at_ns in sorted(self._due_and_done):
            if at_ns - due_ns < STALL_NS:
                continue
            if stalls and due_ns <= stalls[-1][1]:
                began, ended, worst = stalls[-1]
                stalls[-1] = (began, max(ended, at_ns), max(worst, at_ns - due_ns))
            else:
                stalls.append((due_ns, at_ns, at_ns - due_ns))
        return stalls

    @cached_property
    def _due_and_done(self) -> list[tuple[int, int]]:
        late = [(frame.due_ns, frame.at_ns) for call in self.legs(None) for frame in self.trace.frames(f"{call}.heard")]
        for entry in self.trace.of("sender", "webhook.attempt"):
            if (due_ns := entry.body.get("due_ns")) is not None:
                late.append((due_ns, entry.body["sent_ns"]))
        late += [(entry.body["due_ns"], entry.at_ns) for entry in self.trace.of("runner", "stalled")]
        return late


def _begins(mic: Entry) -> int:
    begins_ns: int = mic.body.get("begins_ns", mic.at_ns)
    return begins_ns


def _filled(pcm: NDArray[np.int16], frames: int) -> NDArray[np.int16]:
    """A sound in so many whole frames, as it is repeated."""
    return np.pad(pcm, (0, max(0, frames * FRAME_SAMPLES - len(pcm))))[: frames * FRAME_SAMPLES]
