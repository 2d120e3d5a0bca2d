"""What lines and codecs do to the frames of a watermark."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.codecs import parse_codec
from telnyx_simulator.audio.passage import FRAME, Passage
from telnyx_simulator.audio.signals import resample

Pcm = NDArray[np.int16]
LEAD = 1237


def misread(encoder: g711.Law, decoder: g711.Law, pcm: Pcm) -> Pcm:
    return g711.decode(decoder, g711.encode(encoder, pcm))


def through(name: str, pcm: Pcm) -> Pcm:
    """Encoded and decoded, and brought back to 8000 Hz; with half a second for the codec's own delay."""
    codec = parse_codec(name)
    if missing := codec.missing_here(encode=True, decode=True):
        pytest.skip(str(missing))
    more = np.concatenate([pcm, np.zeros(4000, np.int16)])
    return resample(codec.through(resample(more, 8000, codec.sample_rate_hz)), codec.sample_rate_hz, 8000)


CODECS = ["PCMU", "PCMA", "L16/8000", "L16/24000/be", "G722", "OPUS/8000", "OPUS/16000", "OPUS/48000", "MP3"]
PATHS: dict[str, Callable[[Pcm], Pcm]] = {
    **{name: partial(through, name) for name in CODECS},
    "PCMU to PCMA": lambda pcm: through("PCMA", through("PCMU", pcm)),
    "PCMA read as PCMU": partial(misread, g711.Law.ALAW, g711.Law.ULAW),
    "PCMU read as PCMA": partial(misread, g711.Law.ULAW, g711.Law.ALAW),
    "AMR-WB": partial(through, "AMR-WB"),
    "20 dB quieter": lambda pcm: (pcm // 10).astype(np.int16),
}


QUICK = ("PCMU", "PCMA read as PCMU", "G722", "OPUS/8000")
EACH_PATH = [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in PATHS]


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


def played(sound: Pcm, numbers: list[int]) -> Pcm:
    """These frames of a sound, after a lead of silence."""
    return np.concatenate([np.zeros(LEAD, np.int16), sound.reshape(-1, FRAME)[numbers].reshape(-1)])


def assert_every_frame_is_known(path: str, sound: Pcm, read: Callable[[Pcm], Passage]) -> None:
    """99.9 % of them at least, with drops, doubles and swaps; and all told exactly if all are known."""
    sent = len(sound) // FRAME
    heard, lost, doubled, swaps = disturbed(sent, seed=len(path))
    found = read(PATHS[path](played(sound, heard)))
    wrong = set(found.lost) ^ lost | set(found.unread)
    assert len(wrong) <= sent // 1000, sorted(wrong)
    if not wrong:
        assert [one.index for one in found.heard] == heard
        assert list(found.duplicated) == doubled
        assert len(found.reordered) == swaps
