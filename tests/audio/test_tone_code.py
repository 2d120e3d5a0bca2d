"""Frames of the tone code are read one by one, without a reference, whatever codec and line did to them."""

from itertools import chain

import numpy as np
import pytest
from watermarks import EACH_PATH, LEAD, PATHS, assert_every_frame_is_known, played

from telnyx_simulator.audio.passage import FRAME, Passage, Sighting, passage
from telnyx_simulator.audio.signals import level_dbfs, read_wav, resample
from telnyx_simulator.audio.tone_code import NUMBERS, read, tone_code
from telnyx_simulator.resources import clip_file

SENT = 1000


@pytest.mark.sampled
@pytest.mark.parametrize("path", [path for path in EACH_PATH if "AMR" not in str(path)])
def test_every_frame_is_known_though_some_are_lost_doubled_and_swapped(path: str) -> None:
    assert_every_frame_is_known(path, tone_code(SENT), lambda heard: read(heard, SENT))


@pytest.mark.sampled
@pytest.mark.parametrize(("path", "delay"), [("PCMU", 0), ("PCMA", 0), ("L16/8000", 0), ("G722", 11)])
def test_the_delay_is_known_to_the_sample(path: str, delay: int) -> None:
    """G722's own is 1.375 ms (study, section 4.2)."""
    found = read(PATHS[path](played(tone_code(200), list(range(200)))), 200)
    assert np.unique(np.rint(found.latency_s * 8000)).tolist() == [LEAD + delay]


def test_a_gap_of_any_length_moves_only_what_comes_after_it() -> None:
    sound = tone_code(100)
    found = read(np.concatenate([sound[: 50 * FRAME], np.zeros(1111, np.int16), sound[50 * FRAME :]]), 100)
    assert np.rint(found.latency_s * 8000).tolist() == [0] * 50 + [1111] * 50
    assert not found.lost + found.unread + found.duplicated + found.reordered


def test_after_48_seconds_the_code_begins_again_and_is_told_by_its_delay() -> None:
    sent = NUMBERS + 300
    found = read(tone_code(sent), sent)
    assert [one.index for one in found.heard] == list(range(sent))


def test_a_frame_that_was_damaged_is_not_lost() -> None:
    sound = tone_code(50)
    sound[20 * FRAME : 21 * FRAME] = np.random.default_rng(1).normal(0, 2000, FRAME).astype(np.int16)
    found = read(sound, 50)
    assert (found.lost, found.unread) == ((), (20,))


def test_speech_noise_and_silence_are_hardly_ever_taken_for_it() -> None:
    pcm, rate_hz = read_wav(clip_file("speech/en-3"))
    speech = resample(pcm, rate_hz, 8000)
    assert len(read(speech, NUMBERS).heard) < len(speech) / FRAME / 10
    noise = np.random.default_rng(1).normal(0, 2000, 80_000).astype(np.int16)
    assert read(noise, NUMBERS).heard == ()
    assert read(np.zeros(80_000, np.int16), NUMBERS).heard == ()
    assert read(np.zeros(3, np.int16), NUMBERS).heard == ()


def test_it_is_as_loud_as_speech_and_never_clipped() -> None:
    sound = tone_code(NUMBERS)
    assert level_dbfs(sound) == pytest.approx(-23.3, abs=0.3)
    assert np.abs(sound).max() < 8000


def frames(*numbers: int, at: int = 0) -> list[Sighting]:
    return [Sighting(at + n * FRAME, index, 1.0) for n, index in enumerate(numbers)]


@pytest.mark.parametrize(
    ("heard", "lost", "unread", "duplicated", "reordered"),
    [
        (frames(0, 1, 2, 3, 4), (), (), (), ()),
        (frames(0, 1, 3, 4), (2,), (), (), ()),
        (frames(0, 1) + frames(3, 4, at=3 * FRAME), (), (2,), (), ()),
        (frames(0, 1, 1, 2, 3, 4), (), (), (1,), ()),
        (frames(0, 2, 1, 3, 4), (), (), (), (2,)),
        (frames(0, 1, 2, 3, 4, 0), (), (), (0,), ()),
        (frames(4, 0, 1, 2, 3), (), (), (), (4,)),
        ([], (0, 1, 2, 3, 4), (), (), ()),
    ],
)
def test_what_became_of_five_frames(
    heard: list[Sighting],
    lost: tuple[int, ...],
    unread: tuple[int, ...],
    duplicated: tuple[int, ...],
    reordered: tuple[int, ...],
) -> None:
    found: Passage = passage(heard, 5)
    assert (found.lost, found.unread, found.duplicated) == (lost, unread, duplicated)
    assert len(found.reordered) == len(reordered)
    assert len(found.latency_s) == 5 - len(set(chain(lost, unread)))
