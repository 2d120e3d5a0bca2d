"""Measures: each is right on a trace whose answer is known, fails on a broken one, and never passes on nothing."""

from pathlib import Path

import numpy as np
import pytest
from traces import LEG, MS_NS, OTHER, SECOND_NS, HandWritten, Pcm, expects, placed, silence, speech, watermark

from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.checks.answers import ALWAYS, Answer, Met, Missed, Pending, Unseen
from telnyx_simulator.checks.claims import MEASURES
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.measures import _MEASURES, percentile, values_of
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.values import Known, NoValues, Value

PCMA, PCMU = parse_codec("PCMA"), parse_codec("PCMU")
TOTAL_S = 10.0
SAID_S = 1.0


def numbers(trace: HandWritten, name: str) -> list[float]:
    return [value.number for value in values_of(name, trace.record(), trace.ears())]


def ask(trace: HandWritten, name: str, *, now_ns: int | None = None, **bounds: float) -> Answer:
    expectation = expects(Subject.MEASURE, name, **bounds)
    return meets(expectation, ALWAYS, trace.record(), trace.ears(), now_ns=now_ns)


def through(pcm: Pcm, *codecs: Codec) -> Pcm:
    for codec in codecs:
        pcm = codec.decode(codec.encode(pcm))
    return pcm


def echoed(folder: Path, heard: Pcm, *, said: str = "en-1", at_s: float = 0.3, total_s: float = TOTAL_S) -> HandWritten:
    """Somebody says a clip at 1 s; `heard` comes back after it, `at_s` later."""
    trace = HandWritten(folder, observe="loopback").call(total_s)
    trace.sent(placed(total_s, (SAID_S, speech(said)))).says(SAID_S, f"speech/{said}", speech(said))
    return trace.hears(through(placed(total_s, (SAID_S + at_s, heard)), PCMU)).hangup(total_s)


def perfect(folder: Path, **more: float) -> HandWritten:
    return echoed(folder, through(speech("en-1"), PCMA), **more)


