"""Seeded noise: equal keys, equal samples; and a watermark whose every frame tells itself from all others."""

import subprocess
import sys

import numpy as np
import pytest

from telnyx_simulator.audio.activity import talkspurts
from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.noise import comfort_noise, noise, watermark
from telnyx_simulator.audio.signals import level_dbfs

KINDS = [watermark, noise, comfort_noise]
KEY = bytes(range(32))


def normed(pcm: np.ndarray) -> np.ndarray:
    frames = pcm.reshape(-1, 160).astype(np.float64)
    return frames / np.linalg.norm(frames, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_alone_decides_in_this_process_and_in_another(kind):
    here = kind(KEY, 1.0)
    assert here.tolist() == kind(KEY, 1.0).tolist()
    code = f"from telnyx_simulator.audio.noise import {kind.__name__} as n; print(n(bytes(range(32)), 1.0).tolist())"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert there.strip() == str(here.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_different_keys_give_noises_that_have_nothing_in_common(kind):
    one, other = kind(KEY, 5.0), kind(KEY[::-1], 5.0)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_one_key_gives_different_noises_for_different_purposes():
    assert abs(np.corrcoef(watermark(KEY, 5.0), noise(KEY, 5.0))[0, 1]) < 0.03


@pytest.mark.parametrize(("kind", "dbfs"), [(watermark, -23), (noise, -23), (comfort_noise, -60)])
@pytest.mark.parametrize("duration_s", [0.02, 0.5, 30.0])
def test_level_and_length_are_as_promised_and_nothing_is_clipped(kind, dbfs, duration_s):
    pcm = kind(KEY, duration_s)
    assert (pcm.dtype, len(pcm)) == (np.int16, round(duration_s * 8000))
    assert 20 * np.log10(pcm.std() / 32768) == pytest.approx(dbfs, abs=0.1 if duration_s > 0.1 else 1.5)
    assert np.abs(pcm.astype(np.int32)).max() < 32767


def test_the_watermark_lies_within_the_telephone_band():
    spectrum = np.abs(np.fft.rfft(watermark(KEY, 10.0))) ** 2
    frequency_hz = np.fft.rfftfreq(80_000, 1 / 8000)
    inside = (frequency_hz >= 300) & (frequency_hz <= 3400)
    assert 10 * np.log10(spectrum[~inside].sum() / spectrum[inside].sum()) < -50


def test_every_frame_of_a_watermark_is_a_code_word_of_its_own():
    """3000 frames: none is like another, in one sound or in somebody else's."""
    mine, others = normed(watermark(KEY, 60.0)), normed(watermark(KEY[::-1], 60.0))
    assert np.abs(mine @ mine.T - np.eye(len(mine))).max() < 0.6
    assert np.abs(mine @ others.T).max() < 0.6


@pytest.mark.parametrize("path", [(PCMU,), (PCMA,), (PCMA, PCMU), (PCMU, PCMA, PCMU)], ids=str)
def test_frames_are_recognized_behind_the_codecs_of_the_telephone(path):
    pcm = watermark(KEY, 60.0)
    through = pcm
    for codec in path:
        through = codec.decode(codec.encode(through))
    likeness = normed(through) @ normed(pcm).T
    assert likeness.argmax(axis=1).tolist() == list(range(3000))
    assert likeness.max(axis=1).min() > 0.95


def test_a_watermark_runs_on_without_a_seam():
    """Played over and over there is no click at the end: the step there is like any other."""
    pcm = watermark(KEY, 10.0).astype(np.int32)
    steps = np.abs(np.diff(pcm))
    assert abs(pcm[0] - pcm[-1]) <= steps.max()
    twice = np.tile(pcm, 2)
    around = np.fft.rfft(twice[80_000 - 4000 : 80_000 + 4000] * np.hanning(8000))
    frequency_hz = np.fft.rfftfreq(8000, 1 / 8000)
    outside = np.abs(around[(frequency_hz < 250) | (frequency_hz > 3450)]) ** 2
    assert 10 * np.log10(outside.sum() / (np.abs(around) ** 2).sum()) < -45


def test_comfort_noise_is_no_talk_and_the_others_are():
    assert talkspurts(PCMA.decode(PCMA.encode(comfort_noise(KEY, 3.0)))) == []
    for kind in (watermark, noise):
        pcm = np.concatenate([np.zeros(8000, np.int16), kind(KEY, 1.0), np.zeros(8000, np.int16)])
        [(start, end)] = talkspurts(pcm)
        assert (start, end) == (pytest.approx(1.0, abs=0.02), pytest.approx(2.0, abs=0.02))
        assert level_dbfs(pcm) == pytest.approx(-23, abs=0.2)
