"""Our coders against FFmpeg's, which shares no code with them, and lossy ones against what went in."""

import hashlib

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from telephone_call import CLIPS, SPEECH, speech

from telnyx_simulator.audio import g711, g722
from telnyx_simulator.audio.codecs import Codec, Framing, Pcm, parse_codec
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.signals import read_wav, resample

av = pytest.importorskip("av")

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))
FFMPEG = {Law.ULAW: "pcm_mulaw", Law.ALAW: "pcm_alaw"}
# Of what G.722 makes of `signal()`: bytes, and the samples that come back of them (little-endian).
G722_ENCODED = "12e4f4fead0645faf01df9cada7e7ca68cab996e7eed513aaa816dc302699ffb"
G722_DECODED = "6276c626c7acfa84ef5df349ed25da33be30f9f44d265b6fb170aff9635f705b"


def by_ffmpeg(name: str, pcm: Pcm, rate_hz: int) -> bytes:
    coder = av.CodecContext.create(name, "w")
    coder.sample_rate, coder.layout, coder.format = rate_hz, "mono", "s16"
    coder.open()
    size = coder.frame_size or len(pcm)
    packets = []
    for at in range(0, len(pcm), size):
        frame = av.AudioFrame.from_ndarray(pcm[at : at + size].reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, at
        packets += coder.encode(frame)
    return b"".join(bytes(packet) for packet in packets + coder.encode(None))


def from_ffmpeg(name: str, payload: bytes, rate_hz: int) -> Pcm:
    coder = av.CodecContext.create(name, "r")
    coder.sample_rate, coder.layout = rate_hz, "mono"
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in coder.decode(av.Packet(payload))])


