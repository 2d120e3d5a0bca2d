"""The standing check `sound_clean`: each sound that can be observed, by echo, by a tap, by a microphone, by a clip."""

from pathlib import Path

import numpy as np
import pytest
from traces import LEG, SECOND_NS, HandWritten, Pcm, placed, silence, speech, watermark

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.checks.findings import Fault, Finding, Verdict
from telnyx_simulator.checks.judge import judge
from telnyx_simulator.checks.sound_clean import sound_clean

PCMA, PCMU = parse_codec("PCMA"), parse_codec("PCMU")
TOTAL_S = 10.0
MIXED_UP = PCMU.decode(PCMA.encode(speech("en-2")))


def only(trace: HandWritten) -> Finding:
    [finding] = sound_clean(trace.record(), trace.ears())
    return finding


def said(folder: Path, heard: Pcm, observe: str = "loopback") -> HandWritten:
    """Somebody says en-2 at 1 s."""
    trace = HandWritten(folder, observe=observe).call(TOTAL_S).says(1.0, "speech/en-2", speech("en-2"))
    return trace.hears(heard).hangup(TOTAL_S)


@pytest.mark.parametrize(
    ("echo", "verdict", "fault"),
    [
        (PCMA.decode(PCMA.encode(speech("en-2"))), Verdict.PASS, None),
        (MIXED_UP, Verdict.FAIL, Fault.LAW_MIXUP_UNDETERMINED),
        (speech("en-2")[:12_000], Verdict.FAIL, Fault.CUT_OFF),
        (silence(1), Verdict.FAIL, Fault.SILENCE),
    ],
    ids=["right", "wrong law", "cut off", "silence"],
)
def test_an_echo_is_what_was_said(echo: Pcm, verdict: Verdict, fault: Fault | None, tmp_path: Path) -> None:
    finding = only(said(tmp_path, placed(TOTAL_S, (1.4, echo))))
    assert (finding.verdict, finding.fault) == (verdict, fault)
    assert finding.at_s == pytest.approx(1.2, abs=0.25), "when it was heard, or else said"


@pytest.mark.parametrize(
    ("by", "verdict"), [("telnyx", Verdict.NOT_EXERCISED), ("application", Verdict.FAIL)], ids=["stopped", "given up"]
)
def test_nothing_is_echoed_of_what_is_said_after_the_stream_was_stopped(
    by: str, verdict: Verdict, tmp_path: Path
) -> None:
    trace = (
        HandWritten(tmp_path, observe="loopback")
        .call(TOTAL_S)
        .at(0.5, "stream", "closed", stream_id=f"{LEG}-stream", by=by)
    )
    trace.says(1.0, "speech/en-2", speech("en-2")).hears(silence(TOTAL_S)).hangup(TOTAL_S)
    assert only(trace).verdict is verdict


def test_what_cannot_be_observed_is_not_exercised(tmp_path: Path) -> None:
    finding = only(said(tmp_path, silence(TOTAL_S), observe="none"))
    assert finding.verdict is Verdict.NOT_EXERCISED
    assert "add `audio: {observe: loopback}`" in finding.actual


@pytest.mark.parametrize(
    ("decoded", "verdict", "fault"),
    [(speech("en-2"), Verdict.PASS, None), (MIXED_UP, Verdict.FAIL, Fault.PCMA_DECODED_AS_PCMU)],
    ids=["right", "wrong law"],
)
def test_a_tap_shows_the_decoder_alone(decoded: Pcm, verdict: Verdict, fault: Fault | None, tmp_path: Path) -> None:
    trace = said(tmp_path, silence(TOTAL_S), observe="tap").tapped(8.0, placed(8.0, (1.0, decoded)))
    finding = only(trace)
    assert (finding.verdict, finding.fault) == (verdict, fault)
    assert finding.actual.startswith("speech/en-2 as decoded: ")


