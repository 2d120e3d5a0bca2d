"""Tones of the network, beeps found in what is said, and the voice that says nothing."""

import numpy as np
import pytest

from telnyx_simulator.audio import tones
from telnyx_simulator.audio.activity import talkspurts
from telnyx_simulator.audio.beeps import beeps
from telnyx_simulator.audio.noise import noise, watermark
from telnyx_simulator.audio.signals import level_dbfs, read_wav, tone
from telnyx_simulator.audio.tone_code import tone_code
from telnyx_simulator.audio.voicelike import CHARACTERS_A_SECOND, voicelike
from telnyx_simulator.resources import clip_file, clip_names

KEY = b"k" * 32


def lines_hz(pcm: np.ndarray, count: int) -> list[int]:
    """The strongest spectral lines, to 10 Hz."""
    power = np.abs(np.fft.rfft(pcm[:8000] * np.hanning(len(pcm[:8000])), 8000)) ** 2
    found: list[int] = []
    for hz in np.argsort(power)[::-1]:
        if all(abs(int(hz) - one) > 30 for one in found):
            found.append(int(hz))
        if len(found) == count:
            break
    return sorted(round(one, -1) for one in found)


@pytest.mark.parametrize("key", tones.KEYS_HZ)
def test_a_key_is_its_two_tones(key):
    pcm, begins = tones.keys(key, tone_s=0.25, gap_s=0.1, pauses_s={})
    assert (len(pcm), begins) == (2000, [0.0])
    assert lines_hz(pcm, 2) == [round(hz, -1) for hz in tones.KEYS_HZ[key]]


def test_keys_follow_one_another_with_gaps_and_pauses():
    pcm, begins = tones.keys("1w2W", tone_s=0.2, gap_s=0.1, pauses_s={"w": 0.5, "W": 1.0})
    assert begins == [0.0, pytest.approx(0.8)]
    assert len(pcm) == round(1.0 * 8000)
    assert not pcm[1600:6400].any()
    assert tones.keys("ww", tone_s=0.2, gap_s=0.1, pauses_s={"w": 0.5})[1] == []


def test_what_a_caller_hears_of_the_network_is_of_north_america():
    assert (len(tones.ringback()), lines_hz(tones.ringback()[:16000], 2)) == (48_000, [440, 480])
    assert (len(tones.busy()), lines_hz(tones.busy()[:4000], 2)) == (8000, [480, 620])
    assert not tones.ringback()[16000:].any()


def test_music_on_hold_goes_on_without_a_seam():
    music = tones.hold_music()
    assert (len(music), round(level_dbfs(music))) == (64_000, pytest.approx(-24, abs=3))
    assert abs(int(music[-1]) - int(music[0])) < 500
    assert len(talkspurts(np.tile(music, 2))) == 1


@pytest.mark.parametrize("hz", [440, 1000, 1400, 2100])
@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_a_steady_tone_is_a_beep_and_where_it_ends_is_found(hz, rate_hz):
    silence = np.zeros(rate_hz, np.int16)
    [(start, end)] = beeps(np.concatenate([silence, tone(hz, 0.3, rate_hz=rate_hz), silence]), rate_hz)
    assert (start, end) == (pytest.approx(1.0, abs=0.021), pytest.approx(1.3, abs=0.021))


def test_a_beep_after_speech_is_found():
    pcm, rate_hz = read_wav(clip_file("speech/en-1"))
    [(start, end)] = beeps(np.concatenate([pcm, tone(1000, 0.5, rate_hz=rate_hz)]), rate_hz)
    assert start == pytest.approx(len(pcm) / rate_hz, abs=0.05)
    assert end - start == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", clip_names())
def test_there_is_no_beep_in_speech(name):
    assert beeps(*read_wav(clip_file(name))) == []


@pytest.mark.parametrize(
    "pcm",
    [
        noise(KEY, 5.0),
        watermark(KEY, 5.0),
        tone_code(250),
        tones.ringback(),
        tones.keys("5", tone_s=1.0, gap_s=0.1, pauses_s={})[0],
        voicelike("Please leave a message after the tone.", KEY),
        tone(1000, 0.15),
        np.zeros(0, np.int16),
    ],
    ids=["noise", "watermark", "tone code", "ringback", "key", "voice", "short", "nothing"],
)
def test_nothing_else_is_a_beep(pcm):
    assert beeps(pcm, 8000) == []


def test_a_voice_takes_as_long_as_the_words():
    text = "the quick brown fox jumps over the lazy dog again and again until it is tired"
    seconds = len(voicelike(text, KEY)) / 8000
    assert seconds == pytest.approx(len(text) / CHARACTERS_A_SECOND, rel=0.1)
    assert level_dbfs(voicelike(text, KEY)) == pytest.approx(-20, abs=1)


def test_a_voice_pauses_at_punctuation():
    spurts = talkspurts(voicelike("Good morning everybody. What can I do for you?", KEY))
    assert len(spurts) == 2
    assert spurts[1][0] - spurts[0][1] == pytest.approx(0.45, abs=0.15)


def test_a_voice_is_that_of_its_key():
    assert (voicelike("hello", KEY) == voicelike("hello", KEY)).all()
    assert not np.array_equal(voicelike("hello", KEY), voicelike("hello", b"other"))
    assert not voicelike("", KEY).any()
