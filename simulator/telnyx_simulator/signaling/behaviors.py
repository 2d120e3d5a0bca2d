"""People without a script: what a far end does by its own behavior, planned into the agenda."""

from collections.abc import Callable
from functools import partial

from telnyx_simulator.signaling import events, far_end, inputs
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg

Plan = dict[far_end.Behavior, tuple[far_end.PlannedAct, ...]]


class Behaviors:
    """Each such person's act goes to `handle` when it is due, as an input like any other."""

    def __init__(self, agenda: Agenda, handle: Callable[[inputs.Input, int], list[Event]]) -> None:
        self._agenda = agenda
        self._handle = handle
        self._behaviors: dict[str, far_end.Behavior] = {}

    def calls(self, leg: Leg, behavior: far_end.Behavior | None, now: int) -> None:
        """Somebody calls, and gives up when nobody answers."""
        if behavior is not None:
            self._behaviors[leg.call_leg_id] = behavior
            give_up = inputs.HangUp(call_leg_id=leg.call_leg_id)
            self._agenda.at(now + far_end.CALLER_PATIENCE_NS, partial(self._unless_answered, leg, give_up))

    def rings(self, leg: Leg, behavior: far_end.Behavior | None, now: int) -> None:
        """Somebody's phone rings."""
        if behavior is not None:
            self._behaviors[leg.call_leg_id] = behavior
            self._plan(leg, far_end.WHILE_RINGING, now)

    def answered(self, leg: Leg, now: int) -> None:
        self._plan(leg, far_end.ONCE_ANSWERED, now)

    def _plan(self, leg: Leg, plan: Plan, now: int) -> None:
        behavior = self._behaviors.get(leg.call_leg_id)
        for act in plan.get(behavior, ()) if behavior else ():
            self._agenda.at(now + act.delay_ns, partial(self._act, leg, act))

    def _unless_answered(self, leg: Leg, command: inputs.Input, now: int) -> list[Event]:
        return self._handle(command, now) if leg.answered_ns is None else []

    def _act(self, leg: Leg, planned: far_end.PlannedAct, now: int) -> list[Event]:
        key = leg.call_leg_id
        match planned.act:
            case far_end.Act.ANSWER:
                return self._handle(inputs.PickUp(key), now)
            case far_end.Act.REFUSE:
                return self._handle(inputs.Refuse(call_leg_id=key, cause=planned.cause or "unspecified"), now)
            case far_end.Act.HANG_UP:
                return self._handle(inputs.HangUp(call_leg_id=key), now)
            case far_end.Act.SPEAK:
                return [events.FarEndSpeaks(key)] if leg.is_alive else []
