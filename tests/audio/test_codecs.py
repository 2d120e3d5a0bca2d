"""Codecs as one type: frames, silence, names, byte orders, framings, and payloads that are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telnyx_simulator.audio.codecs import (
    L16_RATES_HZ,
    RATES_HZ,
    Codec,
    Framing,
    MissingLibrary,
    NotDecodable,
    known_codec_names,
    parse_codec,
)

PLAIN = [Codec("PCMU", 8000), Codec("PCMA", 8000)] + [
    Codec("L16", rate, order) for rate in L16_RATES_HZ for order in ("little", "big")
]
G722 = parse_codec("G722")
PACKETS = [parse_codec(f"OPUS/{rate}") for rate in RATES_HZ["OPUS"]] + [
    Codec("AMR-WB", 16000, framing=framing) for framing in Framing
]
MP3 = parse_codec("MP3")
ALL = [*PLAIN, G722, *PACKETS, MP3]


def to_encode(codec):
    """The codec, or a skip where this machine cannot encode it."""
    if missing := codec.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    return codec


@pytest.mark.parametrize(
    ("text", "samples", "size"),
    [
        ("PCMU", 160, 160),
        ("PCMA", 160, 160),
        ("G722", 320, 160),
        ("L16/8000", 160, 320),
        ("L16/16000", 320, 640),
        ("L16/22050", 441, 882),
        ("L16/24000", 480, 960),
        ("L16/48000", 960, 1920),
    ],
)
def test_a_frame_is_twenty_milliseconds(text, samples, size):
    codec = parse_codec(text)
    assert (codec.frame_samples, codec.frame_bytes) == (samples, size)
    assert codec.samples_of(bytes(size)) == samples


@pytest.mark.parametrize(("text", "byte"), [("PCMU", 0xFF), ("PCMA", 0xD5), ("L16/16000/be", 0)])
def test_a_frame_of_silence_repeats_one_byte(text, byte):
    codec = parse_codec(text)
    assert codec.silence_frame == bytes([byte]) * codec.frame_bytes


@pytest.mark.parametrize("codec", [G722, *PACKETS], ids=str)
def test_frames_of_silence_are_silent_for_a_decoder_of_any_state(codec):
    silence = [to_encode(codec).silence_frame] * 50
    loud = codec.encode_frames(noise(codec, seconds=0.4))
    heard = codec.decode_frames([*loud, *silence])[-20 * codec.frame_samples :]
    assert np.abs(heard.astype(int)).max() < 100


@pytest.mark.parametrize("codec", ALL, ids=str)
def test_a_codec_reads_back_from_its_name(codec):
    assert parse_codec(str(codec)) == codec
    assert codec.name in known_codec_names()


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("L16", "L16/8000/le"),
        ("L16/16000", "L16/16000/le"),
        ("OPUS", "OPUS/16000"),
        ("AMR-WB/16000/bandwidth-efficient", "AMR-WB"),
        ("G722/8000", "G722"),
        ("G722/16000", "G722"),
    ],
)
def test_what_is_not_said_is_what_telnyx_does(text, means):
    assert str(parse_codec(text)) == means


@pytest.mark.parametrize(
    "text",
    ["", "G729", "pcmu", "PCMU/8000", "G722/48000", "G722/\u0661", "MP3/16000", "AMR-WB/octets", "AMR-WB/48000"],
)
def test_an_unknown_codec_is_refused(text):
    with pytest.raises(ValueError, match="unknown codec"):
        parse_codec(text)


@pytest.mark.parametrize(
    "text", ["L16/11025", "L16/8000/xe", "L16/8000/le/1", "L16/", "L16/le", "OPUS/22050", "OPUS/8000/le"]
)
def test_a_codec_that_is_misspelt_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match=r"allowed are PCMU, PCMA, G722.* and L16\[/rate\[/le or /be\]\].*22050"):
        parse_codec(text)


@pytest.mark.parametrize(
    "wrong",
    [("PCMU", 16000, None), ("PCMA", 8000, "little"), ("L16", 8000, None), ("X", 1, None), ("AMR-WB", 16000, None)],
)
def test_a_codec_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"8000 Hz|byte order|framing|known are"):
        Codec(*wrong)


def test_byte_order_is_what_it_says():
    sample = np.array([0x0102], np.int16)
    assert parse_codec("L16/8000/le").encode(sample) == b"\x02\x01"
    assert parse_codec("L16/8000/be").encode(sample) == b"\x01\x02"


def test_a_trailing_odd_byte_of_l16_is_dropped():
    assert parse_codec("L16").decode(b"\x01\x00\x02").tolist() == [1]
    assert parse_codec("L16").decode(b"\x01").tolist() == []


@given(st.lists(st.integers(-32768, 32767), max_size=400), st.sampled_from(PLAIN))
def test_bytes_survive_a_round_trip(samples, codec):
    pcm = np.array(samples, np.int16)
    decoded = codec.decode(codec.encode(pcm))
    assert decoded.dtype == np.int16
    assert len(codec.encode(pcm)) == len(pcm) * codec.bytes_per_sample
    if codec.name == "L16":
        assert decoded.tolist() == samples
    assert codec.decode(codec.encode(decoded)).tolist() == decoded.tolist()


@pytest.mark.parametrize("codec", [codec for codec in PLAIN if codec.name == "L16"], ids=str)
def test_l16_is_exact_for_every_sample(codec):
    every = np.arange(-32768, 32768).astype(np.int16)
    assert np.array_equal(codec.decode(codec.encode(every)), every)
    assert codec.encode(every) == every.astype(">i2" if codec.byte_order == "big" else "<i2").tobytes()


@pytest.mark.parametrize("codec", [*PLAIN, G722, *PACKETS], ids=str)
def test_message_by_message_is_the_same_as_at_once(codec):
    pcm = noise(to_encode(codec), seconds=0.3)
    payloads = codec.encode_frames(pcm)
    assert len(payloads) == 15
    decoder = codec.decoder()
    parts = [decoder.decode(payload) for payload in payloads]
    assert all(len(part) == codec.frame_samples == codec.samples_of(p) for part, p in zip(parts, payloads, strict=True))
    assert np.array_equal(np.concatenate(parts), codec.decode_frames(payloads))


@pytest.mark.parametrize("codec", [*PLAIN, G722, *PACKETS], ids=str)
def test_the_last_frame_is_filled_up(codec):
    pcm = noise(to_encode(codec), seconds=0.05)
    payloads = codec.encode_frames(pcm)
    assert len(payloads) == 3
    assert len(codec.through(pcm)) == len(pcm)
    assert codec.encode_frames(pcm[:0]) == []


@pytest.mark.parametrize("codec", [*PACKETS, MP3], ids=str)
@pytest.mark.parametrize("garbage", [b"", b"\xff" * 160, b"\x03", b"\xff\xfb"], ids=repr)
def test_garbage_is_not_decodable_and_the_decoder_goes_on(codec, garbage):
    payloads = to_encode(codec).encode_frames(noise(codec, seconds=0.1))
    decoder = codec.decoder()
    decoder.decode(payloads[0])
    with pytest.raises(NotDecodable):
        decoder.decode(garbage)
    assert len(decoder.decode(payloads[-1])) >= codec.frame_samples


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from([G722, *PACKETS, MP3]))
def test_whatever_comes_is_samples_or_not_decodable(payload, codec):
    if codec.missing_here(encode=False, decode=True):
        return
    decoder = codec.decoder()
    try:
        pcm = decoder.decode(payload)
    except NotDecodable:
        return
    assert pcm.dtype == np.int16
    assert codec.name == "MP3" or len(pcm) == codec.samples_of(payload)


@pytest.mark.parametrize(
    ("module", "codec", "line"),
    [
        ("av", parse_codec("OPUS"), 'pip install "telnyx-simulator[codecs]"'),
        ("av", parse_codec("AMR-WB"), 'pip install "telnyx-simulator[codecs]"'),
        ("miniaudio", MP3, 'pip install "telnyx-simulator[codecs]"'),
    ],
)
def test_a_missing_library_is_said_with_the_line_that_installs_it(monkeypatch, module, codec, line):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingLibrary) as raised:
        codec.decoder()
    assert raised.value.install == line
    assert str(codec.missing_here(encode=False, decode=True)).endswith(line)
    assert codec.missing_here(encode=False, decode=False) is None


def test_the_encoder_of_amr_wb_is_a_package_of_the_system(monkeypatch):
    from telnyx_simulator.audio import amr_wb

    monkeypatch.setattr(amr_wb, "_ENCODER_LIBRARIES", ("libno-such-thing.so",))
    amr_wb.encoder_library.cache_clear()
    try:
        with pytest.raises(MissingLibrary, match="apt-get install libvo-amrwbenc0"):
            parse_codec("AMR-WB").encoder()
    finally:
        amr_wb.encoder_library.cache_clear()


def noise(codec, *, seconds):
    samples = np.random.default_rng(7).normal(size=round(seconds * codec.sample_rate_hz)) * 4000
    return samples.astype(np.int16)
