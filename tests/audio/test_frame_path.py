"""Which frame of what was sent each frame heard is: exact on noise and speech, whatever an application does to them."""

from pathlib import Path

import numpy as np
import pytest

from telnyx_simulator.audio.codecs import PCMA, PCMU
from telnyx_simulator.audio.frame_path import FRAME, UNKNOWN, frame_path
from telnyx_simulator.audio.noise import watermark
from telnyx_simulator.audio.signals import read_wav, resample, to_int16, tone

SPEECH = Path(__file__).parents[2] / "fixtures" / "audio" / "speech"
Pcm = np.ndarray


def said(name: str) -> Pcm:
    """[frames, 160]"""
    if name == "watermark":
        pcm = watermark(b"frames", 6.0)
    else:
        wav, rate_hz = read_wav(SPEECH / f"{name}.wav")
        pcm = resample(wav, rate_hz, 8000)
    return pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)


def path(sent: Pcm, heard: Pcm, kinds: Pcm | None = None) -> list[int]:
    """The frame that each frame heard is, those that cannot be told left out."""
    numbers = np.arange(len(sent))
    found = frame_path(sent, numbers * FRAME, heard.reshape(-1), numbers if kinds is None else kinds)
    return [n for n in found.sent.tolist() if n != UNKNOWN]


def after(delay: int, frames: Pcm) -> Pcm:
    """Through two laws, so many samples later."""
    pcm = PCMU.decode(PCMU.encode(PCMA.decode(PCMA.encode(frames.reshape(-1)))))
    return np.concatenate([np.zeros(delay, np.int16), pcm])


def active(frames: Pcm) -> list[int]:
    return np.flatnonzero(frames.std(axis=1) > 70).tolist()


@pytest.mark.parametrize("delay", [0, 37, 160, 4000])
@pytest.mark.parametrize("name", ["watermark", "en-1", "en-4"])
def test_each_frame_that_holds_sound_is_told_wherever_it_is_cut(name: str, delay: int) -> None:
    frames = said(name)
    found = path(frames, after(delay, frames))
    assert found == sorted(set(found))
    assert set(active(frames)[:-1]) <= set(found)


def test_what_is_dropped_doubled_and_swapped_is_seen_to_the_frame() -> None:
    frames = said("watermark")
    order = list(range(len(frames)))
    order[50], order[51] = order[51], order[50]
    order.insert(120, order[119])
    del order[200]
    assert path(frames, after(500, frames[order])) == order


def test_where_frames_begin_may_change_on_the_way() -> None:
    """5 ms of silence that are put in move all that follows off the grid: the frame that they cut may be lost."""
    frames = said("watermark")
    heard = after(0, frames)
    moved = np.concatenate([heard[:16_000], np.zeros(40, np.int16), heard[16_000:]])
    found = path(frames, moved)
    assert found == sorted(set(found))
    assert len(found) >= len(frames) - STRETCH_LOST


STRETCH_LOST = 14
"""Half a second in which frames are cut in two ways is read in the one that most of them have."""


@pytest.mark.parametrize("gain", [0.1, 3.0])
def test_the_level_does_not_matter(gain: float) -> None:
    frames = said("watermark")
    assert len(path(frames, to_int16(after(0, frames) * gain))) == len(frames)


def test_what_resembles_other_frames_as_much_is_not_told() -> None:
    frames = np.resize(tone(400, 2.0), (100, FRAME))
    assert path(frames, after(0, frames)) == []


def test_another_voice_silence_and_nothing_tell_nothing() -> None:
    frames = said("en-1")
    assert path(frames, after(0, said("en-3"))) == []
    assert path(frames, np.zeros(16_000, np.int16)) == []
    assert path(frames, np.zeros(0, np.int16)) == []
    assert path(frames[:0], after(0, frames)) == []


def test_what_was_not_said_yet_is_not_heard() -> None:
    frames = said("watermark")
    found = frame_path(frames, np.arange(len(frames)) * FRAME + 80_000, after(0, frames), np.arange(len(frames)))
    assert (found.sent == UNKNOWN).all()


def test_a_sound_that_was_sent_twice_is_no_rival_of_itself() -> None:
    frames = said("watermark")[:100]
    twice = np.concatenate([frames, frames])
    kinds = np.tile(np.arange(len(frames)), 2)
    assert len(path(twice, after(0, twice), kinds)) == len(twice)
    assert len(path(twice, after(0, twice))) < len(frames) + 5, "without that, the second time nothing is told"
