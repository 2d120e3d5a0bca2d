"""What a jitter buffer of the application gives up, and what nobody may lose: each frame by itself."""

from pathlib import Path

import numpy as np
import pytest
from test_delivered import CLIP, COUNT, FRAME, LAG_NS, MS_NS, SAID_NS, call, came, echo, heard

from telnyx_simulator.checks.sound import Judged

LOUD = [n for n, frame in enumerate(CLIP) if np.abs(frame).max() > 4000]
LATE = (LOUD[20], LOUD[45])
USUAL_MS = 30


def judged(folder: Path, late_ms: dict[int, int], *, missing: tuple[int, ...], how: str) -> Judged:
    """An echo in which the `missing` frames are silent, repeated from before, or left out."""
    moments = [(n, late_ms.get(n, USUAL_MS * (n % 2)) * MS_NS) for n in range(COUNT)]
    back = []
    for n, frame in enumerate(CLIP):
        if n not in missing:
            back.append(frame)
        elif how != "left out":
            back.append(np.zeros(FRAME, np.int16) if how == "silent" else CLIP[n - 1])
    return echo(heard(came(call(folder), CLIP, moments), [(SAID_NS + LAG_NS, back)]))


@pytest.mark.parametrize("how", ["silent", "repeated", "left out"])
def test_what_came_later_than_all_that_was_heard_may_be_missing(how: str, tmp_path: Path) -> None:
    found = judged(tmp_path, dict.fromkeys(LATE, 110), missing=LATE, how=how)
    assert (found.healthy, found.fault) == (True, None), found.actual
    assert found.own is not None
    assert found.own.missing_ns < MS_NS


@pytest.mark.parametrize("how", ["silent", "repeated", "left out"])
@pytest.mark.parametrize(
    ("late_ms", "missing"),
    [
        ({}, LATE),
        (dict.fromkeys(LATE, 110), (LATE[0] + 8, LATE[1] + 8)),
        ({n + near: 120 - 10 * (near == 0) for n in LATE for near in (-8, 0, 8)}, LATE),
        (dict.fromkeys(LATE, 50), LATE),
    ],
    ids=["not late", "others were late", "others as late were heard", "a short buffer would have had them"],
)
def test_nothing_else_may(late_ms: dict[int, int], missing: tuple[int, ...], how: str, tmp_path: Path) -> None:
    found = judged(tmp_path, late_ms, missing=missing, how=how)
    assert found.own is not None
    assert not found.healthy or found.own.missing_ns > 10 * MS_NS, found.actual


def test_a_buffer_that_grew_hears_later_what_it_gave_up_before(tmp_path: Path) -> None:
    found = judged(tmp_path, {LATE[0]: 110, LATE[1]: 120}, missing=LATE[:1], how="silent")
    assert found.healthy, found.actual
