"""Speak and playback: what commands have people hear, one after another or on top of each other.

Theory of operation. What plays on a leg is one queue, speak and playback alike, each with a webhook as it starts and as
it ends (spec). Overlays are a queue of their own. What is cleared out of a queue before it was heard leaves no webhook
behind (assumed: nothing started, so nothing ended); what cannot be had ends without having started (assumed).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from telnyx_simulator.facts.limits import SPEAK_ID_SIZE
from telnyx_simulator.signaling import announcements, options, rest
from telnyx_simulator.signaling.announcements import Announcements, End, main, overlays
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part


class Playback(Part):
    """The commands speak, playback_start and playback_stop, and the sound that a dial has played upon the answer."""

    def __init__(self, board: Board, sounds: Announcements) -> None:
        super().__init__(board)
        self._sounds = sounds
        self._spoken = 0
        # call_leg_id -> what its dial or transfer wants to be played once it is answered.
        self._upon_answer: dict[str, dict[str, Any]] = {}
        self.acts = {
            "speak": self._speak,
            "playback_start": self._playback_start,
            "playback_stop": self._playback_stop,
        }

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        wanted = {name: given[name] for name in ("audio_url", "media_name") if given.get(name)}
        if wanted and leg.direction == "outgoing":
            self._upon_answer[leg.call_leg_id] = wanted
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        wanted = self._upon_answer.pop(leg.call_leg_id, None)
        return self._play(leg, wanted, now) if wanted else []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        self._upon_answer.pop(leg.call_leg_id, None)
        return []

    def _speak(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        check_voice(given)
        options.apply(leg, given)
        happened = self._make_way(leg, given, now, main(leg))
        self._spoken += 1
        draws = self.board.draws.within(leg.call_leg_id)
        speak_id = draws.octets("speak_id", self._spoken, size=SPEAK_ID_SIZE // 2).hex()
        sound = self._sounds.of(given, self._hearers(leg, given))
        assert sound is not None
        return happened + self._sounds.play(
            sound,
            now,
            leg=leg,
            queue=main(leg),
            on_started=lambda at: self.board.tell(leg, "call.speak.started", at, speak_id=speak_id),
            on_ended=partial(self._spoken_out, leg, speak_id),
        )

    def _spoken_out(self, leg: Leg, speak_id: str, end: End, now: int) -> list[Event]:
        if not end.was_heard and end.status != "failed":
            return []
        status = self.board.rules.assumed("stopped_speak") if end.status == announcements.CANCELLED else end.status
        return self.board.tell(leg, "call.speak.ended", now, speak_id=speak_id, status=status)

    def _playback_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        overlay = given.get("overlay", False)
        if not any(given.get(name) for name in ("audio_url", "media_name", "playback_content")):
            raise rest.refused("missing_parameter", pointer="/audio_url", name="audio_url")
        # Spec: it works only while something else is played, and only on the leg itself. What it is answered then is
        # assumed.
        if overlay and not self._sounds.is_heard(main(leg)):
            raise rest.refused(
                "invalid_value", pointer="/overlay", detail="No other audio is being played on the call."
            )
        if overlay and given.get("target_legs", "self") != "self":
            raise rest.refused("invalid_value", pointer="/target_legs", detail="An overlay is played on its own leg.")
        options.apply(leg, given)
        queue = overlays(leg) if overlay else main(leg)
        return self._make_way(leg, given, now, queue) + self._play(leg, given, now)

    def _play(self, leg: Leg, given: Mapping[str, Any], now: int) -> list[Event]:
        overlay = given.get("overlay", False)
        sound = self._sounds.of(given, self._hearers(leg, given), overlay=overlay)
        assert sound is not None
        started, ended = told_of_playback(self.board, leg, given)
        queue = overlays(leg) if overlay else main(leg)
        return self._sounds.play(sound, now, leg=leg, queue=queue, on_started=started, on_ended=ended)

    def _playback_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """With nothing to stop it is done as well (assumed)."""
        rest.demand_alive(leg)
        options.apply(leg, given)
        queue = overlays(leg) if given.get("overlay") else main(leg)
        return self._sounds.stop_queue(queue, now, only_first=given.get("stop", "all") == "current")

    def _make_way(self, leg: Leg, given: dict[str, Any], now: int, queue: str) -> list[Event]:
        """What `stop` among the parameters of a speak or playback asks for."""
        stop = given.get("stop")
        return self._sounds.stop_queue(queue, now, only_first=stop == "current") if stop else []

    def _hearers(self, leg: Leg, given: Mapping[str, Any]) -> list[str]:
        """Without an opposite leg nobody is there, and so nobody hears it (assumed)."""
        targets = given.get("target_legs", "self")
        own = [leg.call_leg_id] if targets != "opposite" else []
        return own + [peer for peer in (leg.bridged_to,) if peer and targets != "self"]


def told_of_playback(
    board: Board, leg: Leg, given: Mapping[str, Any], *, prefix: str = ""
) -> tuple[announcements.Started, announcements.Ended]:
    """How the application hears of a playback on this leg.

    Spec: with the file itself in the command there is neither URL nor name (`""`).
    """
    about = {
        "media_url": given.get(f"{prefix}audio_url") or "",
        "media_name": given.get(f"{prefix}media_name") or "",
        "overlay": given.get("overlay", False),
    }

    def started(now: int) -> list[Event]:
        return board.tell(leg, "call.playback.started", now, **about)

    def ended(end: End, now: int) -> list[Event]:
        if not end.was_heard and end.status in (announcements.CANCELLED, announcements.CALL_HANGUP):
            return []
        about_end = {"status": end.status, "status_detail": end.detail}
        return board.tell(leg, "call.playback.ended", now, **about, **about_end)

    return started, ended


def check_voice(given: Mapping[str, Any]) -> None:
    """Spec: the basic service level speaks American English and takes plain text."""
    if given.get("service_level") != "basic":
        return
    if given.get("language", "en-US") != "en-US":
        raise rest.refused("not_in_enum", pointer="/language", allowed="en-US")
    if given.get("payload_type", "text") != "text":
        raise rest.refused("not_in_enum", pointer="/payload_type", allowed="text")
