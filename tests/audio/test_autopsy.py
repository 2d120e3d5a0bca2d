"""The codec autopsy names each fault, two at a time, and nothing in a healthy sound."""

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from telnyx_simulator.audio import amr_wb, g711
from telnyx_simulator.audio.autopsy import Autopsy, Sound, Verdict, autopsy
from telnyx_simulator.audio.codecs import Codec, parse_codec
from telnyx_simulator.audio.faults import FAULT_TEXTS, SPEEDS, Fault
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.signals import at_level, read_wav, resample, to_int16

SPEECH = Path(__file__).parents[2] / "fixtures/audio/speech"
FRAME = 160

Pcm = NDArray[np.int16]


@pytest.fixture(scope="module")
def said() -> Pcm:
    """Four seconds of speech at -23 dBFS and 8000 Hz."""
    pcm, rate_hz = read_wav(SPEECH / "en-2.wav")
    return at_level(resample(pcm, rate_hz, 8000)[:32_000], -23.0)


def heard(pcm: Pcm, *, latency_s: float = 0.21, returned: Codec | None = None) -> Sound:
    """What comes back of samples that the application sends: late, and through the returned codec."""
    codec = returned or parse_codec("PCMU")
    late = np.concatenate([np.zeros(round(latency_s * 8000), np.int16), pcm, np.zeros(2000, np.int16)])
    return Sound(codec.decode(codec.encode(late)), 8000)


def judged(said: Pcm, made_of_it: Pcm) -> Autopsy:
    return autopsy(Sound(said, 8000), heard(made_of_it))


def frames_of(pcm: Pcm) -> list[Pcm]:
    return [pcm[at : at + FRAME] for at in range(0, len(pcm) - FRAME + 1, FRAME)]


def loud_frames(pcm: Pcm, count: int) -> list[int]:
    """Some of the loudest frames, no two of them neighbors."""
    energy = [float((frame.astype(float) ** 2).sum()) for frame in frames_of(pcm)]
    chosen: list[int] = []
    for at in np.argsort(energy)[::-1].tolist():
        if 3 < at < len(energy) - 3 and all(abs(at - other) > 6 for other in chosen) and len(chosen) < count:
            chosen.append(at)
    return sorted(chosen)


def dropped(pcm: Pcm) -> Pcm:
    lost = loud_frames(pcm, 4)
    return np.concatenate([frame for at, frame in enumerate(frames_of(pcm)) if at not in lost])


def duplicated(pcm: Pcm) -> Pcm:
    twice = loud_frames(pcm, 4)
    return np.concatenate([np.tile(frame, 1 + (at in twice)) for at, frame in enumerate(frames_of(pcm))])


def reordered(pcm: Pcm) -> Pcm:
    frames = frames_of(pcm)
    for at in loud_frames(pcm, 4):
        frames[at], frames[at + 1] = frames[at + 1], frames[at]
    return np.concatenate(frames)


def zeroed(pcm: Pcm) -> Pcm:
    lost = loud_frames(pcm, 4)
    return np.concatenate([frame * (at not in lost) for at, frame in enumerate(frames_of(pcm))]).astype(np.int16)


def repeated(pcm: Pcm) -> Pcm:
    frames = frames_of(pcm)
    for at in loud_frames(pcm, 4):
        frames[at] = frames[at - 1]
    return np.concatenate(frames)


def with_gaps(pcm: Pcm) -> Pcm:
    late = loud_frames(pcm, 3)
    pause = np.zeros(800, np.int16)
    pieces = [[pause, frame] if at in late else [frame] for at, frame in enumerate(frames_of(pcm))]
    return np.concatenate([piece for pair in pieces for piece in pair])


def muted(pcm: Pcm) -> Pcm:
    return np.concatenate([pcm[:12_000], np.zeros(8000, np.int16), pcm[20_000:]])


def gained(pcm: Pcm, decibels: float) -> Pcm:
    return to_int16(pcm * 10 ** (decibels / 20))


def other_law(pcm: Pcm, written: Law) -> Pcm:
    return g711.decode(written.other, g711.encode(written, pcm))


