"""What happened to frames of which a low-rate codec has left little."""

import numpy as np
import pytest
from numpy.typing import NDArray
from telephone_call import Pcm, speech

from telnyx_simulator.audio.autopsy.along import along
from telnyx_simulator.audio.autopsy.events import find_events
from telnyx_simulator.audio.autopsy.path import FRAME, SILENT, Path, find_path
from telnyx_simulator.audio.autopsy.quarters import FINE
from telnyx_simulator.audio.autopsy.repetition import repeated
from telnyx_simulator.audio.faults import Fault
from telnyx_simulator.audio.g711 import Law, decode, encode
from telnyx_simulator.audio.signals import to_int16
from telnyx_simulator.audio.telephone_band import prepare

WIRE_FRAME = 160
LATE = 800


def blurred(pcm: Pcm, below_db: float = 9.0) -> Pcm:
    """With noise as loud as the sound at each moment, but for some dB: as low-rate codecs make it."""
    loudness = np.sqrt(np.convolve(pcm.astype(np.float64) ** 2, np.ones(80) / 80, "same"))
    noise = np.random.default_rng(9).standard_normal(len(pcm)) * loudness
    return to_int16(pcm + noise * 10 ** (-below_db / 20))


def late(pcm: Pcm) -> Pcm:
    return np.concatenate([np.zeros(LATE, np.int16), pcm])


def loud_frame(pcm: Pcm) -> int:
    whole = pcm[: len(pcm) // WIRE_FRAME * WIRE_FRAME].astype(np.float64).reshape(-1, WIRE_FRAME)
    power = (whole**2).sum(axis=1)
    return int(np.minimum(power[1:], power[:-1]).argmax()) + 1


def test_a_copy_of_the_frame_before_is_found_where_the_path_sees_no_change() -> None:
    said = speech("en-1")
    came, at = blurred(said), loud_frame(said)
    copied = came.copy()
    copied[at * WIRE_FRAME : (at + 1) * WIRE_FRAME] = came[(at - 1) * WIRE_FRAME : at * WIRE_FRAME]
    reference = prepare(said)
    path = find_path(reference, prepare(late(came)))
    assert repeated(path, reference, prepare(late(came)), pace=1.0) == []
    (event,) = repeated(path, reference, prepare(late(copied)), pace=1.0)
    assert event.fault is Fault.FRAMES_REPEATED
    assert event.at_s == pytest.approx((at * WIRE_FRAME + LATE) / 8000, abs=0.002)
    assert event.reference_s == pytest.approx(at * WIRE_FRAME / 8000, abs=0.002)


def test_what_the_reference_itself_says_twice_is_no_copy() -> None:
    said = speech("en-1").copy()
    at = loud_frame(said)
    said[at * WIRE_FRAME : (at + 1) * WIRE_FRAME] = said[(at - 1) * WIRE_FRAME : at * WIRE_FRAME]
    came = blurred(said)
    came[at * WIRE_FRAME : (at + 1) * WIRE_FRAME] = came[(at - 1) * WIRE_FRAME : at * WIRE_FRAME]
    reference, heard = prepare(said), prepare(late(came))
    assert repeated(find_path(reference, heard), reference, heard, pace=1.0) == []


@pytest.mark.parametrize(
    ("unknown_frames", "fault"), [(4, Fault.FRAMES_REORDERED), (0, Fault.FRAMES_REPEATED), (8, Fault.FRAMES_REPEATED)]
)
def test_of_two_pieces_that_changed_places_the_later_may_be_all_that_is_known(
    unknown_frames: int, fault: Fault
) -> None:
    """Sound of unknown origin, as long as what comes late after it and as that is late, was the other of the two."""
    states = np.zeros(200, np.intp)
    states[84:88] = 1
    states[84 - unknown_frames : 84] = SILENT
    (event,) = find_events(path_of(states, delays=[0, FINE * WIRE_FRAME]), prepare(np.full(8000, 1000, np.int16)))
    assert event.fault is fault


def path_of(states: NDArray[np.intp], delays: list[int]) -> Path:
    """A path of which each frame is as loud as the next, and explained to a tenth if it is at all."""
    energy = np.full(len(states), 4e7)
    return Path(
        delays=np.array(delays),
        states=states,
        at=np.array(delays)[np.maximum(states, 0)],
        heard=energy,
        expected=energy,
        residual=np.where(states == SILENT, energy, energy / 10),
        quiet=1e4,
        noise=1e3,
        gain=1.0,
        jumps=2,
    )


@pytest.mark.parametrize("law", Law, ids=str)
def test_along_a_path_a_mixup_of_laws_explains_more_only_if_there_was_one(law: Law) -> None:
    said = speech("en-1")
    mixed = decode(law.other, encode(law, said))
    reference, instead = prepare(said), prepare(mixed)
    for came, is_mixed in ((said, False), (mixed, True)):
        heard = prepare(late(blurred(came)))
        path = find_path(reference, heard)
        assert (along(path, instead, heard, late=0).fit_db > path.fit_db) is is_mixed


def test_along_its_own_path_a_sound_explains_what_it_explains() -> None:
    said = speech("en-2")
    reference, heard = prepare(said), prepare(late(blurred(said)))
    path = find_path(reference, heard)
    assert along(path, reference, heard, late=0).fit_db == pytest.approx(path.fit_db, abs=0.1)
    earlier = prepare(np.concatenate([np.zeros(FRAME, np.int16), said]))
    assert along(path, earlier, heard, late=FINE * FRAME).fit_db == pytest.approx(path.fit_db, abs=0.1)
