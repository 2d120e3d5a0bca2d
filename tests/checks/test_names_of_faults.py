"""What is amiss with a sound has a name once the run is over, from the stretch in which it should be heard."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from traces import LEG, SECOND_NS, HandWritten, Pcm, expects, placed, silence, speech, watermark

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.signals import resample
from telnyx_simulator.checks.answers import Answer, Met, Missed, Window
from telnyx_simulator.checks.expectations import Subject
from telnyx_simulator.checks.findings import Fault, Verdict
from telnyx_simulator.checks.meets import meets
from telnyx_simulator.checks.sound_clean import sound_clean

TOTAL_S = 16.0
CLIP = "speech/en-2"
PCMA, PCMU = parse_codec("PCMA"), parse_codec("PCMU")
SAID = speech("en-2")[:20_000]


def ask(trace: HandWritten, subject: Subject, value: str, *, now_s: float | None = None) -> Answer:
    window = Window(0, SECOND_NS, 12 * SECOND_NS, opened_by="play")
    now_ns = None if now_s is None else round(now_s * SECOND_NS)
    return meets(expects(subject, value), window, trace.record(), trace.ears(), now_ns=now_ns)


def named(trace: HandWritten, subject: Subject = Subject.HEARD, value: str = CLIP) -> Missed:
    missed = ask(trace, subject, value)
    assert isinstance(missed, Missed)
    return missed


def echo(folder: Path, ear: Pcm, *, sent: str = "PCMA", returned: str = "PCMU") -> HandWritten:
    """Somebody says a clip at 1 s; `ear` is what they hear from 1.4 s on, in the codec that comes back."""
    trace = HandWritten(folder, observe="loopback").call(TOTAL_S, sent=sent, returned=returned)
    trace.says(1.0, CLIP, SAID).sent(placed(TOTAL_S, (1.0, SAID)))
    codec = parse_codec(returned)
    return trace.hears(codec.decode(codec.encode(placed(TOTAL_S, (1.4, ear))))).hangup(TOTAL_S)


def slower(pcm: Pcm, factor: float) -> Pcm:
    return resample(pcm, 8000, round(8000 * factor))


# What an application makes of what it decoded, and its name.
MISTAKES = {
    Fault.SPEED_X0_5: slower(SAID, 2),
    Fault.SPEED_X2: slower(SAID, 0.5),
    Fault.L16_BYTES_SWAPPED: PCMA.decode(PCMA.encode(SAID)).byteswap(),
    Fault.L16_DECODED_AS_PCMU: PCMU.decode(SAID.astype("<i2").tobytes()),
    Fault.UNRELATED_AUDIO: watermark(7, 4),
}


@pytest.mark.sampled
@pytest.mark.parametrize("fault", MISTAKES, ids=str)
def test_what_cannot_be_found_has_the_name_of_what_became_of_it(fault: Fault, tmp_path: Path) -> None:
    missed = named(echo(tmp_path, MISTAKES[fault]))
    assert missed.fault is fault
    assert missed.actual == fault.sentence
    figures = "under any hypothesis" if fault is Fault.UNRELATED_AUDIO else f"as declared, .* dB by {fault.sentence}"
    assert re.search(figures, missed.evidence)


@pytest.mark.long
def test_text_that_nobody_decoded_has_its_name_with_silence_around_it(tmp_path: Path) -> None:
    """The ear is silent for most of the call; the bytes of that silence are no text."""
    quieter = (0.8 * slower(slower(SAID, 1.5), 2 / 3)).astype(np.int16)
    text = b"".join(base64.b64encode(PCMU.encode(quieter[at : at + 160])) for at in range(0, len(SAID), 160))
    assert named(echo(tmp_path, PCMU.decode(text))).fault is Fault.BASE64_TWICE


def test_what_is_heard_twice_is_no_gap_once_the_run_is_over(tmp_path: Path) -> None:
    """While it goes on, either is sound that was inserted."""
    frames = list(PCMA.decode(PCMA.encode(SAID)).reshape(-1, 160))
    for at in (100, 70, 40):
        frames.insert(at, frames[at])
    doubled = echo(tmp_path / "doubled", np.concatenate(frames))
    for at in (103, 72, 41):
        frames[at] = np.zeros(160, np.int16)
    silent = echo(tmp_path / "silent", np.concatenate(frames))
    for trace, fault in ((doubled, Fault.FRAMES_DUPLICATED), (silent, Fault.GAPS_INSERTED)):
        [finding] = sound_clean(trace.record(), trace.ears())
        assert (finding.verdict, finding.fault) == (Verdict.FAIL, fault)


def test_a_sound_that_is_right_has_no_name(tmp_path: Path) -> None:
    trace = echo(tmp_path, PCMA.decode(PCMA.encode(SAID)))
    assert isinstance(ask(trace, Subject.HEARD, CLIP), Met)
    [finding] = sound_clean(trace.record(), trace.ears())
    assert (finding.verdict, finding.fault) == (Verdict.PASS, None)


def test_silence_is_silence(tmp_path: Path) -> None:
    assert named(echo(tmp_path, silence(1))).fault is Fault.SILENCE


def test_pieces_that_are_missing_are_named_of_a_sound_that_was_found(tmp_path: Path) -> None:
    frames = [SAID[at : at + 160] for at in range(0, len(SAID), 160)]
    holed = np.concatenate([frame for n, frame in enumerate(frames) if n % 10])
    trace = echo(tmp_path, holed)
    [finding] = sound_clean(trace.record(), trace.ears())
    assert (finding.verdict, finding.fault) == (Verdict.FAIL, Fault.FRAMES_DROPPED)
    assert "missing" in finding.actual
    assert "times" in finding.evidence


def test_no_name_is_sought_while_the_call_goes_on(tmp_path: Path) -> None:
    """It takes a second, and the script waits for whether, not for why."""
    missed = ask(echo(tmp_path, slower(SAID, 2)), Subject.HEARD, CLIP, now_s=15.0)
    assert isinstance(missed, Missed)
    assert missed.fault is None


def test_what_the_application_plays_of_itself_is_left_out(tmp_path: Path) -> None:
    """Its greeting, which is right, between what was said and what became of it."""
    trace = HandWritten(tmp_path, observe="loopback")
    trace = HandWritten(tmp_path, observe="loopback", clips={"app/greeting": trace.stimulus(speech("en-3"))})
    trace.call(TOTAL_S).says(1.0, CLIP, SAID).sent(placed(TOTAL_S, (1.0, SAID)))
    late_s = 1.3 + len(speech("en-3")) / 8000
    ear = placed(TOTAL_S, (1.2, speech("en-3")), (late_s, slower(SAID, 0.5)))
    trace.hears(PCMU.decode(PCMU.encode(ear))).hangup(TOTAL_S)
    assert named(trace).fault is Fault.SPEED_X2


def test_a_law_mixup_that_hides_behind_another_fault_has_its_direction_by_the_greeting(tmp_path: Path) -> None:
    """As without the other fault: the greeting is clean, so it is the decoder."""
    trace = HandWritten(tmp_path, observe="loopback")
    trace = HandWritten(tmp_path, observe="loopback", clips={"app/greeting": trace.stimulus(speech("en-3"))})
    trace.call(TOTAL_S).says(6.0, CLIP, SAID).sent(placed(TOTAL_S, (6.0, SAID)))
    static = PCMU.decode(PCMA.encode(SAID))
    frames = [static[at : at + 160] for at in range(0, len(static), 160)]
    holed = np.concatenate([frame for n, frame in enumerate(frames) if n % 4])
    trace.hears(placed(TOTAL_S, (0.5, PCMU.decode(PCMU.encode(speech("en-3")))), (6.4, holed))).hangup(TOTAL_S)
    [finding] = sound_clean(trace.record(), trace.ears())
    assert finding.fault is Fault.PCMA_DECODED_AS_PCMU


# What the application plays of itself, and what it decodes


def test_a_clip_that_the_application_plays_in_another_format_is_named(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path)
    trace = HandWritten(tmp_path, clips={"app/greeting": trace.stimulus(SAID)}).call(TOTAL_S)
    ear = placed(TOTAL_S, (1.3, PCMU.decode(SAID.astype("<i2").tobytes())))
    missed = named(trace.hears(ear).hangup(TOTAL_S), value="app/greeting")
    assert missed.fault is Fault.L16_DECODED_AS_PCMU


MP3 = (bytes([0xFF, 0xE3, 0x48, 0xC4]) + bytes(284)) * 4


@pytest.mark.parametrize(("payload", "fault"), [(MP3, Fault.FILE_AS_SAMPLES), (b"\x10" * 160, Fault.UNRELATED_AUDIO)])
def test_a_compressed_file_among_the_messages_is_told_by_its_bytes(
    payload: bytes, fault: Fault, tmp_path: Path
) -> None:
    trace = HandWritten(tmp_path)
    trace = HandWritten(tmp_path, clips={"app/greeting": trace.stimulus(SAID)}).call(TOTAL_S)
    trace.media([(1.2 + n / 50, payload) for n in range(8)]).hears(placed(TOTAL_S, (1.3, watermark(5, 2))))
    missed = named(trace.hangup(TOTAL_S), value="app/greeting")
    assert missed.fault is fault
    assert ("of 8 messages in this time 8 begin as a file does (MP3)" in missed.evidence) == (payload == MP3)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_tap_whose_clock_is_wrong_is_no_silence(factor: float, tmp_path: Path) -> None:
    """It holds more seconds than went by, or fewer: the moments of the run say nothing of it."""
    trace = HandWritten(tmp_path).call(TOTAL_S).says(1.0, CLIP, SAID).sent(placed(TOTAL_S, (1.0, SAID)))
    trace.tapped(7.0, slower(placed(7.0, (1.0, SAID)), factor)).hears(silence(TOTAL_S)).hangup(TOTAL_S)
    missed = named(trace, Subject.RECEIVED)
    assert missed.fault is (Fault.SPEED_X0_5 if factor == 2 else Fault.SPEED_X2)


def test_of_several_sounds_in_a_tap_the_one_that_is_meant_is_cut_out(tmp_path: Path) -> None:
    trace = HandWritten(tmp_path).call(TOTAL_S)
    trace.says(1.0, CLIP, SAID).says(6.0, "speech/en-3", speech("en-3"))
    everything = placed(12.0, (1.0, SAID), (6.0, speech("en-3")))
    trace.sent(everything).tapped(12.0, slower(everything, 2)).hears(silence(TOTAL_S)).hangup(TOTAL_S, LEG)
    assert named(trace, Subject.RECEIVED).fault is Fault.SPEED_X0_5
