"""Sounds as expectations: what a person heard, what the application decoded, and whose voice it was."""

from pathlib import Path

import numpy as np
import pytest
from traces import LEG, MS_NS, OTHER, SECOND_NS, HandWritten, Pcm, expects, placed, silence, speech, watermark

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.checks.answers import Answer, Met, Missed, Pending, Window
from telnyx_simulator.checks.expectations import Expectation, Subject
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.checks.hearing import was_heard
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.script import found
from telnyx_simulator.checks.sound_clean import sound_clean

PCMA, PCMU = parse_codec("PCMA"), parse_codec("PCMU")
TOTAL_S = 12.0


def through(pcm: Pcm, *codecs: Codec) -> Pcm:
    for codec in codecs:
        pcm = codec.decode(codec.encode(pcm))
    return pcm


def window(opens_s: float, closes_s: float, trace: HandWritten) -> Window:
    """Opens behind what was written up to then."""
    opens_ns = round(opens_s * SECOND_NS)
    seq = max((entry.seq for entry in trace.trace.entries if entry.at_ns <= opens_ns), default=0)
    return Window(seq, opens_ns, round(closes_s * SECOND_NS), opened_by="play")


def ask(
    trace: HandWritten,
    expectation: Expectation,
    opens_s: float = 1.0,
    closes_s: float = 6.0,
    *,
    now_s: float | None = None,
) -> Answer:
    now_ns = None if now_s is None else round(now_s * SECOND_NS)
    return meets(expectation, window(opens_s, closes_s, trace), trace.record(), trace.ears(), now_ns=now_ns)


def heard(value: str, **qualifiers: object) -> Expectation:
    return expects(Subject.HEARD, value, **qualifiers)


def received(value: str, **qualifiers: object) -> Expectation:
    return expects(Subject.RECEIVED, value, **qualifiers)


# Talkspurts and silence


@pytest.mark.parametrize(
    ("value", "for_s", "closes_s", "answer"),
    [
        ("talkspurt", 1.0, 6.0, Met),
        ("talkspurt", 2.5, 6.0, Missed),
        ("silence", 1.0, 6.0, Met),
        ("silence", 8.0, 6.0, Missed),
        ("talkspurt", 1.0, 2.5, Missed),
    ],
)
def test_a_talkspurt_or_a_silence_must_last(
    value: str, for_s: float, closes_s: float, answer: type[Answer], tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).hears(placed(TOTAL_S, (3.0, watermark(1, 2)))).hangup(TOTAL_S)
    assert isinstance(ask(trace, heard(value, for_ns=round(for_s * SECOND_NS)), closes_s=closes_s), answer)


@pytest.mark.parametrize(
    ("value", "for_ns"), [("talkspurt", SECOND_NS), ("speech/en-1", None), ("watermark", SECOND_NS)]
)
def test_where_our_frames_are_late_nothing_is_missed_before_the_ear_got_there(
    value: str, for_ns: int | None, tmp_path: Path
) -> None:
    """The clock stands at 15 s, and of the ear's time 2 s have gone by."""
    trace = HandWritten(tmp_path).call(TOTAL_S).says(1.0, "speech/en-1", speech("en-1"))
    trace.mic(0, "watermark", watermark(1, 5)).sent(watermark(1, 5))
    assert ask(trace.hears(silence(2)), heard(value, for_ns=for_ns), now_s=15.0) == Pending()
    trace.hears(silence(14))
    assert isinstance(ask(trace, heard(value, for_ns=for_ns), now_s=15.0), Missed)


def test_one_under_way_counts_from_the_opening(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).hears(placed(TOTAL_S, (0.5, watermark(1, 3)))).hangup(TOTAL_S)
    met = ask(trace, heard("talkspurt", for_ns=SECOND_NS))
    assert isinstance(met, Met)
    assert met.moment_ns == 2 * SECOND_NS


def test_one_that_begins_too_late_says_by_how_much(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).hears(placed(TOTAL_S, (3.0, watermark(1, 2)))).hangup(TOTAL_S)
    missed = ask(trace, heard("talkspurt", for_ns=SECOND_NS), closes_s=2.5)
    assert isinstance(missed, Missed)
    assert missed.late_by_ns == pytest.approx(500 * MS_NS, abs=11 * MS_NS)


# Clips


