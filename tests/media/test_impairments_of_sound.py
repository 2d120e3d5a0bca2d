"""What impairments do to sound: each what it is called, and nothing where it has nothing to do."""

import numpy as np
import pytest

from telnyx_simulator.audio.signals import FULL_SCALE, level_dbfs, tone
from telnyx_simulator.draws import Draws
from telnyx_simulator.media.impairments.line import APPLICATION, Way
from telnyx_simulator.media.impairments.sound import Moment
from telnyx_simulator.media.sounds import load_clip

MS = 1_000_000
SPEECH = load_clip("speech/en-1")[0].pcm
SOUNDS = {"tone/1004Hz": load_clip("tone/1004Hz")[0]}


def through(pcm, *impairments, back=None, rate_hz=8000, from_tick=0):
    """A signal, frame by frame; None where no frame was sent."""
    way = Way(impairments, APPLICATION, from_tick=from_tick, draws=Draws(1), sounds=SOUNDS)
    size = rate_hz // 50
    frames = []
    for n in range(len(pcm) // size):
        there = np.zeros(0) if back is None else back[n * size : (n + 1) * size].astype(float)
        moment = Moment(tick=from_tick + n, rate_hz=rate_hz, back=there)
        frames.append(way.altered(pcm[n * size : (n + 1) * size].astype(float), moment))
    return frames


def joined(frames):
    return np.concatenate(frames)


@pytest.mark.parametrize("gain_db", [-10.0, 6.0])
def test_gain_is_what_it_says(gain_db):
    found = joined(through(tone(440, 0.2, -30), {"kind": "gain", "gain_db": gain_db}))
    assert level_dbfs(found) == pytest.approx(-30 + gain_db, abs=0.05)


def test_clipping_cuts_off_what_is_louder_and_leaves_the_rest():
    found = joined(through(tone(440, 0.2, -6), {"kind": "clip", "level_dbfs": -12.0}))
    assert np.abs(found).max() == pytest.approx(FULL_SCALE * 10 ** (-12 / 20))
    quiet = tone(440, 0.2, -30)
    assert (joined(through(quiet, {"kind": "clip", "level_dbfs": -12.0})) == quiet).all()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_noise_is_so_much_quieter_than_speech_at_any_rate_and_has_no_seam(rate_hz):
    silence = np.zeros(rate_hz * 2)
    found = joined(through(silence, {"kind": "noise", "clip": "tone/1004Hz", "snr_db": 15.0}, rate_hz=rate_hz))
    assert level_dbfs(found, rate_hz) == pytest.approx(-23 - 15, abs=0.1)
    half = rate_hz
    assert np.allclose(found[:half], found[half:]), "a second of tone, over and over"


def test_comfort_noise_has_its_level_and_its_seed():
    silence = np.zeros(8000)
    found = joined(through(silence, {"kind": "comfort_noise", "level_dbfs": -50.0}))
    assert level_dbfs(found) == pytest.approx(-50, abs=0.5)
    assert (found == joined(through(silence, {"kind": "comfort_noise", "level_dbfs": -50.0}))).all()


def test_a_dial_tone_is_heard_at_the_beginning_only():
    found = joined(through(np.zeros(8000), {"kind": "dial_tone", "lasts_ns": 500 * MS}, from_tick=100))
    assert level_dbfs(found[:4000]) == pytest.approx(-25, abs=0.5)
    assert not found[4000:].any()
    spectrum = np.abs(np.fft.rfft(found[:4000]))
    assert sorted(np.argsort(spectrum)[-2:] * 2) == [350, 440]


def test_an_echo_is_the_other_direction_later_and_quieter():
    back = SPEECH[:8000]
    found = joined(through(np.zeros(8000), {"kind": "echo", "delay_ns": 120 * MS, "level_db": -20.0}, back=back))
    assert not found[:960].any()
    assert np.allclose(found[960:], 0.1 * back[: 8000 - 960])


def test_dtx_sends_no_frames_while_nobody_speaks_or_comfort_noise_instead():
    pcm = np.concatenate((np.zeros(1600), tone(440, 0.2), np.zeros(4800)))
    frames = through(pcm, {"kind": "dtx"})
    sent = [n for n, frame in enumerate(frames) if frame is not None]
    assert sent == list(range(10, 30)), "200 ms of sound, and 200 ms behind it"
    filled = through(pcm, {"kind": "dtx", "fill_dbfs": -55.0})
    assert all(frame is not None for frame in filled)
    assert level_dbfs(joined(filled[31:])) == pytest.approx(-55, abs=1.5)


def test_the_order_of_a_list_counts_for_sound_as_well():
    loud, cut = {"kind": "gain", "gain_db": 12.0}, {"kind": "clip", "level_dbfs": -12.0}
    pcm = tone(440, 0.2, -12)
    assert np.abs(joined(through(pcm, loud, cut))).max() < np.abs(joined(through(pcm, cut, loud))).max() / 3


def test_impairments_of_frames_leave_sound_alone():
    way = Way([{"kind": "loss", "ratio": 0.5}], APPLICATION, from_tick=0, draws=Draws(1), sounds={})
    assert (way.changes_sound, way.moves_frames) == (False, True)