MISTAKES: dict[Fault, Callable[[Pcm], Pcm]] = {
    Fault.PCMA_DECODED_AS_PCMU: lambda pcm: other_law(pcm, Law.ALAW),
    Fault.PCMU_DECODED_AS_PCMA: lambda pcm: other_law(pcm, Law.ULAW),
    Fault.PCMU_BITS_INVERTED: lambda pcm: g711.ulaw_decode(bytes(255 - code for code in g711.ulaw_encode(pcm))),
    Fault.PCMA_BITS_NOT_TOGGLED: lambda pcm: g711.alaw_decode(bytes(0x55 ^ code for code in g711.alaw_encode(pcm))),
    Fault.L16_DECODED_AS_PCMU: lambda pcm: g711.ulaw_decode(pcm.tobytes()),
    Fault.L16_DECODED_AS_PCMA: lambda pcm: g711.alaw_decode(pcm.tobytes()),
    Fault.PCMU_DECODED_AS_L16: lambda pcm: np.frombuffer(g711.ulaw_encode(pcm), "<i2"),
    Fault.PCMA_DECODED_AS_L16: lambda pcm: np.frombuffer(g711.alaw_encode(pcm), "<i2"),
    Fault.STEREO_AS_MONO: lambda pcm: np.repeat(pcm, 2),
    Fault.FRAMES_DROPPED: dropped,
    Fault.FRAMES_DUPLICATED: duplicated,
    Fault.FRAMES_REORDERED: reordered,
    Fault.FRAMES_ZEROED: zeroed,
    Fault.FRAMES_REPEATED: repeated,
    Fault.GAPS_INSERTED: with_gaps,
    Fault.HALF_DUPLEX: muted,
    Fault.CLIPPED: lambda pcm: gained(pcm, 15),
    Fault.GAIN_HIGH: lambda pcm: gained(pcm, 5),
    Fault.GAIN_LOW: lambda pcm: gained(pcm, -9),
    Fault.DC_OFFSET: lambda pcm: to_int16(pcm + 1500.0),
    Fault.SILENCE: np.zeros_like,
    Fault.ZERO_BYTES_AS_PCMU: lambda pcm: g711.ulaw_decode(bytes(len(pcm))),
    Fault.UNRELATED_AUDIO: lambda pcm: at_level(read_wav(SPEECH / "en-4.wav")[0][::2][: len(pcm)].copy(), -23.0),
}


def test_an_unchanged_sound_is_healthy(said: Pcm) -> None:
    result = judged(said, said)
    assert result.verdict is Verdict.HEALTHY
    assert result.names == ()
    assert result.latency_s == pytest.approx(0.21, abs=0.001)
    assert result.gain_db == pytest.approx(0.0, abs=0.1)
    assert result.snr_db == pytest.approx(36, abs=4)  # mu-law's own


@pytest.mark.parametrize("fault", MISTAKES, ids=str)
def test_each_fault_is_named_and_no_other(said: Pcm, fault: Fault) -> None:
    result = judged(said, MISTAKES[fault](said))
    assert result.names == (fault,)
    assert result.verdict is Verdict.FAULTY
    assert result.evidence


@pytest.mark.sampled
@pytest.mark.parametrize("fault", [fault for fault, factor in SPEEDS.items() if 0.3 < factor < 3.1], ids=str)
def test_audio_clocked_out_at_another_rate_is_told_by_its_speed(said: Pcm, fault: Fault) -> None:
    faster = resample(said, round(8000 * SPEEDS[fault]), 8000)
    assert judged(said, faster).names == (fault,)


@pytest.mark.sampled
@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_swapped_bytes_are_told_from_an_odd_offset_where_no_codec_hides_the_difference(said: Pcm, rate_hz: int) -> None:
    wide = resample(said, 8000, rate_hz)
    swapped = Sound(wide.byteswap(), rate_hz)
    assert autopsy(Sound(said, 8000), swapped).names == (Fault.L16_BYTES_SWAPPED,)
    for order in ("<i2", ">i2"):
        torn = Sound(np.frombuffer(wide.astype(order).tobytes()[1:-1], order).astype(np.int16), rate_hz)
        assert autopsy(Sound(said, 8000), torn).names == (Fault.L16_ODD_BYTE_OFFSET,)