def a_clip(folder: Path, ear: Pcm, **scenario: object) -> HandWritten:
    trace = HandWritten(folder).call(TOTAL_S).at(1.0, "runner", "step.began", step=0)
    return trace.says(1.0, "speech/en-2", speech("en-2")).hears(through(ear, PCMU)).hangup(TOTAL_S)


def test_a_clip_must_begin_in_the_window_and_be_healthy(tmp_path: Path) -> None:
    ear = placed(TOTAL_S, (1.4, through(speech("en-2"), PCMA)))
    met = ask(a_clip(tmp_path / "healthy", ear), heard("speech/en-2"))
    assert isinstance(met, Met)
    assert met.moment_ns == pytest.approx(1.4e9 + len(speech("en-2")) / 8000 * 1e9, abs=50 * MS_NS)
    static = placed(TOTAL_S, (1.4, PCMU.decode(PCMA.encode(speech("en-2")))))
    missed = ask(a_clip(tmp_path / "static", static), heard("speech/en-2"))
    assert isinstance(missed, Missed)
    assert missed.fault is not None


def test_a_clip_that_comes_too_late_too_early_or_not_at_all(tmp_path: Path) -> None:
    late = a_clip(tmp_path / "late", placed(TOTAL_S, (3.4, speech("en-2"))))
    missed = ask(late, heard("speech/en-2"), closes_s=3.0)
    assert isinstance(missed, Missed)
    assert missed.late_by_ns == pytest.approx(400 * MS_NS, abs=20 * MS_NS)
    early = ask(late, heard("speech/en-2"), opens_s=4.0, closes_s=6.0)
    assert isinstance(early, Missed)
    assert "ms before 'play' began: put the expectation first" in early.actual
    nothing = ask(a_clip(tmp_path / "nothing", silence(TOTAL_S)), heard("speech/en-2"))
    assert isinstance(nothing, Missed)
    assert nothing.fault is Fault.SILENCE
    assert ask(late, heard("speech/en-5")) == Missed("speech/en-5 was not played by anybody", call=LEG)


def test_a_clip_that_may_still_come_is_pending(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).says(1.0, "speech/en-2", speech("en-2")).hears(silence(2.0))
    assert ask(trace, heard("speech/en-2"), now_s=2.0) == Pending()


# What the application decoded


def a_tap(folder: Path, *parts: tuple[float, Pcm], again: bool = False) -> HandWritten:
    """Said in the step that begins at 4 s, and `again`: at 0.5 s too. The tap of 10 s was looked at at 10 s."""
    trace = HandWritten(folder, observe="tap").call(12)
    if again:
        trace.says(0.5, "speech/en-2", speech("en-2"))
    trace.at(4.0, "runner", "step.began", step=1).says(4.0 + 0.01, "speech/en-2", speech("en-2"))
    return trace.tapped(10.0, placed(10.0, *parts)).hangup(12)


def after_the_step(trace: HandWritten) -> Window:
    """What the step opened in which it was said."""
    began = next(entry for entry in trace.trace.entries if entry.kind == "step.began")
    return Window(began.seq, began.at_ns, 9 * SECOND_NS, opened_by="play")


def asked_of(trace: HandWritten, *stalls: tuple[float, float]) -> Finding:
    for began_s, ended_s in stalls:
        trace.at(ended_s, "runner", "stalled", None, due_ns=round(began_s * SECOND_NS))
    expectation, opened = received("speech/en-2"), after_the_step(trace)
    answer = meets(expectation, opened, trace.record(), trace.ears(), now_ns=None)
    return found("script[2].expect", expectation, answer, opened, trace.record())


@pytest.mark.parametrize("seems_s", [2.5, 3.66, 4.2])
def test_what_was_said_for_the_first_time_was_not_decoded_before_however_long_the_tap_is(
    seems_s: float, tmp_path: Path
) -> None:
    """An application that makes up for frames that are late has more sound than there was time."""
    trace = a_tap(tmp_path, (seems_s, through(speech("en-2"), PCMA)))
    assert (asked_of(trace).verdict, sound_of_the_tap(trace)) == (Verdict.PASS, Verdict.PASS)


def test_what_was_decoded_wrongly_is_wrong_however_early_it_seems(tmp_path: Path) -> None:
    static = a_tap(tmp_path, (3.66, PCMU.decode(PCMA.encode(speech("en-2")))))
    assert asked_of(static, (1.0, 2.0)).fault is Fault.PCMA_DECODED_AS_PCMU
    assert sound_of_the_tap(static) is Verdict.FAIL


