"""G.711 tables against the formulas' consequences and against a stranger, the standard library's audioop."""

import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.g711 import Law

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))


@pytest.fixture(scope="module")
def audioop():
    """Gone in Python 3.13, deprecated before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("audioop")


def test_silence_is_the_byte_that_telephony_knows():
    zero = np.zeros(3, np.int16)
    assert g711.ulaw_encode(zero) == b"\xff\xff\xff"
    assert g711.alaw_encode(zero) == b"\xd5\xd5\xd5"


@pytest.mark.parametrize(
    ("law", "byte", "sample"),
    [
        (Law.ULAW, 0xFF, 0),
        (Law.ULAW, 0x7F, 0),
        (Law.ULAW, 0x00, -32124),
        (Law.ULAW, 0x80, 32124),
        (Law.ULAW, 0xD5, 716),
        (Law.ULAW, 0x55, -716),
        (Law.ALAW, 0xD5, 8),
        (Law.ALAW, 0x55, -8),
        (Law.ALAW, 0xFF, 848),
        (Law.ALAW, 0x7F, -848),
        (Law.ALAW, 0x00, -5504),
        (Law.ALAW, 0xAA, 32256),
    ],
)
def test_well_known_codes_decode_to_their_values(law, byte, sample):
    assert g711.decode(law, bytes([byte])).tolist() == [sample]


def test_decoders_agree_with_audioop_in_all_values(audioop):
    assert g711.ulaw_decode(EVERY_CODE).tolist() == np.frombuffer(audioop.ulaw2lin(EVERY_CODE, 2), "<i2").tolist()
    assert g711.alaw_decode(EVERY_CODE).tolist() == np.frombuffer(audioop.alaw2lin(EVERY_CODE, 2), "<i2").tolist()


def test_alaw_encoder_agrees_with_audioop_for_all_samples(audioop):
    assert g711.alaw_encode(EVERY_SAMPLE) == audioop.lin2alaw(EVERY_SAMPLE.astype("<i2").tobytes(), 2)


def test_ulaw_encoder_differs_from_audioop_only_on_508_negative_boundaries_and_by_one_step(audioop):
    ours = np.frombuffer(g711.ulaw_encode(EVERY_SAMPLE), np.uint8).astype(int)
    theirs = np.frombuffer(audioop.lin2ulaw(EVERY_SAMPLE.astype("<i2").tobytes(), 2), np.uint8).astype(int)
    different = ours != theirs
    assert different.sum() == 508
    assert (EVERY_SAMPLE[different] < 0).all()
    assert np.abs(ours - theirs).max() == 1


@pytest.mark.parametrize("law", Law)
def test_encoding_what_was_decoded_gives_the_code_back(law):
    again = g711.encode(law, g711.decode(law, EVERY_CODE))
    assert [(code, got) for code, got in enumerate(again) if code != got] == (
        [(0x7F, 0xFF)] if law is Law.ULAW else []  # mu-law has two zeros
    )


@pytest.mark.parametrize(("law", "step_max"), [(Law.ULAW, 1024), (Law.ALAW, 1024)])
def test_decoded_samples_are_within_half_a_step(law, step_max):
    back = g711.decode(law, g711.encode(law, EVERY_SAMPLE)).astype(int)
    inside = np.abs(EVERY_SAMPLE.astype(int)) <= 32000
    error = np.abs(back - EVERY_SAMPLE)[inside]
    assert error.max() <= step_max / 2
    assert (error <= np.maximum(np.abs(EVERY_SAMPLE[inside].astype(int)) / 16, 8) + 4).all()


@pytest.mark.parametrize("law", Law)
def test_louder_samples_never_decode_quieter(law):
    assert (np.diff(g711.decode(law, g711.encode(law, EVERY_SAMPLE)).astype(int)) >= 0).all()


@example([-1], Law.ULAW)
@given(st.lists(st.integers(-32768, 32767), max_size=400), st.sampled_from(Law))
def test_a_second_pass_changes_nothing(samples, law):
    once = g711.encode(law, np.array(samples, np.int16))
    assert len(once) == len(samples)
    one_zero = once.replace(b"\x7f", b"\xff") if law is Law.ULAW else once  # -1 to -3 become mu-law's other zero
    assert g711.encode(law, g711.decode(law, once)) == one_zero
