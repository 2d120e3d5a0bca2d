"""One run of one scenario: the loop over its steps, with one cursor over several people."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telnyx_simulator.checks.answers import Answer, Met, Missed, Pending, Window
from telnyx_simulator.checks.expectations import Expectation, Place, Subject, choices
from telnyx_simulator.checks.findings import Finding, Verdict, overall
from telnyx_simulator.checks.hearing import was_heard
from telnyx_simulator.checks.judge import Cursor, judge
from telnyx_simulator.checks.meets import matching_entries, meets
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.media.sounds import SoundError, load_clip, load_file
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.scenario.complaints import Complaint, ScenarioError
from telnyx_simulator.scenario.people import CannotAct, FarEnd, is_incoming
from telnyx_simulator.scenario.script import Scenario, Step, Verb
from telnyx_simulator.signaling import inputs
from telnyx_simulator.sut.application import Application, Unreachable
from telnyx_simulator.sut.profile import Profile, UnknownWord
from telnyx_simulator.trace import Trace
from telnyx_simulator.transports.session import Session

# How often a clip is looked for while it may still come: it costs a good part of a second in a thread of its own.
_LISTEN_NS = 500_000_000
_SETTLE_NS = 2_000_000_000
_DELIVERIES_NS = 20_000_000_000


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
    """A run under way. `people` are by name; the cursor is the whole script's."""

    scenario: Scenario
    session: Session
    application: Application | None
    people: dict[str, FarEnd]
    sounds: dict[str, list[Sound]]
    cursor: Cursor = field(default_factory=Cursor)
    pollers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def play_script(self) -> None:
        """All steps, up to the first that fails."""
        for step in self.scenario.script:
            try:
                await self._step(step)
            except StepFailed as failure:
                body = {"step": step.index, "failed": failure.reason, "inconclusive": failure.inconclusive}
                self.session.note("runner", "step.ended", body, call=self._call(step))
                return

    async def settle(self) -> None:
        """Everybody hangs up, deliveries finish, and the application gets a moment."""
        clock, switch = self.session.clock, self.session.switch
        for far_end in self.people.values():
            if far_end.leg is not None and far_end.leg.is_alive:
                await far_end.hangup(lambda: None, cause=None, sip=None, source=None)
        settled_ns, patience_ns = clock.now_ns() + _SETTLE_NS, clock.now_ns() + _DELIVERIES_NS
        while clock.now_ns() < patience_ns:
            if self.session.is_at_rest and (self._is_settled() or clock.now_ns() >= settled_ns):
                break
            until_ns = patience_ns if clock.now_ns() >= settled_ns else settled_ns
            await self.session.wait_for_news(min(until_ns, clock.now_ns() + _LISTEN_NS))
        left = {
            "legs": sum(leg.is_alive for leg in switch.legs.values()),
            "streams": self.session.open_streams,
        }
        self.session.note("runner", "settled", left)

    def watch(self, call_leg_id: str) -> None:
        """Look at the application's status of this leg from now on."""
        if self.application is not None and self.application.profile.status is not None:
            self.pollers[call_leg_id] = asyncio.create_task(self._poll(call_leg_id))

    async def close(self) -> None:
        for task in self.pollers.values():
            task.cancel()
        await asyncio.gather(*self.pollers.values(), return_exceptions=True)
        await self.session.close()

    # Steps

    async def _step(self, step: Step) -> None:
        note = {"step": step.index, "verb": step.verb.value, "line": step.place.line, "person": step.person}
        began = None

        def ready() -> None:
            nonlocal began
            if began is None:
                began = self.session.note("runner", "step.began", note, call=self._call(step))

        try:
            met = await self._do(step, ready)
        finally:
            ready()
        ended = self.session.note("runner", "step.ended", {"step": step.index}, call=self._call(step))
        assert began is not None
        if step.verb is Verb.EXPECT:
            self.cursor = self.cursor.after(met)
        elif step.is_action:
            self.cursor = Cursor(began.seq, began.at_ns, ended.at_ns)
        else:
            self.cursor = Cursor(self.cursor.opens_seq, self.cursor.opens_ns, ended.at_ns)

    async def _do(self, step: Step, ready: Callable[[], None]) -> list[Met]:
        argument: Any = step.argument
        person = self.people[step.person] if step.person else None
        try:
            match step.verb:
                case Verb.WAIT:
                    ready()
                    await self.session.clock.sleep(argument)
                case Verb.EXPECT:
                    ready()
                    return await self._expect(step)
                case Verb.ABSENT:
                    ready()
                    await self._absent(step)
                case Verb.ASK:
                    ready()
                    await self._ask(argument, person)
                case Verb.WEBHOOK:
                    ready()
                    self._webhook(argument, person)
                case Verb.DIAL if person:
                    await person.dial(ready)
                    self.watch(person.call or "")
                case Verb.ANSWER if person:
                    await person.answer(ready)
                case Verb.REFUSE if person:
                    await person.refuse(ready, **argument)
                case Verb.HANGUP if person:
                    await person.hangup(ready, **(argument or {"cause": None, "sip": None, "source": None}))
                case Verb.PLAY if person:
                    await person.play(ready, self.sounds[f"step {step.index}"])
                case Verb.PRESS if person:
                    await person.press(ready, **argument)
        except CannotAct as problem:
            raise StepFailed(str(problem)) from problem
        return []

    async def _expect(self, step: Step) -> list[Met]:
        """Wait until all of the expectations are met; the verdict is somebody else's, this only goes on or stops."""
        clock = self.session.clock
        while True:
            now_ns = clock.now_ns()
            answers = await self._ask_all(step.expectations, now_ns)
            if all(isinstance(answer, Met) for answer in answers):
                return [answer for answer in answers if isinstance(answer, Met)]
            missed = next((answer for answer in answers if isinstance(answer, Missed)), None)
            if missed is not None:
                raise StepFailed(missed.actual)
            listens = any(expectation.subject is Subject.HEARD for expectation in step.expectations)
            closes = [
                self.cursor.window(expectation, self.scenario.within_ns).closes_ns or 0
                for expectation in step.expectations
            ]
            pause_ns = clock.now_ns() + _LISTEN_NS if listens else max(closes) + 1_000_000
            if listens:
                await clock.sleep_until(pause_ns)
            else:
                await self.session.wait_for_news(max(pause_ns, now_ns + 1_000_000))

    async def _ask_all(self, expectations: tuple[Expectation, ...], now_ns: int) -> list[Answer]:
        trace = self.session.trace.view()
        windows = [self.cursor.window(expectation, self.scenario.within_ns) for expectation in expectations]

        def ask() -> list[Answer]:
            record = Record(trace)
            ears = Ears(record)
            return [
                meets(expectation, window, record, ears, now_ns=now_ns)
                for expectation, window in zip(expectations, windows, strict=True)
            ]

        if any(self._must_listen(expectation, now_ns) for expectation in expectations):
            return await self.session.clock.in_thread(ask)
        if any(expectation.subject is Subject.HEARD for expectation in expectations):
            return [Pending()]
        return ask()

    def _must_listen(self, expectation: Expectation, now_ns: int) -> bool:
        """Whether enough time has gone by for the clip to have been heard."""
        if expectation.subject is not Subject.HEARD:
            return False
        seconds = min((self._clip_seconds(name) for name in choices(expectation.value)), default=0.0)
        return now_ns - self.cursor.opens_ns >= seconds * 1e9

    def _clip_seconds(self, name: str) -> float:
        sounds = self.sounds.get(name, [])
        return sum(len(sound.pcm) / sound.sample_rate_hz for sound in sounds)

    async def _absent(self, step: Step) -> None:
        expectation = step.expectations[0]
        clock, window = self.session.clock, self.cursor.absence(expectation)
        assert window.closes_ns is not None
        while clock.now_ns() < window.closes_ns:
            await clock.sleep_until(window.closes_ns)
        record = Record(self.session.trace.view())

        def found() -> bool:
            if expectation.subject is Subject.HEARD:
                return was_heard(expectation, window, record, Ears(record)) is not None
            return bool(matching_entries(expectation, window, record))

        if await clock.in_thread(found):
            raise StepFailed("it happened")

    async def _ask(self, name: str, person: FarEnd | None) -> None:
        application = self.application
        assert application is not None, "an ask without an application is not exercised"
        far_end = person or next(iter(self.people.values()))
        words = {"from": application.profile.number, "to": far_end.number}
        if is_incoming(far_end.person):
            words = {"from": far_end.number, "to": application.profile.number}
        if far_end.leg is not None:
            words["call_control_id"] = far_end.leg.call_control_id
        try:
            told = await application.ask(name, words)
        except (Unreachable, UnknownWord) as problem:
            raise StepFailed(str(problem), inconclusive=True) from problem
        self.session.note("runner", "asked", told, call=far_end.call)

    def _webhook(self, argument: dict[str, Any], person: FarEnd | None) -> None:
        far_end = person or next(iter(self.people.values()))
        if far_end.call is None:
            raise StepFailed("there is no call yet that a webhook could be about")
        treatment = inputs.Treatment(**argument["treatment"])
        happened = self.session.feed(
            inputs.ExtraWebhook(
                call_leg_id=far_end.call,
                event_type=argument["event"],
                again=argument["again"],
                treatment=treatment,
            )
        )
        if not happened:
            which = "was sent before" if argument["again"] else "has a URL to go to"
            raise StepFailed(f"nothing was sent: no {argument['event']} of this call {which}", inconclusive=True)

    def _call(self, step: Step) -> str | None:
        return self.people[step.person].call if step.person else None

    # Status

    async def _poll(self, call_leg_id: str) -> None:
        application, session = self.application, self.session
        assert application is not None
        assert application.profile.status is not None
        leg = session.switch.legs[call_leg_id]
        words = {"call_control_id": leg.call_control_id, "from": leg.from_, "to": leg.to}
        last: str | None = None
        while True:
            try:
                word = await application.status(words)
            except (Unreachable, UnknownWord) as problem:
                word = None
                if last != "":
                    session.note("sut", "status_unknown", {"problem": str(problem)}, call=call_leg_id)
                    last = ""
            if word is None and last:
                last = None
                session.note("sut", "status_gone", {}, call=call_leg_id)
            if word is not None and word != last:
                last = word
                session.note("sut", "status", {"word": word}, call=call_leg_id)
            await session.clock.sleep(application.profile.status.poll.every)

    def _is_settled(self) -> bool:
        """Nothing that is expected can still come, and nothing that must not come is watched for."""
        bounded = any(expectation.times and expectation.times[1] is not None for expectation in self.scenario.expect)
        heard = any(expectation.subject is Subject.HEARD for expectation in self.scenario.expect)
        if self.scenario.absent or bounded or heard or not self._status_is_right():
            return False
        record = Record(self.session.trace.view())
        ears, always = Ears(record), Window(0, 0, None)
        now_ns = self.session.clock.now_ns()
        answers = [meets(expectation, always, record, ears, now_ns=now_ns) for expectation in self.scenario.expect]
        return all(isinstance(answer, Met) for answer in answers)

    def _status_is_right(self) -> bool:
        if not self.pollers:
            return True
        record = Record(self.session.trace.view())
        for call in self.pollers:
            words = record.expected_words(call, record.moves(call))
            seen = [entry.body["word"] for entry in record.trace.of("sut", "status", call=call)]
            if words is not None and (not seen or seen[-1] not in words):
                return False
        return True