@pytest.mark.parametrize(
    ("stalls", "verdict"), [([], Verdict.FAIL), ([(2.0, 2.3)], Verdict.FAIL), ([(2.0, 2.9)], Verdict.INCONCLUSIVE)]
)
def test_what_may_have_come_early_because_we_stood_still_is_inconclusive(
    stalls: list[tuple[float, float]], verdict: Verdict, tmp_path: Path
) -> None:
    """It was said twice, so that what seems to be the first time may be."""
    finding = asked_of(a_tap(tmp_path, (3.4, through(speech("en-2"), PCMA)), again=True), *stalls)
    assert (finding.verdict, "ms before 'play' began" in finding.actual) == (verdict, True)


def sound_of_the_tap(trace: HandWritten) -> Verdict:
    [finding] = sound_clean(trace.record(), trace.ears())
    return finding.verdict


# A person


def bridged(folder: Path, caller_hears: Pcm, agent_hears: Pcm) -> HandWritten:
    """A caller and an agent, each with a watermark of their own as the microphone."""
    trace = HandWritten(folder).call(TOTAL_S, LEG, person="Caller").call(TOTAL_S, OTHER, person="Agent")
    for leg, key in ((LEG, 1), (OTHER, 2)):
        trace.mic(0, "watermark", watermark(key, 20), leg).sent(watermark(key, 20)[: round(TOTAL_S * 8000)], leg)
    trace.hears(through(caller_hears, PCMU), LEG).hears(through(agent_hears, PCMU), OTHER)
    return trace.hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)


def agent_from(at_s: float, seconds: float) -> Pcm:
    """What the agent said from a moment on, heard 0.2 s later."""
    said = through(watermark(2, 20), PCMA)
    return placed(TOTAL_S, (at_s + 0.2, said[round(at_s * 8000) : round((at_s + seconds) * 8000)]))


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("ear", "answer"),
    [
        (agent_from(2.0, 5.0), Met),
        (agent_from(2.0, 1.0), Missed),
        (silence(TOTAL_S), Missed),
        (placed(TOTAL_S, (1.2, watermark(3, 8))), Missed),
    ],
    ids=["long enough", "too short", "silence", "somebody else"],
)
def test_a_person_is_heard_for_so_long(ear: Pcm, answer: type[Answer], tmp_path: Path) -> None:
    trace = bridged(tmp_path, ear, silence(TOTAL_S))
    assert isinstance(ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS)), answer)


def connected(folder: Path, caller_hears: Pcm) -> HandWritten:
    """The same without any stream: Telnyx has connected the legs, and no application was sent a frame."""
    trace = HandWritten(folder)
    for leg, person, key in ((LEG, "Caller", 1), (OTHER, "Agent", 2)):
        trace.person(person, leg).leg(0, "answered", leg, leg_codec="PCMA").mic(0, "watermark", watermark(key, 4), leg)
    trace.says(6.0, "speech/en-3", speech("en-3"), OTHER)
    return trace.hears(through(caller_hears, PCMU), LEG).hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)


# A microphone goes round, and waits while something is said.
THE_AGENT = np.concatenate([np.resize(watermark(2, 4), 48_000), speech("en-3"), np.resize(watermark(2, 4), 48_000)])


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("ear", "answer", "is_there"),
    [
        (placed(TOTAL_S, (0.2, through(THE_AGENT[:80_000], PCMA))), Met, True),
        (placed(TOTAL_S, (6.2, through(THE_AGENT[48_000:90_000], PCMA))), Met, True),
        (placed(TOTAL_S, (2.2, through(THE_AGENT[16_000:24_000], PCMA))), Missed, True),
        (placed(TOTAL_S, (0.2, watermark(1, 8))), Missed, False),
        (silence(TOTAL_S), Missed, False),
    ],
    ids=["all of it", "from a moment on", "too short", "oneself", "silence"],
)
def test_a_person_whom_telnyx_connects_is_heard_without_any_stream(
    ear: Pcm, answer: type[Answer], is_there: bool, tmp_path: Path
) -> None:
    trace = connected(tmp_path, ear)
    asked = heard("Agent", person="Caller", for_ns=2 * SECOND_NS)
    assert isinstance(ask(trace, asked, closes_s=8.0), answer)
    moment = was_heard(asked, window(0.0, TOTAL_S, trace), trace.record(), trace.ears())
    assert (moment is not None) is is_there, "where it must be absent, the least of it counts"