def test_every_measure_is_computed_and_has_its_definition() -> None:
    assert set(_MEASURES) == set(MEASURES)
    assert all(measure.says and measure.formula for measure in MEASURES.values())


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_nothing_gives_no_value_and_no_pass(name: str, tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked").leg(1, "hangup", cause="originator_cancel", by="far_end")
    if name == "answered":
        trace = HandWritten(tmp_path)
    with pytest.raises(NoValues):
        numbers(trace, name)
    assert isinstance(ask(trace, name, most=0.0), Unseen)
    assert isinstance(ask(trace, name, most=0.0, now_ns=SECOND_NS), Pending), "the run is not over"


# Sounds that are known


@pytest.mark.parametrize(
    ("name", "expected", "within"),
    [
        ("latency", 0.3, 0.001),
        ("gaps", 0.0, 0.0),
        ("loss", 0.0, 0.0),
        ("gain", 0.0, 0.1),
        ("static", 0.0, 0.0),
        ("own_voice", 0.0, 0.2),
    ],
)
def test_a_perfect_echo(name: str, expected: float, within: float, tmp_path: Path) -> None:
    assert numbers(perfect(tmp_path), name) == [pytest.approx(expected, abs=within)]


def test_a_perfect_echo_has_the_snr_of_its_codecs(tmp_path: Path) -> None:
    [snr_db] = numbers(perfect(tmp_path), "snr")
    assert 28 < snr_db < 45


@pytest.mark.parametrize("delay_s", [0.1, 0.3, 1.5, 3.0])
def test_a_delayed_echo_has_its_latency_and_nothing_else_amiss(delay_s: float, tmp_path: Path) -> None:
    trace = perfect(tmp_path, at_s=delay_s)
    assert numbers(trace, "latency") == [pytest.approx(delay_s, abs=0.001)]
    assert numbers(trace, "gaps") == [0.0]
    assert numbers(trace, "loss") == [0.0]
    assert isinstance(ask(trace, "latency", most=delay_s + 0.01), Met)
    missed = ask(trace, "latency", most=delay_s - 0.05)
    assert isinstance(missed, Missed)
    assert missed.late_by_ns == pytest.approx(50 * MS_NS, abs=MS_NS)


@pytest.mark.parametrize(("begins_ms", "is_measured"), [(1, True), (-19, True), (-21, False)])
def test_what_was_said_before_the_stream_began_went_to_nobody(
    begins_ms: int, is_measured: bool, tmp_path: Path
) -> None:
    """But a play may begin at the very tick in which the stream starts."""
    trace = HandWritten(tmp_path, observe="loopback").leg(0, "answered").stream(1.0)
    begins_s = 1 + begins_ms / 1000
    trace.says(begins_s, "speech/en-1", speech("en-1")).hears(placed(TOTAL_S, (begins_s + 0.3, speech("en-1"))))
    assert isinstance(ask(trace.hangup(TOTAL_S), "latency", most=0.4), Met if is_measured else Unseen)


def test_the_start_of_a_clip_that_is_lost_is_no_latency(tmp_path: Path) -> None:
    clip = through(speech("en-1"), PCMA)
    clip[:8000] = 0
    trace = echoed(tmp_path, clip)
    assert numbers(trace, "latency") == [pytest.approx(0.3, abs=0.02)]
    assert numbers(trace, "loss") == [pytest.approx(8000 / len(clip), abs=0.05)]


def with_gap(pcm: Pcm, seconds: float) -> Pcm:
    middle = len(pcm) // 2
    return np.concatenate([pcm[:middle], silence(seconds), pcm[middle:]])


@pytest.mark.parametrize("gap_s", [0.02, 0.1, 0.5])
def test_a_gapped_echo_has_its_longest_gap_and_loses_nothing(gap_s: float, tmp_path: Path) -> None:
    trace = echoed(tmp_path, with_gap(through(speech("en-1"), PCMA), gap_s))
    assert numbers(trace, "gaps") == [pytest.approx(gap_s, abs=0.002)]
    assert numbers(trace, "latency") == [pytest.approx(0.3, abs=0.001)]
    assert numbers(trace, "loss") == [pytest.approx(0.0, abs=0.005)]
    assert isinstance(ask(trace, "gaps", most=gap_s + 0.01), Met)
    assert isinstance(ask(trace, "gaps", most=gap_s - 0.01), Missed)


@pytest.mark.parametrize("lost_s", [0.02, 0.1, 0.6])
def test_what_is_missing_is_lost(lost_s: float, tmp_path: Path) -> None:
    clip = through(speech("en-1"), PCMA)
    middle, lost = len(clip) // 2, round(lost_s * 8000)
    trace = echoed(tmp_path, np.concatenate([clip[:middle], clip[middle + lost :]]))
    assert numbers(trace, "loss") == [pytest.approx(lost / len(clip), abs=0.002)]
    assert isinstance(ask(trace, "loss", most=0.0), Missed)


@pytest.mark.parametrize("muted_s", [0.1, 0.6])
def test_what_is_muted_is_lost_as_far_as_there_was_sound(muted_s: float, tmp_path: Path) -> None:
    clip = through(speech("en-1"), PCMA)
    middle, muted = len(clip) // 2, round(muted_s * 8000)
    clip[middle : middle + muted] = 0
    [loss] = numbers(echoed(tmp_path, clip), "loss")
    assert 0.7 * muted / len(clip) < loss <= muted / len(clip) + 0.003


def test_an_echo_that_never_comes_is_all_lost(tmp_path: Path) -> None:
    trace = echoed(tmp_path, silence(1))
    assert numbers(trace, "loss") == [1.0]
    assert isinstance(ask(trace, "latency", most=1.0), Unseen)


def test_what_had_no_time_to_come_back_is_not_lost(tmp_path: Path) -> None:
    """The call ends in the middle of the echo, or so soon that none could be expected."""
    assert numbers(perfect(tmp_path / "middle", total_s=3.0), "loss") == [0.0]
    assert isinstance(ask(echoed(tmp_path / "soon", silence(1), total_s=5.0), "loss", most=0.0), Unseen)


@pytest.mark.sampled
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_call_that_ends_in_a_pause_loses_nothing(share: float, tmp_path: Path) -> None:
    """But who says no more of it while the call goes on does."""
    clip = np.concatenate([speech("en-2"), silence(0.5), speech("en-1")])
    stops_s = (len(speech("en-2")) / 8000 + 0.5 * share) // 0.02 * 0.02
    for total_s, is_lost in ((SAID_S + 0.3 + stops_s, False), (15.0, True)):
        trace = HandWritten(tmp_path / str(is_lost), observe="loopback").call(total_s)
        trace.sent(placed(total_s, (SAID_S, clip))).says(SAID_S, "speech/both", clip)
        trace.hears(through(placed(total_s, (SAID_S + 0.3, clip[: round(stops_s * 8000)])), PCMU)).hangup(total_s)
        [loss] = numbers(trace, "loss")
        assert (loss > 0.4) if is_lost else (loss == 0.0)


def test_a_pause_in_which_a_call_ends_hides_no_loss_before_it(tmp_path: Path) -> None:
    clip = np.concatenate([speech("en-2"), silence(0.5), speech("en-1")])
    lost = np.concatenate([clip[:8000], clip[8800:]])
    total_s = SAID_S + 0.3 + len(speech("en-2")) / 8000 // 0.02 * 0.02
    trace = HandWritten(tmp_path, observe="loopback").call(total_s)
    trace.sent(placed(total_s, (SAID_S, clip))).says(SAID_S, "speech/both", clip)
    trace.hears(through(placed(total_s, (SAID_S + 0.3, lost)), PCMU)).hangup(total_s)
    assert numbers(trace, "loss") == [pytest.approx(0.1 / (total_s - SAID_S - 0.3), abs=0.01)]


@pytest.mark.parametrize("at_s", [0.3, 0.3033, 0.3119])
@pytest.mark.parametrize("total_s", [2.44, 3.56, 4.12])
def test_a_call_that_ends_in_the_middle_of_a_word_loses_nothing(at_s: float, total_s: float, tmp_path: Path) -> None:
    assert numbers(perfect(tmp_path, at_s=at_s, total_s=total_s), "loss") == [0.0]


def test_what_the_application_took_back_is_not_lost(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, observe="loopback").call(TOTAL_S)
    trace.says(SAID_S, "speech/en-1", speech("en-1")).hears(placed(TOTAL_S, (1.3, speech("en-1")[:16_000])))
    trace.at(3.3, "far_end", "heard", what="clear", dropped_ms=900).hangup(TOTAL_S)
    assert isinstance(ask(trace, "loss", most=0.0), Unseen)


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0])
def test_gain_is_what_the_application_did_to_the_level(factor: float, tmp_path: Path) -> None:
    trace = echoed(tmp_path, to_int16(speech("en-1").astype(np.float64) * factor))
    assert numbers(trace, "gain") == [pytest.approx(20 * np.log10(factor), abs=0.2)]
    assert numbers(trace, "own_voice") == [pytest.approx(20 * np.log10(factor), abs=0.2)]
    assert isinstance(ask(trace, "gain", least=-3.0, most=3.0), Missed)


