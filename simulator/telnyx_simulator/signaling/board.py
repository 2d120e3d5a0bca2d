"""What the parts of one switch share: legs, deadlines, draws, the account, and the way to the application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from telnyx_simulator.draws import Draws
from telnyx_simulator.signaling import payloads
from telnyx_simulator.signaling.account import Account
from telnyx_simulator.signaling.agenda import Agenda
from telnyx_simulator.signaling.delivery import Delivery
from telnyx_simulator.signaling.events import Event, WebhookPlanned
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.legs import Legs
from telnyx_simulator.signaling.options import Lacks
from telnyx_simulator.signaling.outbox import Outbox
from telnyx_simulator.signaling.rules import Rules, Treatments


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to: `data` of the reply, and what followed.

    `leg` is the one that it was about, if its path names none; `new_leg` one that it made.
    """

    happened: list[Event] = field(default_factory=list)
    data: Any = field(default_factory=lambda: {"result": "ok"})
    leg: Leg | None = None
    new_leg: Leg | None = None


# A command to a leg, its parameters validated; and one to something else: a conference, a queue.
Act = Callable[[Leg, dict[str, Any], int], "list[Event] | Done"]
Order = Callable[[RestCommand, dict[str, Any], int], Done]
# The rows of a list, as REST resources; filters and pages come after.
Items = Callable[[RestCommand, int], Sequence[dict[str, Any]]]
LegAct = Callable[[Leg, int], list[Event]]


class Board:
    """`epoch_ns` is the Unix time of the run's moment zero; `on_silence` is called when a webhook had no reply."""

    def __init__(
        self,
        account: Account,
        draws: Draws,
        epoch_ns: int,
        *,
        rules: Rules,
        lacks: Lacks,
        on_silence: Callable[[Delivery, int], list[Event]],
    ) -> None:
        self.account = account
        self.draws = draws
        self.epoch_ns = epoch_ns
        self.lacks = lacks
        self.legs = Legs(draws)
        self.agenda = Agenda()
        self.treatments = Treatments(rules, draws)
        self.outbox = Outbox(
            account, draws, epoch_ns, agenda=self.agenda, treatments=self.treatments, on_silence=on_silence
        )

    @property
    def rules(self) -> Rules:
        return self.treatments.rules

    def tell(self, leg: Leg, event_type: str, now: int, **fields: Any) -> list[Event]:
        """The application hears that `event_type` happened to the leg; `fields` are the payload's beyond the usual."""
        payload = payloads.of_event(leg, event_type, self.epoch_ns, now, **fields)
        return self.told(leg, self.outbox.tell(leg, event_type, payload, now))

    def told(self, leg: Leg, planned: list[Event]) -> list[Event]:
        """What the application is told the leg is called, it can call it."""
        for event in planned:
            if isinstance(event, WebhookPlanned):
                self.legs.name(leg, event.delivery.data["payload"].get("call_control_id"))
        return planned

    def iso_us(self, now: int) -> str:
        """A moment of the run as webhooks write it."""
        return payloads.iso_us(self.epoch_ns + now)

    def iso_ms(self, now: int) -> str:
        """A moment of the run as REST resources write it."""
        return payloads.iso_ms(self.epoch_ns + now)
