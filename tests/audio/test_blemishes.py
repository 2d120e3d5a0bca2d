"""Flat tops, a constant part, a missing upper band, bytes that come back: each found where it is, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from telnyx_simulator.audio.blemishes import (
    CLIPPED_FACTOR,
    CLIPPED_MAX,
    DC_MAX,
    NARROW_DB,
    constant_part,
    flat_tops,
    upper_band_db,
)
from telnyx_simulator.audio.byte_echo import ByteEcho, byte_echo, is_comparable
from telnyx_simulator.audio.codecs import PCMA, PCMU, parse_codec
from telnyx_simulator.audio.signals import at_level, read_wav, resample, to_int16

SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"
NAMES = ["en-1", "en-2", "en-3", "en-4", "en-5"]
Pcm = np.ndarray


def said(name: str, rate_hz: int = 8000) -> Pcm:
    pcm, own_hz = read_wav(SPEECH / f"{name}.wav")
    return resample(pcm, own_hz, rate_hz)


def is_clipped(heard: Pcm, reference: Pcm) -> bool:
    tops = flat_tops(heard)
    return tops > CLIPPED_FACTOR * flat_tops(reference) and tops - flat_tops(reference) > CLIPPED_MAX


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level_dbfs", [-35, -23, -16])
def test_no_law_and_no_level_cuts_tops_flat(name: str, level_dbfs: float) -> None:
    pcm = at_level(said(name), level_dbfs)
    for codec in (PCMU, PCMA):
        assert not is_clipped(codec.decode(codec.encode(pcm)), pcm)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("then_db", [0, -6, -12])
def test_what_was_clipped_shows_also_when_it_is_quiet_again(name: str, then_db: float) -> None:
    """12 dB too loud for a moment."""
    pcm = at_level(said(name), -16)
    loud = to_int16(pcm.astype(np.float64) * 4)
    quieter = to_int16(loud * 10 ** (then_db / 20))
    assert is_clipped(PCMU.decode(PCMU.encode(quieter)), pcm)


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_part_is_what_was_added(name: str) -> None:
    pcm = said(name)
    assert abs(constant_part(pcm, PCMU.decode(PCMU.encode(pcm)))) < DC_MAX / 3
    assert constant_part(pcm, to_int16(pcm + 0.05 * 32768.0)) == pytest.approx(0.05, abs=0.005)
    assert abs(constant_part(to_int16(pcm + 3000.0), pcm)) < DC_MAX, "that a codec takes one away is no fault"


# The upper band


@pytest.mark.parametrize("name", NAMES)
def test_a_wide_path_keeps_the_upper_band(name: str) -> None:
    pcm = said(name, 16_000)
    assert upper_band_db(pcm, pcm) == pytest.approx(0.0, abs=0.1)
    late = np.concatenate([np.zeros(70, np.int16), pcm // 2])
    assert upper_band_db(pcm, late) == pytest.approx(0.0, abs=0.5)
    again = resample(resample(pcm, 16_000, 24_000), 24_000, 16_000)
    assert upper_band_db(pcm, again) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_a_path_through_8_khz_loses_it_however_it_is_resampled(name: str) -> None:
    pcm = said(name, 16_000)
    narrow = resample(pcm, 16_000, 8000)
    well = resample(narrow, 8000, 16_000)
    badly = to_int16(np.interp(np.arange(2 * len(narrow)) / 2, np.arange(len(narrow)), narrow.astype(np.float64)))
    held = np.repeat(narrow, 2)
    for heard in (well, badly, held):
        db = upper_band_db(pcm, heard)
        assert db is not None
        assert db < NARROW_DB


def test_where_there_was_no_upper_band_there_is_none_to_lose() -> None:
    narrow = resample(said("en-1"), 8000, 16_000)
    assert upper_band_db(narrow, narrow) is None
    assert upper_band_db(narrow, said("en-1", 16_000)) is None
    assert upper_band_db(np.zeros(16_000, np.int16), np.zeros(16_000, np.int16)) is None
    assert upper_band_db(said("en-1", 16_000), np.zeros(0, np.int16)) is None


# Bytes


def frames(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("text", ["PCMU", "PCMA", "L16/8000/le", "L16/16000/be"])
@pytest.mark.parametrize("name", NAMES)
def test_decoding_and_encoding_again_is_exact_to_the_byte(text: str, name: str) -> None:
    codec = parse_codec(text)
    data = codec.encode(said(name, codec.sample_rate_hz))
    again = codec.silence_frame * 3 + codec.encode(codec.decode(data))
    echo = byte_echo(codec, frames(data, codec.frame_bytes), again)
    assert echo is not None
    assert echo.share == 1.0
    assert echo.pieces > 50


def test_mu_law_s_second_zero_is_its_first() -> None:
    pcm = said("en-1").copy()
    data = bytes(0x7F if byte == 0xFF else byte for byte in PCMU.encode(pcm))
    assert PCMU.encode(PCMU.decode(data)) != data
    assert byte_echo(PCMU, frames(data, 160), PCMU.encode(PCMU.decode(data))) == ByteEcho(165, 165)


@pytest.mark.parametrize("gain", [0.9, 1.1])
def test_a_level_that_nobody_hears_is_not_exact(gain: float) -> None:
    pcm = said("en-1")
    data = PCMU.encode(pcm)
    echo = byte_echo(PCMU, frames(data, 160), PCMU.encode(to_int16(PCMU.decode(data) * gain)))
    assert echo is not None
    assert echo.share < 0.1


def test_nor_is_a_path_through_another_rate_or_law() -> None:
    pcm = said("en-1")
    data = PCMU.encode(pcm)
    decoded = PCMU.decode(data)
    by_rate = PCMU.encode(resample(resample(decoded, 8000, 16_000), 16_000, 8000))
    by_law = PCMU.encode(PCMA.decode(PCMA.encode(decoded)))
    for other in (by_rate, by_law):
        echo = byte_echo(PCMU, frames(data, 160), other)
        assert echo is not None
        assert echo.share < 0.5


def test_one_frame_that_is_lost_costs_one_frame_and_what_was_not_said_back_all() -> None:
    data = PCMU.encode(said("en-1"))
    parts = frames(data, 160)
    assert byte_echo(PCMU, parts, b"".join(parts[:60] + parts[61:])) == ByteEcho(165, 164)
    assert byte_echo(PCMU, parts, b"") == ByteEcho(165, 0)
    assert byte_echo(PCMU, [PCMU.silence_frame] * 50, PCMU.silence_frame * 50) is None


def test_bytes_are_compared_where_both_directions_speak_the_same() -> None:
    assert is_comparable(PCMU, PCMU)
    assert not is_comparable(PCMA, PCMU)
    assert not is_comparable(parse_codec("L16/8000/le"), parse_codec("L16/8000/be"))
