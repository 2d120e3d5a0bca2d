"""Codecs as a table: frames, silence, names, byte orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_simulator.audio.codecs import L16_RATES_HZ, Codec, known_codec_names, parse_codec

ALL = [Codec("PCMU", 8000), Codec("PCMA", 8000)] + [
    Codec("L16", rate, order) for rate in L16_RATES_HZ for order in ("little", "big")
]


@pytest.mark.parametrize(
    ("text", "samples", "size"),
    [
        ("PCMU", 160, 160),
        ("PCMA", 160, 160),
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


@pytest.mark.parametrize(("text", "byte"), [("PCMU", 0xFF), ("PCMA", 0xD5), ("L16/16000/be", 0)])
def test_a_frame_of_silence_repeats_one_byte(text, byte):
    codec = parse_codec(text)
    assert codec.silence_frame == bytes([byte]) * codec.frame_bytes


@pytest.mark.parametrize("codec", ALL, ids=str)
def test_a_codec_reads_back_from_its_name(codec):
    assert parse_codec(str(codec)) == codec
    assert codec.name in known_codec_names()


def test_l16_is_what_telnyx_sends_unless_told_otherwise():
    assert str(parse_codec("L16")) == "L16/8000/le"
    assert str(parse_codec("L16/16000")) == "L16/16000/le"


@pytest.mark.parametrize("text", ["", "G729", "pcmu", "L16/11025", "L16/8000/xe", "L16/8000/le/1", "PCMU/8000", "L16/"])
def test_an_unknown_codec_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match=r"allowed are PCMU, PCMA and L16\[/rate\[/le or /be\]\].*22050"):
        parse_codec(text)


@pytest.mark.parametrize(
    "wrong", [("PCMU", 16000, None), ("PCMA", 8000, "little"), ("L16", 8000, None), ("X", 1, None)]
)
def test_a_codec_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"8000 Hz|byte order|known are"):
        Codec(*wrong)


def test_byte_order_is_what_it_says():
    sample = np.array([0x0102], np.int16)
    assert parse_codec("L16/8000/le").encode(sample) == b"\x02\x01"
    assert parse_codec("L16/8000/be").encode(sample) == b"\x01\x02"


def test_a_trailing_odd_byte_of_l16_is_dropped():
    assert parse_codec("L16").decode(b"\x01\x00\x02").tolist() == [1]
    assert parse_codec("L16").decode(b"\x01").tolist() == []


@given(st.lists(st.integers(-32768, 32767), max_size=400), st.sampled_from(ALL))
def test_bytes_survive_a_round_trip(samples, codec):
    pcm = np.array(samples, np.int16)
    decoded = codec.decode(codec.encode(pcm))
    assert decoded.dtype == np.int16
    assert len(codec.encode(pcm)) == len(pcm) * codec.bytes_per_sample
    if codec.name == "L16":
        assert decoded.tolist() == samples
    assert codec.decode(codec.encode(decoded)).tolist() == decoded.tolist()
