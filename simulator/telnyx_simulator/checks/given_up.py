"""What an application with a jitter buffer of its own may have given up, frame by frame.

Theory of operation. Whoever plays out at an even pace waits for a frame for so long and no longer. What comes later is
given up: left out, or silence or anything else in its place. So each frame that is not heard was later than those that
are. It need not have been later than all of them, for a buffer grows where frames come late, and shrinks where it
leaves them out; but then later than those of the last second, or those of the next. An application that
loses messages loses them whether they came late or not.

Nobody gives up what a buffer as short as the ear's own would have had in time. What was given up is taken out of the
reference, or silenced in it, and the sound is judged by what is left: no sum of losses is excused, only these frames.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telnyx_simulator.audio.fidelity import DROPPED, HEARD, UNLIKE, UNTOLD, Fidelity
from telnyx_simulator.checks.delivered import BUFFER_NS, NEVER, Delivered
from telnyx_simulator.checks.tracks import FRAME_NS, FRAME_SAMPLES

_NEAR_FRAMES: Final = 50
# From fewer frames that were heard it does not follow how late is too late.
_HEARD_FRAMES_MIN: Final = 10
Flags = NDArray[np.bool_]


def without_given_up(delivered: Delivered, heard: Fidelity) -> Delivered | None:
    """The same without what may have been given up; None where that is nothing, or frames are not in their order."""
    count = len(delivered.came_ns)
    if (np.diff(delivered.due_ns) <= 0).any():
        return None
    fates = np.array(list(heard.fates.ljust(2 * count, UNTOLD))).reshape(count, 2)
    dropped, unlike = (fates == DROPPED).any(axis=1), (fates == UNLIKE).any(axis=1)
    came = delivered.late_ns < NEVER
    was_heard = (fates == HEARD).any(axis=1) & ~_widened(dropped) & ~unlike & came
    may_be = np.array([_is_too_late(delivered.late_ns, was_heard, n) for n in range(count)], np.bool_)
    left_out = _latest(delivered.late_ns, dropped, fates, may_be)
    silenced = ~was_heard & may_be & ~left_out & came
    if not (left_out | silenced & unlike).any():
        return None
    pcm = delivered.pcm.reshape(count, FRAME_SAMPLES).copy()
    came_ns, queued_ns = delivered.came_ns.copy(), delivered.queued_ns.copy()
    pcm[silenced] = 0
    for n in np.flatnonzero(silenced[1:]) + 1:
        # Nobody waited for it: as if it had come as the one before.
        came_ns[n] = min(came_ns[n], came_ns[n - 1] + FRAME_NS)
        queued_ns[n] = queued_ns[n - 1]
    kept = ~left_out
    return replace(
        delivered,
        pcm=pcm[kept].reshape(-1),
        came_ns=came_ns[kept],
        queued_ns=queued_ns[kept],
        due_ns=delivered.due_ns[kept],
        late_ns=delivered.late_ns[kept],
    )


def _is_too_late(late_ns: NDArray[np.int64], was_heard: Flags, n: int) -> bool:
    if late_ns[n] <= BUFFER_NS:
        return False
    first = max(0, n - _NEAR_FRAMES)
    sides = ((first, n), (n + 1, n + 1 + _NEAR_FRAMES))
    heard = [late_ns[first:last][was_heard[first:last]] for first, last in sides]
    return any(len(side) >= _HEARD_FRAMES_MIN and late_ns[n] > side.max() for side in heard)


def _latest(late_ns: NDArray[np.int64], dropped: Flags, fates: NDArray[np.str_], may_be: Flags) -> Flags:
    """Which frames were left out. Where exactly is not heard to the frame: of those around, the latest."""
    found = np.zeros(len(dropped), np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dropped.astype(np.int8), [0]))))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        many = round((fates[first:last] == DROPPED).sum() / 2)
        around = range(max(0, first - 1), min(len(dropped), last + 1))
        latest = sorted(around, key=lambda n: late_ns[n], reverse=True)[:many]
        found[[n for n in latest if may_be[n]]] = True
    return found


def _widened(flags: Flags) -> Flags:
    """True within one frame of a true one."""
    wide = flags.copy()
    wide[1:] |= flags[:-1]
    wide[:-1] |= flags[1:]
    return wide
