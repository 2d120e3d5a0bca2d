"""Clips as sounds: files, tones, and noise from a key."""

import hashlib
import io
import wave

import numpy as np
import pytest

from telnyx_simulator.audio.signals import level_dbfs, tone
from telnyx_simulator.media.ear import Ear, Played
from telnyx_simulator.media.sounds import SoundError, comfort_noise, load_clip, noise, watermark
from telnyx_simulator.media.sources import Sound

KEY = b"k" * 32


def read(wav: bytes) -> tuple[list[int], int]:
    with wave.open(io.BytesIO(wav)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist(), file.getframerate()


@pytest.mark.parametrize("make", [watermark, noise, comfort_noise])
def test_what_is_made_from_a_key_is_a_sound_and_the_file_that_the_trace_keeps(make):
    sound, wav = make(KEY, 2.0)
    assert (sound.name, sound.frames, sound.sample_rate_hz) == (make.__name__, 100, 8000)
    assert sound.digest == hashlib.sha256(wav).hexdigest()
    assert read(wav) == (sound.pcm.tolist(), 8000)
    assert make(KEY, 2.0)[1] == wav
    assert make(b"other", 2.0)[0].digest != sound.digest


@pytest.mark.parametrize("name", ["watermark", "noise"])
def test_a_seeded_clip_is_had_by_its_name_with_a_key(name):
    sound, _ = load_clip(name, key=KEY, seconds=1.0, level_dbfs=-40.0, times=3)
    assert (sound.name, sound.frames) == (name, 150)
    assert level_dbfs(sound.pcm) == pytest.approx(-40, abs=0.1)
    with pytest.raises(SoundError, match=f"{name} is made anew for each person of a run"):
        load_clip(name)


def test_a_tone_is_a_clip():
    assert load_clip("tone/440Hz")[0].pcm.tolist() == tone(440, 1.0).tolist()
    assert load_clip("tone/beep", times=2)[0].frames == 50


@pytest.mark.parametrize("name", ["tone/4000Hz", "tone/99999Hz"])
def test_a_tone_that_a_telephone_does_not_carry_is_refused(name):
    with pytest.raises(SoundError, match="must be below 4000 Hz"):
        load_clip(name)


@pytest.mark.parametrize("name", ["speech/none", "tone/0Hz", "tone/1e3Hz", "tone/", "../en-1", "comfort_noise"])
def test_an_unknown_clip_is_refused_with_those_there_are(name):
    with pytest.raises(SoundError, match=r"unknown clip .*; known are speech/en-1, .*watermark"):
        load_clip(name)


def test_a_sound_that_is_under_way_is_heard_from_where_it_is() -> None:
    """Of two rounds of three frames the first four are over."""
    levels = np.repeat(np.arange(1, 4, dtype=np.int16), 160)
    sound = Sound(name="three", digest="3", pcm=levels, sample_rate_hz=8000)
    ear = Ear(8000)
    ear.play(Played("three", sound, 10, 2, skipped=4))
    heard = [[int(frame[0]) for frame in ear.take(k, 8000)[0]] for k in range(9, 14)]
    assert heard == [[], [2], [3], [], []]
