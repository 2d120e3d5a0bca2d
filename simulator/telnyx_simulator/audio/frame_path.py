"""Which 20 ms frame of what was sent each frame of what was heard is: for what was doubled, and what changed places.

Theory of operation. A frame of noise, and nearly every frame of speech, resembles no other: it is its own code word
(study, section 4.1). Frames need not begin where ours did, for an application may cut its messages otherwise, so the
place at which they begin is found first, for each half second: frames of what was heard, wherever they are cut,
correlate with the signal that was sent at a lag, and what is left of the lags after whole frames is where they begin.
Cut there, each frame is compared with every frame that was sent. It *is* the one that it resembles most, if it
resembles no other about as much, and if those around it were said around it: a tone or silence tells nothing, and is
left out.

Measured on a watermark and five sentences through two laws: every frame that holds sound is told, and none wrongly.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .telephone_band import fast_length

FRAME: Final = 160
STRETCH: Final = 25
"""Frames that are cut alike: half a second."""
EVERY: Final = 3
"""One frame in three tells where frames begin."""
ACTIVE_RMS: Final = 60.0
"""-55 dBFS: what is quieter may be the codec's own noise."""
GRID_NCC_MIN: Final = 0.6
CERTAIN_NCC: Final = 0.98
"""A frame that only passed through G.711, G.722 or L16."""
RIVAL_RESIDUE: Final = 0.5
"""And of a certain one: what it leaves over is at most half of what the next best frame does."""
AHEAD_OF_RIVAL: Final = 0.15
"""A frame that a low-rate codec changed must be that much better than the next best (noise: 0.5 to 0.8 against 0.3)."""
NCC_MIN: Final = 0.45
AROUND: Final = 6
COMPANY_MIN: Final = 4
UNCERTAIN_COMPANY_MIN: Final = 6
LAG_WITHIN: Final = 4 * FRAME
"""A frame of one voice may well resemble a frame of another; several in a row do not, at nearly one lag."""
UNKNOWN: Final = -1
REACH: Final = 5 * 8000
"""An application may have queued seconds of its own before what it says back."""


Words = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FramePath:
    """For each frame heard, in the order of hearing: which frame of those sent it is, `UNKNOWN` where nothing tells."""

    sent: NDArray[np.intp]
    at: NDArray[np.intp]
    """The sample of the heard signal at which each begins."""


def frame_path(
    sent: NDArray[np.int16],
    said_at: NDArray[np.intp],
    heard: NDArray[np.int16],
    kinds: NDArray[np.intp],
    *,
    reach: int = REACH,
) -> FramePath:
    """Both at 8000 Hz; `sent` is [frames, 160] in the order of sending, `said_at` when: a sample of `heard`'s time.

    Frames of one `kind` are the same sound sent several times, and no rivals of each other; one of them is given. What
    is heard is sought among what was sent before it, up to `reach` samples before.
    """
    ear = heard.astype(np.float32)
    words = _normed(sent.astype(np.float32))
    found: list[NDArray[np.intp]] = []
    sure: list[NDArray[np.bool_]] = []
    begins: list[NDArray[np.intp]] = []
    offset = 0
    for start in range(0, len(ear) - FRAME + 1, STRETCH * FRAME):
        stretch = ear[start : start + (STRETCH + 1) * FRAME]
        first, last = np.searchsorted(said_at, (start - reach, start + len(stretch)))
        if last <= first:
            continue
        offset = _offset(sent[first:last].reshape(-1).astype(np.float32), stretch, offset)
        # Each frame that begins within the stretch; the last one reaches into the next.
        at = np.arange(start + offset, min(start + STRETCH * FRAME, len(ear) - FRAME + 1), FRAME)
        if len(at):
            frames = np.lib.stride_tricks.sliding_window_view(ear, FRAME)[at]
            named, certain = _named(frames, words[first:last], kinds[first:last], int(first))
            found.append(named)
            sure.append(certain)
            begins.append(at)
    if not found:
        return FramePath(np.zeros(0, np.intp), np.zeros(0, np.intp))
    sent_of, at = np.concatenate(found), np.concatenate(begins)
    # Where two stretches are cut differently, the last frame of the one is most of the first of the other.
    again = np.flatnonzero(np.diff(at) < FRAME // 2) + 1
    sent_of[again] = UNKNOWN
    return FramePath(np.where(_in_company(sent_of, np.concatenate(sure), said_at, at), sent_of, UNKNOWN), at)


def _in_company(
    sent: NDArray[np.intp], certain: NDArray[np.bool_], said_at: NDArray[np.intp], at: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Whether enough of the frames around each were heard at about the same lag."""
    known = sent != UNKNOWN
    lag = np.where(known, at - said_at[np.where(known, sent, 0)], np.iinfo(np.int64).max // 2)
    within = np.where(certain, LAG_WITHIN, FRAME)
    count = np.zeros(len(sent), np.intp)
    for step in (*range(-AROUND, 0), *range(1, AROUND + 1)):
        agrees = np.abs(lag - np.roll(lag, step)) <= within
        agrees[: max(step, 0)] = False
        agrees[len(sent) + min(step, 0) :] = False
        count += agrees
    return np.asarray(known & (count >= np.where(certain, COMPANY_MIN, UNCERTAIN_COMPANY_MIN)))


def _normed(frames: Words) -> Words:
    """About their means and of length one; zero where there is no sound."""
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.sqrt((frames**2).sum(axis=1, keepdims=True))
    active = energy > ACTIVE_RMS * np.sqrt(FRAME)
    out: Words = np.where(active, frames / np.maximum(energy, 1e-9), np.float32(0))
    return out


def _offset(signal: Words, ear: Words, before: int) -> int:
    """Where frames begin in a stretch of what was heard: samples from its start, as most of its frames have it."""
    frames = ear[: len(ear) // FRAME * FRAME].reshape(-1, FRAME)[::EVERY]
    frames = _normed(frames)
    frames = frames[np.any(frames != 0, axis=1)]
    if not len(frames) or len(signal) < FRAME:
        return before
    length = fast_length(len(signal) + FRAME)
    common = np.fft.irfft(np.conj(np.fft.rfft(frames, length)) * np.fft.rfft(signal, length), length)
    common = common[:, : len(signal) - FRAME + 1]
    squares = np.concatenate(([0.0], np.cumsum(signal.astype(np.float64) ** 2)))
    energy = np.maximum(squares[FRAME:] - squares[:-FRAME], FRAME * ACTIVE_RMS**2)
    ncc = common / np.sqrt(energy)
    best = ncc.argmax(axis=1)
    sure = ncc[np.arange(len(frames)), best] >= GRID_NCC_MIN
    votes = Counter(int(-at % FRAME) for at in best[sure])
    return votes.most_common(1)[0][0] if votes else before


def _named(
    frames: Words, words: Words, kinds: NDArray[np.intp], first: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The number of the frame that each is, `UNKNOWN` where none or several would do; and whether it is certain."""
    ncc = np.einsum("hs,ws->hw", _normed(frames), words, optimize=True)
    best = ncc.argmax(axis=1)
    rows = np.arange(len(frames))
    score = ncc[rows, best]
    rivals = np.where(kinds[None, :] == kinds[best][:, None], -1.0, ncc)
    rival = np.clip(rivals.max(axis=1), 0.0, 1.0)
    certain = (score >= CERTAIN_NCC) & (1 - score**2 <= RIVAL_RESIDUE * (1 - rival**2))
    ahead = (score >= NCC_MIN) & (score - rival >= AHEAD_OF_RIVAL)
    return np.where(certain | ahead, best + first, UNKNOWN).astype(np.intp), np.asarray(certain)
