"""Expectations about sounds: what a person heard, and what the application decoded of what they said.

A clip must begin in the window and be healthy, a talkspurt or a silence must last; a person is heard when anything that
they say is (`voices`).
"""

import dataclasses

from telnyx_simulator.audio.diagnosis import talkspurts
from telnyx_simulator.checks import voices
from telnyx_simulator.checks.answers import Answer, Met, Missed, Pending, Window, counted, early, often
from telnyx_simulator.checks.expectations import Expectation, Subject, choices
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears, How, Judged
from telnyx_simulator.checks.tracks import RATE_HZ, Track

SECOND_NS = 1_000_000_000
# A talkspurt or silence that is shorter interrupts nothing.
PAUSE_NS = 200_000_000
OCCURRENCES_MAX = 50


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One sound in one ear: `name` is one of what the expectation says."""

    call: str
    name: str
    expectation: Expectation
    window: Window
    record: Record
    ears: Ears
    now_ns: int | None

    @property
    def how(self) -> How:
        if self.expectation.subject is Subject.RECEIVED:
            return How.TAP
        return How.REPLY if self.name.startswith("app/") else How.ECHO

    @property
    def verb(self) -> str:
        return "received" if self.how is How.TAP else "heard"

    def track(self, *, after_ns: int) -> Track | None:
        """The ear. A tap counts as it was when the question was last asked, `after_ns` behind the window."""
        if self.how is not How.TAP:
            whoever = self.name in ("talkspurt", "silence")
            return self.record.ear(self.call) if whoever else self.record.heard(self.call)
        return self.record.tapped(self.call, self.until_ns(after_ns))

    def until_ns(self, after_ns: int) -> int | None:
        if self.how is not How.TAP or self.window.closes_ns is None:
            return None
        return self.window.closes_ns + after_ns + SECOND_NS

    def is_over(self, *, known_after_ns: int) -> bool:
        """The end of a leg ends what it hears; what the application decoded it may write down later.

        Where we are late with its frames, what an ear hears is known up to the last one only.
        """
        now_ns = self.now_ns
        if self.how is not How.TAP:
            if not self.record.is_alive(self.call):
                return True
            ear = self.record.heard(self.call)
            now_ns = min(now_ns, ear.end_ns) if now_ns is not None and ear is not None else now_ns
        return self.window.is_over(now_ns, known_after_ns=known_after_ns)

    @property
    def may_be_missing(self) -> bool:
        return _may_be_missing(self.expectation)

    def never(self) -> Met:
        """That it was not heard is known only when the window is over: that is the moment at which it is met."""
        opens_ns, closes_ns = self.window.opens_ns, self.window.closes_ns
        return Met(self.window.opens_seq, opens_ns, max(opens_ns, closes_ns or 0), "never, as wanted")

    def judge(self, digest: str, *, from_ns: int, after_ns: int) -> Judged | None:
        return self.ears.judge(self.call, digest, how=self.how, from_ns=from_ns, until_ns=self.until_ns(after_ns))

    def named(self, judged: Judged, digest: str, *, after_ns: int) -> Judged:
        """The same with the name of what is amiss, which is sought when the run is over."""
        if self.now_ns is not None:
            return judged
        until_ns = self.until_ns(after_ns)
        opens_ns = self.window.opens_ns
        return self.ears.named(judged, self.call, digest, how=self.how, from_ns=opens_ns, until_ns=until_ns)

    def seq_at(self, at_ns: int) -> int:
        """The last entry up to a moment: what came after it is not missed by the next expectation."""
        seq = max((entry.seq for entry in self.record.trace.entries if entry.at_ns <= at_ns), default=0)
        return max(seq, self.window.opens_seq)


def questions(
    expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None
) -> list[Question]:
    return [
        Question(call=call, name=name, expectation=expectation, window=window, record=record, ears=ears, now_ns=now_ns)
        for call in record.legs(expectation.person)
        for name in choices(expectation.value)
    ]


def sounded(expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None) -> Answer:
    """`heard` and `received`: by any of the legs that are meant, any of the sounds that would do."""
    answers = [_asked(question) for question in questions(expectation, window, record, ears, now_ns)]
    # What need not be heard at all can only be missed by too much of it, and then it does not matter who else did not.
    for wanted in (Missed, Pending) if _may_be_missing(expectation) else (Met, Pending):
        for answer in answers:
            if isinstance(answer, wanted):
                return answer
    if answers:
        return answers[-1]
    return Missed("there was no call") if window.is_over(now_ns) else Pending()


def _may_be_missing(expectation: Expectation) -> bool:
    """`times: 0` and the like."""
    return expectation.times is not None and expectation.times[0] == 0


def _asked(question: Question) -> Answer:
    answer = _answered(question)
    if isinstance(answer, Met | Missed):
        return dataclasses.replace(answer, call=question.call)
    return answer


def _answered(question: Question) -> Answer:
    over = question.is_over(known_after_ns=0)
    if question.track(after_ns=0) is None:
        if over and question.may_be_missing:
            return question.never()
        if question.how is How.TAP:
            return Missed("nothing: the tap was empty", never_came=True) if over else Pending()
        return Missed("silence: nobody answered", Fault.SILENCE, never_came=True) if over else Pending()
    if question.name in ("talkspurt", "silence"):
        return _activity(question)
    speakers = voices.speakers_of(question.name, question.call, question.record)
    if speakers is not None:
        return _voice(question, speakers)
    return _clip(question)


# A clip


def _clip(question: Question) -> Answer:
    window = question.window
    digest = question.record.digest_of(question.name, question.call, window.closes_ns)
    if digest is None:
        return Missed(f"{question.name} was not played by anybody")
    length_ns = len(question.record.stimulus(digest)) * SECOND_NS // RATE_HZ
    # Whether a clip begins in time is known only once it could have been heard to its end.
    after_ns = length_ns + SECOND_NS // 2
    over = question.is_over(known_after_ns=after_ns)
    judged = question.judge(digest, from_ns=window.opens_ns, after_ns=after_ns)
    begins_ns = judged.begins_ns if judged is not None and judged.diagnosis.found else None
    if over and question.may_be_missing and (begins_ns is None or not window.has(begins_ns)):
        return question.never()
    if judged is None or not judged.diagnosis.found or judged.begins_ns is None:
        if not over:
            return Pending()
        if judged is None:
            return Missed("silence", Fault.SILENCE, never_came=True)
        before = question.judge(digest, from_ns=0, after_ns=after_ns)
        if before and before.begins_ns is not None and before.begins_ns < window.opens_ns:
            return _early(before.begins_ns, question)
        judged = question.named(judged, digest, after_ns=after_ns)
        evidence = judged.diagnosis.evidence if judged.fault not in (None, Fault.SILENCE) else ""
        return Missed(judged.actual, judged.fault, evidence, never_came=not judged.is_misread)
    if not window.has(judged.begins_ns):
        return _late(judged.begins_ns, window)
    if not judged.diagnosis.complete and not over:
        return Pending()
    if question.expectation.times is not None:
        return _counted(question, digest, after_ns, over=over)
    answer = _healthy(question, judged)
    if isinstance(answer, Missed) and answer.fault is None:
        return _healthy(question, question.named(judged, digest, after_ns=after_ns))
    return answer


def _early(begins_ns: int, question: Question) -> Missed:
    """Each of our stalls before the look at a tap may have made it seem earlier; of an ear only those since then."""
    by_ns = question.window.opens_ns - begins_ns
    since_ns = 0 if question.how is How.TAP else begins_ns
    text = early(by_ns, question.window)
    return Missed(text, late_by_ns=by_ns, at_ns=question.window.opens_ns, since_ns=since_ns)


def _late(begins_ns: int, window: Window) -> Missed:
    assert window.closes_ns is not None
    late_by_ns = begins_ns - window.closes_ns
    return Missed(f"it began {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns, at_ns=begins_ns)


def _counted(question: Question, digest: str, after_ns: int, *, over: bool) -> Answer:
    """A clip that must be heard so many times, healthy or not."""
    window = question.window
    least, most = question.expectation.times or (1, None)
    begun: list[int] = []
    while len(begun) < OCCURRENCES_MAX:
        from_ns = begun[-1] + PAUSE_NS if begun else window.opens_ns
        judged = question.judge(digest, from_ns=from_ns, after_ns=after_ns)
        begins_ns = judged.begins_ns if judged and judged.diagnosis.found else None
        if begins_ns is None or not window.has(begins_ns) or (begun and begins_ns <= begun[-1]):
            break
        begun.append(begins_ns)
    count = f"{often(len(begun))}, wanted {counted(least, most)}"
    if most is not None and len(begun) > most:
        return Missed(count, at_ns=begun[most])
    if len(begun) < least or (most is not None and not over):
        return Missed(count) if over else Pending()
    last_ns = begun[-1] if begun else window.opens_ns
    return Met(window.opens_seq, max(last_ns + PAUSE_NS, window.opens_ns), last_ns, often(len(begun)))


def _healthy(question: Question, judged: Judged) -> Answer:
    """A clip that was found in time: is it what was said?"""
    declared, expectation = judged.diagnosis.as_declared, question.expectation
    wanted_db = expectation.min_snr_db if expectation.min_snr_db is not None else judged.diagnosis.snr_db_min
    evidence = judged.diagnosis.evidence
    assert judged.begins_ns is not None
    assert judged.ends_ns is not None
    if judged.diagnosis.mistakes or declared is None:
        actual = FAULT_TEXTS[judged.fault][0] if judged.fault else judged.actual
        return Missed(actual, judged.fault, evidence, at_ns=judged.begins_ns)
    if declared.snr_db < wanted_db:
        return Missed(f"SNR {declared.snr_db:.1f} dB", judged.fault, evidence, at_ns=judged.begins_ns)
    lasted_ns = judged.ends_ns - judged.begins_ns
    enough = judged.diagnosis.complete if expectation.for_ns is None else lasted_ns >= expectation.for_ns
    if not enough:
        told = f"{question.verb} for {lasted_ns / SECOND_NS:.1f} s only"
        return Missed(told, judged.fault, evidence, at_ns=judged.begins_ns, never_came=not judged.is_misread)
    # The next clip must begin after this one began; what the application does while it is heard is not missed.
    opens_ns = max(judged.begins_ns + PAUSE_NS, question.window.opens_ns)
    return Met(question.seq_at(judged.begins_ns), opens_ns, judged.ends_ns, judged.actual)


# A talkspurt, a silence


def _activity(question: Question) -> Answer:
    """A talkspurt, or a silence, that lasts `for`; one under way counts from the opening of the window."""
    window, wanted_ns = question.window, question.expectation.for_ns or 0
    track = question.track(after_ns=wanted_ns)
    assert track is not None
    spoken = [(track.at_ns(start), track.at_ns(end)) for start, end in talkspurts(track.pcm)]
    stretches = spoken if question.name == "talkspurt" else _between(spoken, track.began_ns, track.end_ns)
    lasting = [(max(start, window.opens_ns), end) for start, end in stretches if end > window.opens_ns]
    enough = [begins for begins, end in lasting if end - begins >= wanted_ns]
    if enough and window.has(enough[0]):
        moment = enough[0] + wanted_ns
        return Met(question.seq_at(moment), moment, moment, f"{question.name} of {wanted_ns / 1e9:g} s")
    if not question.is_over(known_after_ns=wanted_ns + PAUSE_NS):
        return Pending()
    if enough:
        return _late(enough[0], window)
    longest = max((end - begins for begins, end in lasting if window.has(begins)), default=0)
    fault = Fault.SILENCE if question.name == "talkspurt" and not spoken else None
    return Missed(f"{question.name} of {longest / 1e9:.1f} s at most", fault, never_came=True)


def _between(spoken: list[tuple[int, int]], began_ns: int, end_ns: int) -> list[tuple[int, int]]:
    edges = [began_ns, *(moment for stretch in spoken for moment in stretch), end_ns]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


# A person


def _voice(question: Question, speakers: list[str]) -> Answer:
    """Anything that the person says, for so long."""
    window, wanted_ns = question.window, question.expectation.for_ns or 0
    if question.now_ns is not None and question.now_ns < window.opens_ns + wanted_ns:
        return Pending()
    after_ns = wanted_ns + SECOND_NS // 2
    track = question.track(after_ns=after_ns)
    assert track is not None
    wanted = voices.Wanted(
        call=question.call,
        how=question.how,
        opens_ns=window.opens_ns,
        closes_ns=window.closes_ns,
        lasts_ns=wanted_ns,
        snr_db_min=question.expectation.min_snr_db,
    )
    found = voices.first(wanted, speakers, track, question.record)
    if found is None or not found.is_enough:
        if not question.is_over(known_after_ns=after_ns):
            return Pending()
        if found is None:
            return Missed(f"{question.name} was not {question.verb}", None, never_came=True)
        never_came = found.fault is None
        return Missed(
            f"{question.name}: {found.actual}",
            found.fault,
            found.evidence,
            at_ns=found.begins_ns,
            never_came=never_came,
        )
    if not window.has(found.begins_ns):
        return _late(found.begins_ns, window)
    moment = found.begins_ns + wanted_ns
    return Met(question.seq_at(moment), moment, moment, f"{question.name}: {found.actual}")


# What must be absent


def was_heard(expectation: Expectation, window: Window, record: Record, ears: Ears) -> int | None:
    """When the sound that should be absent was heard after all, in whatever state; None if it was not."""
    moments = [_sounded_at(question) for question in questions(expectation, window, record, ears, None)]
    return min((moment for moment in moments if moment is not None), default=None)


def _sounded_at(question: Question) -> int | None:
    window, name = question.window, question.name
    track = question.track(after_ns=0)
    if track is None:
        return None
    if name in ("talkspurt", "silence"):
        anything = dataclasses.replace(question.expectation, for_ns=PAUSE_NS)
        answer = _activity(dataclasses.replace(question, expectation=anything))
        return answer.opens_ns if isinstance(answer, Met) else None
    speakers = voices.speakers_of(name, question.call, question.record)
    if speakers is not None:
        return voices.trace_of(
            question.call, speakers, track, question.record, opens_ns=window.opens_ns, closes_ns=window.closes_ns
        )
    digest = question.record.digest_of(name, question.call, window.closes_ns)
    judged = question.judge(digest, from_ns=window.opens_ns, after_ns=0) if digest else None
    begins_ns = judged.begins_ns if judged and judged.diagnosis.found else None
    return begins_ns if begins_ns is not None and window.has(begins_ns) else None
