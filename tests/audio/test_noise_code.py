"""Frames of a known noise are read one by one, whatever codec and line did to them."""

import numpy as np
import pytest
from watermarks import EACH_PATH, LEAD, PATHS, assert_every_frame_is_known, played

from telnyx_simulator.audio.noise import watermark
from telnyx_simulator.audio.noise_code import read
from telnyx_simulator.audio.passage import FRAME
from telnyx_simulator.audio.signals import read_wav, resample
from telnyx_simulator.resources import clip_file

SAID = watermark(b"said", 20.0)
"""1000 frames."""
SHORT = SAID[: 100 * FRAME]


@pytest.mark.parametrize("path", EACH_PATH)
def test_every_frame_is_known_though_some_are_lost_doubled_and_swapped(path: str) -> None:
    assert_every_frame_is_known(path, SAID, lambda heard: read(SAID, heard))


@pytest.mark.parametrize(("path", "delay"), [("PCMU", 0), ("PCMA", 0), ("L16/8000", 0), ("G722", 11)])
def test_the_delay_is_known_to_the_sample(path: str, delay: int) -> None:
    found = read(SHORT, PATHS[path](played(SHORT, list(range(100)))))
    assert np.unique(np.rint(found.latency_s * 8000)).tolist() == [LEAD + delay]


def test_a_gap_of_any_length_moves_only_what_comes_after_it() -> None:
    found = read(SHORT, np.concatenate([SHORT[: 50 * FRAME], np.zeros(1111, np.int16), SHORT[50 * FRAME :]]))
    assert np.rint(found.latency_s * 8000).tolist() == [0] * 50 + [1111] * 50
    assert not found.lost + found.unread + found.duplicated + found.reordered


def test_what_is_heard_from_the_middle_on_lost_its_beginning() -> None:
    found = read(SHORT, SHORT[40 * FRAME + 30 :])
    assert found.lost == tuple(range(41))


def test_a_frame_that_was_damaged_is_not_lost() -> None:
    heard = SHORT.copy()
    heard[20 * FRAME : 21 * FRAME] = watermark(b"other", 0.02)
    found = read(SHORT, heard)
    assert (found.lost, found.unread) == ((), (20,))


def test_another_noise_speech_and_silence_are_none_of_it() -> None:
    pcm, rate_hz = read_wav(clip_file("speech/en-3"))
    for heard in (watermark(b"another", 5.0), resample(pcm, rate_hz, 8000), np.zeros(40_000, np.int16), SHORT[:0]):
        assert len(read(SHORT, heard).heard) <= 1
    assert read(SHORT[:0], SHORT).sent == 0