def test_a_person_who_was_heard_before_counts_from_the_opening(tmp_path: Path) -> None:
    trace = bridged(tmp_path, agent_from(0.0, 11.0), silence(TOTAL_S))
    met = ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS), opens_s=3.0, closes_s=5.0)
    assert isinstance(met, Met)
    assert met.moment_ns == pytest.approx(5 * SECOND_NS, abs=20 * MS_NS)


def test_a_person_who_is_heard_too_late_says_by_how_much(tmp_path: Path) -> None:
    trace = bridged(tmp_path, agent_from(4.0, 5.0), silence(TOTAL_S))
    missed = ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS), closes_s=3.0)
    assert isinstance(missed, Missed)
    assert missed.late_by_ns == pytest.approx(1200 * MS_NS, abs=30 * MS_NS)


def test_a_person_in_the_wrong_law_is_not_heard_well(tmp_path: Path) -> None:
    said = PCMU.decode(PCMA.encode(watermark(2, 20)))
    trace = bridged(tmp_path, placed(TOTAL_S, (0.2, said)), silence(TOTAL_S))
    missed = ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS))
    assert isinstance(missed, Missed)
    assert missed.fault is Fault.LAW_MIXUP_UNDETERMINED


def test_a_person_s_plays_count_as_well_as_their_microphone(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S, LEG, person="Caller").call(TOTAL_S, OTHER, person="Agent")
    trace.says(1.5, "speech/en-3", speech("en-3"), OTHER).sent(placed(TOTAL_S, (1.5, speech("en-3"))), OTHER)
    trace.hears(placed(TOTAL_S, (1.8, speech("en-3")))).hangup(TOTAL_S)
    assert isinstance(ask(trace, heard("Agent", person="Caller", for_ns=4 * SECOND_NS)), Met)


def test_what_a_microphone_carries_may_be_called_by_its_clip(tmp_path: Path) -> None:
    """One's own, over and over: `heard: watermark, for: 6s`, though the clip may be shorter."""
    own = placed(TOTAL_S, (0.2, through(watermark(1, 20), PCMA)))
    trace = bridged(tmp_path, own, silence(TOTAL_S))
    assert isinstance(ask(trace, heard("watermark", person="Caller", for_ns=6 * SECOND_NS)), Met)
    assert isinstance(ask(trace, heard("watermark", person="Agent", for_ns=SECOND_NS)), Missed)


def test_a_voice_that_may_still_come_is_pending(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).mic(0, "watermark", watermark(1, 20))
    trace.sent(watermark(1, 2)).hears(silence(2.0))
    own = heard("Caller", for_ns=SECOND_NS)
    assert [ask(trace, own, now_s=second) for second in (1.5, 2.5)] == [Pending(), Pending()]


def test_min_snr_is_asked_of_a_voice_only_where_it_is_written(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 600, round(TOTAL_S * 8000))
    trace = bridged(tmp_path, to_int16(agent_from(2.0, 6.0) + noise), silence(TOTAL_S))
    assert isinstance(ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS)), Met)
    assert isinstance(ask(trace, heard("Agent", person="Caller", for_ns=2 * SECOND_NS, min_snr_db=20.0)), Missed)


@pytest.mark.parametrize(
    ("factor", "is_heard"), [(1.0, True), (0.1, True), (0.0, False)], ids=["plainly", "faintly", "not at all"]
)
def test_a_person_who_must_be_absent_may_not_be_heard_faintly_either(
    factor: float, is_heard: bool, tmp_path: Path
) -> None:
    own = placed(TOTAL_S, (0.2, through(watermark(1, 20), PCMA))).astype(np.float64)
    trace = bridged(tmp_path, to_int16(own + factor * agent_from(2.0, 8.0)), silence(TOTAL_S))
    moment = was_heard(heard("Agent", person="Caller"), window(1.0, 11.0, trace), trace.record(), trace.ears())
    assert (moment is not None) is is_heard


def test_what_both_say_is_nobody_s_voice(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S, LEG, person="Alice").call(TOTAL_S, OTHER, person="Bob")
    for leg in (LEG, OTHER):
        trace.says(1.0, "speech/en-3", speech("en-3"), leg).sent(placed(TOTAL_S, (1.0, speech("en-3"))), leg)
    trace.hears(placed(TOTAL_S, (1.2, speech("en-3"))), LEG).hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)
    bob = heard("Bob", person="Alice")
    assert was_heard(bob, window(0.5, 11.0, trace), trace.record(), trace.ears()) is None


