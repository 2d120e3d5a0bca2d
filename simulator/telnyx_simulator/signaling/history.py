"""What a run has to tell of itself: calls under way, events of calls, deliveries of webhooks."""

from dataclasses import dataclass
from typing import Any, Final

from telnyx_simulator.signaling import payloads, rest
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.delivery import Delivery, Tried, is_acknowledged
from telnyx_simulator.signaling.events import Replied
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part
from telnyx_simulator.signaling.rows import Rows

# Error of an attempt that got no reply in time (assumed: the schema says that errors are whole numbers, and no more).
_NO_REPLY: Final = 408
# What a command says that says nothing of the command.
_NOT_TOLD: Final = frozenset({"client_state", "command_id"})


@dataclass(frozen=True, slots=True)
class Commanded:
    at_ns: int
    leg: Leg
    command: RestCommand
    status: int | None


class History(Part):
    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._commands: dict[str, list[Commanded]] = {}
        self.items |= {
            "active_call.list": self._active_calls,
            "call_event.list": self._call_events,
            "webhook_delivery.list": lambda command, now: Rows(
                [one for one in board.outbox.deliveries() if one.history], self._delivery
            ),
        }
        self.orders |= {"webhook_delivery.retrieve": self._retrieve_delivery}

    def knows(self, command: RestCommand) -> bool:
        is_mine = command.operation == "webhook_delivery.retrieve"
        return is_mine and self.board.outbox.delivery(command.path_id or "") is not None

    def replied(self, command: RestCommand, replied: Replied, now: int) -> None:
        """A command was answered; those about a leg are events of its call, also where they were refused."""
        leg = self.board.legs.get(replied.call_leg_id or "")
        if leg is not None and command.operation != "retrieve":
            done = Commanded(now, leg, command, replied.status)
            self._commands.setdefault(leg.call_leg_id, []).append(done)

    def _active_calls(self, command: RestCommand, now: int) -> list[dict[str, Any]]:
        told = ("record_type", "call_control_id", "call_leg_id", "call_session_id", "call_duration")
        rows = []
        for leg in self.board.legs.values():
            if leg.is_alive and leg.connection_id == command.path_id:
                call = payloads.retrieved(leg, self.board.epoch_ns, now)
                # Always text (spec); what stands there without any state is assumed.
                rows.append({name: call[name] for name in told} | {"client_state": leg.client_state or ""})
        return rows

    def _call_events(self, command: RestCommand, now: int) -> list[dict[str, Any]]:
        """Commands and webhooks of all legs as they happened. An event that goes to several URLs is one."""
        # Of a long history mostly one leg's is wanted.
        only = command.body.get("filter[leg_id]") if isinstance(command.body, dict) else None
        commands = self._commands if only is None else {only: self._commands.get(only, [])}
        found = [self._of_command(one) for of_leg in commands.values() for one in of_leg]
        told = set[str]()
        for delivery in self.board.outbox.deliveries(only):
            event_id = delivery.data["id"]
            if event_id not in told and not delivery.extra and delivery.ready_ns <= now:
                told.add(event_id)
                found.append(self._of_webhook(delivery))
        return sorted(found, key=lambda row: str(row["event_timestamp"]))

    def _of_command(self, one: Commanded) -> dict[str, Any]:
        failed = one.status is None or one.status >= 400
        given = one.command.body if isinstance(one.command.body, dict) else {}
        about = {
            "command_id": given.get("command_id"),
            "parameters": {name: value for name, value in given.items() if name not in _NOT_TOLD},
            "http_status": one.status,
        }
        return self._event(one.leg, "command", one.command.operation, self.board.iso_us(one.at_ns), failed, about)

    def _of_webhook(self, delivery: Delivery) -> dict[str, Any]:
        failed = bool(delivery.history) and not is_acknowledged(delivery.history[-1].status)
        leg = self.board.legs[delivery.call_leg_id]
        data = delivery.data
        about = {"event_id": data["id"], "payload": data["payload"], "delivered_to": delivery.url}
        return self._event(leg, "webhook", delivery.event_type, data["occurred_at"], failed, about)

    def _event(self, leg: Leg, kind: str, name: str, at: str, failed: bool, about: dict[str, Any]) -> dict[str, Any]:
        """`metadata` holds what the list can be searched for (assumed: spec says that it is an object)."""
        application = self.board.account.applications.get(leg.connection_id, {})
        profile_id = application.get("outbound", {}).get("outbound_voice_profile_id")
        return {
            "record_type": "call_event",
            "call_leg_id": leg.call_leg_id,
            "call_session_id": leg.call_session_id,
            "event_timestamp": at,
            "name": name,
            "type": kind,
            "metadata": {
                **about,
                "application_name": application.get("application_name", ""),
                "connection_id": leg.connection_id,
                "failed": failed,
                "from": leg.from_,
                "to": leg.to,
                "outbound": {"outbound_voice_profile_id": profile_id},
                "product": "call_control",
                "status": "completed",
            },
        }

    def _retrieve_delivery(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        delivery = self.board.outbox.delivery(command.path_id or "")
        if delivery is None or not delivery.history:
            raise rest.refused("not_found")
        return Done(data=self._delivery(delivery))

    def _delivery(self, delivery: Delivery) -> dict[str, Any]:
        """It has failed as long as it is not delivered: `status` knows nothing between (spec)."""
        tried = delivery.history
        return {
            "record_type": "webhook_delivery",
            "id": delivery.delivery_id,
            "user_id": self.board.account.user_id,
            "status": _status(tried[-1]),
            "started_at": self.board.iso_ms(tried[0].began_ns),
            "finished_at": self.board.iso_ms(tried[-1].ended_ns),
            "webhook": {
                name: delivery.data[name] for name in ("id", "record_type", "event_type", "occurred_at", "payload")
            },
            "attempts": [self._attempt(one) for one in reversed(tried)],
        }

    def _attempt(self, tried: Tried) -> dict[str, Any]:
        reply = {
            "status": tried.status,
            "headers": [list(header) for header in tried.news.headers],
            "body": tried.news.body,
        }
        errors = [] if is_acknowledged(tried.status) else [tried.status or _NO_REPLY]
        return {
            "status": _status(tried),
            "started_at": self.board.iso_ms(tried.began_ns),
            "finished_at": self.board.iso_ms(tried.ended_ns),
            "errors": errors,
            "http": {
                "request": {"url": tried.url, "headers": [list(header) for header in tried.news.asked]},
                "response": None if tried.status is None else reply,
            },
        }


def _status(tried: Tried) -> str:
    return "delivered" if is_acknowledged(tried.status) else "failed"
