"""Queues of calls: who waits, since when, and how they get out.

Theory of operation. A queue is made by command, or by the first call that is put into it. A call stands at its end and
leaves by command, by a bridge, when it has waited too long, by hanging up, or because it is brought elsewhere. One that
is kept after its hangup stays as an entry that is not alive, until somebody removes it or wants to be bridged with it,
which fails and removes it too (spec). Nothing is told of an entry after `call.hangup`.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from telnyx_simulator.facts.operations import OPERATIONS
from telnyx_simulator.signaling import identifiers, options, rest
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.connections import Connections, Why
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.inputs import RestCommand
from telnyx_simulator.signaling.leg import Leg
from telnyx_simulator.signaling.part import Part

SECOND_NS: Final = 1_000_000_000
# spec: what a queue holds if enqueue makes it, and if it is made by itself, unasked.
SIZE_BY_ENQUEUE: Final = OPERATIONS["enqueue"].params["max_size"].default
SIZE_BY_COMMAND: Final = OPERATIONS["queue.create"].params["max_size"].default
# Why a call leaves a queue, as `call.dequeued` says it, where it comes to be elsewhere; the two without a bridge are
# assumed.
_REASONS: Final = {Why.BRIDGE: "bridged", Why.CONFERENCE: "leave", Why.QUEUE: "leave"}


@dataclass(slots=True, eq=False)
class _Entry:
    leg: Leg
    since_ns: int
    kept: bool


@dataclass(slots=True, kw_only=True, eq=False)
class _Queue:
    queue_id: str
    name: str
    most: int
    began_ns: int
    changed_ns: int
    entries: list[_Entry] = field(default_factory=list)

    def of(self, leg: Leg) -> _Entry | None:
        return next((one for one in self.entries if one.leg is leg), None)

    def average_wait_s(self, now: int) -> int:
        """Of those who are in it now (spec)."""
        waits = [now - one.since_ns for one in self.entries]
        return sum(waits) // len(waits) // SECOND_NS if waits else 0


class Queues(Part):
    """Every queue of a switch, by name."""

    def __init__(self, board: Board, connections: Connections) -> None:
        super().__init__(board)
        self._connections = connections
        self._queues: dict[str, _Queue] = {}
        self._minted = 0
        self.acts = {"enqueue": self._enqueue, "leave_queue": self._leave_queue}
        self.orders = {
            "queue.create": self._create,
            "queue.retrieve": lambda command, given, now: Done(data=self._row(self._named(command.path_id), now)),
            "queue.update": self._update,
            "queue.delete": self._delete,
            "queue_call.list": lambda command, given, now: Done(data=self._calls(command, now)),
            "queue_call.retrieve": self._retrieve_call,
            "queue_call.update": self._update_call,
            "queue_call.delete": self._delete_call,
        }
        self.items = {
            "queue.list": lambda command, now: [self._row(one, now) for one in self._queues.values()],
            "queue_call.list": lambda command, now: self._calls(command, now) if self.knows(command) else [],
        }

    def knows(self, command: RestCommand) -> bool:
        if command.operation == "queue.create":
            name = command.body.get("queue_name") if isinstance(command.body, dict) else None
            return isinstance(name, str) and name in self._queues
        return command.path_id in self._queues and command.operation.startswith(("queue.", "queue_call."))

    def standing(self) -> dict[str, Any]:
        """What is left of each queue without its calls, by name; a queue lasts until a command deletes it."""
        return {
            one.name: {"max_size": one.most, "kept": [entry.leg.call_control_id for entry in one.entries]}
            for one in self._queues.values()
        }

    # For bridges

    def first(self, name: str, *, beside: Leg) -> Leg:
        """The call that has waited longest, but for `beside`.

        One that has hung up is removed, and refused with what it was (spec).
        """
        queue = self._named(name)
        entry = next((one for one in queue.entries if one.leg is not beside), None)
        if entry is None:
            raise rest.refused("queue_empty", name=name)
        leg = entry.leg
        if not leg.is_alive:
            queue.entries.remove(entry)
            about = {"from_": leg.from_, "to": leg.to, "call_control_id": leg.call_control_id}
            raise rest.refused("queued_call_ended", **about)
        return leg

    def take(self, leg: Leg, reason: str, now: int) -> list[Event]:
        """The leg leaves the queue that it is in, for this reason."""
        found = self._entry(leg)
        if found is None:
            return []
        self._connections.left(leg)
        return self._out(*found, reason, now)

    # Commands to legs

    def _enqueue(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_answered(leg)
        name = given["queue_name"]
        queue = self._queues.get(name)
        if queue is not None and queue.of(leg):
            raise rest.refused("already_queued")
        if queue is not None and len(queue.entries) >= queue.most:
            raise rest.refused("queue_full", name=name)
        options.apply(leg, given)
        queue = queue or self._new(name, given.get("max_size", SIZE_BY_ENQUEUE), now)
        happened = self._connections.enter(leg, self._brought_elsewhere, Why.QUEUE, now)
        entry = _Entry(leg, now, given.get("keep_after_hangup", False))
        queue.entries.append(entry)
        if "max_wait_time_secs" in given:
            due_ns = now + given["max_wait_time_secs"] * SECOND_NS
            self.board.agenda.at(due_ns, partial(self._waited_too_long, queue, entry))
        return happened + self.board.tell(
            leg,
            "call.enqueued",
            now,
            queue=name,
            current_position=len(queue.entries),
            queue_avg_wait_time_secs=queue.average_wait_s(now),
        )

    def _leave_queue(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        if self._entry(leg) is None:
            raise rest.refused("not_queued")
        options.apply(leg, given)
        return self.take(leg, "leave", now)

    def _waited_too_long(self, queue: _Queue, entry: _Entry, now: int) -> list[Event]:
        is_there = entry in queue.entries and entry.leg.is_alive
        return self.take(entry.leg, "timeout", now) if is_there else []

    def _brought_elsewhere(self, leg: Leg, why: Why, now: int) -> list[Event]:
        return self.take(leg, _REASONS[why], now) if why in _REASONS else []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        found = self._entry(leg)
        if found is None:
            return []
        self._connections.left(leg)
        return [] if found[1].kept else self._out(*found, "hangup", now)

    def _out(self, queue: _Queue, entry: _Entry, reason: str, now: int) -> list[Event]:
        position = queue.entries.index(entry) + 1
        queue.entries.remove(entry)
        return self.board.tell(
            entry.leg,
            "call.dequeued",
            now,
            queue=queue.name,
            queue_position=position,
            wait_time_secs=(now - entry.since_ns) // SECOND_NS,
            reason=reason,
        )

    def _entry(self, leg: Leg) -> tuple[_Queue, _Entry] | None:
        found = ((queue, queue.of(leg)) for queue in self._queues.values())
        return next(((queue, entry) for queue, entry in found if entry is not None), None)

    # Queues

    def _new(self, name: str, most: int, now: int) -> _Queue:
        self._minted += 1
        queue_id = identifiers.random_uuid(self.board.draws, "queue_id", self._minted)
        self._queues[name] = _Queue(queue_id=queue_id, name=name, most=most, began_ns=now, changed_ns=now)
        return self._queues[name]

    def _create(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        if given["queue_name"] in self._queues:
            raise rest.refused("queue_exists")
        queue = self._new(given["queue_name"], given.get("max_size", SIZE_BY_COMMAND), now)
        return Done(data=self._row(queue, now))

    def _update(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        """Who is in it stays, also where it holds fewer from now on (assumed)."""
        queue = self._named(command.path_id)
        queue.most, queue.changed_ns = given["max_size"], now
        return Done(data=self._row(queue, now))

    def _delete(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        queue = self._named(command.path_id)
        if queue.entries:
            raise rest.refused("queue_in_use")
        del self._queues[queue.name]
        return Done()

    def _named(self, name: str | None) -> _Queue:
        if name not in self._queues:
            raise rest.refused("no_resource")
        return self._queues[name]

    def _row(self, queue: _Queue, now: int) -> dict[str, Any]:
        return {
            "record_type": "queue",
            "id": queue.queue_id,
            "name": queue.name,
            "created_at": self.board.iso_ms(queue.began_ns),
            "updated_at": self.board.iso_ms(queue.changed_ns),
            "current_size": len(queue.entries),
            "max_size": queue.most,
            "average_wait_time_secs": queue.average_wait_s(now),
        }

    # Calls in queues

    def _calls(self, command: RestCommand, now: int) -> list[dict[str, Any]]:
        queue = self._named(command.path_id)
        return [self._call_row(queue, entry, now) for entry in queue.entries]

    def _call(self, command: RestCommand) -> tuple[_Queue, _Entry]:
        queue = self._named(command.path_id)
        leg = self.board.legs.controlled_by(command.path_ids[1])
        entry = queue.of(leg) if leg else None
        if entry is None:
            raise rest.refused("no_resource")
        return queue, entry

    def _retrieve_call(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        queue, entry = self._call(command)
        return Done(data=self._call_row(queue, entry, now), leg=entry.leg)

    def _update_call(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        _, entry = self._call(command)
        entry.kept = given.get("keep_after_hangup", entry.kept)
        return Done(leg=entry.leg)

    def _delete_call(self, command: RestCommand, given: dict[str, Any], now: int) -> Done:
        """Only what has hung up is removed so (spec); what one that waits gets is assumed."""
        queue, entry = self._call(command)
        if entry.leg.is_alive:
            raise rest.refused("still_queued")
        queue.entries.remove(entry)
        return Done(leg=entry.leg)

    def _call_row(self, queue: _Queue, entry: _Entry, now: int) -> dict[str, Any]:
        leg = entry.leg
        return {
            "record_type": "queue_call",
            "call_control_id": leg.call_control_id,
            "call_leg_id": leg.call_leg_id,
            "call_session_id": leg.call_session_id,
            "connection_id": leg.connection_id,
            "from": leg.from_,
            "to": leg.to,
            "queue_id": queue.queue_id,
            "queue_position": queue.entries.index(entry) + 1,
            "enqueued_at": self.board.iso_ms(entry.since_ns),
            "wait_time_secs": (now - entry.since_ns) // SECOND_NS,
            "is_alive": leg.is_alive,
        }
