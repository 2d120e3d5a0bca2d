"""One run of one scenario: it takes steps one after another, with one cursor over several people.

A step is a verb. A person's verb is a method of theirs (`scenario.people`), the others are methods of the run; whoever
reads a script, from YAML or line by line from Python, only calls `take`.
"""

import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telnyx_simulator.checks.answers import ALWAYS, Answer, Cursor, Met, Missed, Pending, Unseen, Window
from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.checks.findings import Finding, Verdict, overall
from telnyx_simulator.checks.judge import judge
from telnyx_simulator.checks.meets import meets_all
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.script import happened
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.media.sounds import SoundError
from telnyx_simulator.scenario.clips import Clips
from telnyx_simulator.scenario.decoders import try_decoder
from telnyx_simulator.scenario.longest import SETTLE_NS, delay_ns
from telnyx_simulator.scenario.people import CannotAct, FarEnd, Ready, is_incoming
from telnyx_simulator.scenario.recordings import export
from telnyx_simulator.scenario.script import Scenario, Step, Verb
from telnyx_simulator.scenario.taps import tapped_wav
from telnyx_simulator.scenario.watching import StatusWatch
from telnyx_simulator.signaling import inputs
from telnyx_simulator.signaling.rules import treatment_of
from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.sut.words import UnknownWord
from telnyx_simulator.trace import Entry, Trace
from telnyx_simulator.transports.session import Session