def test_a_law_mixup_is_static_with_a_low_snr(tmp_path: Path) -> None:
    static = PCMU.decode(PCMA.encode(speech("en-1")))
    trace = echoed(tmp_path, static)
    assert numbers(trace, "snr")[0] < 5
    assert numbers(trace, "static")[0] > 1.5
    assert isinstance(ask(trace, "static", most=0.0), Missed)
    assert isinstance(ask(trace, "snr", least=25.0), Missed)


def test_bytes_of_another_format_are_static(tmp_path: Path) -> None:
    """As when an MP3 file is sent into a PCMU stream; nothing of it is known, and nothing needs to be."""
    compressed = np.random.default_rng(1).integers(0, 256, 16_000, dtype=np.uint8).tobytes()
    trace = HandWritten(tmp_path).call(TOTAL_S).hears(placed(TOTAL_S, (1.0, PCMU.decode(compressed)))).hangup(TOTAL_S)
    assert numbers(trace, "static")[0] == pytest.approx(2.0, abs=0.1)


def test_white_noise_that_was_said_is_no_static(tmp_path: Path) -> None:
    noise = to_int16(np.random.default_rng(1).normal(0, 2300, 24_000))
    trace = HandWritten(tmp_path, observe="loopback").call(TOTAL_S).says(SAID_S, "noise", noise)
    trace.hears(placed(TOTAL_S, (1.3, noise))).hangup(TOTAL_S)
    assert numbers(trace, "static") == [0.0]


