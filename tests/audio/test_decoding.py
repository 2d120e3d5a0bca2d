"""A decoder is compared sample by sample with what its codec says; each known mistake is named, and no right one."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.decoding import Decoding, judge_decoding, probe
from telnyx_simulator.audio.faults import Fault

Decode = Callable[[bytes], NDArray[np.int16]]
CODECS = ["PCMU", "PCMA", "L16/8000", "L16/16000/be", "L16/48000"]


def by(codec: str) -> Decode:
    return parse_codec(codec).decode


def linear(order: str) -> Decode:
    return lambda data: np.frombuffer(data, order).astype(np.int16)


def tried(codec: str, decode: Decode, within: int = 0) -> Decoding:
    frames = probe(parse_codec(codec))
    return judge_decoding(parse_codec(codec), frames, [decode(f).astype(np.int64) for f in frames], within=within)


@pytest.mark.parametrize("codec", CODECS)
def test_a_right_decoder_is_right_in_every_sample(codec: str) -> None:
    decoding = tried(codec, by(codec))
    assert (decoding.is_right, decoding.fault) == (True, None)


def test_it_is_tried_with_every_code_of_g711_in_frames_of_20_ms() -> None:
    frames = probe(parse_codec("PCMA"))
    assert {len(frame) for frame in frames} == {160}
    assert set(b"".join(frames)) == set(range(256))


def test_l16_is_tried_with_every_octet_in_either_place() -> None:
    data = np.frombuffer(b"".join(probe(parse_codec("L16/8000"))), np.uint8).reshape(-1, 2)
    assert [len(np.unique(octets)) for octets in data.T] == [256, 256]


MISTAKES: list[tuple[str, Decode, Fault]] = [
    ("PCMA", by("PCMU"), Fault.PCMA_DECODED_AS_PCMU),
    ("PCMU", by("PCMA"), Fault.PCMU_DECODED_AS_PCMA),
    ("PCMU", lambda data: by("PCMU")(bytes(255 - byte for byte in data)), Fault.PCMU_BITS_INVERTED),
    ("PCMA", lambda data: by("PCMA")(bytes(byte ^ 0x55 for byte in data)), Fault.PCMA_BITS_NOT_TOGGLED),
    ("PCMU", linear("<i2"), Fault.PCMU_DECODED_AS_L16),
    ("PCMA", linear(">i2"), Fault.PCMA_DECODED_AS_L16),
    ("L16/16000", linear(">i2"), Fault.L16_BYTES_SWAPPED),
    ("L16/16000/be", linear("<i2"), Fault.L16_BYTES_SWAPPED),
    ("L16/8000", lambda data: linear("<i2")(data[1:-1]), Fault.L16_ODD_BYTE_OFFSET),
    ("L16/8000", by("PCMU"), Fault.L16_DECODED_AS_PCMU),
    ("L16/8000", by("PCMA"), Fault.L16_DECODED_AS_PCMA),
    ("PCMA", lambda data: by("PCMA")(data) // 8, Fault.GAIN_LOW),
    ("PCMU", lambda data: by("PCMU")(data) >> 2, Fault.GAIN_LOW),
    ("PCMA", lambda data: by("PCMA")(data).astype(np.int32) * 2, Fault.GAIN_HIGH),
    ("PCMU", lambda data: by("PCMU")(data).astype(np.int32) + 32768, Fault.DC_OFFSET),
    ("PCMA", lambda data: np.zeros(len(data), np.int16), Fault.SILENCE),
]


@pytest.mark.parametrize(("codec", "decode", "fault"), MISTAKES)
def test_each_mistake_has_its_name(codec: str, decode: Decode, fault: Fault) -> None:
    decoding = tried(codec, decode)
    assert (decoding.is_right, decoding.fault, decoding.actual) == (False, fault, fault.sentence)
    assert decoding.evidence


def test_one_wrong_value_of_256_is_found() -> None:
    table = by("PCMA")(bytes(range(256)))
    table[0x7F] += 16
    decoding = tried("PCMA", lambda data: table[np.frombuffer(data, np.uint8)])
    assert (decoding.is_right, decoding.fault) == (False, None)
    assert decoding.evidence == "2 of 480 samples differ; the first, number 127: -832 for -848"


def test_floats_may_be_off_by_rounding_and_no_more() -> None:
    assert tried("PCMU", lambda data: by("PCMU")(data) + 1, within=1).is_right
    assert tried("PCMU", lambda data: by("PCMU")(data) + 2, within=1).is_right is False


def test_a_decoder_that_resamples_cannot_be_compared() -> None:
    decoding = tried("PCMU", lambda data: np.repeat(by("PCMU")(data), 2))
    assert decoding.is_right is None
    assert decoding.actual.startswith("960 samples for 480: it also resamples")


def test_one_that_returns_nothing_is_wrong() -> None:
    decoding = tried("PCMU", lambda data: np.zeros(0, np.int16))
    assert (decoding.is_right, decoding.fault, decoding.evidence) == (False, None, "0 samples came back for 480")
