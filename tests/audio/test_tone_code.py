"""Frames of the tone code are read one by one, without a reference, whatever codec and line did to them."""

from collections.abc import Callable
from functools import partial
from itertools import chain

import numpy as np
import pytest
from G722 import G722
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.passage import FRAME, Passage, Sighting, passage
from telnyx_simulator.audio.signals import level_dbfs, read_wav, resample
from telnyx_simulator.audio.tone_code import NUMBERS, read, tone_code
from telnyx_simulator.resources import clip_file

Pcm = NDArray[np.int16]
ULAW, ALAW = g711.Law
SENT = 1000
LEAD = 1237


def through(encoder: g711.Law, decoder: g711.Law, pcm: Pcm) -> Pcm:
    return g711.decode(decoder, g711.encode(encoder, pcm))


def through_g722(pcm: Pcm) -> Pcm:
    data = G722(16000, 64000).encode(resample(pcm, 8000, 16000))
    return resample(np.asarray(G722(16000, 64000).decode(data), np.int16), 16000, 8000)


def through_opus(rate_hz: int, pcm: Pcm) -> Pcm:
    """24 kbit/s, tuned for voice: the worst that is usual."""
    av = pytest.importorskip("av", reason="Opus needs the extra: pip install telnyx-simulator[codecs]")
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = rate_hz, "mono", "s16", 24000
    encoder.options = {"application": "voip", "frame_duration": "20"}
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48000, "mono"
    decoded = []
    for at, samples in enumerate(resample(pcm, 8000, rate_hz).reshape(-1, rate_hz // 50)):
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, at * rate_hz // 50
        for packet in encoder.encode(frame):
            decoded += [one.to_ndarray()[0] for one in decoder.decode(packet)]
    assert decoded[0].dtype == np.int16
    return resample(np.concatenate(decoded), 48000, 8000)


PATHS: dict[str, Callable[[Pcm], Pcm]] = {
    "PCMU": partial(through, ULAW, ULAW),
    "PCMA": partial(through, ALAW, ALAW),
    "PCMU to PCMA": lambda pcm: through(ALAW, ALAW, through(ULAW, ULAW, pcm)),
    "L16": lambda pcm: pcm,
    "PCMA read as PCMU": partial(through, ALAW, ULAW),
    "PCMU read as PCMA": partial(through, ULAW, ALAW),
    "G722": through_g722,
    "Opus at 8 kHz": partial(through_opus, 8000),
    "Opus at 16 kHz": partial(through_opus, 16000),
    "20 dB quieter": lambda pcm: (pcm // 10).astype(np.int16),
}


def disturbed(sent: int, seed: int) -> tuple[list[int], set[int], list[int], int]:
    """3 % drops, 3 % doubles, 3 % swaps: numbers as they are heard, those lost, those doubled, how many swaps."""
    random, heard, lost, doubled, swaps, at = np.random.default_rng(seed), [], set(), [], 0, 0
    while at < sent:
        match random.choice(4, p=[0.91, 0.03, 0.03, 0.03]):
            case 1:
                lost.add(at)
            case 2:
                heard += [at, at]
                doubled.append(at)
            case 3 if at + 1 < sent:
                heard += [at + 1, at]
                swaps, at = swaps + 1, at + 1
            case _:
                heard.append(at)
        at += 1
    return heard, lost, doubled, swaps


def played(numbers: list[int]) -> Pcm:
    """These frames after a lead of silence, and some at the end; whole frames for codecs."""
    frames = tone_code(max(numbers) + 1).reshape(-1, FRAME)[numbers].reshape(-1)
    silence = np.zeros(LEAD, np.int16)
    return np.concatenate([silence, frames, np.zeros(10 * FRAME - LEAD, np.int16)])


@pytest.mark.parametrize("path", PATHS)
def test_every_frame_is_known_though_some_are_lost_doubled_and_swapped(path: str) -> None:
    heard, lost, doubled, swaps = disturbed(SENT, seed=len(path))
    found = read(PATHS[path](played(heard)), SENT)
    wrong = set(found.lost) ^ lost | set(found.unread)
    assert len(wrong) <= SENT // 1000, "99.9 % of the frames"
    if not wrong:
        assert [one.index for one in found.heard] == heard
        assert list(found.duplicated) == doubled
        assert len(found.reordered) == swaps


@pytest.mark.parametrize(("path", "delay"), [("PCMU", 0), ("PCMA", 0), ("L16", 0), ("G722", 11)])
def test_the_delay_is_known_to_the_sample(path: str, delay: int) -> None:
    """G722's own is 1.375 ms (study, section 4.2)."""
    found = read(PATHS[path](played(list(range(200)))), 200)
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