@pytest.mark.parametrize(
    ("decoded", "fault"),
    [(speech("en-2"), Fault.REPLIED_IN_LEG_CODEC), (MIXED_UP, Fault.PCMA_DECODED_AS_PCMU)],
    ids=["spoken wrongly", "heard wrongly"],
)
def test_a_tap_settles_the_direction_of_a_law_mixup(decoded: Pcm, fault: Fault, tmp_path: Path) -> None:
    trace = said(tmp_path, placed(TOTAL_S, (1.4, MIXED_UP))).tapped(8.0, placed(8.0, (1.0, decoded)))
    assert only(trace).fault is fault


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong law"])
def test_what_a_microphone_carries_is_judged_too(right: bool, tmp_path: Path) -> None:
    mark = watermark(1, TOTAL_S)
    echo = PCMU.decode((PCMU if right else PCMA).encode(mark))
    trace = HandWritten(tmp_path, observe="loopback").call(TOTAL_S).mic(0, "watermark", mark).sent(mark)
    finding = only(trace.hears(placed(TOTAL_S, (0.3, echo))).hangup(TOTAL_S))
    assert finding.verdict is (Verdict.PASS if right else Verdict.FAIL)
    assert finding.actual.startswith("watermark: ")


def test_our_own_lateness_excuses_a_gap_that_is_no_longer_than_it(tmp_path: Path) -> None:
    clip = speech("en-2")
    gapped = np.concatenate([clip[:12_000], silence(0.05), clip[12_000:]])
    for late_ms, verdict in ((0, Verdict.FAIL), (40, Verdict.FAIL), (60, Verdict.INCONCLUSIVE)):
        trace = HandWritten(tmp_path / str(late_ms), observe="loopback").call(TOTAL_S)
        trace.says(1.0, "speech/en-2", clip)
        trace.hears(placed(TOTAL_S, (1.4, gapped)), late_ns=late_ms * 1_000_000).hangup(TOTAL_S)
        assert only(trace).verdict is verdict


@pytest.mark.parametrize(("heard_s", "verdict"), [(0.55, Verdict.NOT_EXERCISED), (2.5, Verdict.FAIL)])
def test_of_a_clip_that_is_cut_off_at_its_beginning_there_is_too_little_to_measure(
    heard_s: float, verdict: Verdict, tmp_path: Path
) -> None:
    """The caller hangs up in the first words of a greeting that is a little noisy."""
    greeting = speech("en-4")
    noise = np.random.default_rng(1).normal(0, 0.1 * greeting.std(), len(greeting))
    trace = HandWritten(tmp_path, observe="play")
    trace.trace.header["profile"]["clips"] = {"app/greeting": trace.stimulus(greeting)}
    trace.call(0.5 + heard_s).hears(placed(0.5 + heard_s, (0.5, (greeting + noise).astype(np.int16))))
    assert only(trace.hangup(0.5 + heard_s)).verdict is verdict


@pytest.mark.parametrize(
    ("came_s", "verdict"), [(1.2, Verdict.PASS), (1.8, Verdict.FAIL)], ids=["held back by the line", "late itself"]
)
def test_a_hole_in_what_it_plays_is_its_own_unless_the_line_made_it(
    came_s: float, verdict: Verdict, tmp_path: Path
) -> None:
    """A greeting from 0.5 s on stands still from 1.5 s to 1.8 s, when its next message is there."""
    greeting = speech("en-4")
    trace = HandWritten(tmp_path, observe="play")
    trace.trace.header["profile"]["clips"] = {"app/greeting": trace.stimulus(greeting)}
    trace.call(TOTAL_S).hears(placed(TOTAL_S, (0.5, greeting[:8000]), (1.8, greeting[8000:])))
    sent = PCMU.encode(greeting)
    times = [(0.45, -1), (1.8, -1 if came_s == 1.8 else round(came_s * SECOND_NS))]
    parts = zip(times, (sent[:8000], sent[8000:]), strict=True)
    trace._records(f"{LEG}-stream.from_app", [(round(at_s * SECOND_NS), due, data) for (at_s, due), data in parts])
    finding = only(trace.hangup(TOTAL_S))
    assert (finding.verdict, finding.fault) == (verdict, None if verdict is Verdict.PASS else Fault.GAPS_INSERTED)


