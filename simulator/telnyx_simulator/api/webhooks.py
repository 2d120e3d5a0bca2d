"""An inbox for tests: the webhooks of a run, whoever they were delivered to."""

from typing import Any

from telnyx_simulator.api.lane import Lane
from telnyx_simulator.api.script import Script
from telnyx_simulator.trace import Entry

SECOND_NS = 1_000_000_000


class Webhooks:
    """Each delivery attempt of the run: mappings with `event_type`, `payload`, `status`, `genuine` and `at_s`."""

    def __init__(self, lane: Lane, script: Script) -> None:
        self._lane = lane
        self._script = script
        self._read = 0

    def all(self, event_type: str | None = None) -> list[dict[str, Any]]:
        """Those that were delivered so far."""
        return [_told(entry) for entry in self._lane.call(self._attempts) if event_type in (None, entry.body["event"])]

    def wait_for(self, event_type: str, *, timeout: float = 5.0) -> dict[str, Any]:
        """The next one of this type that was not waited for before, within `timeout` seconds. Raises AssertionError."""
        return self._lane.wait_for(self._next(event_type, timeout))

    async def _next(self, event_type: str, timeout: float) -> dict[str, Any]:
        session = self._script.begun.run.session
        until_ns = session.clock.now_ns() + round(timeout * SECOND_NS)
        while True:
            for entry in self._attempts():
                if entry.seq > self._read and entry.body["event"] == event_type:
                    self._read = entry.seq
                    return _told(entry)
            if session.clock.now_ns() >= until_ns:
                came = ", ".join(str(entry.body["event"]) for entry in self._attempts()) or "none"
                raise AssertionError(f"no {event_type} within {timeout:g} s; webhooks so far: {came}")
            await session.wait_for_news(until_ns)

    def _attempts(self) -> list[Entry]:
        trace = self._script.begun.run.session.trace
        return [entry for entry in trace.entries if (entry.actor, entry.kind) == ("sender", "webhook.attempt")]


def _told(entry: Entry) -> dict[str, Any]:
    body = entry.body
    return {
        "event_type": body["event"],
        "payload": body["payload"],
        "status": body["status"],
        "genuine": body["genuine"],
        "at_s": entry.at_ns / SECOND_NS,
    }
