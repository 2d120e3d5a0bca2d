"""A law mix-up of a sound that was made louder, quieter or moved before: which level it had.

Theory of operation. Each code of one law means something else in the other, so the mistake cannot be repeated unless
the samples are known to half a step: a gain of a decibel gives another sound, and so does half a sample of delay. But a
law mix-up keeps the signs, and the frame path follows it as declared, if poorly. Along this path each sample that was
heard has its sample of the reference; the gain, or the constant, with which the mistake gives what was heard, is sought
on some thousands of such pairs.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio import g711
from telnyx_simulator.audio.autopsy.hypotheses import SILENCE_OF_LAWS, Hypothesis, Pcm, Setting, Sound, law_reread
from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.g711 import Law
from telnyx_simulator.audio.signals import FULL_SCALE, to_int16
from telnyx_simulator.audio.telephone_band import Samples, Signal

GAINS_DB: Final = np.arange(-26.0, 20.5, 0.5)
CONSTANTS: Final = np.arange(-0.16, 0.1601, 0.0025)
"""In full scales."""
FINER: Final = np.arange(-5, 6) / 5
"""Of a step of either, to either side of the best."""
PAIRS_MAX: Final = 12000
FRAMES_MIN: Final = 20
BETTER_BY: Final = 0.05
"""In correlation: what a gain or a constant must add."""

FLAT: Final = 50.0
"""What a resampler may add to a constant."""
FLAT_FRAMES_MIN: Final = 8


def levelled(setting: Setting, path: Path, heard: Signal) -> Iterator[tuple[Hypothesis, int]]:
    """Each law mix-up at the level that suits it best, if one does; and by how much it lags, in quarters of a sample.

    `path` is that of what was heard as declared.
    """
    fraction = _fraction(path)
    source = _earlier(setting.at(8000).astype(np.float64), fraction)
    pairs = _pairs(source, heard, path, fraction)
    if pairs is None:
        return
    for written, fault in _DECODED_AS_OTHER.items():
        plain = _likeness(*pairs, written, 1.0, 0.0)
        gain = _best(GAINS_DB, partial(_with_gain, *pairs, written))
        constant = _best(CONSTANTS, partial(_likeness, *pairs, written, 1.0))
        factor, added = (10 ** (gain[0] / 20), 0.0) if gain[1] > constant[1] else (1.0, constant[0])
        if max(gain[1], constant[1]) < plain + BETTER_BY:
            factor, added = 1.0, 0.0
        if fraction or (factor, added) != (1.0, 0.0):
            mixed_up = partial(_mixed_up, source, written, factor, added)
            gain_db = 20 * float(np.log10(factor))
            told = Hypothesis(fault, "", mixed_up, floor_rms=SILENCE_OF_LAWS, gain_db=gain_db, constant=added)
            yield told, fraction


def written_in_silence(heard: Signal) -> Law | None:
    """The law in which silence was written that the other has made a constant of; None if there is none."""
    frames = heard.pcm[: len(heard) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    level = np.abs(np.median(frames, axis=1))[np.ptp(frames, axis=1) < FLAT]
    found = {law: int((np.abs(level - constant) < FLAT / 2).sum()) for law, constant in _SILENCE.items()}
    law = max(Law, key=lambda one: found[one])
    return law if found[law] >= max(FLAT_FRAMES_MIN, 3 * found[law.other]) else None


def _mixed_up(source: Samples, written: Law, factor: float, added: float) -> Sound:
    return law_reread(to_int16(factor * source + added * FULL_SCALE), written, written.other)


def _fraction(path: Path) -> int:
    """In quarters of a sample: how far what was heard lies between the samples of the reference."""
    sounding = path.at[(path.states != SILENT) & (path.heard > 10 * path.quiet)] % FINE
    return int(np.bincount(sounding, minlength=FINE).argmax()) if len(sounding) else 0


def _earlier(source: Samples, fraction: int) -> Samples:
    """The source, its samples taken where those of what was heard lie."""
    if fraction == 0:
        return source
    padded = np.concatenate([source, np.zeros(64)])
    spectrum = np.fft.rfft(padded)
    turn = np.exp(-2j * np.pi * np.arange(len(spectrum)) / len(padded) * fraction / FINE)
    return np.fft.irfft(spectrum * turn, len(padded))[: len(source)]


def _pairs(source: Samples, heard: Signal, path: Path, fraction: int) -> tuple[Samples, Samples] | None:
    """Samples of the source, and those heard in their place."""
    good = np.flatnonzero((path.states != SILENT) & (path.heard > 10 * path.quiet) & (path.at % FINE == fraction))
    good = good[(good + 1) * FRAME <= len(heard)]
    if len(good) < FRAMES_MIN:
        return None
    good = good[:: -(-len(good) * FRAME // PAIRS_MAX)]
    place = (good * FRAME - (path.at[good] - fraction) // FINE)[:, None] + np.arange(FRAME)
    inside = (place >= 0) & (place < len(source))
    said = np.where(inside, source[np.clip(place, 0, len(source) - 1)], 0.0)
    came = heard.pcm[good[:, None] * FRAME + np.arange(FRAME)]
    return said.reshape(-1), came.astype(np.float64).reshape(-1)


def _likeness(said: Samples, came: Samples, written: Law, factor: float, added: float) -> float:
    mixed = _reread(to_int16(factor * said + added * FULL_SCALE), written)
    mixed = mixed - mixed.mean()
    came = came - came.mean()
    return float((mixed * came).sum() / np.sqrt((mixed**2).sum() * (came**2).sum() + 1.0))


def _with_gain(said: Samples, came: Samples, written: Law, gain_db: float) -> float:
    return _likeness(said, came, written, 10 ** (gain_db / 20), 0.0)


def _reread(samples: Pcm, written: Law) -> Samples:
    return g711.decode(written.other, g711.encode(written, samples)).astype(np.float64)


def _best(values: NDArray[np.float64], likeness: Callable[[float], float]) -> tuple[float, float]:
    """The best value, to a fifth of a step, and how like it makes both."""
    step = float(values[1] - values[0])
    rough = float(values[int(np.argmax([likeness(float(one)) for one in values]))])
    finer = rough + step * FINER
    rated = [likeness(float(one)) for one in finer]
    at = int(np.argmax(rated))
    return float(finer[at]), float(rated[at])


_DECODED_AS_OTHER: Final = {Law.ALAW: Fault.PCMA_DECODED_AS_PCMU, Law.ULAW: Fault.PCMU_DECODED_AS_PCMA}
_SILENCE: Final = {law: abs(float(g711.decode(law.other, g711.encode(law, np.zeros(1, np.int16)))[0])) for law in Law}