@pytest.mark.parametrize(("heard_s", "verdict"), [(0.55, Verdict.NOT_EXERCISED), (2.5, Verdict.FAIL)])
def test_an_echo_may_be_cut_off_like_a_greeting(heard_s: float, verdict: Verdict, tmp_path: Path) -> None:
    """The caller hangs up in the first words of an echo that is a little noisy."""
    clip = speech("en-4")
    noise = np.random.default_rng(1).normal(0, 0.1 * clip.std(), len(clip))
    ends_s = 1.5 + heard_s
    trace = HandWritten(tmp_path, observe="loopback").call(ends_s).says(1.0, "speech/en-4", clip)
    assert only(trace.hears(placed(ends_s, (1.5, (clip + noise).astype(np.int16)))).hangup(ends_s)).verdict is verdict


@pytest.mark.parametrize(("held_s", "verdict"), [(0.0, Verdict.FAIL), (4.0, Verdict.NOT_EXERCISED)])
def test_what_the_line_still_holds_back_at_the_end_is_not_missing(
    held_s: float, verdict: Verdict, tmp_path: Path
) -> None:
    """4 s behind at the end, as after minutes of too narrow a line: what came back of the clip is still on its way."""
    trace = said(tmp_path, silence(TOTAL_S))
    held = [(n * 20_000_000, n * 20_000_000 - round(held_s * 1e9) if held_s else -1) for n in range(450, 500)]
    trace._records(f"{LEG}-stream.from_app", [(at_ns, left_ns, b"\xff" * 160) for at_ns, left_ns in held])
    assert only(trace).verdict is verdict


@pytest.mark.parametrize(("late_s", "verdict"), [(0.02, Verdict.FAIL), (5.5, Verdict.NOT_EXERCISED)])
def test_what_came_to_the_application_at_the_end_it_need_not_have_said_back(
    late_s: float, verdict: Verdict, tmp_path: Path
) -> None:
    clip = speech("en-2")
    trace = said(tmp_path, silence(TOTAL_S))
    trace.at(0, "line", "set", plane="websocket", impairments=[{"kind": "bandwidth"}])
    payload, late_ns = PCMA.encode(clip), round(late_s * 1e9)
    frames = [payload[at : at + 160].ljust(160, b"\xd5") for at in range(0, len(payload), 160)]
    due = [SECOND_NS + n * 20_000_000 for n in range(len(frames))]
    records = [(due_ns + late_ns, due_ns, data) for due_ns, data in zip(due, frames, strict=True)]
    trace._records(f"{LEG}-stream.to_app", records)
    assert only(trace).verdict is verdict


@pytest.mark.parametrize(
    ("echo", "verdict", "fault"),
    [
        (PCMA.decode(PCMA.encode(speech("en-2"))), Verdict.PASS, None),
        (MIXED_UP, Verdict.FAIL, Fault.LAW_MIXUP_UNDETERMINED),
    ],
    ids=["right", "wrong law"],
)
def test_what_telnyx_plays_on_top_is_not_laid_to_the_application(
    echo: Pcm, verdict: Verdict, fault: Fault | None, tmp_path: Path
) -> None:
    """Somebody is spoken to by Telnyx while the application says back what they say."""
    alone, announced = placed(TOTAL_S, (1.4, echo)), placed(TOTAL_S, (1.0, speech("en-7")))
    both = (alone.astype(np.int32) + announced).clip(-32768, 32767).astype(np.int16)
    mixed_s = slice(8000, 8000 + len(speech("en-7")) // 160 * 160)
    trace = said(tmp_path, both)
    assert only(trace).verdict is Verdict.FAIL, "the mixture is not what was said"
    trace.returned(alone[mixed_s], from_s=1.0)
    [finding] = [one for one in judge(trace.trace) if one.id == "sound_clean"]
    assert (finding.verdict, finding.fault) == (verdict, fault)


def test_a_clip_that_telnyx_plays_for_the_application_counts_as_well(tmp_path: Path) -> None:
    """It is in no stream of the application's; while it was played the caller heard nothing else."""
    clip = speech("en-7")
    trace = HandWritten(tmp_path, observe="play").call(TOTAL_S)
    trace.trace.header["profile"]["clips"] = {"app/greeting": trace.stimulus(clip)}
    trace.hears(placed(TOTAL_S, (1.0, clip))).returned(silence(len(clip) / 8000), from_s=1.0).hangup(TOTAL_S)
    [finding] = [one for one in judge(trace.trace) if one.id == "sound_clean"]
    assert (finding.verdict, finding.actual.split(":")[0]) == (Verdict.PASS, "app/greeting")