@pytest.mark.parametrize("second", [Fault.FRAMES_DROPPED, Fault.FRAMES_ZEROED, Fault.GAPS_INSERTED, Fault.GAIN_LOW])
@pytest.mark.parametrize("first", [Fault.PCMA_DECODED_AS_PCMU, Fault.PCMU_DECODED_AS_L16], ids=str)
def test_two_faults_at_once_are_both_named(said: Pcm, first: Fault, second: Fault) -> None:
    result = judged(
        said,
        MISTAKES[first](MISTAKES[second](said))
        if second is not Fault.GAIN_LOW
        else MISTAKES[second](MISTAKES[first](said)),
    )
    assert set(result.names) == {first, second}


@pytest.mark.sampled
@pytest.mark.parametrize("second", [Fault.FRAMES_REPEATED, Fault.FRAMES_REORDERED, Fault.FRAMES_ZEROED], ids=str)
@pytest.mark.parametrize("first", [Fault.SPEED_X3, Fault.SPEED_X1_5], ids=str)
def test_frames_of_a_sound_that_is_played_too_fast_are_followed(said: Pcm, first: Fault, second: Fault) -> None:
    has_hz = round(8000 * SPEEDS[first])
    before = judged(said, resample(MISTAKES[second](said), has_hz, 8000))
    assert before.names == (first, second)
    assert [event.duration_s for event in before.timeline] == pytest.approx(
        [event.duration_s / SPEEDS[first] for event in judged(said, MISTAKES[second](said)).timeline], abs=0.006
    )
    assert judged(said, MISTAKES[second](resample(said, has_hz, 8000))).names == (first, second)


def test_linear_zeros_read_as_mu_law_are_frames_that_were_zeroed(said: Pcm) -> None:
    read_wrongly = g711.ulaw_decode(zeroed(said).tobytes())
    assert judged(said, read_wrongly).names == (Fault.L16_DECODED_AS_PCMU, Fault.FRAMES_ZEROED)


@pytest.mark.parametrize("law", Law, ids=str)
def test_silence_around_a_short_word_does_not_hide_what_became_of_its_bytes(said: Pcm, law: Law) -> None:
    """Wrong bytes make a sound of the room's noise, too: then much more is heard than was said."""
    room = np.random.default_rng(7).integers(-12, 13, 24_000).astype(np.int16)
    room[6_000:12_000] += said[6_000:12_000]
    made = g711.decode(law, room.astype("<i2").tobytes())
    named = Fault.L16_DECODED_AS_PCMU if law is Law.ULAW else Fault.L16_DECODED_AS_PCMA
    codec = parse_codec("L16")
    found = autopsy(Sound(room, 8000), heard(made, returned=codec), sent=codec, returned=codec)
    assert [one.fault for one in found.faults] == [named]


def test_silence_around_wrong_bytes_is_no_part_of_their_length(said: Pcm) -> None:
    """Bytes taken in pairs last half as long; with a second of silence around them it is as long as it was."""
    room = np.random.default_rng(7).integers(-12, 13, 17_600).astype(np.int16)
    room[4_000:13_600] += said[6_000:15_600]
    made = np.frombuffer(g711.encode(Law.ALAW, room), "<i2").astype(np.int16)
    silence = np.zeros(4_800, np.int16)
    got = resample(np.concatenate([silence, made, silence]), 8000, 16000)
    leg, returned = parse_codec("PCMA"), parse_codec("L16/24000")
    assert autopsy(Sound(room, 8000), Sound(got, 16000), sent=leg, returned=returned).names == (
        Fault.PCMA_DECODED_AS_L16,
    )


@pytest.mark.parametrize("fault", [Fault.L16_DECODED_AS_PCMU, Fault.PCMU_DECODED_AS_L16], ids=str)
def test_the_last_bit_of_silence_that_wrong_bytes_made_loud_is_no_event(said: Pcm, fault: Fault) -> None:
    noise = np.random.default_rng(6).integers(-1, 2, 8000).astype(np.int16)
    silence = np.zeros(4000, np.int16)
    noisy = np.concatenate([said[:12_000], noise[:4000], said[12_000:], noise[4000:]])
    clean = np.concatenate([said[:12_000], silence, said[12_000:], silence])
    assert judged(noisy, MISTAKES[fault](clean)).names == (fault,)
    assert judged(clean, MISTAKES[fault](noisy)).names == (fault,)