def test_a_known_clip_of_the_application_is_measured_too(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, observe="play")
    trace.trace.header["profile"]["clips"] = {"app/greeting": trace.stimulus(speech("en-2"))}
    trace.call(TOTAL_S).hears(placed(TOTAL_S, (0.5, with_gap(speech("en-2"), 0.2)))).hangup(TOTAL_S)
    assert numbers(trace, "gaps") == [pytest.approx(0.2, abs=0.002)]
    assert isinstance(ask(trace, "latency", most=1.0), Unseen), "nobody said it"


# What a microphone carries


def carried(folder: Path, heard: Pcm, total_s: float = 24.0) -> HandWritten:
    """A watermark of 30 s from the beginning to the end; `heard` comes back 0.2 s later."""
    mark = watermark(7, 30)
    trace = HandWritten(folder, observe="loopback").call(total_s).mic(0, "watermark", mark)
    trace.sent(mark[: round(total_s * 8000)])
    return trace.hears(placed(total_s, (0.2, heard))).hangup(total_s)


@pytest.mark.long
def test_the_echo_of_a_microphone_is_measured_in_pieces(tmp_path: Path) -> None:
    trace = carried(tmp_path, through(watermark(7, 30), PCMA, PCMU))
    assert numbers(trace, "latency") == [pytest.approx(0.2, abs=0.001)] * 3
    assert min(numbers(trace, "snr")) > 30
    assert numbers(trace, "loss") == [0.0] * 3
    assert numbers(trace, "gaps") == [0.0] * 3
    assert numbers(trace, "static") == [0.0]
    assert numbers(trace, "own_voice") == [pytest.approx(0.0, abs=0.2)] * 3


@pytest.mark.long
def test_one_frame_of_a_watermark_that_is_lost_shows(tmp_path: Path) -> None:
    mark = through(watermark(7, 30), PCMA, PCMU)
    trace = carried(tmp_path, np.concatenate([mark[:80_000], mark[80_160:]]))
    assert sorted(numbers(trace, "loss")) == [0.0, 0.0, pytest.approx(0.02 / 8, abs=0.0005)]
    assert isinstance(ask(trace, "loss", most=0.0), Missed)


@pytest.mark.long
def test_a_microphone_s_echo_that_comes_seconds_later_loses_nothing_by_the_end_of_the_call(tmp_path: Path) -> None:
    mark = through(watermark(7, 30), PCMA, PCMU)
    trace = carried(tmp_path, np.concatenate([silence(3.4), mark]))
    assert numbers(trace, "latency") == [pytest.approx(3.6, abs=0.001)] * 3
    assert numbers(trace, "loss") == [0.0] * 3
    assert numbers(trace, "own_voice") == [pytest.approx(0.0, abs=0.2)] * 3


def test_silence_and_comfort_noise_of_a_microphone_are_no_sound(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path, observe="loopback").call(TOTAL_S).mic(0, "silence", None).hears(silence(TOTAL_S))
    assert isinstance(ask(trace.hangup(TOTAL_S), "loss", most=0.0), Unseen)


# Voices where they should not be


def test_a_voice_that_is_not_there_is_at_most_the_floor(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).says(SAID_S, "speech/en-1", speech("en-1"))
    trace.sent(placed(TOTAL_S, (SAID_S, speech("en-1")))).hears(placed(TOTAL_S, (2.0, speech("en-3")))).hangup(TOTAL_S)
    [value] = values_of("own_voice", trace.record(), trace.ears())
    assert value.known is Known.AT_MOST
    assert value.number < -40
    assert isinstance(ask(trace, "own_voice", most=-40.0), Met)
    assert isinstance(ask(trace, "own_voice", most=-60.0), Unseen), "the floor is above it: that cannot be told"
    assert isinstance(ask(trace, "own_voice", least=-3.0), Missed)