def signal() -> Pcm:
    """Noise, a sweep over the whole band, and speech, at 16 kHz: a whole number of frames."""
    rng, t = np.random.default_rng(722), np.arange(16000) / 16000
    sweep = 12000 * np.sin(2 * np.pi * (50 * t + 3900 * t**2))
    spoken, rate_hz = read_wav(SPEECH / "en-2.wav")
    assert rate_hz == 16000
    whole = np.concatenate([rng.integers(-20000, 20000, 16000), np.rint(sweep), spoken])
    return whole[: len(whole) // 320 * 320].astype(np.int16)


@pytest.mark.parametrize("law", Law)
def test_g711_decodes_every_code_as_ffmpeg_does(law):
    assert np.array_equal(g711.decode(law, EVERY_CODE), from_ffmpeg(FFMPEG[law], EVERY_CODE, 8000))


@pytest.mark.parametrize("law", Law)
def test_g711_encodes_every_sample_within_one_step_of_ffmpeg(law):
    """964 of 65,536 lie on the boundary of two steps, where encoders of the field disagree."""
    ours, theirs = g711.encode(law, EVERY_SAMPLE), by_ffmpeg(FFMPEG[law], EVERY_SAMPLE, 8000)
    _, place = np.unique(g711.decode(law, EVERY_CODE), return_inverse=True)  # mu-law's two zeros are one value
    ours_at, theirs_at = (place[np.frombuffer(code, np.uint8)] for code in (ours, theirs))
    assert np.abs(ours_at - theirs_at).max() == 1
    assert (ours_at != theirs_at).sum() <= 964


def test_g722_is_bit_equal_to_ffmpeg_and_to_what_it_was():
    pcm = signal()
    encoded = g722.G722Encoder().encode(pcm)
    assert encoded == by_ffmpeg("g722", pcm, 16000)
    decoded = g722.G722Decoder().decode(encoded)
    assert np.array_equal(decoded, from_ffmpeg("g722", encoded, 16000))
    assert hashlib.sha256(encoded).hexdigest() == G722_ENCODED
    assert hashlib.sha256(decoded.astype("<i2").tobytes()).hexdigest() == G722_DECODED


def test_g722_in_frames_is_the_same_as_at_once():
    pcm, codec = signal()[:32000], parse_codec("G722")
    assert b"".join(codec.encode_frames(pcm)) == codec.encode(pcm)


@pytest.mark.parametrize(
    ("text", "snr_db"),
    [
        ("G722", 25),
        ("OPUS/8000", 8),
        ("OPUS/16000", 8),
        ("OPUS/24000", 8),
        ("OPUS/48000", 8),
        ("AMR-WB", 8),
        ("AMR-WB/octet-aligned", 8),
        ("MP3", 20),
        ("PCMU", 25),
        ("PCMA", 25),
        ("L16/22050/be", 25),
    ],
)
def test_speech_comes_through_with_the_delay_that_is_said(text, snr_db):
    codec = parse_codec(text)
    if missing := codec.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    for name in CLIPS[:2]:
        pcm = resample(speech(name), 8000, codec.sample_rate_hz)
        back = codec.decode_frames(codec.encode_frames(pcm))
        lag_s, snr, gain_db = compared(pcm, back, codec)
        assert abs(lag_s - codec.delay_samples / codec.sample_rate_hz) < 0.0001
        assert snr >= snr_db
        assert abs(gain_db) < 1


def compared(pcm: Pcm, back: Pcm, codec: Codec) -> tuple[float, float, float]:
    """Delay (s), SNR (dB) and gain (dB) in the telephone band, aligned at 48 kHz."""
    band = butter(4, [300, 3400], "bandpass", fs=48000, output="sos")
    went, came = (sosfiltfilt(band, resample(one, codec.sample_rate_hz, 48000).astype(float)) for one in (pcm, back))
    size = len(went) + len(came)
    crossed = np.fft.irfft(np.conj(np.fft.rfft(went, size)) * np.fft.rfft(came, size), size)
    lag = int(crossed[:12000].argmax())
    length = min(len(went), len(came) - lag)
    went, came = went[:length], came[lag : lag + length]
    gain = (went @ came) / (went @ went)
    power = gain**2 * (went @ went) / max(((came - gain * went) ** 2).sum(), 1e-9)
    return lag / 48000, 10 * np.log10(power), 20 * np.log10(gain)


# AMR-WB: the framings, by hand (RFC 4867, 4.3.5.1 and 4.4.5.1)

# 12.65 kbit/s (frame type 2, 253 bits: five of the last octet), and comfort noise (9, 40 bits).
SPEECH_FRAME = bytes([0x14]) + bytes(range(1, 32)) + b"\xf8"
NOISE_FRAME = bytes([0x4C]) + b"\xaa\xbb\xcc\xdd\xee"


def test_a_bandwidth_efficient_payload_is_packed_bit_by_bit():
    from telnyx_simulator.audio.amr_wb import pack, unpack

    payload = pack([NOISE_FRAME], Framing.BANDWIDTH_EFFICIENT)
    # CMR 1111, F 0, FT 1001, Q 1, forty bits, six of padding.
    assert payload == bytes.fromhex("f4eaaef3377b80")
    assert unpack(payload, Framing.BANDWIDTH_EFFICIENT) == [NOISE_FRAME]


def test_an_octet_aligned_payload_gives_each_part_its_octets():
    from telnyx_simulator.audio.amr_wb import pack, unpack

    payload = pack([NOISE_FRAME], Framing.OCTET_ALIGNED)
    assert payload == bytes.fromhex("f04caabbccddee")
    assert unpack(payload, Framing.OCTET_ALIGNED) == [NOISE_FRAME]


@pytest.mark.parametrize("framing", Framing)
def test_a_payload_may_hold_several_frames(framing):
    from telnyx_simulator.audio.amr_wb import pack, samples_of, unpack

    payload = pack([SPEECH_FRAME, NOISE_FRAME, SPEECH_FRAME], framing)
    assert unpack(payload, framing) == [SPEECH_FRAME, NOISE_FRAME, SPEECH_FRAME]
    assert samples_of(payload, framing) == 960


@pytest.mark.parametrize(("framing", "size"), [(Framing.BANDWIDTH_EFFICIENT, 33), (Framing.OCTET_ALIGNED, 34)])
def test_one_framing_is_not_readable_as_the_other(framing, size):
    from telnyx_simulator.audio.amr_wb import pack, unpack
    from telnyx_simulator.audio.codecs import NotDecodable

    payload = pack([SPEECH_FRAME], framing)
    assert len(payload) == size
    other = next(one for one in Framing if one is not framing)
    with pytest.raises(NotDecodable, match="another framing"):
        unpack(payload, other)
    with pytest.raises(NotDecodable, match="another framing"):
        unpack(SPEECH_FRAME, framing)