@pytest.mark.sampled
@pytest.mark.parametrize("second", [Fault.GAIN_LOW, Fault.DC_OFFSET], ids=str)
@pytest.mark.parametrize("written", Law, ids=str)
def test_the_level_before_a_law_mixup_is_found_though_a_resampler_has_lost_the_codes(
    said: Pcm, written: Law, second: Fault
) -> None:
    mixed_up = heard(other_law(MISTAKES[second](said), written))
    result = autopsy(Sound(said, 8000), Sound(mixed_up.at(24_000), 24_000))
    first = Fault.PCMA_DECODED_AS_PCMU if written is Law.ALAW else Fault.PCMU_DECODED_AS_PCMA
    assert result.names == (first, second)


@pytest.mark.parametrize("written", Law, ids=str)
def test_codecs_settle_the_direction_of_a_law_mixup_after_a_low_rate_codec(said: Pcm, written: Law) -> None:
    opus, returned = parse_codec("OPUS/8000"), parse_codec(str(written.other))
    mixed_up = heard(other_law(opus.through(said), written), returned=returned)
    result = autopsy(Sound(said, 8000), Sound(mixed_up.at(24_000), 24_000), sent=opus, returned=returned)
    first = Fault.PCMA_DECODED_AS_PCMU if written is Law.ALAW else Fault.PCMU_DECODED_AS_PCMA
    assert result.names == (first,)


def long_speech() -> Pcm:
    """Twenty-two seconds: longer than a sound in which each segment is sought everywhere."""
    clips = [read_wav(SPEECH / f"en-{number}.wav") for number in range(1, 6)]
    long = np.concatenate([at_level(resample(pcm, rate_hz, 8000), -23.0) for pcm, rate_hz in clips])
    long = np.concatenate([long, long[:40_000][::-1]])  # of the tuning side there is no more
    assert len(long) > 22 * 8000
    return long


def test_in_a_long_sound_pieces_are_found_wherever_they_went() -> None:
    long = long_speech()
    assert judged(long, long).names == ()
    lost = judged(long, np.concatenate([long[:60_000], long[140_000:]]))  # ten seconds
    assert lost.names == (Fault.FRAMES_DROPPED,)
    assert lost.timeline[0].duration_s == pytest.approx(10.0, abs=0.01)


@pytest.mark.long
def test_noise_in_the_place_of_a_long_sound_is_unrelated() -> None:
    long = long_speech()
    assert judged(long, np.random.default_rng(5).normal(0, 3000, len(long)).astype(np.int16)).names == (
        Fault.UNRELATED_AUDIO,
    )


def test_events_are_told_with_their_moments(said: Pcm) -> None:
    lost = loud_frames(said, 4)
    events = judged(said, zeroed(said)).timeline
    assert [event.reference_s for event in events] == pytest.approx([at * 0.02 for at in lost], abs=0.006)
    assert [event.duration_s for event in events] == pytest.approx([0.02] * 4, abs=0.006)


def test_a_gap_after_the_first_syllable_is_a_gap(said: Pcm) -> None:
    first = loud_frames(said, 12)[0]
    begun = said[(first - 3) * FRAME :]
    for pause in (1600, 2400):
        late = np.concatenate([begun[: 5 * FRAME], np.zeros(pause, np.int16), begun[5 * FRAME :]])
        assert autopsy(Sound(begun, 8000), heard(late)).names == (Fault.GAPS_INSERTED,)


def test_a_law_mixup_between_both_laws_has_no_direction(said: Pcm) -> None:
    mixed = heard(other_law(said, Law.ALAW))
    pcma, pcmu, linear = (parse_codec(name) for name in ("PCMA", "PCMU", "L16/8000/le"))
    undetermined = autopsy(Sound(said, 8000), mixed, sent=pcma, returned=pcmu)
    assert undetermined.names == (Fault.LAW_MIXUP_UNDETERMINED,)
    assert undetermined.faults[0].candidates == (Fault.PCMA_DECODED_AS_PCMU, Fault.REPLIED_IN_LEG_CODEC)
    assert autopsy(Sound(said, 8000), mixed, sent=pcma, returned=linear).names == (Fault.PCMA_DECODED_AS_PCMU,)


