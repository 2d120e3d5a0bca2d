"""What goes beside the call: forked media, SIPREC, noise suppression, SIP INFO, deepfake detection.

What leaves the call here is only told of: nothing is sent to the addresses of a fork or a recorder, and noise is not
suppressed. A SIPREC connector that the account does not have fails, as one that nobody answers (assumed).
"""

from functools import partial
from typing import Any, Final

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import options, rest
from telnyx_simulator.signaling.board import Board
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.part import Part

_SECOND_NS: Final = 1_000_000_000


class Services(Part):
    """What runs beside each leg."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._forked: dict[str, str] = {}
        self._recorded: set[str] = set()
        self._deepfake: dict[str, dict[str, Any]] = {}
        self.acts = {
            "fork_start": self._fork_start,
            "fork_stop": self._fork_stop,
            "siprec_start": self._siprec_start,
            "siprec_stop": self._siprec_stop,
            "suppression_start": partial(self._taken, is_answered=True),
            "suppression_stop": self._taken,
            "send_sip_info": self._send_sip_info,
        }

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        if given.get("deepfake_detection", {}).get("enabled"):
            self._deepfake[leg.call_leg_id] = given["deepfake_detection"]
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        """A person is real (assumed: nobody plays a forged voice here); who says nothing at all is not known."""
        asked = self._deepfake.pop(leg.call_leg_id, None)
        if asked is not None:
            due_ns = now + asked.get("timeout", limits.DEEPFAKE_TIMEOUT_S) * _SECOND_NS
            self.board.agenda.at(due_ns, partial(self._judged, leg))
        return []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        return [*self._unfork(leg, now), *self._stop_recorder(leg, now)]

    def _judged(self, leg: Leg, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED:
            return []
        if not leg.frames.frames_spoken:
            return self.board.tell(leg, "call.deepfake_detection.error", now, error_message="rtp_timeout")
        found = {"result": "real", "score": 0.05, "consistency": 95.0}
        return self.board.tell(leg, "call.deepfake_detection.result", now, **found)

    # Forks

    def _fork_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        for name in ("rx", "tx"):
            if not given.get(name):
                raise rest.refused("missing_parameter", pointer=f"/{name}", name=name)
        options.apply(leg, given)
        self._forked[leg.call_leg_id] = given.get("stream_type", "decrypted")
        return self.board.tell(leg, "call.fork.started", now, stream_type=self._forked[leg.call_leg_id])

    def _fork_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        if leg.call_leg_id not in self._forked:
            raise rest.refused("not_forked")
        options.apply(leg, given)
        return self._unfork(leg, now)

    def _unfork(self, leg: Leg, now: int) -> list[Event]:
        kind = self._forked.pop(leg.call_leg_id, None)
        return self.board.tell(leg, "call.fork.stopped", now, stream_type=kind) if kind else []

    # SIPREC

    def _siprec_start(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        options.apply(leg, given)
        if given.get("connector_name") not in self.board.account.siprec_connectors:
            return self.board.tell(leg, "siprec.failed", now, failure_cause="no_answer")
        self._recorded.add(leg.call_leg_id)
        return self.board.tell(leg, "siprec.started", now)

    def _siprec_stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        return self._stop_recorder(leg, now)

    def _stop_recorder(self, leg: Leg, now: int) -> list[Event]:
        if leg.call_leg_id not in self._recorded:
            return []
        self._recorded.remove(leg.call_leg_id)
        return self.board.tell(leg, "siprec.stopped", now, hangup_cause="normal_clearing")

    # The rest

    def _taken(self, leg: Leg, given: dict[str, Any], now: int, *, is_answered: bool = False) -> list[Event]:
        """Nothing is told of it (docs name no webhook)."""
        (rest.demand_answered if is_answered else rest.demand_alive)(leg)
        options.apply(leg, given)
        return []

    def _send_sip_info(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        """Whoever is at the far end gets it; a leg of this session that is connected by SIP hears of it (docs).

        Here the other legs of the session hear of it, and without one the leg itself, as if its far end had answered in
        kind (assumed).
        """
        rest.demand_answered(leg)
        options.apply(leg, given)
        others = [
            one for one in self.board.legs.values() if one.call_session_id == leg.call_session_id and one is not leg
        ]
        told = [one for one in others if one.state is LegState.ANSWERED] or [leg]
        said = {"body": given["body"], "content_type": given["content_type"]}
        return [event for one in told for event in self.board.tell(one, "call.sip_info.received", now, **said)]
