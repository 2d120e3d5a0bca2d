"""Clipping, a constant part, a narrowed band, half a conversation, bytes kept or not: measured, and told."""

from pathlib import Path

import numpy as np
import pytest
from traces import LEG, HandWritten, Pcm, expects, placed, speech

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.signals import at_level, read_wav, resample, to_int16
from telnyx_simulator.checks.answers import ALWAYS, Met
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.findings import Finding, Verdict
from telnyx_simulator.checks.measures import values_of
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.sound_clean import sound_clean
from telnyx_simulator.checks.values import NoValues

TOTAL_S = 9.0
SAID_S = 1.0
WIDE = "L16/16000/le"
SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"


def echoed(
    folder: Path, heard: Pcm, *, sent: str = "PCMU", returned: str = "PCMU", said: Pcm | None = None
) -> HandWritten:
    """A sentence is said at 1 s, and comes back 0.3 s later: as the application hears it, and as it returns it."""
    clip = speech("en-1") if said is None else said
    trace = HandWritten(folder, observe="loopback").call(TOTAL_S, sent=sent, returned=returned)
    trace.sent(placed(TOTAL_S, (SAID_S, clip)), codec=sent).says(SAID_S, "speech/en-1", clip)
    back = parse_codec(returned).encode(placed(TOTAL_S, (SAID_S + 0.3, heard)))
    trace.media((at / 8000 + 0.01, back[at : at + 160]) for at in range(0, len(back), 160))
    return trace.hears(parse_codec(returned).decode(back)).hangup(TOTAL_S)


def through(pcm: Pcm, codec: str = "PCMU") -> Pcm:
    return parse_codec(codec).decode(parse_codec(codec).encode(pcm))


def figure(trace: HandWritten, name: str) -> float:
    [value] = values_of(name, trace.record(), trace.ears())
    return value.number


def verdict(trace: HandWritten) -> Finding:
    [finding] = sound_clean(trace.record(), trace.ears())
    return finding


def test_a_perfect_echo_has_no_blemish_and_keeps_its_bytes(tmp_path: Path) -> None:
    trace = echoed(tmp_path, through(speech("en-1")))
    assert (figure(trace, "clipping"), figure(trace, "byte_exact")) == (0.0, 1.0)
    assert figure(trace, "dc") < 0.003
    assert figure(trace, "correlation") > 0.99
    finding = verdict(trace)
    assert (finding.verdict, finding.fault) == (Verdict.PASS, None)
    assert finding.evidence.endswith("said back byte for byte")


def test_an_echo_that_is_right_but_not_exact_is_told_and_no_failure(tmp_path: Path) -> None:
    """It went through another rate on the way, as nobody hears."""
    heard = resample(resample(through(speech("en-1")), 8000, 24_000), 24_000, 8000)
    trace = echoed(tmp_path, heard)
    assert figure(trace, "byte_exact") < 0.5
    finding = verdict(trace)
    assert finding.verdict is Verdict.PASS
    assert "not byte for byte: " in finding.evidence
    exact = expects(Subject.MEASURE, "byte_exact", least=1.0)
    assert not isinstance(meets(exact, ALWAYS, trace.record(), trace.ears(), now_ns=None), Met), "who asks is told no"


def test_where_the_codecs_differ_bytes_say_nothing(tmp_path: Path) -> None:
    trace = echoed(tmp_path, through(speech("en-1"), "PCMA"), sent="PCMA")
    with pytest.raises(NoValues, match="same both ways"):
        figure(trace, "byte_exact")
    assert "byte" not in verdict(trace).evidence


@pytest.mark.parametrize(
    ("broken", "fault", "name", "least"),
    [
        (lambda pcm: to_int16(np.clip(pcm * 1.3, -6000, 6000)), "clipped", "clipping", 0.002),
        (lambda pcm: to_int16(pcm + 1500.0), "dc_offset", "dc", 0.03),
    ],
    ids=["clipped", "constant part"],
)
def test_a_blemish_is_a_fault(broken, fault: str, name: str, least: float, tmp_path: Path) -> None:
    loud = at_level(speech("en-1"), -18)
    trace = echoed(tmp_path, broken(through(loud).astype(np.float64)), said=loud)
    assert figure(trace, name) > least
    finding = verdict(trace)
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, fault)


