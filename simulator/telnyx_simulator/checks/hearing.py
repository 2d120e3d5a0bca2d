"""Expectations about what is heard: a clip that must begin in the window and be healthy, a talkspurt, a silence."""

import dataclasses

from telnyx_simulator.audio.diagnosis import talkspurts
from telnyx_simulator.checks.answers import Answer, Met, Missed, Pending, Window, counted, early
from telnyx_simulator.checks.expectations import Expectation, choices
from telnyx_simulator.checks.findings import FAULT_TEXTS, Fault
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import SNR_DB_MIN, Ears, Judged

SECOND_NS = 1_000_000_000
# A talkspurt or silence that is shorter interrupts nothing.
PAUSE_NS = 200_000_000
OCCURRENCES_MAX = 50


def heard(expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None) -> Answer:
    answers = [
        _heard_by(call, dataclasses.replace(expectation, value=name), window, record, ears, now_ns)
        for call in record.legs(expectation.person)
        for name in choices(expectation.value)
    ]
    for wanted in (Met, Pending):
        for answer in answers:
            if isinstance(answer, wanted):
                return answer
    if answers:
        return answers[-1]
    return Missed("there was no call") if window.is_over(now_ns) else Pending()


def _heard_by(
    call: str, expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None
) -> Answer:
    heard = record.heard(call)
    if heard is None:
        return Missed("silence: nobody answered", Fault.SILENCE) if window.is_over(now_ns) else Pending()
    if expectation.value in ("talkspurt", "silence"):
        return _activity(call, expectation, window, record, now_ns)
    return _clip(call, expectation, window, record, ears, now_ns)


