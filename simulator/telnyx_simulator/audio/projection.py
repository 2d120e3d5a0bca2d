"""How loud one sound is in another: the part of what was heard that is what was said, in dB, down to a known floor.

Theory of operation. What is heard is `g` times what was said, some time later, and something else: the application's
own voice, noise. Least squares over short spectra gives `g` without a bias; weighting each cell of time and frequency
by what else is in it gives it precisely, for a voice is full of holes through which a faint one is seen. What else is
in a cell is what `g` leaves over, so weights and `g` are found in turns.

The lag is where the weighted correlation is highest, and in any signal it is highest somewhere. What that amounts to
when the sound is not there at all is measured by the same search for the sound played backwards, which has the same
spectrum and was never heard: the *floor*. It is never put below -45 dB (-39 dB for 2 s of sound, and so on), and
nothing is claimed up to 6 dB above it.

Measured through mu-law: 3 s of speech 30 dB under other speech, or 20 dB under white noise as loud as it, are found
and measured to 0.5 dB. The floor of 4 s and more is -45 dB under speech, -35 dB under such noise. Of 1500 sounds of 1,
2 and 4 s that were not there none was taken to be.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import RATE_HZ, Samples, fast_length, prepare

FRAME: Final = 160
HOP: Final = 80
LOWEST_BIN, HIGHEST_BIN = 6, 68
"""300 to 3400 Hz, at 50 Hz a bin."""
QUANTIZATION_RMS: Final = 8.0
"""What G.711 adds to anything quiet: less than this is in no cell."""
BLOCK: Final = 50
"""Half a second: a sound need not be there all the time, and where it is not, it must not be held against the rest."""
ROUNDS: Final = 4
CANDIDATES: Final = 3
FRACTIONS: Final = (-0.5, -0.25, 0.0, 0.25, 0.5)
"""Of a sample: an application that resamples does not keep to our grid."""
ABOVE_FLOOR_DB: Final = 6.0
FLOOR_DB_MIN: Final = -45.0
FLOOR_FROM_S: Final = 4.0
"""Shorter sounds resemble others more: half the length, twice the floor."""
SAID_S_MIN: Final = 0.5
VALID_S_MIN: Final = 1.0
VALID_SHARE_MIN: Final = 0.25
"""How much of it, in time and in energy, must have had the time to be heard."""
ACTIVE_WITHIN_DB: Final = 25.0
"""What is this far below the loud frames is a pause."""
NOTHING_DB: Final = -120.0

Cells = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Projection:
    """`level_db` is 0 for a perfect echo; `floor_db` is what nothing at all would have come to."""

    level_db: float
    floor_db: float
    lag_s: float
    """Of what was heard behind what was said, both counted from their first sample."""

    @property
    def is_heard(self) -> bool:
        return self.level_db > self.floor_db + ABOVE_FLOOR_DB


def project(said: NDArray[np.int16], heard: NDArray[np.int16], *, lag_s_max: float) -> Projection | None:
    """How much of `said` is in `heard`, at the lag from 0 to `lag_s_max` seconds at which there is most of it.

    What is beyond the end of `heard` was not heard for want of time, and is not held against the rest.
    Both are int16 at 8000 Hz. None where less than half a second was said, or less than a second of `heard` is left.
    """
    voice, ear = prepare(said).band, prepare(heard).band
    active_s = _active_s(voice)
    least = round(max(VALID_S_MIN * RATE_HZ, VALID_SHARE_MIN * len(voice)))
    if active_s < SAID_S_MIN or len(ear) < least:
        return None
    lags = max(1, min(round(lag_s_max * RATE_HZ), len(ear) - least))
    # A faint sound is found best when loud cells are silenced, a loud one when they are only evened out.
    whitened = [_whitened(ear, len(voice) + lags, exponent) for exponent in (1.0, 0.5)]
    level, lag = _most(voice, ear, whitened, lags)
    floor, _ = _most(voice[::-1], ear, whitened, lags)
    least_db = FLOOR_DB_MIN + max(0.0, _decibels(FLOOR_FROM_S / active_s))
    return Projection(_decibels(level), max(_decibels(floor), least_db), lag / RATE_HZ)


def _active_s(voice: Samples) -> float:
    """Seconds of sound, the pauses taken off."""
    power = (voice[: len(voice) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1)
    loud = float(np.percentile(power, 95)) if len(power) else 0.0
    return float((power > max(loud * 10 ** (-ACTIVE_WITHIN_DB / 10), QUANTIZATION_RMS**2)).sum()) * FRAME / RATE_HZ


def _decibels(gain: float) -> float:
    return max(NOTHING_DB, float(20 * np.log10(max(abs(gain), 1e-9))))


def _most(voice: Samples, ear: Samples, whitened: list[Samples], lags: int) -> tuple[float, float]:
    """The largest gain among the most promising lags, with its lag in samples."""
    promising = sorted({lag for signal in whitened for lag in _candidates(voice, signal, lags)})
    lag = max(promising, key=lambda lag: abs(_gain(voice, ear[lag:], 0.0)))
    gain, fraction = max((abs(_gain(voice, ear[lag:], fraction)), fraction) for fraction in FRACTIONS)
    return gain, lag + fraction


def _candidates(voice: Samples, whitened: Samples, lags: int) -> list[int]:
    length = fast_length(len(voice) + len(whitened))
    products = np.conj(np.fft.rfft(voice, length)) * np.fft.rfft(whitened, length)
    correlation = np.abs(np.fft.irfft(products, length)[:lags])
    found: list[int] = []
    for _ in range(CANDIDATES):
        lag = int(correlation.argmax())
        correlation[max(lag - 40, 0) : lag + 40] = 0
        found.append(lag)
    return found


def _gain(voice: Samples, heard: Samples, fraction: float) -> float:
    """Weighted least squares in each half second, and their mean by what was said in each.

    What was said is moved by a fraction of a sample; what had no time to be heard is left out.
    """
    length = min(len(voice), len(heard))
    if (voice[:length] ** 2).sum() <= VALID_SHARE_MIN * (voice**2).sum():
        return 0.0
    said, got = _cells(voice[:length]), _cells(heard[:length])
    said = said * np.exp(-2j * np.pi * np.arange(LOWEST_BIN, HIGHEST_BIN + 1) * fraction / FRAME)
    power, common = np.abs(said) ** 2, (np.conj(said) * got).real
    starts = np.arange(0, len(said), BLOCK)
    of_block = np.minimum(np.arange(len(said)) // BLOCK, len(starts) - 1)
    energy = _summed(power, starts)
    gains = _summed(common, starts) / (energy + 1e-9)
    for _ in range(ROUNDS):
        weight = 1 / _rest(got - gains[of_block, None] * said)
        gains = _summed(weight * common, starts) / (_summed(weight * power, starts) + 1e-30)
    return float((gains * energy).sum() / (energy.sum() + 1e-9))


def _summed(cells: Samples, starts: NDArray[np.intp]) -> Samples:
    total: Samples = np.add.reduceat(cells.sum(axis=1), starts)
    return total


def _rest(left: Cells) -> Samples:
    """The power of what else is in and around each cell: over 5 bins and 3 frames."""
    power = np.abs(left) ** 2
    for axis, width in ((1, 5), (0, 3)):
        power = _smoothed(power, width, axis)
    return power + QUANTIZATION_RMS**2 * FRAME * 0.375


def _smoothed(cells: Samples, width: int, axis: int) -> Samples:
    """The mean over `width` neighbors; beyond the edge there is nothing."""
    reach = width // 2
    padded = np.pad(cells, [(reach + 1, reach) if at == axis else (0, 0) for at in range(cells.ndim)])
    total = padded.cumsum(axis=axis)
    count = cells.shape[axis]
    ahead, behind = np.arange(width, width + count), np.arange(count)
    mean: Samples = (total.take(ahead, axis) - total.take(behind, axis)) / width
    return np.maximum(mean, 0.0)


def _cells(samples: Samples) -> Cells:
    """Short spectra, [frames, bins]: Hann windows of 20 ms, each 10 ms."""
    count = max(1, (len(samples) - FRAME) // HOP + 1)
    padded = np.pad(samples, (0, max(0, FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][:count]
    return np.fft.rfft(frames * np.hanning(FRAME), axis=1)[:, LOWEST_BIN : HIGHEST_BIN + 1]


def _whitened(ear: Samples, length: int, exponent: float) -> Samples:
    """What was heard with each cell divided by this power of its own, so that loud ones do not outshout the rest."""
    samples = np.pad(ear, (0, max(0, length - len(ear))))
    cells = _cells(samples)
    spectra = np.zeros((len(cells), FRAME // 2 + 1), dtype=np.complex128)
    spectra[:, LOWEST_BIN : HIGHEST_BIN + 1] = cells / _rest(cells) ** exponent
    frames = np.fft.irfft(spectra, FRAME, axis=1)
    out = np.zeros(len(samples) + FRAME)
    for half in (0, HOP):  # two frames overlap at each sample
        columns = frames[:, half : half + HOP].reshape(-1)
        out[half : half + len(columns)] += columns
    return out[: len(samples)]
