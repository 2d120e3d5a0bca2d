"""What the people at the far ends of one run say and hear: on the metronome's beat, and in the trace."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.media.leg_media import APPLICATION, FAR_END, LegMedia
from telnyx_simulator.media.sounds import comfort_noise
from telnyx_simulator.media.sources import Quiet, Sound
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.transports import entries

if TYPE_CHECKING:
    from telnyx_simulator.transports.session import Session

COMFORT_NOISE = "comfort_noise"
_TOWARD = {"application": {APPLICATION}, "far_end": {FAR_END}, "both": {APPLICATION, FAR_END}}


class FarEnds:
    """Each leg's media, made when it is first wanted: a stream may open, and a line be cut, before the answer."""

    def __init__(self, session: "Session", draws: Draws) -> None:
        self.media: dict[str, LegMedia] = {}
        self._session = session
        self._draws = draws
        self._metronome = session.carrier.metronome
        self._offset_ns = session.carrier.clock.ahead_of(session.clock)
        self._ticks: dict[str, Callable[[int], None]] = {}
        self._late_us: dict[str, list[int]] = {}

    def of(self, call_leg_id: str) -> LegMedia:
        if call_leg_id not in self.media:
            leg = self._session.switch.legs[call_leg_id]
            self.media[call_leg_id] = LegMedia(leg.leg_codec, self._session.clock.now_ns())
        return self.media[call_leg_id]

    # Time

    def begin(self, leg: Leg) -> None:
        """The leg was answered: from now on there is a frame every 20 ms."""
        key, leg_media = leg.call_leg_id, self.of(leg.call_leg_id)

        def tick(due_ns: int) -> None:
            try:
                self._tick(key, leg_media, due_ns - self._offset_ns)
            except Exception as error:
                # One leg's trouble must not stop the metronome of all.
                self._session.failure = self._session.failure or error
                self._metronome.remove(tick)

        self._ticks[key] = tick
        leg_media.origin_ns = self._metronome.add(tick) - self._offset_ns

    def end(self, call_leg_id: str) -> None:
        if tick := self._ticks.pop(call_leg_id, None):
            self._metronome.remove(tick)

    def close(self) -> None:
        for call_leg_id in list(self._ticks):
            self.end(call_leg_id)

    def _tick(self, call_leg_id: str, leg_media: LegMedia, due_ns: int) -> None:
        stream_id, trace = leg_media.stream_id, self._session.trace
        result = leg_media.tick()
        if stream_id is not None:
            self._session.streams.send(stream_id, result.messages)
        now = self._session.clock.now_ns()
        if result.sent is not None:
            trace.frame(f"{stream_id}.to_app", now, due_ns, result.sent)
            self._late_us.setdefault(str(stream_id), []).append((now - due_ns) // 1000)
        trace.frame(f"{call_leg_id}.heard", now, due_ns, result.heard)
        for note in result.notes:
            self._session.note("far_end", "heard", entries.heard(note), call=call_leg_id)

    def lateness_of(self, stream_id: str) -> dict[str, int] | None:
        """How late the frames of a stream left, once it is over."""
        late_us = self._late_us.pop(stream_id, None)
        return entries.lateness(late_us) if late_us else None

    # What a person, and the line to them, is told to do

    def play(self, call_leg_id: str, sound: Sound, about: dict[str, Any]) -> int:
        leg_media = self.media[call_leg_id]
        said = leg_media.say(sound)
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

    def set_line(self, call_leg_id: str, impairments: Sequence[dict[str, Any]]) -> None:
        """The telephone's side: what is cut loses every frame from now on, until it is clean again."""
        leg_media, cut = self.of(call_leg_id), set[str]()
        for one in impairments:
            match one["kind"]:
                case "clean":
                    cut.clear()
                case "cut":
                    cut |= _TOWARD[one.get("toward", "both")]
                case kind:
                    raise NotImplementedError(f"not built yet: {kind} on the plane pstn")
        leg_media.cut_toward = frozenset(cut)
        body = {"plane": "pstn", "toward": sorted(cut), "from_frame": leg_media.next_tick}
        self._session.note("line", "cut" if cut else "clean", body, call=call_leg_id)
