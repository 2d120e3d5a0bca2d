"""The application's own view of a call, looked at or told: an entry at each change, and what it looks at it with."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from telnyx_simulator.scenario.watching import StatusWatch
from telnyx_simulator.signaling.leg import Ending, Leg, LegState
from telnyx_simulator.sut.application import Unreachable
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.trace import TraceWriter
from telnyx_simulator.transports.clock import Clock, run_virtual

CALL = "leg-1"
POLL = {"poll": {"url": "/x", "pointer": "/y", "every": "100ms"}}
S = 1_000_000_000


class Application:
    """Has one status after another, each time it is looked at; an exception among them is raised."""

    def __init__(self, status: Any, *answers: str | Exception | None) -> None:
        keys = {"url": "http://127.0.0.1:1", "webhook_url": "/", "status_map": {"answered": ["up", "on"]}}
        self.profile = Profile.model_validate(keys | {"status": status})
        self.answers = list(answers)
        self.told: list[dict[str, str]] = []

    async def status(self, words: dict[str, str]) -> str | None:
        self.told.append(words)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Session:
    """What of a session is needed here: one leg, a trace, a clock."""

    def __init__(self, folder: Path, clock: Clock, profile: Profile) -> None:
        self.clock = clock
        self.trace = TraceWriter(folder, {"profile": profile.described()}, run="some")
        self.leg = Leg(
            "v3:x", CALL, "s-1", "1", "outgoing", "+12025550100", "+442079460123", "PCMA", 0, LegState.RINGING
        )
        self.switch = self
        self.legs = {CALL: self.leg}

    def note(self, actor: str, kind: str, body: dict[str, Any], *, call: str | None = None) -> None:
        self.trace.write(self.clock.now_ns(), actor, kind, body, call=call)

    def finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self.note("sut", f"broken: {task.exception()!r}", {})

    def said(self) -> list[str]:
        """Words in order; what else was noted by its kind."""
        return [entry.body.get("word") or entry.kind for entry in self.trace.entries if entry.actor == "sut"]


def watched(folder: Path, application: Application, seconds: float = 1.0) -> Session:
    async def main(clock: Clock) -> Session:
        session = Session(folder, clock, application.profile)
        watch = StatusWatch(session, application)
        watch.begin(CALL)
        await asyncio.sleep(seconds)
        await watch.close()
        session.trace.close()
        return session

    return run_virtual(main)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["ringing", "ringing", "up"], ["ringing", "up"]),
        ([None, "up"], ["up"]),
        (["up", None], ["up", "status_gone"]),
        (["up", None, "up"], ["up", "status_gone", "up"]),
        ([Unreachable("gone"), Unreachable("gone"), "up"], ["status_unknown", "up"]),
        ([Unreachable("gone"), None, Unreachable("gone"), None], ["status_unknown"]),
        (["up", Unreachable("gone"), "up"], ["up", "status_unknown", "up"]),
    ],
)
def test_each_change_is_an_entry(answers: list[Any], said: list[str], tmp_path: Path) -> None:
    assert watched(tmp_path, Application(POLL, *answers)).said() == said


def test_it_is_looked_at_as_often_as_the_profile_says(tmp_path: Path) -> None:
    application = Application(POLL, "up")
    watched(tmp_path, application, seconds=0.95)
    assert len(application.told) == 10


def test_what_is_known_of_the_call_is_told_to_whoever_computes_its_status(tmp_path: Path) -> None:
    application = Application({"python": "m:f"}, "up")

    async def main(clock: Clock) -> None:
        session = Session(tmp_path, clock, application.profile)
        watch = StatusWatch(session, application)
        taken: list[str | None] = [None]
        watch.taken_of = lambda call_leg_id: taken[0]
        watch.begin(CALL)
        await asyncio.sleep(0.05)
        taken[0] = "c-1"
        session.leg.state = LegState.HANGUP
        session.leg.ending = Ending("user_busy", "callee", "486", "far_end")
        await asyncio.sleep(0.1)
        await watch.close()
        session.trace.close()

    run_virtual(main)
    about = {
        "call_control_id": "v3:x",
        "from": "+12025550100",
        "to": "+442079460123",
        "direction": "outgoing",
    }
    assert application.told == [
        about | {"state": "ringing"},
        about | {"state": "hangup", "hangup_cause": "user_busy", "hangup_source": "callee", "taken": "c-1"},
    ]


def test_an_incoming_call_that_waits_for_its_answer_rings(tmp_path: Path) -> None:
    """Telnyx says parked, a status map says ringing."""
    application = Application({"python": "m:f"}, "up")

    async def main(clock: Clock) -> None:
        session = Session(tmp_path, clock, application.profile)
        session.leg.state = LegState.PARKED
        watch = StatusWatch(session, application)
        watch.begin(CALL)
        await asyncio.sleep(0.01)
        await watch.close()
        session.trace.close()

    run_virtual(main)
    assert application.told[0]["state"] == "ringing"


def test_what_the_application_posts_is_an_entry_at_each_change_and_nobody_asks(tmp_path: Path) -> None:
    application = Application({"probe": "/status"}, AssertionError("asked"))

    async def main(clock: Clock) -> tuple[list[bool], Session]:
        session = Session(tmp_path, clock, application.profile)
        watch = StatusWatch(session, application)
        watch.begin(CALL)
        session.note("switch", "leg", {"state": "answered", "direction": "outgoing"}, call=CALL)
        right = [watch.is_right]
        for word in ("dialling", "dialling", "on"):
            watch.saw(CALL, word)
            right.append(watch.is_right)
        await asyncio.sleep(1)
        await watch.close()
        session.trace.close()
        return right, session

    right, session = run_virtual(main)
    assert session.said() == ["dialling", "on"]
    assert right == [False, False, False, True]
    assert application.told == []


def test_nothing_is_watched_where_the_profile_has_no_status(tmp_path: Path) -> None:
    application = Application(POLL, "up")
    application.profile = application.profile.model_copy(update={"status": None})
    assert watched(tmp_path, application).said() == []
    assert application.told == []
