"""How well a clip was heard: each fault of a line is found as itself and costs nothing else."""

import json
import time
from dataclasses import asdict

import numpy as np
import pytest
from telephone_call import (
    CLIPS,
    L16,
    L16_WIDE,
    PCMA,
    PCMU,
    amplified,
    delayed_by_fraction,
    heard,
    loudest_sample,
    quietest_sample,
    speech,
    through,
    with_silence,
    without,
)

from telnyx_simulator.audio.fidelity import judge
from telnyx_simulator.audio.signals import at_level, resample, to_int16


def assert_clean(fidelity, *, snr_db=30.0):
    assert fidelity is not None
    assert fidelity.snr_db >= snr_db
    assert (fidelity.gaps, fidelity.dropped_s, fidelity.muted_s, fidelity.coverage) == ((), 0.0, 0.0, 1.0)


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("path", [(PCMA, PCMU), (PCMU, PCMA), (L16_WIDE, PCMU), (PCMA, L16)], ids=str)
def test_a_healthy_leg_is_clean_and_placed_to_the_sample(name, path):
    fidelity = judge(speech(name), heard(through(speech(name), *path)))
    assert_clean(fidelity)
    assert fidelity.began_s == pytest.approx(1.2345, abs=0.0005)
    assert fidelity.ended_s == pytest.approx(1.2345 + len(speech(name)) / 8000, abs=0.0005)
    assert abs(fidelity.gain_db) < 0.2


@pytest.mark.parametrize("level_dbfs", [-40, -30, -16, -10])
@pytest.mark.parametrize("path", [(PCMA, PCMU), (PCMU, PCMA)], ids=str)
def test_a_healthy_leg_is_clean_at_any_level(level_dbfs, path):
    clip = at_level(speech("en-2"), level_dbfs)
    assert_clean(judge(clip, heard(through(clip, *path))), snr_db=29)


@pytest.mark.parametrize("rate_hz", [16000, 24000])
@pytest.mark.parametrize("delay", [0.0, 0.37, 0.5])
def test_an_application_that_resamples_is_healthy(rate_hz, delay):
    clip = speech("en-2")
    inside = resample(through(clip, PCMA), 8000, rate_hz)
    back = delayed_by_fraction(resample(inside, rate_hz, 8000), delay)
    assert_clean(judge(clip, heard(through(back, PCMU))))


def test_two_clocks_that_differ_are_followed():
    clip = speech("en-3")
    rate = 1 + 100e-6
    spectrum_exact = resample(clip, 8000, 48000).astype(float)
    skewed = to_int16(np.interp(np.arange(0, len(clip) - 1, rate) * 6, np.arange(len(spectrum_exact)), spectrum_exact))
    assert_clean(judge(clip, heard(through(skewed, PCMU))), snr_db=28)


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("where", [loudest_sample, quietest_sample])
@pytest.mark.parametrize("samples", [160, 800])
def test_inserted_silence_is_one_gap_and_costs_no_snr(name, where, samples):
    clip = speech(name)
    at = where(clip) + 37  # not on a frame
    fidelity = judge(clip, heard(with_silence(through(clip, PCMA, PCMU), at=at, samples=samples)))
    assert fidelity.snr_db >= 28
    assert [gap.duration_s for gap in fidelity.gaps] == [pytest.approx(samples / 8000, abs=0.001)]
    assert (fidelity.dropped_s, fidelity.coverage) == (0.0, 1.0)
    if where is loudest_sample:
        assert fidelity.gaps[0].at_s == pytest.approx(1.2345 + at / 8000, abs=0.004)


@pytest.mark.parametrize("name", ["en-1", "en-2", "en-4"])
def test_many_gaps_are_counted(name):
    clip = speech(name)
    sound = through(clip, PCMA, PCMU)
    places = range(20000, 3000, -1600)  # each 200 ms
    for at in places:
        sound = with_silence(sound, at=at)
    fidelity = judge(clip, heard(sound))
    assert len(fidelity.gaps) == len(places)
    assert fidelity.snr_db >= 28


def test_choppy_audio_is_still_recognized():
    clip = speech("en-4")
    sound = through(clip, PCMA, PCMU)
    places = range(20000, 3000, -480)  # 20 ms of silence after each 60 ms
    for at in places:
        sound = with_silence(sound, at=at)
    fidelity = judge(clip, heard(sound))
    assert fidelity.coverage == 1.0
    assert sum(gap.duration_s for gap in fidelity.gaps) == pytest.approx(0.02 * len(places), abs=0.02)


