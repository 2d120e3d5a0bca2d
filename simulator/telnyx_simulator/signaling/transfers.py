"""A call that is given on to somebody else: by Telnyx (transfer), or by the phone at its far end (refer).

Theory of operation. A transfer dials somebody in the same call session and bridges them with the leg when they answer;
if they do not, the leg lives on and can be transferred again (docs). Until then it stays where it is, so that a call
that is bridged is not cut for somebody who is not there (assumed). A leg that ends meanwhile takes the new one along.

A refer asks the far end's phone to call a SIP address, and the phone tells how that went. How it goes follows from the
user part of the address: the test numbers of `far_end` have fates, anybody else answers. Then the phone hangs up.
"""

from functools import partial
from typing import Any, Final

from telnyx_simulator.facts import limits
from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import options, rest
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.bridges import Bridges, Wish, terms_of
from telnyx_simulator.signaling.calls import Calls
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.far_end import SECOND_NS, Behavior, behavior_of
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg, Trigger
from telnyx_simulator.signaling.part import Part

# What a transfer says of the leg that is transferred, or of the moment before the bridge, and not of the new leg.
_NOT_OF_NEW_LEG: Final = frozenset(
    {"client_state", "command_id", "park_after_unbridge", "mute_dtmf", "audio_url", "media_name"}
)
# RFC 3515: the first NOTIFY says that the phone is trying; the last one, what the address answered.
TRYING: Final = 100
OK: Final = 200
REFUSED: Final[dict[Behavior, int]] = {
    Behavior.BUSY: 486,
    Behavior.REJECTED: 603,
    Behavior.NOT_FOUND: 404,
    Behavior.NO_ANSWER: 408,
}


class Transfers(Part):
    """Transfer and refer."""

    def __init__(self, board: Board, calls: Calls, bridges: Bridges) -> None:
        super().__init__(board)
        self._calls = calls
        self._bridges = bridges
        self.acts = {"refer": self._refer}
        # It makes a leg, and so needs to know who is called.
        self.orders = {"transfer": self._transfer}

    def _transfer(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        leg = self.board.legs.controlled_by(command.path_id or "")
        assert leg is not None
        options.check_possible(given, self.board.lacks)
        rest.demand_alive(leg)
        _demand_one_audio(given)
        # Schema: for subsequent webhooks of this call; so of both its legs, which is assumed.
        options.apply(leg, given)
        new_leg, happened = self._calls.ring(
            _of_new_leg(leg, given),
            now,
            called=command.called,
            behavior=command.behavior,
            connection_id=leg.connection_id,
            session=leg.call_session_id,
        )
        if new_leg.is_alive:
            greeting: dict[str, Any] = {name: given[name] for name in ("audio_url", "media_name") if name in given}
            wish = Wish(leg=leg, other=new_leg, terms=terms_of(leg, new_leg, given), own=True, greeting=greeting)
            # What phones of people who are called send before they answer is a ringback tone.
            happened += self._bridges.want(wish, now, ringback=given.get("early_media", True))
        return Done(happened, leg=leg, new_leg=new_leg)

    def _refer(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        user = given["sip_address"].partition(":")[2].partition("@")[0]
        status = REFUSED.get(behavior_of(user, {}), OK)
        wait_ns = limits.RING_TIMEOUT_S * SECOND_NS if status == REFUSED[Behavior.NO_ANSWER] else SECOND_NS
        self.board.agenda.at(now + wait_ns, partial(self._referred, leg, status))
        return self.board.tell(leg, "call.refer.started", now, sip_notify_response=TRYING)

    def _referred(self, leg: Leg, status: int, now: int) -> list[Event]:
        if not leg.is_alive:
            return []
        if status != OK:
            return self.board.tell(leg, "call.refer.failed", now, sip_notify_response=status)
        completed = self.board.tell(leg, "call.refer.completed", now, sip_notify_response=status)
        return [*completed, *self._calls.end(leg, Trigger.FAR_END_HANGS_UP, now)]


def _of_new_leg(leg: Leg, given: dict[str, Any]) -> dict[str, Any]:
    """The transfer's parameters as those of a dial; it calls from the number that was called (spec)."""
    known = OPERATIONS["transfer"].params
    dialed = {name: value for name, value in given.items() if name in known and name not in _NOT_OF_NEW_LEG}
    if "target_leg_client_state" in given:
        dialed["client_state"] = given["target_leg_client_state"]
    return {"from": leg.to} | dialed


def _demand_one_audio(given: dict[str, Any]) -> None:
    if given.get("audio_url") and given.get("media_name"):
        detail = "'audio_url' and 'media_name' exclude each other."
        raise rest.refused("invalid_value", pointer="/media_name", detail=detail)