# How often a clip is looked for while it may still come: it costs a good part of a second in a thread of its own.
_LISTEN_NS = 500_000_000
# How often media messages are looked for.
_GLANCE_NS = 100_000_000
_REST_NS = 2_000_000_000
_TOO_MANY, _SERVER_ERROR = 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What one run came to. `directory` holds `trace/` and `findings.json`."""

    scenario: Scenario
    seed: int
    directory: Path
    findings: list[Finding]
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)


class StepFailed(Exception):
    """The script ends here. `inconclusive`: it is not the application's doing."""

    def __init__(self, reason: str, *, inconclusive: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.inconclusive = inconclusive


@dataclass(slots=True)
class Run:
    """A run under way. `people` are by name; the cursor is the whole script's.

    `expect` and `absent` are of the whole run: a scenario's, or what a Python test says at its end.
    """

    scenario: Scenario
    session: Session
    application: Application | None
    clips: Clips
    watch: StatusWatch
    people: dict[str, FarEnd] = field(default_factory=dict)
    cursor: Cursor = field(default_factory=Cursor)
    expect_at_all: tuple[Expectation, ...] = ()
    absent_at_all: tuple[Expectation, ...] = ()
    on_step: Callable[[Step], None] = lambda step: None
    # What `take:` kept of the application's replies, by person.
    taken: dict[str, str] = field(default_factory=dict)
    # What was last fetched of what the application decoded, by leg.
    taps: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.watch.taken_of = self._taken_of

    async def play_script(self) -> None:
        """All steps, up to the first that fails."""
        try:
            for step in self.scenario.script:
                await self.take(step)
        except StepFailed:
            return

    async def take(self, step: Step) -> None:
        """One step to its end. Raises StepFailed, which stands in the trace by then."""
        self.on_step(step)
        try:
            await self._take(step)
        except StepFailed as failure:
            body = {"step": step.index, "failed": failure.reason, "inconclusive": failure.inconclusive}
            self.session.note("runner", "step.ended", body, call=self._call(step))
            raise

    async def settle(self) -> None:
        """Everybody hangs up, deliveries finish, and the application gets a moment."""
        clock, switch = self.session.clock, self.session.switch
        self._hang_up_all()
        at_all = [*self.expect_at_all, *self.absent_at_all]
        try:
            await self._tap_for(at_all)
        except StepFailed as failure:
            self.session.note("sut", "tap_failed", {"problem": failure.reason})
        patience_ns = clock.now_ns() + SETTLE_NS + delay_ns(self.scenario)
        settled_ns: int | None = None
        while clock.now_ns() < patience_ns:
            self._hang_up_all()  # a dial that comes now is nobody's to answer
            if not self.session.is_at_rest:
                settled_ns = None
            elif settled_ns is None:
                settled_ns = clock.now_ns() + _REST_NS
            if settled_ns is not None and (clock.now_ns() >= settled_ns or await self._is_settled()):
                break
            await self.session.wait_for_news(min(settled_ns or patience_ns, clock.now_ns() + _LISTEN_NS))
        # Some applications write down what they decoded only when the call is over; others have forgotten it by then.
        with contextlib.suppress(StepFailed):
            await self._tap_for(at_all)
        if self.application is not None:
            await try_decoder(self.application, self.session)
            self.application.tell_refusals()
        # Queues are no leftovers of a call: they last, and whoever minds them expects `account: unchanged`.
        standing = switch.standing()
        left = {
            "legs": sum(leg.is_alive for leg in switch.legs.values()),
            "streams": self.session.open_streams,
            "conferences": len(standing["conferences"]),
            "recordings": len(standing["recordings"]),
        }
        self.session.note("runner", "settled", left)

    def _hang_up_all(self) -> None:
        for far_end in self.people.values():
            if far_end.leg is not None and far_end.leg.is_alive:
                far_end.hang_up()

    async def close(self) -> None:
        await self.watch.close()
        await self.session.close()
        export(self.session.trace.view())

    async def _take(self, step: Step) -> None:
        began = None

        def ready() -> None:
            nonlocal began
            if began is None:
                began = self.session.note("runner", "step.began", self._about(step), call=self._call(step))

        person = self.people[step.person] if step.person else None
        actor = self if step.verb in _OWN_VERBS else person
        verb: Callable[[Step, Ready], Awaitable[list[Met] | None]] = getattr(actor, step.verb.value)
        try:
            met = await verb(step, ready)
        except CannotAct as problem:
            raise StepFailed(str(problem)) from problem
        except SoundError as problem:
            raise StepFailed(str(problem), inconclusive=True) from problem
        finally:
            ready()
        ended = self.session.note("runner", "step.ended", {"step": step.index}, call=self._call(step))
        assert began is not None
        if met is not None:
            self.cursor = self.cursor.after(met)
        elif step.is_action:
            self.cursor = Cursor.acted(step.verb.value, began, ended)
        else:
            self.cursor = self.cursor.passed(ended.at_ns)

    def _about(self, step: Step) -> dict[str, Any]:
        body = {"step": step.index, "verb": step.verb.value, "line": step.place.line, "person": step.person}
        if self.scenario.script:
            return body
        # What the head of the trace cannot know: a script that Python says line by line.
        stimuli = {name: sound.digest for name, sound in self.clips.expected(step).items()}
        return body | {"definition": step.to_json(), "stimuli": stimuli}

    # Verbs of nobody, named as in the language.

    async def wait(self, step: Step, ready: Ready) -> None:
        ready()
        duration_ns: Any = step.argument
        await self.session.clock.sleep(duration_ns)

    async def expect(self, step: Step, ready: Ready) -> list[Met]:
        """Wait until all of the expectations are met; the verdict is somebody else's, this only goes on or stops."""
        ready()
        clock = self.session.clock
        while True:
            await self._tap_for(step.expectations)
            now_ns = clock.now_ns()
            answers = await self._ask_all(step, now_ns)
            if all(isinstance(answer, Met) for answer in answers):
                return [answer for answer in answers if isinstance(answer, Met)]
            missed = next((answer for answer in answers if isinstance(answer, Missed | Unseen)), None)
            if missed is not None:
                raise StepFailed(missed.reason if isinstance(missed, Unseen) else missed.actual)
            if any(expectation.subject in _SOUNDS for expectation in step.expectations):
                await clock.sleep_until(clock.now_ns() + _LISTEN_NS)
            elif any(expectation.subject is Subject.MESSAGE for expectation in step.expectations):
                # Media messages are no entries of the trace, so there is no news of them.
                await self.session.wait_for_news(clock.now_ns() + _GLANCE_NS)
            else:
                closes_ns = max(window.closes_ns or 0 for window in self._windows(step))
                await self.session.wait_for_news(max(closes_ns, now_ns) + 1_000_000)

    async def absent(self, step: Step, ready: Ready) -> None:
        ready()
        expectation = step.expectations[0]
        clock, window = self.session.clock, self.cursor.absence(expectation)
        assert window.closes_ns is not None
        while clock.now_ns() < window.closes_ns:
            await clock.sleep_until(window.closes_ns)
        await self._tap_for(step.expectations)
        record = Record(self.session.trace.view())
        first = await clock.listening(happened, expectation, window, record, Ears(record))
        if first is not None:
            raise StepFailed(first.actual)

    async def ask(self, step: Step, ready: Ready) -> None:
        ready()
        application = self.application
        assert application is not None, "an ask without an application is not exercised"
        far_end = self._far_end(step)
        try:
            asked = await application.ask(str(step.argument), self._words(far_end))
        except (Unreachable, UnknownWord) as problem:
            if isinstance(problem, Unreachable) and problem.told:
                told = problem.told | {"step": step.index, "problem": str(problem)}
                self.session.note("runner", "asked", told, call=far_end.call)
            raise StepFailed(str(problem), inconclusive=True) from problem
        if asked.taken is not None:
            self.taken[far_end.person.name] = asked.taken
        self.session.note("runner", "asked", asked.told | {"step": step.index}, call=far_end.call)

    async def webhook(self, step: Step, ready: Ready) -> None:
        ready()
        argument: Any = step.argument
        far_end = self._far_end(step)
        if far_end.call is None:
            raise StepFailed("there is no call yet that a webhook could be about")
        happened = self.session.feed(
            inputs.ExtraWebhook(
                call_leg_id=far_end.call,
                event_type=argument["event"],
                again=argument["again"],
                to_each="to" in argument,
                treatment=treatment_of(argument["treatment"]),
            )
        )
        if not happened:
            which = "was sent before" if argument["again"] else "has a URL to go to"
            raise StepFailed(f"nothing was sent: no {argument['event']} of this call {which}", inconclusive=True)

    # What the application decoded

    async def _tap_for(self, expectations: Sequence[Expectation]) -> None:
        """Fetch what the application has decoded of each call, if that is what is asked."""
        if self.application is None or not any(one.subject is Subject.RECEIVED for one in expectations):
            return
        for far_end in self.people.values():
            if far_end.leg is None:
                continue
            try:
                wav = await tapped_wav(self.application, self._words(far_end))
            except (Unreachable, UnknownWord) as problem:
                raise StepFailed(str(problem), inconclusive=True) from problem
            if wav is not None and self.taps.get(far_end.leg.call_leg_id) != wav:
                self.taps[far_end.leg.call_leg_id] = wav
                digest = self.session.trace.stimulus(wav)
                self.session.note("sut", "tapped", {"digest": digest}, call=far_end.leg.call_leg_id)

    def _words(self, far_end: FarEnd) -> dict[str, str]:
        """What the profile's texts may hold of a call."""
        assert self.application is not None
        number = self.application.profile.number
        words = {"from": number, "to": far_end.number}
        if is_incoming(far_end.person):
            words = {"from": far_end.number, "to": far_end.person.to or number}
        if far_end.leg is not None:
            words["call_control_id"] = far_end.leg.call_control_id
        if far_end.person.name in self.taken:
            words["taken"] = self.taken[far_end.person.name]
        return words

    # Questions to the checks

    def _windows(self, step: Step) -> list[Window]:
        return [self.cursor.window(expectation, self.scenario.within_ns) for expectation in step.expectations]

    async def _ask_all(self, step: Step, now_ns: int) -> list[Answer]:
        trace, windows = self.session.trace.view(), self._windows(step)

        def ask() -> list[Answer]:
            record = Record(trace)
            ears = Ears(record)
            return meets_all(step.expectations, windows, record, ears, now_ns=now_ns)

        subjects = {expectation.subject for expectation in step.expectations}
        if subjects & _SOUNDS and not any(self._must_listen(expectation, now_ns) for expectation in step.expectations):
            return [Pending()]
        # What stands in the files of media takes its time, and nobody's sound is to wait for it.
        return await self.session.clock.listening(ask) if subjects & {*_SOUNDS, Subject.MESSAGE} else ask()

    def _must_listen(self, expectation: Expectation, now_ns: int) -> bool:
        """Whether enough time has gone by for the clip to have been heard."""
        if expectation.subject not in _SOUNDS:
            return False
        seconds = min((self._clip_seconds(name) for name in choices(expectation.value)), default=0.0)
        return now_ns - self.cursor.opens_ns >= seconds * 1e9

    def _clip_seconds(self, name: str) -> float:
        sound = self.clips.known(name)
        return len(sound.pcm) / sound.sample_rate_hz if sound else 0.0

    def _taken_of(self, call_leg_id: str) -> str | None:
        person = next((name for name, far_end in self.people.items() if far_end.call == call_leg_id), None)
        return self.taken.get(person) if person is not None else None

    def _far_end(self, step: Step) -> FarEnd:
        """Whose call a step is about that may go without a name."""
        if not self.people:
            raise StepFailed("there is nobody yet whose call it could be about", inconclusive=True)
        return self.people[step.person] if step.person else next(iter(self.people.values()))

    def _call(self, step: Step) -> str | None:
        return self.people[step.person].call if step.person else None

    async def _is_settled(self) -> bool:
        """Nothing that is expected can still come, and nothing that must not come is watched for."""
        bounded = any(expectation.times and expectation.times[1] is not None for expectation in self.expect_at_all)
        heard = any(expectation.subject in (*_SOUNDS, Subject.MEASURE) for expectation in self.expect_at_all)
        if self.absent_at_all or bounded or heard or not self.watch.is_right:
            return False
        record = Record(self.session.trace.view())
        if any(_may_come_again(entry) for entry in record.trace.of("rest", "command")):
            return False
        windows, clock = [ALWAYS] * len(self.expect_at_all), self.session.clock
        # Media messages are read anew from their files, thousands in a minute, while the sound of other calls goes on.
        answers = await clock.listening(
            meets_all, self.expect_at_all, windows, record, Ears(record), now_ns=clock.now_ns()
        )
        return all(isinstance(answer, Met) for answer in answers)


def _may_come_again(command: Entry) -> bool:
    """A command without a reply, or with one that tells to try later: behind the run's end it would be nobody's."""
    status: int | None = command.body["status"]
    return status is None or status == _TOO_MANY or status >= _SERVER_ERROR


# What has to be listened to, which takes time.
_SOUNDS = frozenset({Subject.HEARD, Subject.RECEIVED})
# What is nobody's at the far end: time, the harness, Telnyx's extra webhook, and what you expect.
_OWN_VERBS = frozenset({Verb.WAIT, Verb.ASK, Verb.WEBHOOK, Verb.EXPECT, Verb.ABSENT})


def judged(directory: Path) -> list[Finding]:
    """Judge the trace in `directory` and leave `findings.json` beside it."""
    findings = judge(Trace.read(directory / "trace"))
    save(findings, directory)
    return findings


def save(findings: list[Finding], directory: Path) -> None:
    """`findings.json`, which people and machines read and `check` never does."""
    text = json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False)
    (directory / "findings.json").write_text(text + "\n")