@pytest.mark.sampled
@pytest.mark.parametrize("level_db", [-30.0, -20.0, -6.0])
def test_a_faint_own_voice_under_the_application_s_is_found(level_db: float, tmp_path: Path) -> None:
    faint = to_int16(speech("en-1").astype(np.float64) * 10 ** (level_db / 20))
    trace = HandWritten(tmp_path).call(TOTAL_S).sent(placed(TOTAL_S, (SAID_S, speech("en-1"))))
    trace.hears(through(placed(TOTAL_S, (1.4, faint), (0.5, speech("en-3"))), PCMU)).hangup(TOTAL_S)
    assert numbers(trace, "own_voice") == [pytest.approx(level_db, abs=1.5)]
    assert isinstance(ask(trace, "own_voice", most=-40.0), Missed)


def two_calls(folder: Path, alice_hears: Pcm) -> HandWritten:
    """Alice says en-1, Bob en-3, at one time."""
    trace = HandWritten(folder).call(TOTAL_S, LEG, person="Alice").call(TOTAL_S, OTHER, person="Bob")
    for leg, name in ((LEG, "en-1"), (OTHER, "en-3")):
        trace.says(SAID_S, f"speech/{name}", speech(name), leg).sent(placed(TOTAL_S, (SAID_S, speech(name))), leg)
    trace.hears(through(alice_hears, PCMU), LEG).hears(placed(TOTAL_S, (1.2, speech("en-3"))), OTHER)
    return trace.hangup(TOTAL_S, LEG).hangup(TOTAL_S, OTHER)


def test_the_voice_of_another_call_is_leakage(tmp_path: Path) -> None:
    apart = two_calls(tmp_path / "apart", placed(TOTAL_S, (1.2, speech("en-1"))))
    assert isinstance(ask(apart, "leakage", most=-40.0), Met)
    half = to_int16(speech("en-3") / 2)
    mixed = two_calls(tmp_path / "mixed", placed(TOTAL_S, (1.2, speech("en-1")), (1.4, half)))
    assert max(numbers(mixed, "leakage")) == pytest.approx(-6.0, abs=0.5)
    assert isinstance(ask(mixed, "leakage", most=-40.0), Missed)


def test_one_call_alone_has_no_leakage(tmp_path: Path) -> None:
    assert isinstance(ask(perfect(tmp_path), "leakage", most=-40.0), Unseen)


# When somebody talks


@pytest.mark.parametrize(("begins_s", "expected_s"), [(0.8, 0.8), (2.5, 2.5)])
def test_the_first_sound_counts_from_the_answer(begins_s: float, expected_s: float, tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).hears(placed(TOTAL_S, (begins_s, watermark(1, 2)))).hangup(TOTAL_S)
    assert numbers(trace, "first_audio") == [pytest.approx(expected_s, abs=0.011)]
    assert isinstance(ask(trace, "first_audio", most=2.0), Met if begins_s < 2 else Missed)


def test_a_call_in_which_nothing_is_heard_fails_if_it_was_long_enough(tmp_path: Path) -> None:
    long, short = (HandWritten(tmp_path / name).call(seconds) for name, seconds in (("long", 10), ("short", 1)))
    assert isinstance(ask(long.hears(silence(10)).hangup(10), "first_audio", most=2.0), Missed)
    assert isinstance(ask(short.hears(silence(1)).hangup(1), "first_audio", most=2.0), Unseen)


def conversation(folder: Path, *answers: tuple[float, Pcm], total_s: float = 14.0) -> HandWritten:
    """Somebody speaks at 1 s and at 7 s, 2 s each time."""
    trace = HandWritten(folder).call(total_s)
    for at_s in (1.0, 7.0):
        trace.says(at_s, "watermark", watermark(1, 2))
    return trace.hears(placed(total_s, *answers)).hangup(total_s)


def test_a_response_counts_from_the_last_sound_of_what_was_said(tmp_path: Path) -> None:
    trace = conversation(tmp_path, (3.5, watermark(2, 1)), (10.2, watermark(2, 1)))
    assert numbers(trace, "response") == [pytest.approx(0.5, abs=0.02), pytest.approx(1.2, abs=0.02)]
    assert isinstance(ask(trace, "response", most=1.5), Met)
    assert isinstance(ask(trace, "response", most=1.0), Missed)
    assert isinstance(ask(trace, "response", most=1.0, percentile=50.0), Met)


