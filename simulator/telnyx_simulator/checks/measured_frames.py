"""Measures of single frames: what an application that echoes doubled, and what it put in another order.

The line's own share is off by construction for what it did on the way to the application: the frames that were really
sent, in the order in which they were, are what the heard ones are compared with. What is sent twice may be heard twice;
an application may keep the order in which it got frames, or put them back into the one in which they were said.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.frame_path import FRAME, UNKNOWN, frame_path
from telnyx_simulator.checks.record import Record
from telnyx_simulator.checks.sound import Ears
from telnyx_simulator.checks.tracks import NS_PER_SAMPLE, Track, Words
from telnyx_simulator.checks.values import NoValues, Value

# Half a second of sound: with fewer frames a share says little.
TOLD_MIN = 25


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """One leg: for each frame heard that can be told, in the order of hearing, when it was and which frame it is."""

    call: str
    at_ns: list[int]
    sent: list[int]
    words: Words

    def value(self, wrong: Sequence[int], what: str) -> Value:
        """The share of frames that are wrong; `wrong` are their places in this path."""
        first, last = (wrong[0], wrong[-1]) if wrong else (0, -1)
        told = f"{len(wrong)} of {len(self.sent)} frames {what}"
        since_ns, at_ns = self.at_ns[first], self.at_ns[last]
        return Value(number=len(wrong) / len(self.sent), at_ns=at_ns, since_ns=since_ns, call=self.call, what=told)


def duplicates(record: Record, ears: Ears) -> list[Value]:
    values = []
    for path in _paths(record):
        left = Counter(path.words.kinds.tolist())
        again = []
        for place, sent in enumerate(path.sent):
            kind = int(path.words.kinds[sent])
            left[kind] -= 1
            if left[kind] < 0:
                again.append(place)
        values.append(path.value(again, "heard again"))
    return values


def reorder(record: Record, ears: Ears) -> list[Value]:
    values = []
    for path in _paths(record):
        seen: set[int] = set()
        firsts = []
        for place, sent in enumerate(path.sent):
            if sent not in seen:
                firsts.append(place)
                seen.add(sent)
        order = np.array([path.sent[place] for place in firsts])
        as_sent = [firsts[n] for n in _behind(order)]
        as_said = [firsts[n] for n in _behind(path.words.due_ns[order])]
        values.append(path.value(min(as_sent, as_said, key=len), "out of order"))
    return values


def _behind(ranks: NDArray[np.generic]) -> list[int]:
    """Those that come after one of a greater rank (RFC 4737)."""
    values = ranks.astype(np.int64)
    behind: list[int] = np.flatnonzero(values < np.maximum.accumulate(values)).tolist()
    return behind


def _paths(record: Record) -> Iterator[_Path]:
    if record.header["profile"]["observe"] != "loopback":
        raise NoValues("frames are told in what an application echoes; the profile has no `audio: {observe: loopback}`")
    found = False
    for call in record.legs(None):
        ear, words = record.heard(call), record.words(call)
        if ear is None or words is None:
            continue
        path = _path(call, ear, words)
        if len(path.sent) >= TOLD_MIN:
            found = True
            yield path
    if not found:
        raise NoValues("no frame of a sound that was said is heard; a watermark tells each one")


def _path(call: str, ear: Track, words: Words) -> _Path:
    said_at = ((words.at_ns - ear.began_ns) // NS_PER_SAMPLE).astype(np.intp)
    found = frame_path(words.pcm, said_at, ear.pcm, words.kinds)
    places: dict[int, NDArray[np.intp]] = {}
    order = np.argsort(words.kinds, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(words.kinds[order])) + 1):
        places[int(words.kinds[group[0]])] = group
    at_ns: list[int] = []
    sent: list[int] = []
    lag = None
    for n, at in zip(found.sent.tolist(), found.at.tolist(), strict=True):
        if n == UNKNOWN:
            continue
        same = places[int(words.kinds[n])]
        if len(same) > 1:
            # Said several times: the one before it that fits in with the frames around.
            lags = at - said_at[same]
            fits = np.where(lags > -FRAME, np.abs(lags - (lag or 0)), np.iinfo(np.int64).max)
            n = int(same[int(fits.argmin())])
        lag = int(at - said_at[n])
        at_ns.append(ear.began_ns + at * NS_PER_SAMPLE)
        sent.append(n)
    return _Path(call, at_ns, sent, words)
