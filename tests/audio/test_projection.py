"""How loud one sound is in another: right where it is there, and nothing claimed where it is not."""

import numpy as np
import pytest
from telephone_call import PCMA, PCMU, amplified, delayed_by_fraction, heard, speech, through

from telnyx_simulator.audio.projection import FLOOR_DB_MIN, project
from telnyx_simulator.audio.signals import to_int16

LAG_S_MAX = 5.0


def mixed(*parts):
    return to_int16(np.sum([part.astype(np.float64) for part in parts], axis=0))


@pytest.mark.parametrize("name", ["en-1", "en-2", "en-5"])
def test_a_perfect_echo_is_at_0_db_where_it_came(name):
    clip = speech(name)
    found = project(clip, heard(through(clip, PCMA, PCMU)), lag_s_max=LAG_S_MAX)
    assert found.level_db == pytest.approx(0, abs=0.2)
    assert found.lag_s == pytest.approx(1.2345, abs=0.001)
    assert found.is_heard


@pytest.mark.parametrize("level_db", [-6, -20, -30])
def test_a_faint_echo_under_other_speech_is_measured(level_db):
    clip = speech("en-2")
    ear = mixed(heard(amplified(clip, level_db)), heard(np.concatenate([speech("en-3"), speech("en-4")]), at_s=0.1))
    found = project(clip, through(ear, PCMU), lag_s_max=LAG_S_MAX)
    assert found.level_db == pytest.approx(level_db, abs=1.5)
    assert found.is_heard


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_part_of_an_echo_is_that_much_of_it(share):
    """Silence where the rest should be is no proof against the part that was heard."""
    clip = speech("en-3")
    part = clip.copy()
    part[round(len(clip) * share) :] = 0
    found = project(clip, heard(through(part, PCMU)), lag_s_max=LAG_S_MAX)
    energy = float((part.astype(float) ** 2).sum() / (clip.astype(float) ** 2).sum())
    assert found.level_db == pytest.approx(20 * np.log10(energy), abs=1.5)


def test_what_had_no_time_to_be_heard_is_not_held_against_the_rest():
    """Nor taken for anything: the sound lies at one end of what was said, and the call may end before the other."""
    clip = heard(speech("en-2"), at_s=1.0, total_s=12)
    for end_s in (3.5, 6.0, 12.0):
        found = project(clip, through(clip, PCMU)[: round(end_s * 8000)], lag_s_max=LAG_S_MAX)
        assert found.level_db == pytest.approx(0, abs=0.2)
        assert -46 < found.floor_db < -30


@pytest.mark.parametrize("said", ["en-1", "en-2", "en-5"])
def test_what_is_not_there_stays_at_the_floor_and_the_floor_is_low(said):
    ear = heard(through(np.concatenate([speech("en-3"), speech("en-4")]), PCMU), at_s=0.1)
    found = project(speech(said), ear, lag_s_max=LAG_S_MAX)
    assert not found.is_heard
    assert found.floor_db < -37
    assert found.level_db < -40


def test_on_a_silent_line_nothing_is_heard():
    long = np.concatenate([speech("en-1"), speech("en-3")])
    found = project(long, through(np.zeros(80_000, np.int16), PCMA), lag_s_max=LAG_S_MAX)
    assert (found.is_heard, found.floor_db) == (False, FLOOR_DB_MIN)


def test_under_loud_noise_the_floor_is_high_and_says_so():
    noise = np.random.default_rng(1).normal(0, 1000, 96_000).astype(np.int16)
    found = project(speech("en-2"), noise, lag_s_max=LAG_S_MAX)
    assert not found.is_heard
    assert found.floor_db > -40


def test_a_resampler_s_fraction_of_a_sample_costs_little():
    clip = speech("en-5")
    found = project(clip, heard(delayed_by_fraction(clip, 0.4)), lag_s_max=LAG_S_MAX)
    assert found.level_db == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("said", [np.zeros(8000, np.int16), speech("en-1")[4000:6000], np.zeros(0, np.int16)])
def test_silence_and_scraps_are_no_reference(said):
    assert project(said, heard(speech("en-1")), lag_s_max=LAG_S_MAX) is None
