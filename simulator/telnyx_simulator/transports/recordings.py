"""Recordings of one run: their tapes while they run, and their files, which can be fetched for a while."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.facts.limits import RECORDING_URL_S
from telnyx_simulator.media import announced
from telnyx_simulator.media.codecs_here import MissingLibrary
from telnyx_simulator.media.ear import Played
from telnyx_simulator.media.mixing import FRAMES_A_SECOND
from telnyx_simulator.media.sources import PTIME_NS
from telnyx_simulator.media.tape import Tape
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.recording import Recording

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

PATH: Final = "/_sim/recordings/"
_NARROW_HZ, _WIDE_HZ = 8000, 16_000


@dataclass(slots=True)
class _Running:
    recording: Recording
    tape: Tape
    on: set[str]
    # Legs that are no longer on it, whose last ticks before that may be yet to come.
    left: set[str]
    # What was last seen of the recording's legs.
    follows: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class File:
    """`until_ns` is when its URL expires, by the run's clock."""

    path: Path
    until_ns: int


class Recordings:
    def __init__(self, session: "Session") -> None:
        self.files: dict[str, File] = {}
        self._session = session
        self._running: dict[str, _Running] = {}
        # Those that are over and wait for ticks that come late.
        self._late: list[_Running] = []

    def begin(self, recording: Recording) -> None:
        far_ends = self._session.far_ends
        rates_hz = [far_ends.of(leg).telephone_hz for leg in recording.call_leg_ids]
        tape = Tape(
            _WIDE_HZ if max(rates_hz, default=_NARROW_HZ) > _NARROW_HZ else _NARROW_HZ,
            self._session.clock.now_ns(),
            is_conference=recording.conference_id is not None,
            frames_max=recording.max_length_s * FRAMES_A_SECOND or None,
            listens=bool(recording.silence_s),
        )
        self._running[recording.recording_id] = _Running(recording, tape, set(), set())
        self._note("recording.began", recording, {"channels": recording.channels, "track": recording.track})
        if recording.play_beep:
            beep, _ = announced.named_tone("beep")
            for leg in recording.call_leg_ids:
                far_ends.of(leg).play(Played(f"beep {recording.recording_id}", beep, 0))
        self.follow()

    def follow(self) -> None:
        """The legs of a conference's recording change with the conference."""
        now_ns = self._session.clock.now_ns()
        for running in self._running.values():
            if running.follows == running.recording.call_leg_ids:
                continue
            running.follows = running.recording.call_leg_ids[:]
            wanted = set(running.follows)
            for leg in sorted(running.on - wanted):
                self._session.far_ends.of(leg).untape(running.tape, now_ns)
            for leg in sorted(wanted - running.on):
                self._session.far_ends.of(leg).voice.tape(leg, running.tape)
            running.left |= running.on - wanted
            running.on = wanted
            running.tape.only_heard = running.recording.conference_id is not None and len(wanted) > 1

    def pause(self, recording: Recording, paused: bool) -> None:
        running = self._running.get(recording.recording_id)
        if running is None:
            return
        act = running.tape.pause if paused else running.tape.resume
        act(self._session.clock.now_ns())
        self._note("recording.paused", recording, {"paused": paused})

    def said(self, call_leg_id: str, transcript: str | None) -> None:
        """What somebody on a recorded leg has said."""
        leg_media = self._session.far_ends.of(call_leg_id)
        for running in (*self._running.values(), *self._late):
            if transcript is not None and leg_media.is_taped(running.tape):
                running.tape.transcripts.append((call_leg_id, transcript))

    def end(self, recording: Recording) -> None:
        running = self._running.pop(recording.recording_id, None)
        if running is None:
            return
        ended_ns = self._session.clock.now_ns()
        for leg in sorted(running.on):
            self._session.far_ends.of(leg).untape(running.tape, ended_ns)
        self._session.spawn(self._save(running))

    async def _save(self, running: _Running) -> None:
        session, recording = self._session, running.recording
        name = f"{recording.recording_id}.{recording.format}"
        path = session.trace.directory / "recordings" / name
        # On a busy machine the media lag behind: the file waits for what was said before the end.
        self._late.append(running)
        while any(session.far_ends.owes(leg, running.tape) for leg in running.on | running.left):
            await session.clock.sleep(PTIME_NS)
        self._late.remove(running)
        try:
            samples = await session.clock.in_thread(_written, path, running.tape, recording)
        except MissingLibrary as missing:
            self._note("recording.failed", recording, {"reason": str(missing)})
            session.feed(inputs.RecordingFailed(recording.recording_id))
            return
        duration_ns = len(samples) * 1_000_000_000 // running.tape.rate_hz
        self.files[name] = File(path, session.clock.now_ns() + RECORDING_URL_S * 1_000_000_000)
        said = [{"call_leg_id": leg, "transcript": transcript} for leg, transcript in running.tape.transcripts]
        body = {"file": name, "duration_ns": duration_ns, "rate_hz": running.tape.rate_hz, "said": said}
        self._note("recording.saved", recording, body)
        session.feed(inputs.RecordingReady(recording.recording_id, duration_ns, PATH + name))

    def _note(self, kind: str, recording: Recording, body: dict[str, Any]) -> None:
        legs = recording.call_leg_ids
        about = {"recording_id": recording.recording_id, "call_leg_ids": list(legs)}
        call = legs[0] if recording.conference_id is None and legs else None
        self._session.note("switch", kind, about | body, call=call)


def _written(path: Path, tape: Tape, recording: Recording) -> NDArray[np.int16]:
    samples = tape.channels(recording.channels, recording.track, trim=recording.trim)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(announced.file_of(samples, tape.rate_hz, recording.format))
    return samples
