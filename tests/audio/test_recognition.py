"""Frames are recognized in any order, and never taken for those of another sound."""

import numpy as np
import pytest
from telephone_call import CLIPS, PCMA, PCMU, heard, speech, through

from telnyx_simulator.audio.recognition import recognize


def in_turns(one, other):
    """20 ms of this and 20 ms of that."""
    count = min(len(one), len(other)) // 160
    return np.stack([one[: count * 160].reshape(-1, 160), other[: count * 160].reshape(-1, 160)], axis=1).reshape(-1)


@pytest.mark.parametrize("name", CLIPS)
def test_every_frame_of_the_same_sound_is_recognized(name):
    found = recognize(speech(name), heard(through(speech(name), PCMA, PCMU), at_s=1.0))
    assert found.share == 1.0
    assert 1.0 <= found.first_s < 1.5
    assert found.is_heard


@pytest.mark.parametrize(("said", "other"), [("en-1", "en-4"), ("en-3", "en-5"), ("en-4", "en-2")])
def test_two_voices_in_turns_are_both_recognized(said, other):
    ear = in_turns(through(speech(said), PCMA), through(speech(other), PCMA))
    for name in (said, other):
        assert recognize(speech(name), through(ear, PCMU)).share == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("said", CLIPS)
@pytest.mark.parametrize("other", CLIPS)
def test_another_voice_is_not_recognized(said, other):
    if said != other:
        assert not recognize(speech(said), through(speech(other), PCMA, PCMU)).is_heard


@pytest.mark.parametrize("nothing", [np.zeros(0, np.int16), np.zeros(8000, np.int16)])
def test_silence_is_nobody_s(nothing):
    assert not recognize(speech("en-1"), nothing).is_heard
    assert not recognize(nothing, speech("en-1")).is_heard