@pytest.mark.parametrize(
    ("times", "count", "is_met"),
    [
        ((0, 1), 0, True),
        pytest.param((0, 1), 1, True, marks=pytest.mark.long),
        pytest.param((0, 1), 2, False, marks=pytest.mark.long),
        ((0, 0), 1, False),
    ],
)
def test_a_sound_may_be_allowed_and_not_demanded(
    times: tuple[int, int], count: int, is_met: bool, tmp_path: Path
) -> None:
    """Of two callers one hears it so many times, the other nothing."""
    trace = HandWritten(tmp_path)
    for leg in (LEG, OTHER):
        trace = trace.call(TOTAL_S, leg).says(1.0, "speech/en-3", speech("en-3"), leg)
    heard_s = [(1.2 + 5.4 * n, speech("en-3")) for n in range(count)]
    trace = trace.hears(placed(TOTAL_S, *heard_s), LEG).hears(silence(TOTAL_S), OTHER)
    trace = trace.hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)
    answer = ask(trace, heard("speech/en-3", times=times), closes_s=7.0)
    assert isinstance(answer, Met if is_met else Missed)


# Received


def tapped(folder: Path, decoded: Pcm, at_s: float = 6.0) -> HandWritten:
    """Somebody says en-2 at 1 s; the application had decoded this by `at_s`."""
    trace = HandWritten(folder, observe="tap").call(TOTAL_S).says(1.0, "speech/en-2", speech("en-2"))
    return trace.sent(placed(TOTAL_S, (1.0, speech("en-2")))).hears(silence(TOTAL_S)).tapped(at_s, decoded)


def test_what_the_application_decoded_is_received(tmp_path: Path) -> None:
    trace = tapped(tmp_path, placed(6.0, (1.0, through(speech("en-2"), PCMA)))).hangup(TOTAL_S)
    met = ask(trace, received("speech/en-2"))
    assert isinstance(met, Met)
    assert isinstance(ask(trace, received("Caller", for_ns=2 * SECOND_NS)), Met)
    assert isinstance(ask(trace, received("speech/en-2"), opens_s=3.0), Missed), "it came before"


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("decoded", "fault"),
    [
        (PCMU.decode(PCMA.encode(speech("en-2"))), Fault.PCMA_DECODED_AS_PCMU),
        (through(speech("en-2"), PCMA).byteswap(), Fault.L16_BYTES_SWAPPED),
        (speech("en-4"), Fault.UNRELATED_AUDIO),
        (silence(3.0), Fault.SILENCE),
    ],
    ids=["wrong law", "wrong byte order", "another sentence", "silence"],
)
def test_what_was_decoded_wrongly_is_not_received(decoded: Pcm, fault: Fault | None, tmp_path: Path) -> None:
    """A tap shows the decoder alone, so a law mix-up has its direction."""
    missed = ask(tapped(tmp_path, placed(6.0, (1.0, decoded))).hangup(TOTAL_S), received("speech/en-2"))
    assert isinstance(missed, Missed)
    assert missed.fault is fault


def test_without_a_tap_nothing_was_received_and_live_it_may_still_come(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).says(1.0, "speech/en-2", speech("en-2"))
    assert ask(trace, received("speech/en-2"), now_s=2.0) == Pending()
    assert ask(trace, received("speech/en-2")) == Missed("nothing: the tap was empty", call=LEG)


def test_of_several_looks_at_the_tap_the_last_before_the_question_ends_counts(tmp_path: Path) -> None:
    trace = tapped(tmp_path, silence(2.0), at_s=2.0)
    trace.tapped(6.0, placed(6.0, (1.0, speech("en-2")))).tapped(11.9, silence(3.0)).hangup(TOTAL_S)
    assert isinstance(ask(trace, received("speech/en-2")), Met)


def test_what_must_not_be_received_is_looked_for_in_the_tap(tmp_path: Path) -> None:
    """Damaged or not, by its clip or by who said it."""
    wrong_law = tapped(tmp_path / "wrong", placed(6.0, (1.0, PCMU.decode(PCMA.encode(speech("en-2"))))))
    nothing = tapped(tmp_path / "nothing", silence(6.0))
    for trace, is_there in ((wrong_law, True), (nothing, False)):
        for name in ("speech/en-2", "Caller"):
            moment = was_heard(received(name), window(0.5, 6.0, trace), trace.record(), trace.ears())
            assert (moment is not None) is is_there, name