def test_a_reply_in_the_legs_codec_is_recognized(said: Pcm) -> None:
    g722, pcmu = parse_codec("G722"), parse_codec("PCMU")
    late = np.concatenate([np.zeros(1003, np.int16), said])
    for answer, wait in ((said, heard), (gained(late, -1.3), lambda pcm: Sound(pcm, 8000))):
        mistaken = pcmu.decode_frames(g722.encode_frames(resample(answer, 8000, 16000)))
        result = autopsy(Sound(said, 8000), wait(mistaken), sent=g722, returned=pcmu)
        assert result.names == (Fault.REPLIED_IN_LEG_CODEC,)


@pytest.mark.long
@pytest.mark.parametrize("returned", ["PCMU", "PCMA"])
def test_packets_in_the_place_of_samples_are_told_by_how_their_bytes_are_spread(said: Pcm, returned: str) -> None:
    """Where one packet ends and the next begins is lost; noise, however loud, has other bytes."""
    leg, back = parse_codec("OPUS/16000"), parse_codec(returned)
    packets = b"".join(leg.encode_frames(resample(said, 8000, 16_000)))
    quiet = np.zeros(2000, np.int16)
    written = Sound(np.concatenate([quiet, back.decode(packets), quiet]), 8000)
    found = autopsy(Sound(said, 8000), written, sent=leg, returned=back)
    assert [one.fault for one in found.faults] == [Fault.REPLIED_IN_LEG_CODEC]
    for noise in (np.random.default_rng(1).laplace(0, 9000, 32_000), np.random.default_rng(1).normal(0, 9000, 32_000)):
        other = autopsy(Sound(said, 8000), Sound(to_int16(noise), 8000), sent=leg, returned=back)
        assert [one.fault for one in other.faults] == [Fault.UNRELATED_AUDIO]


@pytest.mark.long
def test_what_linear_samples_became_in_the_hands_of_a_codec_is_told_by_its_bytes(said: Pcm) -> None:
    """After a delay and a gain, no forward guess has the same lower bytes any more."""
    changed = gained(np.concatenate([np.zeros(1004, np.int16), said]), -1.3)
    pcmu, linear = parse_codec("PCMU"), parse_codec("L16/8000/le")
    as_law = Sound(g711.ulaw_decode(changed.astype(">i2").tobytes()), 8000)
    as_linear = Sound(np.frombuffer(g711.alaw_encode(changed), "<i2").astype(np.int16), 8000)
    assert autopsy(Sound(said, 8000), as_law, sent=pcmu, returned=pcmu).names == (Fault.L16_DECODED_AS_PCMU,)
    assert autopsy(Sound(said, 8000), as_linear, sent=pcmu, returned=linear).names == (Fault.PCMA_DECODED_AS_L16,)


@pytest.mark.sampled
@pytest.mark.parametrize("returned", ["PCMU", pytest.param("PCMA", marks=pytest.mark.long), "L16/16000/be"])
@pytest.mark.parametrize(
    ("fault", "spoil"),
    [
        (Fault.BASE64_TWICE, base64.b64encode),
        (Fault.RTP_HEADER_LEFT_IN, lambda payload: bytes.fromhex("8000 1234 00abcdef 2a2b2c2d") + payload),
    ],
    ids=["base64_twice", "rtp_header_left_in"],
)
def test_bytes_that_do_not_belong_in_a_payload_are_found(
    said: Pcm, returned: str, fault: Fault, spoil: Callable[[bytes], bytes]
) -> None:
    codec = parse_codec(returned)
    late = np.concatenate([np.zeros(1003, np.int16), said])
    payloads = [spoil(payload) for payload in codec.encode_frames(resample(late, 8000, codec.sample_rate_hz))]
    got = Sound(codec.decode(b"".join(payloads)), codec.sample_rate_hz)
    assert autopsy(Sound(said, 8000), got, sent=parse_codec("PCMU"), returned=codec).names == (fault,)


def test_zero_bytes_in_the_pauses_of_a_voice_are_found(said: Pcm) -> None:
    payload = g711.ulaw_encode(said)
    got = Sound(g711.ulaw_decode(bytes(2000) + payload[:12_000] + bytes(1600) + payload[12_000:] + bytes(2000)), 8000)
    assert Fault.ZERO_BYTES_AS_PCMU in autopsy(Sound(said, 8000), got).names
    offset = heard(to_int16(said + 5504.0))
    assert autopsy(Sound(said, 8000), offset).names == (Fault.DC_OFFSET,)


