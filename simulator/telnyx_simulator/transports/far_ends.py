"""What the people at the far ends of one run say and hear: on the metronome's beat, and in the trace."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.line import APPLICATION, FAR_END, Way, expanded, keyed, toward
from telnyx_simulator.media.impairments.recorded import RecordedLeg
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.sounds import comfort_noise
from telnyx_simulator.media.sources import PTIME_NS, Quiet, Sound
from telnyx_simulator.media.tape import Tape
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.transports import entries

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

COMFORT_NOISE = "comfort_noise"
PSTN = "pstn"


class FarEnds:
    """Each leg's media, made when it is first wanted: a stream may open, and a line be cut, before the answer.

    A leg on which nobody hears or says anything to anybody sleeps: it is not on the metronome. Whoever asks for it
    (`of`) wakes it, so what is asked for must not be kept beyond an `await`; at its next tick it sleeps again if it
    may. The ticks that it slept through brought nothing, each in time, and are recorded when it wakes or is looked at.
    """

    def __init__(self, session: "Session", draws: Draws) -> None:
        self.media: dict[str, LegMedia] = {}
        self._session = session
        self._draws = draws
        self._metronome = session.carrier.metronome
        self._offset_ns = session.carrier.clock.ahead_of(session.clock)
        self._ticks: dict[str, Callable[[int], None]] = {}
        self._asleep: dict[str, LegMedia] = {}
        # Legs that are over, of which a recording still waits for ticks that come late.
        self._over: dict[str, Callable[[int], None]] = {}
        self._late_us: dict[str, list[int]] = {}
        self._ways: dict[tuple[str, str], Way] = {}
        self._replays: dict[str, RecordedLeg] = {}
        self._sounds: dict[str, Mapping[str, Sound]] = {}
        session.trace.completed_by = self._catch_up_all

    def of(self, call_leg_id: str) -> LegMedia:
        if call_leg_id not in self.media:
            leg = self._session.switch.legs[call_leg_id]
            self.media[call_leg_id] = leg.frames = LegMedia(leg.leg_codec, self._session.clock.now_ns())
        elif call_leg_id in self._asleep:
            self._wake(call_leg_id)
        return self.media[call_leg_id]

    # Time

    def begin(self, leg: Leg) -> None:
        """The leg was answered: from now on there is a frame every 20 ms."""
        key, leg_media = leg.call_leg_id, self.of(leg.call_leg_id)

        def tick(due_ns: int) -> None:
            try:
                if key in self._ticks:
                    self._tick(key, leg_media, due_ns - self._offset_ns)
                elif leg_media.is_taped():
                    leg_media.tick()
                else:
                    self._stop(key)
            except Exception as error:
                # One leg's trouble must not stop the metronome of all.
                self._session.fail(error)
                self._ticks.pop(key, None)
                self._over.pop(key, None)
                self._metronome.remove(tick)

        self._ticks[key] = tick
        leg_media.origin_ns = self._metronome.add(tick) - self._offset_ns

    def _wake(self, call_leg_id: str) -> None:
        leg_media = self._asleep.pop(call_leg_id)
        tick, origin_ns = self._ticks[call_leg_id], leg_media.origin_ns + self._offset_ns
        self._catch_up(call_leg_id, leg_media, self._metronome.add(tick, once_due_ns=origin_ns) - self._offset_ns)

    def _catch_up_all(self) -> None:
        now = self._session.clock.now_ns()
        for call_leg_id, leg_media in self._asleep.items():
            self._catch_up(call_leg_id, leg_media, now)

    def _catch_up(self, call_leg_id: str, leg_media: LegMedia, until_ns: int) -> None:
        """Pass over the ticks that are due before this moment: they bring nothing."""
        due_ns = range(leg_media.due_ns(leg_media.next_tick), until_ns, PTIME_NS)
        leg_media.pass_over(len(due_ns))
        self._session.trace.empty_frames(f"{call_leg_id}.heard", due_ns)

    def end(self, call_leg_id: str) -> None:
        if leg_media := self._asleep.pop(call_leg_id, None):
            self._catch_up(call_leg_id, leg_media, self._session.clock.now_ns())
        if tick := self._ticks.pop(call_leg_id, None):
            self._over[call_leg_id] = tick
            if not self.media[call_leg_id].is_taped():
                self._stop(call_leg_id)
        for what in ("heard", "played"):
            self._session.trace.rest(f"{call_leg_id}.{what}")

    def close(self) -> None:
        for call_leg_id in list(self._ticks):
            self.end(call_leg_id)
        for call_leg_id in list(self._over):
            self._stop(call_leg_id)

    def _stop(self, call_leg_id: str) -> None:
        self._metronome.remove(self._over.pop(call_leg_id))

    def owes(self, call_leg_id: str, tape: Tape) -> bool:
        """Whether ticks are yet to come that belong on this tape."""
        ticks_on = call_leg_id in self._ticks or call_leg_id in self._over
        return ticks_on and self.media[call_leg_id].is_taped(tape)

    def _tick(self, call_leg_id: str, leg_media: LegMedia, due_ns: int) -> None:
        if call_leg_id in self._replays:
            self._replay(call_leg_id, leg_media.next_tick)
        elif leg_media.is_idle:
            self._metronome.remove(self._ticks[call_leg_id])
            self._asleep[call_leg_id] = leg_media
            self._session.trace.rest(f"{call_leg_id}.heard")  # legs may be more than files that may be open
            return
        socket, trace = self._session.streams.sockets.get(leg_media.stream_id or ""), self._session.trace
        result = leg_media.tick()
        if socket is not None:
            for n, message in enumerate(result.messages):
                if n == result.sent_at and result.sent is not None:
                    socket.send_media(message, result.sent, due_ns=due_ns)
                else:
                    socket.send(message)
            for late_us, message, payload in result.late:
                socket.send_media(message, payload, due_ns=due_ns, late_us=late_us)
        now = self._session.clock.now_ns()
        trace.frame(f"{call_leg_id}.heard", now, due_ns, result.heard)
        if result.played is not None:
            trace.frame(f"{call_leg_id}.played", now, due_ns, result.played)
        if result.returned is not None:
            trace.frame(f"{call_leg_id}.returned", now, due_ns, result.returned)
        self._note_plans(call_leg_id)
        for note in result.notes:
            self._session.note("far_end", "heard", entries.heard(note), call=call_leg_id)
        for news in result.news:
            self._session.sounds.tell(call_leg_id, news)

    def sent(self, stream_id: str, payload: bytes, due_ns: int, leaves_ns: int) -> None:
        """A frame that was said at `due_ns` left now; by the line's plan it was to leave at `leaves_ns`."""
        now = self._session.clock.now_ns()
        self._session.trace.frame(f"{stream_id}.to_app", now, due_ns, payload)
        self._late_us.setdefault(stream_id, []).append((now - leaves_ns) // 1000)

    def lateness_of(self, stream_id: str) -> dict[str, int] | None:
        """How late the frames of a stream left, once it is over."""
        late_us = self._late_us.pop(stream_id, None)
        return entries.lateness(late_us) if late_us else None

    # What a person, and the line to them, is told to do

    def play(self, call_leg_id: str, sound: Sound, about: dict[str, Any]) -> int:
        leg_media = self.of(call_leg_id)
        said = leg_media.say(sound, self._session.clock.now_ns())
        begins_ns, ends_ns = leg_media.due_ns(said.first), leg_media.due_ns(said.end)
        body = {
            "clip": sound.name,
            "digest": sound.digest,
            "first_frame": said.first,
            "last_frame": said.end - 1,
            "begins_ns": begins_ns,
            "ends_ns": ends_ns,
        }
        self._session.note("far_end", "sound", body | about, call=call_leg_id)
        return ends_ns

    def set_mic(self, call_leg_id: str, mic: Sound | str) -> None:
        leg_media = self.of(call_leg_id)
        carried: Sound | Quiet
        if isinstance(mic, Sound):
            carried = mic
        elif mic == COMFORT_NOISE:
            carried, wav = comfort_noise(self._draws.within(call_leg_id).octets(COMFORT_NOISE, size=32))
            self._session.trace.stimulus(wav)
        else:
            carried = Quiet(mic)
        leg_media.set_mic(carried)
        body = entries.mic(carried, leg_media.next_tick, leg_media.due_ns(leg_media.next_tick))
        self._session.note("far_end", "mic", body, call=call_leg_id)

    def hold(self, call_leg_id: str, held: bool) -> None:
        leg_media = self.of(call_leg_id)
        leg_media.hold(held)
        body = {"held": held, "from_frame": leg_media.next_tick}
        self._session.note("far_end", "hold", body, call=call_leg_id)

    def set_line(
        self,
        call_leg_id: str,
        impairments: Sequence[Mapping[str, Any]],
        sounds: Mapping[str, Sound],
        recorded: RecordedLeg | None = None,
    ) -> None:
        """The telephone's side, from now on. With `recorded`, what becomes of frames is read from there."""
        leg_media = self.of(call_leg_id)
        draws = self._draws.within(call_leg_id)
        whole = keyed(expanded(_since_clean(impairments), PSTN), draws.within("line", str(leg_media.next_tick)))
        ends = []
        for end in (APPLICATION, FAR_END):
            self._ways.pop((call_leg_id, end), None)
            way = None
            if mine := toward(end, whole):
                way = Way(
                    mine,
                    end,
                    from_tick=leg_media.next_tick,
                    draws=draws,
                    sounds=sounds,
                    recorded=recorded.plan(end) if recorded else None,
                )
                self._ways[call_leg_id, end] = way
                ends.append(end)
            leg_media.set_line(end, way)
        kind = "clean" if not whole else "cut" if any(one["kind"] == "cut" for one in whole) else "impaired"
        body = {"plane": PSTN, "toward": ends, "from_frame": leg_media.next_tick, "impairments": whole}
        self._session.note("line", kind, body, call=call_leg_id)
        self._note_plans(call_leg_id)

    def _note_plans(self, call_leg_id: str) -> None:
        """Each frame's fate, as soon as it is planned."""
        for end in (APPLICATION, FAR_END):
            way = self._ways.get((call_leg_id, end))
            while way is not None and way.news:
                body = {"plane": PSTN, "toward": end} | way.news.pop(0).to_json()
                self._session.note("line", "planned", body, call=call_leg_id)

    # A line that another run had

    def replay(self, call_leg_id: str, recorded: RecordedLeg, sounds: Mapping[str, Sound]) -> None:
        """The leg has this line, frame by frame, whatever it is told later."""
        self._replays[call_leg_id] = recorded
        self._sounds[call_leg_id] = sounds
        self._replay(call_leg_id, self.of(call_leg_id).next_tick)

    def is_replayed(self, call_leg_id: str) -> bool:
        return call_leg_id in self._replays

    def _replay(self, call_leg_id: str, tick: int) -> None:
        recorded = self._replays[call_leg_id]
        for setting in recorded.due(tick):
            if setting["plane"] == PSTN:
                self.set_line(call_leg_id, setting["impairments"], self._sounds[call_leg_id], recorded)
            else:
                self._session.steps.set_line(call_leg_id, setting["impairments"])


def _since_clean(impairments: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """`clean` in a list takes away what stands before it."""
    kinds = [one["kind"] for one in impairments]
    last = len(kinds) - 1 - kinds[::-1].index("clean") if "clean" in kinds else -1
    return list(impairments[last + 1 :])