def test_no_response_while_there_was_time_is_a_late_one(tmp_path: Path) -> None:
    trace = conversation(tmp_path, (3.5, watermark(2, 1)))
    assert isinstance(ask(trace, "response", most=2.0), Missed)
    assert isinstance(ask(trace, "response", most=30.0), Met), "what came in time, and what nobody can tell"


def test_an_application_that_talks_all_the_time_gives_no_response(tmp_path: Path) -> None:
    assert isinstance(ask(conversation(tmp_path, (0.5, watermark(2, 13))), "response", most=1.0), Unseen)


def barged(folder: Path, stops_s: float, *more: tuple[float, Pcm], **profile: str) -> HandWritten:
    """The application talks from 1 s; at 3 s somebody barges in."""
    trace = HandWritten(folder, **profile).call(TOTAL_S)
    trace.says(3.0, "watermark", watermark(3, 3), barge_in=True)
    return trace.hears(placed(TOTAL_S, (1.0, watermark(2, stops_s - 1)), *more)).hangup(TOTAL_S)


def test_a_barge_in_lasts_until_the_application_is_silent(tmp_path: Path) -> None:
    quick, slow = barged(tmp_path / "quick", 3.6), barged(tmp_path / "slow", 6.0)
    assert numbers(quick, "barge_in") == [pytest.approx(0.6, abs=0.02)]
    assert isinstance(ask(quick, "barge_in", most=0.7), Met)
    assert isinstance(ask(slow, "barge_in", most=0.7), Missed)
    assert isinstance(ask(barged(tmp_path / "never", TOTAL_S), "barge_in", most=0.7), Missed)


def test_the_echo_of_a_barge_in_is_not_the_application_s_sound(tmp_path: Path) -> None:
    trace = barged(tmp_path, 3.6, (3.66, watermark(3, 3)), observe="loopback")
    assert numbers(trace, "barge_in")[0] == pytest.approx(0.66, abs=0.02)


def test_a_barge_in_into_silence_measures_nothing(tmp_path: Path) -> None:
    assert isinstance(ask(barged(tmp_path, 2.0), "barge_in", most=0.7), Unseen)


def test_underruns_are_counted_for_each_leg_that_heard_a_talkspurt(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).at(1, "far_end", "heard", what="talkspurt", arrived_ns=0, starts_ns=0)
    assert numbers(trace, "underruns") == [0]
    for at_s in (2.0, 3.0):
        dry_ns = round((at_s - 0.1) * SECOND_NS)
        trace.at(at_s, "far_end", "heard", what="underrun", dry_ns=dry_ns, resumed_ns=round(at_s * SECOND_NS))
    assert numbers(trace, "underruns") == [2]
    assert isinstance(ask(trace, "underruns", most=2.0), Met)
    assert isinstance(ask(trace, "underruns", most=1.0), Missed)


# What needs no ear


def test_acknowledgement_is_the_time_of_each_attempt(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).webhook(1.05, "call.initiated", sent_ns=SECOND_NS)
    trace.webhook(3, "call.answered", 500, sent_ns=2 * SECOND_NS)
    assert numbers(trace, "acknowledgement") == [pytest.approx(0.05), pytest.approx(1.0)]
    assert isinstance(ask(trace, "acknowledgement", most=0.5), Missed)
    assert isinstance(ask(trace, "acknowledgement", most=0.5, percentile=50.0), Met)


def test_no_reply_until_the_timeout_is_a_slow_one_and_nobody_there_is_none(tmp_path: Path) -> None:
    slow = HandWritten(tmp_path).webhook(3.0, "call.initiated", None, sent_ns=SECOND_NS)
    assert isinstance(ask(slow, "acknowledgement", most=1.0), Missed)
    assert isinstance(ask(slow, "acknowledgement", most=5.0), Unseen)
    refused = HandWritten(tmp_path).webhook(1.001, "call.initiated", None, sent_ns=SECOND_NS)
    assert isinstance(ask(refused, "acknowledgement", most=1.0), Unseen)