def test_zero_bytes_are_told_by_their_steps_where_a_codec_removes_the_constant(said: Pcm) -> None:
    """Filtered as G.711 is on its way into a low-rate codec."""
    constant = np.concatenate([np.zeros(4000, np.int16), g711.ulaw_decode(bytes(len(said))), np.zeros(4000, np.int16)])
    got = Sound(to_int16(lfilter([1, -1], [1, -0.97], constant.astype(np.float64))), 8000)
    assert autopsy(Sound(said, 8000), got).names == (Fault.ZERO_BYTES_AS_PCMU,)


def test_a_syllable_of_something_else_is_no_step(said: Pcm) -> None:
    """What is left of an announcement that was interrupted, and then nobody said anything."""
    syllable = read_wav(SPEECH / "en-2.wav")[0][8000:10000]
    got = Sound(np.concatenate([np.zeros(8000, np.int16), syllable, np.zeros(120_000, np.int16)]), 8000)
    found = autopsy(Sound(said, 8000), got)
    assert found.names == (Fault.SILENCE,)
    assert found.evidence.startswith("but for 2")


def test_a_sound_that_ends_early_is_cut_off(said: Pcm) -> None:
    got = heard(said)
    assert autopsy(Sound(said, 8000), Sound(got.samples[:18_000], 8000)).names == (Fault.CUT_OFF,)
    silenced = np.concatenate([said[:16_000], np.zeros(8000, np.int16)])
    assert judged(said, silenced).names == (Fault.CUT_OFF,)


@pytest.mark.parametrize("returned", ["PCMU", "G722", "OPUS/16000"])
def test_a_sound_that_begins_in_its_middle_is_cut_off(said: Pcm, returned: str) -> None:
    codec = parse_codec(returned)
    for first, names in ((16_000, (Fault.CUT_OFF,)), (400, ())):
        carried = codec.through(resample(said[first:], 8000, codec.sample_rate_hz))
        found = autopsy(Sound(said, 8000), Sound(carried, codec.sample_rate_hz))
        assert found.names == names
        assert [event.at_s for event in found.timeline] == [0.0] * len(names)


@pytest.mark.parametrize("returned", ["PCMU", "G722"])
def test_other_sound_in_the_middle_is_not_healthy(said: Pcm, returned: str) -> None:
    spoiled = said.copy()
    spoiled[10_000:18_000] = np.random.default_rng(3).normal(0, 1500, 8000)
    codec = parse_codec(returned)
    carried = codec.through(resample(spoiled, 8000, codec.sample_rate_hz))
    found = autopsy(Sound(said, 8000), Sound(carried, codec.sample_rate_hz))
    assert found.names == (Fault.UNRELATED_AUDIO,)
    assert found.faults[0].at_s == pytest.approx(1.25, abs=0.15)


@pytest.mark.parametrize("returned", ["PCMU", pytest.param("OPUS/16000", marks=pytest.mark.long)])
def test_two_channels_as_one_differ_from_half_the_speed_by_their_mirror_images(said: Pcm, returned: str) -> None:
    codec = parse_codec(returned)
    for made_of_it, fault in (
        (np.repeat(said, 2), Fault.STEREO_AS_MONO),
        (resample(said, 4000, 8000), Fault.SPEED_X0_5),
    ):
        carried = codec.through(resample(made_of_it, 8000, codec.sample_rate_hz))
        assert autopsy(Sound(said, 8000), Sound(carried, codec.sample_rate_hz)).names == (fault,)