@pytest.mark.parametrize(
    ("own_share", "fault"), [(1.0, None), (0.8, "clipped")], ids=["by the line alone", "by the application too"]
)
def test_what_the_line_clipped_is_not_the_applications(own_share: float, fault: str | None, tmp_path: Path) -> None:
    loud = at_level(speech("en-1"), -18)
    came = to_int16(np.clip(loud * 2.0, -6000, 6000))
    trace = echoed(tmp_path, to_int16(np.clip(through(came), -6000 * own_share, 6000 * own_share)), said=loud)
    trace.at(0, "line", "impaired", plane="pstn", toward=["application"], from_frame=0, impairments=[{"kind": "clip"}])
    trace.sent(placed(TOTAL_S, (SAID_S, came)), codec="PCMU")
    assert verdict(trace).fault == fault


def test_half_a_conversation_is_a_fault(tmp_path: Path) -> None:
    """Half a second in the middle of the sentence is muted, without a shift."""
    pcm = through(speech("en-1")).copy()
    pcm[8000:12_000] = 0
    finding = verdict(echoed(tmp_path, pcm))
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, "half_duplex")


def wide(folder: Path, broken, *, far_line=None) -> HandWritten:
    """16 kHz from end to end, in frames of 640 bytes. `far_line`: what the line makes of what Telnyx plays."""
    pcm, rate_hz = read_wav(SPEECH / "en-2.wav")
    assert rate_hz == 16_000
    trace = HandWritten(folder, observe="loopback").call(TOTAL_S, sent=WIDE, returned=WIDE)
    trace.says(SAID_S, "speech/en-2", resample(pcm, 16_000, 8000))
    whole = np.zeros(round(TOTAL_S * 16_000), np.int16)
    whole[16_000 : 16_000 + len(pcm)] = pcm
    back = np.zeros_like(whole)
    echo = broken(pcm)
    back[20_800 : 20_800 + len(echo)] = echo
    sounds = {f"{LEG}-stream.to_app": whole, f"{LEG}.heard": back}
    if far_line is not None:
        sounds |= {f"{LEG}.played": back, f"{LEG}.heard": far_line(back)}
    for name, samples in sounds.items():
        data = samples.tobytes()
        trace._frames(name, [data[at : at + 640] for at in range(0, len(data), 640)], 0.0, late_ns=0)
    return trace.hangup(TOTAL_S)


def test_a_wide_leg_stays_wide(tmp_path: Path) -> None:
    trace = wide(tmp_path, lambda pcm: pcm)
    assert figure(trace, "bandwidth") == pytest.approx(0.0, abs=0.5)
    assert verdict(trace).verdict is Verdict.PASS


def test_a_wide_leg_that_is_narrowed_is_a_fault(tmp_path: Path) -> None:
    trace = wide(tmp_path, lambda pcm: resample(resample(pcm, 16_000, 8000), 8000, 16_000))
    assert figure(trace, "bandwidth") < -40
    finding = verdict(trace)
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, "narrow_banded")


def test_what_the_line_narrows_on_the_way_to_the_person_is_not_the_applications(tmp_path: Path) -> None:
    trace = wide(tmp_path, lambda pcm: pcm, far_line=lambda pcm: resample(resample(pcm, 16_000, 8000), 8000, 16_000))
    assert figure(trace, "bandwidth") == pytest.approx(0.0, abs=0.5)
    assert verdict(trace).verdict is Verdict.PASS


def test_a_narrow_leg_has_no_upper_band_to_lose(tmp_path: Path) -> None:
    with pytest.raises(NoValues, match="above 4 kHz"):
        figure(echoed(tmp_path, through(speech("en-1"))), "bandwidth")