def incoming(folder: Path) -> HandWritten:
    return HandWritten(folder).leg(0, "parked").webhook(0.3, "call.initiated", sent_ns=SECOND_NS // 5)


def test_answer_time_counts_from_the_first_webhook(tmp_path: Path) -> None:
    trace = incoming(tmp_path).command(1.2, "answer").hangup(5)
    assert numbers(trace, "answer_time") == [pytest.approx(1.0)]
    assert isinstance(ask(trace, "answer_time", most=0.9), Missed)


def test_a_call_that_is_never_answered_fails_and_one_that_is_declined_does_not(tmp_path: Path) -> None:
    assert isinstance(ask(incoming(tmp_path).hangup(9), "answer_time", most=5.0), Missed)
    declined = incoming(tmp_path).leg(9, "hangup", cause="call_rejected", by="application")
    assert isinstance(ask(declined, "answer_time", most=5.0), Unseen)
    refused = incoming(tmp_path).command(1, "answer", 422).hangup(9)
    assert isinstance(ask(refused, "answer_time", most=5.0), Missed)


def test_answered_is_a_part_of_the_legs(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).leg(0, "parked").leg(1, "answered").leg(1, "parked", OTHER)
    assert numbers(trace, "answered") == [0.5]
    assert isinstance(ask(trace, "answered", least=1.0), Missed)


@pytest.mark.parametrize(("codec", "size", "expected_s"), [("PCMU", 160, 0.02), ("L16/16000/le", 640, 0.02)])
def test_message_duration_is_that_of_the_codec_asked_for(
    codec: str, size: int, expected_s: float, tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path).stream(0, returned=codec).media([(1.0, b"\xff" * size), (2.0, b"\xff" * (size // 2))])
    assert numbers(trace, "message_duration") == [pytest.approx(expected_s), pytest.approx(expected_s / 2)]
    assert isinstance(ask(trace, "message_duration", least=0.02), Missed)


# Bounds


def values(*found: float) -> list[Value]:
    return [Value(number=number, at_ns=0, since_ns=0) for number in found]


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 2), (75, 3), (99, 4), (100, 4)])
def test_a_percentile_is_taken_by_nearest_rank(percent: float, expected: float) -> None:
    assert percentile(values(3, 1, 4, 2), percent).number == expected


@pytest.mark.parametrize(("dry_ms", "expected"), [(0, 1.0), (1000, 0.9)])
def test_a_sender_that_keeps_up_has_a_pace_of_100_percent(dry_ms: int, expected: float, tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S)
    counted = {
        "received_ms": 9500,
        "played_ms": 9000,
        "dry_ms": dry_ms,
        "underruns": dry_ms // 20,
        "queued_ms_max": 300,
    }
    trace.at(TOTAL_S, "far_end", "playout", **counted)
    assert numbers(trace, "pace") == [pytest.approx(expected)]
    assert numbers(trace, "queued") == [0.3]
    assert isinstance(ask(trace, "pace", least=0.98), Met if dry_ms == 0 else Missed)
    assert isinstance(ask(trace, "queued", most=0.2), Missed)


def test_a_message_that_was_refused_for_being_short_counts_as_well(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S).media([(1.0, bytes(160))])
    refused = {"message": "invalid", "code": 100004, "flaw": "short", "bytes": 80, "size": 130}
    trace.at(2.0, "stream", "message", stream_id=f"{LEG}-stream", **refused)
    assert numbers(trace, "message_duration") == [0.02, 0.01]
    assert isinstance(ask(trace, "message_duration", least=0.02), Missed)


def test_a_person_s_measure_is_taken_over_their_legs(tmp_path: Path) -> None:
    trace = two_calls(tmp_path, placed(TOTAL_S, (1.2, speech("en-1"))))
    alice = expects(Subject.MEASURE, "first_audio", person="Alice", most=5.0)
    nobody = expects(Subject.MEASURE, "first_audio", person="Carol", most=5.0)
    assert isinstance(meets(alice, ALWAYS, trace.record(), trace.ears(), now_ns=None), Met)
    assert isinstance(meets(nobody, ALWAYS, trace.record(), trace.ears(), now_ns=None), Unseen)
