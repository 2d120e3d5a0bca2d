"""What is said, as text, while it is said: `call.transcription` for each sound whose words are known.

The words come from the scenario: a clip with a text beside it says what it says. What has none is told as nothing, as
speech that nobody could make out. What Telnyx speaks is what a command gave it to speak, on the outbound track. Each
sound is told once, when it is over, as final (interim results are not played).
"""

from typing import Any, Final

from telnyx_simulator.signaling import options, rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part

# Engines that say which track they heard (docs: B, which is Telnyx's own).
_NAMES_TRACK: Final = frozenset({"B", "Telnyx"})
_CONFIDENCE: Final = 0.95


class Transcriptions(Part):
    """The legs that are transcribed, each with the parameters of its start."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._running: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, dict[str, Any]] = {}
        self.acts = {"transcription_start": self._start, "transcription_stop": self._stop}

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        if given.get("transcription"):
            self._asked[leg.call_leg_id] = given.get("transcription_config", {})
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        if leg.call_leg_id in self._asked:
            self._running[leg.call_leg_id] = self._asked.pop(leg.call_leg_id)
        return []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        self._running.pop(leg.call_leg_id, None)
        return []

    def spoke(self, leg: Leg, transcript: str | None, now: int) -> list[Event]:
        """The person said something."""
        return self._told(leg, transcript, "inbound", now)

    def announced(self, leg: Leg, text: str, now: int) -> list[Event]:
        """Telnyx spoke this text to the person."""
        return self._told(leg, text, "outbound", now)

    def _told(self, leg: Leg, text: str | None, track: str, now: int) -> list[Event]:
        given = self._running.get(leg.call_leg_id)
        if given is None or not text or given.get("transcription_tracks", "inbound") not in (track, "both"):
            return []
        data: dict[str, Any] = {"confidence": _CONFIDENCE, "is_final": True, "transcript": text}
        if given.get("transcription_engine", "Google") in _NAMES_TRACK:
            data["transcription_track"] = track
        return self.board.tell(leg, "call.transcription", now, transcription_data=data)

    def _start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        if leg.call_leg_id in self._running:
            raise rest.refused("transcribed_already")
        options.apply(leg, given)
        self._running[leg.call_leg_id] = given
        return []

    def _stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        self._running.pop(leg.call_leg_id, None)
        return []