def test_a_stall_of_two_seconds_is_one_gap():
    clip = speech("en-3")
    fidelity = judge(clip, heard(with_silence(through(clip, PCMU), at=13000, samples=16000)))
    assert [gap.duration_s for gap in fidelity.gaps] == [pytest.approx(2.0, abs=0.001)]
    assert fidelity.coverage == 1.0


@pytest.mark.parametrize("samples", [160, 800, 4000])
def test_dropped_audio_is_no_gap(samples):
    clip = speech("en-3")
    fidelity = judge(clip, heard(without(through(clip, PCMA, PCMU), at=loudest_sample(clip) - 2000, samples=samples)))
    assert fidelity.dropped_s == pytest.approx(samples / 8000, abs=0.001)
    assert fidelity.gaps == ()
    assert fidelity.snr_db >= 28


@pytest.mark.parametrize("name", CLIPS)
def test_lost_packets_filled_with_zeros_are_muted_audio_and_no_gap(name):
    clip = speech(name)
    sound = through(clip, PCMA, PCMU).copy()
    loudest = loudest_sample(clip) // 160 * 160
    sound[loudest - 160 : loudest + 160] = 0
    fidelity = judge(clip, heard(sound, at_s=1.23))
    assert fidelity.muted_s == pytest.approx(0.04, abs=0.011)
    assert (fidelity.gaps, fidelity.dropped_s) == ((), 0.0)
    assert fidelity.snr_db >= 28


def test_where_a_clip_itself_falls_silent_all_at_once_nothing_is_muted():
    """As where a line lost the frames between: the telephone band rings on, and the sound does not."""
    loud, quiet = loudest_sample(speech("en-1")), np.random.default_rng(1).integers(-8, 9, 480).astype(np.int16)
    clip = np.concatenate([speech("en-1")[:loud], quiet, speech("en-1")[loud + 480 :]])
    assert_clean(judge(clip, heard(through(clip, PCMA, PCMU))))
    muted = through(clip, PCMA, PCMU).copy()
    muted[loud - 240 : loud] = 0
    assert judge(clip, heard(muted)).muted_s == pytest.approx(0.03, abs=0.011)


@pytest.mark.parametrize("gain_db", [-20, -12, -6, 6, 12, 20])
def test_gain_is_measured_and_taken_off(gain_db):
    clip = at_level(speech("en-5"), -40 if gain_db > 0 else -14)
    fidelity = judge(clip, heard(through(amplified(through(clip, PCMA), gain_db), PCMU)))
    assert fidelity.gain_db == pytest.approx(gain_db, abs=0.15)
    assert_clean(fidelity, snr_db=28)


def test_clipping_lowers_the_snr_but_not_the_gain():
    fidelity = judge(speech("en-1"), heard(through(amplified(speech("en-1"), 20), PCMU)))
    assert fidelity.gain_db == pytest.approx(20, abs=0.3)
    assert fidelity.snr_db < 15
    assert fidelity.clipped > 0.05


def test_a_gap_is_found_in_amplified_audio():
    clip = at_level(speech("en-1"), -30)
    sound = with_silence(amplified(through(clip, PCMU), 6), at=loudest_sample(clip))
    fidelity = judge(clip, heard(through(sound, PCMU)))
    assert len(fidelity.gaps) == 1
    assert fidelity.gain_db == pytest.approx(6, abs=0.3)