def _clip(
    call: str, expectation: Expectation, window: Window, record: Record, ears: Ears, now_ns: int | None
) -> Answer:
    name = str(expectation.value)
    digest = record.digest_of(name, call, window.closes_ns)
    if digest is None:
        return Missed(f"{name} was not played by anybody")
    length_ns = len(record.stimulus(digest)) * SECOND_NS // 8000
    # Whether a clip begins in time is known only once it could have been heard to its end.
    over = window.is_over(now_ns, known_after_ns=length_ns + SECOND_NS // 2) or not record.is_alive(call)
    judged = ears.judge(call, digest, own_voice=not name.startswith("app/"), from_ns=window.opens_ns)
    if judged is None or not judged.diagnosis.found or judged.begins_ns is None or judged.ends_ns is None:
        if not over:
            return Pending()
        if judged is None:
            return Missed("silence", Fault.SILENCE)
        before = ears.judge(call, digest, own_voice=not name.startswith("app/"), from_ns=0)
        if before and before.begins_ns is not None and before.begins_ns < window.opens_ns:
            return Missed(early(window.opens_ns - before.begins_ns))
        return Missed(judged.actual, judged.fault)
    if window.closes_ns is not None and judged.begins_ns > window.closes_ns:
        late_by_ns = judged.begins_ns - window.closes_ns
        return Missed(f"it began {late_by_ns / 1e6:.0f} ms too late", late_by_ns=late_by_ns)
    if not judged.diagnosis.complete and not over:
        return Pending()
    if expectation.times is not None:
        return _counted(call, digest, expectation, window, ears, over=over)
    return _healthy(expectation, window, judged, record)


def _counted(call: str, digest: str, expectation: Expectation, window: Window, ears: Ears, *, over: bool) -> Answer:
    """A clip that must be heard so many times, healthy or not."""
    least, most = expectation.times or (1, None)
    own_voice = not str(expectation.value).startswith("app/")
    begun: list[int] = []
    while len(begun) < OCCURRENCES_MAX:
        from_ns = begun[-1] + PAUSE_NS if begun else window.opens_ns
        judged = ears.judge(call, digest, own_voice=own_voice, from_ns=from_ns)
        begins_ns = judged.begins_ns if judged and judged.diagnosis.found else None
        if begins_ns is None or (window.closes_ns is not None and begins_ns > window.closes_ns):
            break
        if begun and begins_ns <= begun[-1]:
            break
        begun.append(begins_ns)
    count = f"{len(begun)} times, wanted {counted(least, most)}"
    if most is not None and len(begun) > most:
        return Missed(count)
    if len(begun) < least or (most is not None and not over):
        return Missed(count) if over else Pending()
    return Met(window.opens_seq, begun[-1] + PAUSE_NS, begun[-1], f"{len(begun)} times")


def _healthy(expectation: Expectation, window: Window, judged: Judged, record: Record) -> Answer:
    """A clip that was found in time: is it what was said?"""
    declared = judged.diagnosis.as_declared
    wanted_db = expectation.min_snr_db if expectation.min_snr_db is not None else SNR_DB_MIN
    evidence = judged.diagnosis.evidence
    assert judged.begins_ns is not None
    assert judged.ends_ns is not None
    if judged.diagnosis.mistakes or declared is None:
        actual = FAULT_TEXTS[judged.fault][0] if judged.fault else judged.actual
        return Missed(actual, judged.fault, evidence)
    if declared.snr_db < wanted_db:
        return Missed(f"SNR {declared.snr_db:.1f} dB", judged.fault, evidence)
    lasted_ns = judged.ends_ns - judged.begins_ns
    enough = judged.diagnosis.complete if expectation.for_ns is None else lasted_ns >= expectation.for_ns
    if not enough:
        return Missed(f"heard for {lasted_ns / SECOND_NS:.1f} s only", None, evidence)
    seq = max((entry.seq for entry in record.trace.entries if entry.at_ns <= judged.begins_ns), default=0)
    # The next clip must begin after this one began; what the application does while it is heard is not missed.
    return Met(max(seq, window.opens_seq), judged.begins_ns + PAUSE_NS, judged.ends_ns, judged.actual)


def _activity(call: str, expectation: Expectation, window: Window, record: Record, now_ns: int | None) -> Answer:
    """A talkspurt, or a silence, that lasts `for`; one under way counts from the opening of the window."""
    heard = record.heard(call)
    assert heard is not None
    spoken = [(heard.at_ns(start), heard.at_ns(end)) for start, end in talkspurts(heard.pcm)]
    stretches = spoken if expectation.value == "talkspurt" else _between(spoken, heard.began_ns, heard.end_ns)
    wanted_ns = expectation.for_ns or 0
    for start, end in stretches:
        begins = max(start, window.opens_ns)
        if window.closes_ns is not None and begins > window.closes_ns:
            break
        if end - begins >= wanted_ns and end > begins:
            moment = begins + wanted_ns
            seq = max((entry.seq for entry in record.trace.entries if entry.at_ns <= moment), default=0)
            return Met(max(seq, window.opens_seq), moment, moment, f"{expectation.value} of {wanted_ns / 1e9:g} s")
    if not (window.is_over(now_ns, known_after_ns=wanted_ns + PAUSE_NS) or not record.is_alive(call)):
        return Pending()
    longest = max((end - max(start, window.opens_ns) for start, end in stretches), default=0)
    fault = Fault.SILENCE if expectation.value == "talkspurt" and not spoken else None
    return Missed(f"{expectation.value} of {max(0, longest) / 1e9:.1f} s at most", fault)


def _between(spoken: list[tuple[int, int]], began_ns: int, end_ns: int) -> list[tuple[int, int]]:
    edges = [began_ns, *(moment for stretch in spoken for moment in stretch), end_ns]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


def was_heard(expectation: Expectation, window: Window, record: Record, ears: Ears) -> int | None:
    """When the sound that should be absent was heard after all, in whatever state; None if it was not."""
    pairs = [(call, name) for call in record.legs(expectation.person) for name in choices(expectation.value)]
    for call, name in pairs:
        if record.heard(call) is None:
            continue
        if name in ("talkspurt", "silence"):
            anything = dataclasses.replace(expectation, value=name, for_ns=PAUSE_NS)
            answer = _activity(call, anything, window, record, None)
            if isinstance(answer, Met):
                return answer.opens_ns
            continue
        digest = record.digest_of(name, call, window.closes_ns)
        own = not name.startswith("app/")
        judged = ears.judge(call, digest, own_voice=own, from_ns=window.opens_ns) if digest else None
        begins_ns = judged.begins_ns if judged and judged.diagnosis.found else None
        if begins_ns is not None and (window.closes_ns is None or begins_ns <= window.closes_ns):
            return begins_ns
    return None
