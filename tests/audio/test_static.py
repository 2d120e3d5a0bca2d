"""Static is told without a reference, and speech is never taken for it."""

import numpy as np
import pytest
from telephone_call import CLIPS, PCMA, PCMU, heard, speech, through

from telnyx_simulator.audio.signals import at_level, tone
from telnyx_simulator.audio.static import static

BYTES = np.random.default_rng(1).integers(0, 256, 24_000, dtype=np.uint8).tobytes()


def seconds_of(found):
    return sum(one.sound_s for one in found)


@pytest.mark.parametrize("level_dbfs", [-18, -23, -35])
@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=str)
@pytest.mark.parametrize("name", CLIPS)
def test_speech_is_no_static(name, codec, level_dbfs):
    assert static(heard(through(at_level(speech(name), level_dbfs), codec))) == []


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize(("spoken", "read"), [(PCMA, PCMU), (PCMU, PCMA)], ids=["A-law as mu-law", "mu-law as A-law"])
def test_speech_in_the_wrong_law_is_static_as_long_as_it_lasts(name, spoken, read):
    clip = speech(name)
    found = static(heard(read.decode(spoken.encode(clip)), at_s=2))
    assert seconds_of(found) > 0.5 * len(clip) / 8000
    assert found[0].start_s > 1.9
    assert found[-1].end_s < 2.1 + len(clip) / 8000


@pytest.mark.parametrize(
    "noise",
    [PCMU.decode(BYTES), PCMU.decode(speech("en-3").astype("<i2").tobytes()), speech("en-3").byteswap()],
    ids=["compressed bytes as PCMU", "L16 as PCMU", "wrong byte order"],
)
def test_bytes_of_another_format_are_static(noise):
    assert seconds_of(static(noise)) > 0.5 * len(noise) / 8000


@pytest.mark.parametrize(
    "nothing",
    [np.zeros(0, np.int16), np.zeros(16_000, np.int16), PCMU.decode(b"\xd5" * 16_000), tone(1004, 2.0), BYTES[:0]],
    ids=["empty", "silence", "idle in the wrong law", "a tone", "no bytes"],
)
def test_silence_and_tones_are_no_static(nothing):
    assert static(np.frombuffer(nothing, np.int16) if isinstance(nothing, bytes) else nothing) == []


def test_the_noise_of_a_line_is_no_static():
    noise = np.random.default_rng(2).normal(0, 32, 16_000).astype(np.int16)
    assert static(noise) == []


SECONDS = np.arange(64_000) / 8000
DRAWS = np.random.default_rng(3)


def chords():
    """Four notes with eight overtones each, another chord each second."""
    out = np.zeros(len(SECONDS))
    for bar in range(8):
        now = slice(bar * 8000, (bar + 1) * 8000)
        for note in np.array([220, 277, 330, 440]) * 2 ** (bar % 4 / 12):
            out[now] += sum(np.sin(2 * np.pi * note * k * SECONDS[now] + k) / k for k in range(1, 9))
    return out


def drum():
    """Four times a second."""
    n = np.arange(2000)
    return np.tile(np.exp(-n / 400) * np.sin(2 * np.pi * 80 * n / 8000), 32)


def hiss(power):
    """Noise whose spectrum falls with this power of the frequency."""
    spectrum = np.fft.rfft(DRAWS.normal(0, 1, len(SECONDS)))
    return np.fft.irfft(spectrum / np.arange(1, len(spectrum) + 1) ** power)


def noisy(snr_db):
    voice = speech("en-3").astype(np.float64)
    return voice + DRAWS.normal(0, voice.std() * 10 ** (-snr_db / 20), len(voice))


@pytest.mark.parametrize("level_dbfs", [-16, -23, -35])
@pytest.mark.parametrize(
    "sound",
    [
        chords(),
        chords() + 3 * drum(),
        np.sin(2 * np.pi * 770 * SECONDS) + np.sin(2 * np.pi * 1336 * SECONDS),
        sum(np.sin(2 * np.pi * 50 * k * SECONDS) / k for k in range(1, 20)),
        np.sin(2 * np.pi * (200 * SECONDS + 150 * SECONDS**2)),
        hiss(1.0),
        noisy(20),
    ],
    ids=["chords", "chords and drums", "a key", "hum", "a sweep", "rumble", "speech, 20 dB above white noise"],
)
def test_music_and_the_sounds_of_a_line_are_no_static(sound, level_dbfs):
    pcm = at_level((sound / np.abs(sound).max() * 20_000).astype(np.int16), level_dbfs)
    for codec in (PCMU, PCMA):
        assert static(codec.decode(codec.encode(pcm))) == []


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("level_dbfs", [-16, -35, -40])
def test_static_is_told_at_any_level(name, level_dbfs):
    """Its crest factor is no help: below 13 dB at the usual level, and above 20 dB where somebody speaks low."""
    quiet = at_level(speech(name), level_dbfs)
    for spoken, read in ((PCMA, PCMU), (PCMU, PCMA)):
        assert seconds_of(static(read.decode(spoken.encode(quiet)))) > 0.4 * len(quiet) / 8000


@pytest.mark.parametrize("noise", [hiss(0.0), hiss(0.5), noisy(10)], ids=["white", "pink", "speech, 10 dB above white"])
def test_noise_is_as_flat_and_needs_a_reference_to_be_told_from_static(noise):
    """What this cannot do: so nothing is failed for it where the noise is known to have been said."""
    pcm = at_level((noise / np.abs(noise).max() * 20_000).astype(np.int16), -23)
    assert seconds_of(static(pcm)) > 2