@pytest.mark.parametrize("name", ["en-1", "en-2", "en-3"])
@pytest.mark.parametrize("rest", ["array ends", "silence", "another clip"])
def test_a_clip_that_was_cut_off_is_covered_in_part(name, rest):
    clip = speech(name)
    start = through(clip, PCMA, PCMU)[: len(clip) // 2]
    other = through(speech("en-1" if name == "en-2" else "en-2"), PCMU)
    tail = {"array ends": [], "silence": [np.zeros(16000, np.int16)], "another clip": [other]}
    fidelity = judge(clip, np.concatenate([np.zeros(8000, np.int16), start, *tail[rest]]))
    assert 0.3 < fidelity.coverage < 0.8
    assert fidelity.began_s == pytest.approx(1.0, abs=0.001)
    assert fidelity.ended_s == pytest.approx(1.0 + len(start) / 8000, abs=0.25)
    assert fidelity.snr_db >= 26


def test_whether_a_pause_was_heard_behind_which_a_clip_was_cut_off_is_not_told():
    clip = np.concatenate([speech("en-2"), np.zeros(4000, np.int16), speech("en-1")])
    cut = judge(clip, through(clip, PCMA, PCMU)[: len(speech("en-2")) + 2000])
    assert cut.ended_s + cut.pause_s >= len(speech("en-2")) / 8000 + 0.5
    assert judge(clip, heard(through(clip, PCMA, PCMU))).pause_s == 0.0


def test_a_clip_whose_beginning_was_lost_begins_with_what_was_heard():
    sound = through(speech("en-3"), PCMU)[12000:]
    fidelity = judge(speech("en-3"), sound)
    assert fidelity.coverage < 0.9
    assert fidelity.began_s == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("name", CLIPS)
def test_less_than_half_a_second_is_not_found(name):
    assert judge(speech(name), heard(through(speech(name), PCMU)[:2800])) is None


@pytest.mark.sampled
@pytest.mark.parametrize("name", CLIPS)
def test_other_speech_noise_and_silence_are_not_the_clip(name):
    others = [through(speech(other), PCMA, PCMU) for other in CLIPS if other != name]
    noise = np.random.default_rng(7).normal(0, 5000, 80000).astype(np.int16)
    swapped = through(speech(name), PCMU).byteswap()
    for sound in (np.concatenate(others), noise, swapped, np.zeros(80000, np.int16), np.full(80000, 716, np.int16)):
        assert judge(speech(name), sound) is None


def test_the_clip_is_found_after_a_greeting_and_before_more_talk():
    before, after = through(speech("en-4"), PCMU), through(speech("en-1"), PCMU)
    clip = speech("en-2")
    fidelity = judge(clip, np.concatenate([before, np.zeros(4321, np.int16), through(clip, PCMA, PCMU), after]))
    assert_clean(fidelity)
    assert fidelity.began_s == pytest.approx((len(before) + 4321) / 8000, abs=0.001)


@pytest.mark.parametrize(
    ("from_s", "began_s"), [(0.0, 2.0), (1.9, 2.0), (2.03, 2.0), (3.0, 10.0), (9.0, 10.0), (12.0, None)]
)
def test_of_two_occurrences_the_first_from_a_time_on_counts(from_s, began_s):
    clip = speech("en-1")
    sound = heard(through(clip, PCMA, PCMU), at_s=2.0, total_s=20)
    sound[80000 : 80000 + len(clip)] = through(clip, PCMU)
    fidelity = judge(clip, sound, from_s=from_s)
    assert fidelity is None if began_s is None else fidelity.began_s == pytest.approx(began_s, abs=0.001)


def test_a_cut_occurrence_before_a_whole_one_is_its_own():
    clip = speech("en-3")
    sound = heard(through(clip, PCMU)[: len(clip) // 2], at_s=1.0, total_s=20)
    sound[80000 : 80000 + len(clip)] = through(clip, PCMU)
    first = judge(clip, sound)
    assert first.began_s == pytest.approx(1.0, abs=0.001)
    assert 0.3 < first.coverage < 0.8
    assert first.gaps == ()
    assert judge(clip, sound, from_s=first.ended_s).coverage == 1.0


@pytest.mark.parametrize("duration_s", [0.15, 0.3, 0.5])
def test_short_clips_are_found_too(duration_s):
    start = loudest_sample(speech("en-3")) - 500
    clip = speech("en-3")[start : start + round(duration_s * 8000)]
    fidelity = judge(clip, heard(through(clip, PCMA, PCMU)))
    assert fidelity.began_s == pytest.approx(1.2345, abs=0.001)
    assert fidelity.snr_db >= 25
    assert judge(clip, heard(through(speech("en-1"), PCMA, PCMU))) is None


NOTHING = [np.zeros(0, np.int16), np.zeros(1, np.int16), np.zeros(500, np.int16), np.full(9000, 1000, np.int16)]


@pytest.mark.parametrize("nothing", NOTHING, ids=["empty", "one sample", "zeros", "constant"])
def test_nothing_is_never_found_and_nothing_breaks(nothing):
    clip = speech("en-2")
    assert judge(nothing, heard(clip)) is None
    assert judge(clip, nothing) is None
    assert judge(nothing, nothing) is None


def test_a_result_can_go_into_json_and_is_the_same_each_time():
    clip = speech("en-2")
    sound = heard(with_silence(through(clip, PCMA, PCMU), at=9000))
    first, second = judge(clip, sound), judge(clip, sound)
    assert first == second
    assert json.loads(json.dumps(asdict(first)))["gaps"][0]["duration_s"] == first.gaps[0].duration_s


def test_a_minute_of_sound_is_searched_quickly():
    clip = speech("en-1")
    sound = heard(through(clip, PCMA, PCMU), at_s=50, total_s=60)
    judge(clip, sound[:80000])  # warm
    began = time.process_time()
    assert_clean(judge(clip, sound))
    assert time.process_time() - began < 2.0  # 0.2 s on the machine of the study