@pytest.mark.parametrize("returned", ["PCMU", pytest.param("PCMA", marks=pytest.mark.long)])
def test_what_codecs_add_to_a_dull_voice_is_no_mirror_image(said: Pcm, returned: str) -> None:
    """Its images are faint, and the noise of G.711 is nearer to them than to nothing at all."""
    spectrum = np.fft.rfft(said.astype(np.float64))
    spectrum /= 1 + (np.fft.rfftfreq(len(said), 1 / 8000) / 600) ** 2
    dull = at_level(to_int16(np.fft.irfft(spectrum, len(said))), -24.0)
    wide, codec = parse_codec("G722").through(resample(dull, 8000, 16000)), parse_codec(returned)
    for made_of_it, fault in (
        (np.repeat(resample(wide, 16000, 8000), 2), Fault.STEREO_AS_MONO),
        (wide, Fault.SPEED_X0_5),
    ):
        got = Sound(codec.through(made_of_it), 8000)
        assert autopsy(Sound(dull, 8000), got, sent=parse_codec("G722"), returned=codec).names == (fault,)


def test_a_delay_of_half_a_sample_does_not_turn_a_hissing_voice_over() -> None:
    """At 4000 Hz, where segments are sought, its highest peak is as high as the dip beside it."""
    rng = np.random.default_rng(3)
    loudness = np.repeat(rng.uniform(0, 1, 100), 320)
    hiss = to_int16(3000 * loudness * rng.standard_normal(len(loudness)))
    for delay in range(3880, 3884):
        late = np.concatenate([np.zeros(delay, np.int16), hiss])
        result = autopsy(Sound(hiss, 8000), Sound(late, 8000))
        assert result.verdict is Verdict.HEALTHY
        assert result.snr_db is not None
        assert result.snr_db > 20


def steady_voice(pitch_hz: float) -> Pcm:
    """Twelve vowels of 0.25 s that do not change within: 110 Hz and more, through two resonances each."""
    rng = np.random.default_rng(5)
    pieces = []
    for _ in range(12):
        pulses = np.zeros(2000)
        pulses[np.arange(0, 2000, 8000 / pitch_hz).astype(int)] = 1.0
        for center_hz in (rng.uniform(350, 700), rng.uniform(900, 2200)):
            turn = 2 * np.pi * center_hz / 8000
            pulses = lfilter([1.0], [1.0, -2 * 0.97 * np.cos(turn), 0.97**2], pulses)
        pieces.append(pulses * np.hanning(2000) ** 0.3 / pulses.std())
    return at_level(to_int16(3000 * np.concatenate(pieces)), -23.0)


@pytest.mark.parametrize("pitch_hz", [110.0, 173.0])
def test_two_frames_repeated_in_steady_vowels_are_found(pitch_hz: float) -> None:
    vowels = steady_voice(pitch_hz)
    frames = frames_of(vowels)
    for at in (31, 80):
        frames[at] = frames[at - 1]
    assert autopsy(Sound(vowels, 8000), heard(vowels)).names == ()
    assert autopsy(Sound(vowels, 8000), heard(np.concatenate(frames))).names == (Fault.FRAMES_REPEATED,)


def test_few_cut_peaks_are_clipping_where_nothing_else_differs(said: Pcm) -> None:
    most = int(np.quantile(np.abs(said), 0.997))
    result = autopsy(Sound(said, 8000), heard(np.clip(said, -most, most), returned=parse_codec("L16/8000/le")))
    assert result.names == (Fault.CLIPPED,)


def test_words_said_three_times_are_told_apart_by_the_rest(said: Pcm) -> None:
    """At 4000 Hz, the next time they lie on a sample and the right time between two: that alone is no reason."""
    pause = np.zeros(2004, np.int16)
    thrice = np.concatenate([said[:16001], pause, said[:16001], pause, said[:16001]])
    for late in (800, 801, 1601):
        assert autopsy(Sound(thrice, 8000), heard(thrice, latency_s=late / 8000)).names == ()


def test_opus_at_another_rate_is_no_reply_in_the_legs_codec(said: Pcm) -> None:
    sent, returned = parse_codec("OPUS/8000"), parse_codec("OPUS/48000")
    got = returned.through(resample(sent.through(said), 8000, 48000))
    result = autopsy(Sound(said, 8000), Sound(got, 48000), sent=sent, returned=returned)
    assert result.verdict is Verdict.HEALTHY


