"""Small traces, written by hand: what happened in them is known to the reader."""

from pathlib import Path
from typing import Any

from telnyx_simulator.checks.expectations import Expectation, Place, Subject
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.trace import Entry, Trace

SECOND_NS = 1_000_000_000
HERE = Place("some.telnyx.yaml", 3, 5)
LEG = "leg-1"

HEADER: dict[str, Any] = {
    "seed": 1,
    "epoch_ns": 0,
    "scenario": {"script": [], "expect": [], "absent": [], "within_ns": 5 * SECOND_NS, "run_id": "some"},
    "profile": {
        "status_map": {
            "answered": "in-progress",
            "normal_clearing": ["completed", "done"],
            "user_busy/outgoing": "busy",
        },
        "observes_status": True,
        "observe": "none",
        "clips": {},
    },
    "stimuli": {},
}


class HandWritten:
    """Writes entries at given seconds and answers as a `Record`."""

    def __init__(self, folder: Path, **profile: Any) -> None:
        header = HEADER | {"profile": HEADER["profile"] | profile}
        self._trace = Trace(folder, header, [])

    def at(self, second: float, actor: str, kind: str, call: str | None = LEG, **body: Any) -> "HandWritten":
        entries = self._trace.entries
        entry = Entry(len(entries) + 1, round(second * SECOND_NS), "some", call, actor, kind, body)
        self._trace = Trace(self._trace.directory, self._trace.header, [*entries, entry])
        return self

    def leg(self, second: float, state: str, call: str = LEG, **body: Any) -> "HandWritten":
        return self.at(second, "switch", "leg", call, state=state, **({"direction": "incoming"} | body))

    def command(
        self, second: float, name: str, status: int = 200, call: str | None = LEG, **body: Any
    ) -> "HandWritten":
        reply = {"errors": [{"code": body.pop("code", "10015"), "title": "title"}]} if status >= 400 else {}
        words = {"command": name, "method": "POST", "path": f"/v2/{name}", "status": status, "reply": reply}
        return self.at(second, "rest", "command", call, **words, body=body)

    def webhook(self, second: float, event: str, status: int | None = 200, **more: Any) -> "HandWritten":
        acknowledged = status is not None and 200 <= status < 300
        words = {"event": event, "status": status, "failure": None, "acknowledged": acknowledged, "genuine": True}
        return self.at(second, "sender", "webhook.attempt", **({"payload": {}} | words | more))

    def settled(self, second: float, legs: int = 0, streams: int = 0) -> "HandWritten":
        return self.at(second, "runner", "settled", None, legs=legs, streams=streams)

    def record(self) -> Record:
        return Record(self._trace)

    def ears(self) -> Ears:
        return Ears(self.record())


def expects(subject: Subject, value: Any, **qualifiers: Any) -> Expectation:
    return Expectation(subject=subject, value=value, place=HERE, **qualifiers)