def sounds_of(scenario: Scenario, profile: Profile, root: Path) -> dict[str, list[tuple[Sound, bytes]]]:
    """Every sound that the scenario plays (`step N`) or may expect (by its name). Raises `ScenarioError`."""
    found: dict[str, list[tuple[Sound, bytes]]] = {}
    files = profile.clip_files()
    complaints: list[Complaint] = []

    def put(key: str, place: Place, *clips: dict[str, Any]) -> None:
        try:
            found[key] = [_load(files, root, scenario, **clip) for clip in clips]
        except SoundError as error:
            complaints.append(Complaint(place, str(error)))

    for step in scenario.script:
        if step.verb is Verb.PLAY:
            said: Any = step.argument
            put(f"step {step.index}", step.place, *said)
    expected = [expectation for step in scenario.script for expectation in step.expectations]
    for expectation in [*expected, *scenario.expect, *scenario.absent]:
        for name in choices(expectation.value) if expectation.subject is Subject.HEARD else []:
            if name not in ("talkspurt", "silence"):
                put(name, expectation.place, {"clip": name})
    for name in files:
        put(name, Place("sut.yaml", 1, 1), {"clip": name})
    if complaints:
        raise ScenarioError(complaints)
    return found


def _load(
    files: dict[str, Path],
    root: Path,
    scenario: Scenario,
    *,
    clip: str,
    level_dbfs: float | None = None,
    times: int = 1,
) -> tuple[Sound, bytes]:
    if clip in files:
        return load_file(clip, files[clip], level_dbfs=level_dbfs, times=times)
    if clip.startswith("."):
        return load_file(clip, root / Path(scenario.file).parent / clip, level_dbfs=level_dbfs, times=times)
    return load_clip(clip, level_dbfs=level_dbfs, times=times)


def judged(directory: Path) -> list[Finding]:
    """Judge the trace in `directory` and leave `findings.json` beside it."""
    findings = judge(Trace.read(directory / "trace"))
    save(findings, directory)
    return findings


def save(findings: list[Finding], directory: Path) -> None:
    """`findings.json`, which people and machines read and `check` never does."""
    text = json.dumps([finding.to_json() for finding in findings], indent=2, ensure_ascii=False)
    (directory / "findings.json").write_text(text + "\n")