def test_amr_wb_read_in_the_other_format_is_recognized(said: Pcm) -> None:
    leg, pcmu = parse_codec("AMR-WB"), parse_codec("PCMU")
    if leg.missing_here(encode=True, decode=True):
        pytest.skip("this machine has no coder of AMR-WB")
    av = amr_wb.decoder_library()
    decoder, pieces = amr_wb.new_coder(av), [np.zeros(0, np.int16)]
    for payload in leg.encode_frames(resample(said, 8000, 16000)):
        try:
            pieces += [one.to_ndarray().reshape(-1) for one in decoder.decode(av.Packet(payload[1:]))]
        except av.FFmpegError:
            pieces.append(np.zeros(320, np.int16))
    got = heard(resample(np.concatenate(pieces), 16000, 8000))
    assert autopsy(Sound(said, 8000), got, sent=leg, returned=pcmu).names == (Fault.AMR_WB_FRAMING,)


@pytest.mark.parametrize("hz", [440, 1004])
@pytest.mark.parametrize("late_s", [0.0, 0.217])
def test_a_steady_tone_fits_anywhere_and_is_healthy(hz: int, late_s: float) -> None:
    tone = to_int16(5000 * np.sin(2 * np.pi * hz / 8000 * np.arange(24_000)))
    assert autopsy(Sound(tone, 8000), heard(tone, latency_s=late_s)).names == ()


@pytest.mark.parametrize("codec", ["PCMU", "OPUS/16000"])
@pytest.mark.parametrize("first", [0, 8000])
def test_what_the_same_voice_says_before_and_after_is_no_event_in_the_reference(
    codec: str, first: int, said: Pcm
) -> None:
    returned = parse_codec(codec)
    if returned.missing_here(encode=True, decode=True):
        pytest.skip("this machine has not that codec")
    late = np.concatenate([np.zeros(1700, np.int16), said, np.zeros(2000, np.int16)])
    got = Sound(returned.through(resample(late, 8000, returned.sample_rate_hz)), returned.sample_rate_hz)
    assert autopsy(Sound(said[first : first + 16_000], 8000), got).names == ()


def test_a_reference_that_is_heard_twice_is_duplicated(said: Pcm) -> None:
    twice = np.concatenate([said, np.zeros(2400, np.int16), said])
    assert judged(said, twice).names == (Fault.FRAMES_DUPLICATED,)
    again = np.concatenate([said[:20_800], said[20_000:20_800], said[20_800:]])
    assert judged(said[:20_800], again[:21_600]).names == (Fault.FRAMES_DUPLICATED,), "its last tenth of a second"


def test_a_silent_reference_is_inconclusive(said: Pcm) -> None:
    assert autopsy(Sound(np.zeros_like(said), 8000), heard(said)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.long
def test_sounds_that_should_not_be_there_are_recognized(said: Pcm) -> None:
    own = MISTAKES[Fault.UNRELATED_AUDIO](said)
    assert autopsy(Sound(said, 8000), heard(own), own=Sound(own, 8000)).names == (Fault.OWN_VOICE,)
    assert autopsy(Sound(said, 8000), heard(own), others=(Sound(own, 8000),)).names == (Fault.OTHER_CALLS_AUDIO,)


def test_sounds_too_short_to_judge_are_no_crash(said: Pcm) -> None:
    for length in (0, 1, 100, 500):
        assert autopsy(Sound(said, 8000), Sound(said[:length], 8000)).verdict is not Verdict.HEALTHY
        assert autopsy(Sound(said[:length], 8000), Sound(said, 8000)).verdict is not Verdict.HEALTHY


@pytest.mark.parametrize("samples", [1, 3, 50, 79, 80, 500])
def test_what_is_too_short_to_compare_is_inconclusive(said: Pcm, samples: int) -> None:
    """Of 6 ms of speech anything can be made."""
    piece, noise = said[8000 : 8000 + samples], np.random.default_rng(1).normal(0, 3000, samples).astype(np.int16)
    for heard_of_it in (piece, noise):
        assert autopsy(Sound(said, 8000), Sound(heard_of_it, 8000)).verdict is Verdict.INCONCLUSIVE
        assert autopsy(Sound(heard_of_it, 8000), Sound(said, 8000)).verdict is Verdict.INCONCLUSIVE
    assert autopsy(Sound(said, 8000), Sound(piece * 0, 8000)).names == (Fault.SILENCE,)


def test_every_fault_has_a_sentence_an_advice_and_a_kind() -> None:
    for fault in Fault:
        assert fault in FAULT_TEXTS
        assert all((fault.sentence, fault.advice, fault.kind))
