"""The standing check `calls_separate`: nobody hears what only somebody on another call said."""

from collections.abc import Iterator
from dataclasses import dataclass

from telnyx_simulator.checks.claims import STANDING
from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.voices import Level, levels, voice_of


@dataclass(frozen=True, slots=True)
class Leak:
    """How loud one piece of another call's voice is in an ear."""

    listener: str
    speaker: str
    level: Level


def calls_separate(record: Record) -> Iterator[Finding]:
    claim = STANDING["calls_separate"]
    found = list(leaks(record))
    heard = [leak for leak in found if leak.level.is_heard]
    if not found:
        yield Finding(id="calls_separate", verdict=Verdict.NOT_EXERCISED, expected=claim, actual=why_not(record))
        return
    if not heard:
        pairs = len({(leak.listener, leak.speaker) for leak in found})
        floor_db = max(leak.level.floor_db for leak in found)
        plural = "s" if pairs > 1 else ""
        actual = f"{pairs} voice{plural} of another call, none heard (down to {floor_db:.0f} dB)"
        yield Finding(id="calls_separate", verdict=Verdict.PASS, expected=claim, actual=actual)
        return
    worst = max(heard, key=lambda leak: leak.level.db)
    who = record.person_of(worst.listener) or "somebody"
    other = record.person_of(worst.speaker) or "somebody on another call"
    yield Finding(
        id="calls_separate",
        verdict=Verdict.FAIL,
        expected=claim,
        actual=f"{who} hears {other}, at {worst.level.db:+.0f} dB of what was said",
        at_s=worst.level.heard_ns / 1e9,
        call=worst.listener,
    )


def leaks(record: Record) -> Iterator[Leak]:
    """Every piece of a voice of one call, while another was up, and how loud it is in the other's ear."""
    calls = record.legs(None)
    for listener in calls:
        for speaker in calls:
            # Whom Telnyx does not connect, only an application that was sent the voice can let others hear.
            if record.said(speaker) is None or not are_separate(listener, speaker, record):
                continue
            ear, voice = record.heard(listener), voice_of(speaker, listener, record)
            if ear is None or voice is None:
                continue
            from_ns, until_ns = max(ear.began_ns, voice.began_ns), min(ear.end_ns, voice.end_ns)
            for level in levels(voice, ear, from_ns, until_ns):
                yield Leak(listener, speaker, level)


def are_separate(one: str, other: str, record: Record) -> bool:
    """Two calls: two sessions at Telnyx that it never connected, of people not meant to hear each other."""
    if any(
        there in entry.body["added"]
        for here, there in ((one, other), (other, one))
        for entry in record.trace.of("switch", "connected", call=here)
    ):
        return False
    sessions = {_session(call, record) for call in (one, other)}
    people = {record.person_of(one), record.person_of(other)}
    return one != other and (len(sessions) == 2 or sessions == {None}) and people not in _meant_together(record)


def _session(call: str, record: Record) -> str | None:
    return next((move.body.get("call_session_id") for move in record.moves(call)), None)


def _meant_together(record: Record) -> list[set[str | None]]:
    """Pairs of people of whom one is expected to hear the other."""
    bodies = record.of_whole_run("expect")
    for step in record.steps():
        bodies += step["expectations"] if step["verb"] == "expect" else []
    expected = [Expectation.from_json(body) for body in bodies]
    return [
        {one.person, name}
        for one in expected
        if one.subject is Subject.HEARD
        for name in choices(one.value)
        if name in record.legs_of_people and name != one.person
    ]


def why_not(record: Record) -> str:
    if len(record.legs(None)) < 2:
        return "there was one call only" if record.legs(None) else "there was no call"
    return "no two calls were up at one time with a sound of their own each"
