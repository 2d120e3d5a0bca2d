"""What an application wrote down, whatever it wrote, as a WAV file that a trace can keep; growing files too."""

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telnyx_simulator.audio.codecs import PCMA, PCMU, parse_codec
from telnyx_simulator.audio.signals import read_wav, tone
from telnyx_simulator.scenario.taps import tapped_wav, wav_of
from telnyx_simulator.sut.application import Application, Tapped, Unreachable
from telnyx_simulator.sut.profile import Profile
from telnyx_simulator.transports.clock import Clock, run_virtual

TONE = tone(1004, 0.1)
UNKNOWN = 0xFFFFFFFF


def wav_file(
    data: bytes,
    *,
    tag: int = 1,
    bits: int = 16,
    channels: int = 1,
    rate_hz: int = 8000,
    told: int | None = None,
    riff: int | None = None,
    before: bytes = b"",
    extensible: bool = False,
) -> bytes:
    """A WAV file; it claims the length `told` for its sound, `riff` for the whole; `before` stands before the sound."""
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate_hz, rate_hz * width, width, bits)
    if extensible:
        form += struct.pack("<HHIH14x", 22, bits, 0, tag)
    body = b"WAVE" + chunk(b"fmt ", form) + before + chunk(b"data", data, told)
    return struct.pack("<4sI", b"RIFF", len(body) if riff is None else riff) + body


def chunk(name: bytes, content: bytes, told: int | None = None) -> bytes:
    return struct.pack("<4sI", name, len(content) if told is None else told) + content


def read(data: bytes, codec: str | None = None) -> tuple[NDArray[np.int16], int] | None:
    """Samples and rate of the WAV file that becomes of it."""
    wav = wav_of(Tapped(data=data, codec=codec, where="rx.wav"))
    if wav is None:
        return None
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def assert_sound(data: bytes, pcm: NDArray[np.int16], rate_hz: int = 8000, codec: str | None = None) -> None:
    found = read(data, codec)
    assert found is not None
    assert found[1] == rate_hz
    assert np.array_equal(found[0], pcm)


PCM = TONE.astype("<i2").tobytes()


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 24000, 48000])
def test_a_wav_file_keeps_its_rate(rate_hz: int) -> None:
    assert_sound(wav_file(PCM, rate_hz=rate_hz), TONE, rate_hz)


def test_a_wav_file_of_either_law_is_decoded() -> None:
    assert_sound(wav_file(PCMA.encode(TONE), tag=6, bits=8), PCMA.decode(PCMA.encode(TONE)))
    assert_sound(wav_file(PCMU.encode(TONE), tag=7, bits=8), PCMU.decode(PCMU.encode(TONE)))


def test_a_wav_file_may_be_extensible_and_hold_other_chunks_first() -> None:
    assert_sound(wav_file(PCM, extensible=True, before=chunk(b"LIST", b"INFO1") + b"\0"), TONE)


def test_channels_become_one() -> None:
    both = np.repeat(TONE, 2).astype("<i2").tobytes()
    assert_sound(wav_file(both, channels=2), TONE)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "L16", "L16/16000", "L16/16000/be"])
def test_bytes_are_read_in_the_codec_of_the_profile(codec: str) -> None:
    spoken = parse_codec(codec)
    data = spoken.encode(TONE)
    assert_sound(data, spoken.decode(data), spoken.sample_rate_hz, codec)


def test_a_wav_file_is_one_whatever_the_profile_says() -> None:
    assert_sound(wav_file(PCM), TONE, codec="L16/16000")


@pytest.mark.parametrize("told", [0, UNKNOWN, 2 * len(PCM)])
def test_a_wav_file_that_grows_holds_what_is_there(told: int) -> None:
    """Its header is written before its length is known: as nothing, as endless, or as what is to come."""
    for riff in (0, UNKNOWN, 36 + told):
        assert_sound(wav_file(PCM, told=told, riff=riff & UNKNOWN), TONE)
    assert_sound(wav_file(PCM + b"\x01", told=told, riff=0), TONE)


@pytest.mark.parametrize("length", range(1, 45))
def test_a_wav_file_that_has_only_begun_is_nothing_yet(length: int) -> None:
    assert read(wav_file(PCM, told=0, riff=0)[:length]) is None


def test_what_the_standard_library_writes_is_read_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "rx.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        assert read(path.read_bytes()) is None
        file.writeframesraw(PCM)
        file._file.flush()  # as time does
        assert_sound(path.read_bytes(), TONE)
    assert_sound(path.read_bytes(), TONE)


def test_a_finished_file_without_sound_holds_none_though_something_follows() -> None:
    body = wav_file(b"")[8:] + chunk(b"LIST", b"INFO")
    assert read(struct.pack("<4sI", b"RIFF", len(body)) + body) is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (wav_file(PCM, tag=0x11, bits=4), "IMA ADPCM, 1 channel, 8000 Hz"),
        (wav_file(PCM, rate_hz=0), "16-bit PCM, 1 channel, 0 Hz"),
        (wav_file(PCM, channels=0), "16-bit PCM, 0 channels, 8000 Hz"),
    ],
)
def test_what_cannot_be_read_is_said_as_it_is(data: bytes, told: str) -> None:
    with pytest.raises(Unreachable) as caught:
        read(data)
    assert str(caught.value).startswith(f"rx.wav: it has {told}; PCM of 8, 16, 24 or 32 bits, floats, A-law and mu-law")


def test_bytes_of_no_codec_are_said_to_be_so() -> None:
    with pytest.raises(Unreachable, match="is no WAV file; say how its bytes are to be read: `codec: L16/16000`"):
        read(b"\x00\x01\x02\x03\x04")


def test_the_tap_of_an_application_becomes_a_wav_file(tmp_path: Path) -> None:
    (tmp_path / "v3:x.raw").write_bytes(PCMA.encode(TONE))
    profile = Profile.model_validate(
        {
            "url": "http://127.0.0.1:1",
            "webhook_url": "/",
            "audio": {"tap": {"path": "{call_control_id}.raw", "codec": "PCMA"}},
        }
    ).model_copy(update={"folder": tmp_path})

    async def main(clock: Clock) -> tuple[bytes | None, bytes | None]:
        application = Application(profile, {}, clock)
        found = [await tapped_wav(application, {"call_control_id": name}) for name in ("v3:x", "v3:y")]
        await application.stop()
        return found[0], found[1]

    there, not_yet = run_virtual(main)
    assert not_yet is None
    (tmp_path / "out.wav").write_bytes(there or b"")
    pcm, rate_hz = read_wav(tmp_path / "out.wav")
    assert rate_hz == 8000
    assert np.array_equal(pcm, PCMA.decode(PCMA.encode(TONE)))
