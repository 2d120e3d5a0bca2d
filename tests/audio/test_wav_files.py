"""WAV files of every kind that programs write come out as the same samples; what is none is refused with a reason."""

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.signals import tone
from telnyx_simulator.audio.wav import Channel, UnreadableWavError, Wav, load, parse

TONE = tone(1004, 0.1)
SCALE = 32768.0


def written(data: bytes, *, tag: int = 1, bits: int = 16, channels: int = 1, rate_hz: int = 8000) -> bytes:
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * width, width, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def loaded(data: bytes, folder: Path) -> Wav:
    path = folder / "some.wav"
    path.write_bytes(data)
    return load(path)


KINDS = {
    "8-bit PCM": (written(((TONE >> 8) + 128).astype(np.uint8).tobytes(), bits=8), (TONE >> 8) * 256),
    "16-bit PCM": (written(TONE.astype("<i2").tobytes()), TONE),
    "24-bit PCM": (written((TONE.astype("<i4") << 16).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes(), bits=24), TONE),
    "32-bit PCM": (written((TONE.astype("<i4") << 16).tobytes(), bits=32), TONE),
    "32-bit floats": (written((TONE / SCALE).astype("<f4").tobytes(), tag=3, bits=32), TONE),
    "64-bit floats": (written((TONE / SCALE).astype("<f8").tobytes(), tag=3, bits=64), TONE),
    "A-law": (written(PCMA.encode(TONE), tag=6, bits=8), PCMA.decode(PCMA.encode(TONE))),
    "mu-law": (written(PCMU.encode(TONE), tag=7, bits=8), PCMU.decode(PCMU.encode(TONE))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_each_kind_holds_its_samples(kind: str, tmp_path: Path) -> None:
    data, samples = KINDS[kind]
    wav = loaded(data, tmp_path)
    assert wav.said == f"{kind}, 1 channel, 8000 Hz"
    assert wav.rate_hz == 8000
    assert np.array_equal(wav.pcm, samples)


@pytest.mark.parametrize("rate_hz", [4000, 11025, 16000, 22050, 44100, 48000, 192_000])
def test_a_file_keeps_its_rate(rate_hz: int, tmp_path: Path) -> None:
    assert loaded(written(TONE.tobytes(), rate_hz=rate_hz), tmp_path).rate_hz == rate_hz


def stereo(left: np.ndarray, right: np.ndarray) -> bytes:
    return written(np.stack([left, right], axis=1).astype("<i2").tobytes(), channels=2)


def test_channels_that_differ_are_taken_apart_and_never_mixed(tmp_path: Path) -> None:
    other = tone(500, 0.1)
    data = stereo(TONE, other)
    with pytest.raises(UnreadableWavError, match=r"different sounds; .* `--channel left` or `--channel right`"):
        loaded(data, tmp_path)
    assert np.array_equal(load(tmp_path / "some.wav", channel=Channel.LEFT).pcm, TONE)
    assert np.array_equal(load(tmp_path / "some.wav", channel=Channel.RIGHT).pcm, other)


def test_what_grows_under_the_reader_is_mixed() -> None:
    """A tap: whether its channels differ may be plain only later."""
    other = tone(500, 0.1)
    wav = parse(stereo(TONE, other))
    assert wav is not None
    assert np.abs(wav.pcm - (TONE.astype(float) + other) / 2).max() <= 0.5


@pytest.mark.parametrize("second", [TONE, TONE // 4, TONE + tone(500, 0.1) // 20], ids=["same", "fainter", "nearly"])
def test_channels_with_one_sound_are_one(second: np.ndarray, tmp_path: Path) -> None:
    assert np.array_equal(loaded(stereo(TONE, second), tmp_path).pcm, max(TONE, second, key=np.var))


@pytest.mark.parametrize("second", [np.zeros_like(TONE), -TONE, np.full_like(TONE, 300)])
def test_a_channel_that_is_silent_or_cancels_the_other_takes_nothing_away(second: np.ndarray, tmp_path: Path) -> None:
    assert np.array_equal(loaded(stereo(TONE, second), tmp_path).pcm, TONE)
    assert np.array_equal(np.abs(loaded(stereo(second, TONE), tmp_path).pcm), np.abs(TONE))


def test_floats_beyond_full_scale_are_clipped_as_a_player_clips_them(tmp_path: Path) -> None:
    data = written(np.array([2.0, -2.0, 0.5], "<f4").tobytes(), tag=3, bits=32)
    assert loaded(data, tmp_path).pcm.tolist() == [32767, -32768, 16384]


def test_a_file_that_was_cut_off_holds_what_is_there(tmp_path: Path) -> None:
    whole = written(TONE.tobytes())
    wav = loaded(whole[:-101], tmp_path)
    assert np.array_equal(wav.pcm, TONE[:-51])
    assert wav.promised_s == pytest.approx(len(TONE) / 8000)
    assert loaded(whole, tmp_path).promised_s is None


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_header_that_does_not_know_the_length_promises_nothing(size: int, tmp_path: Path) -> None:
    whole = bytearray(written(TONE.tobytes()))
    whole[40:44] = struct.pack("<I", size)
    whole[4:8] = struct.pack("<I", size)
    wav = loaded(bytes(whole), tmp_path)
    assert np.array_equal(wav.pcm, TONE)
    assert wav.promised_s is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello", "this is no WAV file"),
        (b"ID3\x04 and so on", "this is an MP3 file; convert it: `ffmpeg -i FILE FILE.wav`"),
        (b"RIFX....WAVE", "this is a big-endian WAV file"),
        (written(b"")[:20], "the file ends before its sound begins"),
        (
            written(TONE.tobytes(), tag=0x11, bits=4),
            "it has IMA ADPCM, 1 channel, 8000 Hz; PCM of 8, 16, 24 or 32 bits",
        ),
        (written(TONE.tobytes(), rate_hz=10), "it has 16-bit PCM, 1 channel, 10 Hz; PCM"),
        (written(TONE.tobytes(), channels=0), "it has 16-bit PCM, 0 channels"),
        (written(np.array([np.nan, 1], "<f4").tobytes(), tag=3, bits=32), "values that are no numbers"),
        (written(np.array([np.inf, 1], "<f8").tobytes(), tag=3, bits=64), "among its samples are infinities"),
    ],
)
def test_what_is_no_sound_is_refused_with_the_reason(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableWavError) as caught:
        loaded(data, tmp_path)
    assert reason in str(caught.value)


def test_no_bytes_at_all_make_reading_raise_anything_else(tmp_path: Path) -> None:
    whole = KINDS["24-bit PCM"][0]
    for at in range(len(whole[:60])):
        for value in (0, 1, 0x7F, 0xFF):
            with contextlib.suppress(UnreadableWavError):
                loaded(whole[:at] + bytes([value]) + whole[at + 1 :], tmp_path)
