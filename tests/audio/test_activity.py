"""Whether anything was heard, without a reference."""

import numpy as np
import pytest
from telephone_call import PCMA, PCMU, heard, speech, through

from telnyx_simulator.audio.diagnosis import is_silent, talkspurts
from telnyx_simulator.audio.signals import tone


@pytest.mark.parametrize(
    "nothing",
    [
        np.zeros(0, np.int16),
        np.zeros(8000, np.int16),
        through(np.zeros(8000, np.int16), PCMA),  # A-law has no zero: all samples are 8
        np.full(8000, 716, np.int16),  # an idle line in the wrong law is a constant
    ],
    ids=["empty", "zeros", "alaw-idle", "constant"],
)
def test_silence_is_silent_and_holds_no_talkspurt(nothing):
    assert is_silent(nothing)
    assert talkspurts(nothing) == []


def test_one_beep_in_a_minute_is_no_silence():
    assert not is_silent(heard(tone(440, 0.04, -50), total_s=60))


def test_two_sentences_are_two_talkspurts():
    beep = tone(440, 0.5, -20)
    pause = np.zeros(4000, np.int16)
    spurts = talkspurts(np.concatenate([pause, beep, pause, beep]))
    assert np.array(spurts) == pytest.approx(np.array([(0.5, 1.0), (1.5, 2.0)]), abs=0.011)


def test_a_pause_of_200_ms_belongs_to_the_talkspurt():
    beep = tone(440, 0.5, -20)
    both = np.concatenate([beep, np.zeros(1600, np.int16), beep])
    assert np.array(talkspurts(both)) == pytest.approx(np.array([(0.0, 1.2)]))


def test_speech_begins_where_it_was_placed():
    spurts = talkspurts(heard(through(speech("en-1"), PCMU), at_s=2.0, total_s=8))
    assert spurts[0][0] == pytest.approx(2.1, abs=0.25)
    assert spurts[-1][1] < 5.4
