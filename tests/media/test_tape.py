"""What a recording holds."""

import numpy as np
import pytest

from telnyx_simulator.audio.mp3 import Mp3Decoder
from telnyx_simulator.audio.signals import tone
from telnyx_simulator.audio.wav import parse
from telnyx_simulator.media.announced import file_of
from telnyx_simulator.media.ear import Played
from telnyx_simulator.media.leg_media import LegMedia
from telnyx_simulator.media.sources import Sound
from telnyx_simulator.media.tape import SilentFor, Tape

FRAME_NS = 20_000_000
S = 1_000_000_000


def frame(value: int) -> np.ndarray:
    return np.full(160, value, np.int16)


def tape(*, is_conference: bool = False, frames_max: int | None = None, listens: bool = False) -> Tape:
    return Tape(8000, 0, is_conference=is_conference, frames_max=frames_max, listens=listens)


def levels(channels: np.ndarray) -> list[list[int]]:
    """Of each frame, what each channel has."""
    return channels[::160].tolist()


def fill(of: Tape, said: list[int], heard: list[int], first: int = 0) -> list[SilentFor | None]:
    return [
        of.take("a", (first + k) * FRAME_NS, frame(one) if one else None, frame(other) if other else None, ())
        for k, (one, other) in enumerate(zip(said, heard, strict=True))
    ]


def test_two_channels_are_what_is_said_and_what_is_heard():
    one = tape()
    fill(one, [1000, 0, 2000], [0, 300, 400])
    assert levels(one.channels("dual", "both", trim=False)) == [[1000, 0], [0, 300], [2000, 400]]
    assert levels(one.channels("single", "both", trim=False)) == [[1000], [300], [2400]]
    assert levels(one.channels("dual", "inbound", trim=False)) == [[1000], [0], [2000]]
    assert levels(one.channels("dual", "outbound", trim=False)) == [[0], [300], [400]]


def test_what_is_said_in_a_pause_is_not_in_it():
    one = tape()
    fill(one, [1, 2], [0, 0])
    one.pause(2 * FRAME_NS)
    fill(one, [3, 4, 5], [0, 0, 0], first=2)
    one.resume(5 * FRAME_NS)
    fill(one, [6], [0], first=5)
    assert levels(one.channels("single", "both", trim=False)) == [[1], [2], [6]]


def test_ticks_that_come_late_are_in_a_pause_if_they_were_due_in_it():
    one = tape()
    one.pause(2 * FRAME_NS)
    fill(one, [1, 2, 3], [0, 0, 0])
    one.resume(4 * FRAME_NS)
    fill(one, [4, 5, 6], [0, 0, 0], first=3)
    assert levels(one.channels("single", "both", trim=False)) == [[1], [2], [5], [6]]


def test_a_recording_that_is_long_enough_gets_no_longer():
    one = tape(frames_max=2)
    fill(one, [1, 2, 3], [0, 0, 0])
    assert levels(one.channels("single", "inbound", trim=False)) == [[1], [2]]


def test_silence_at_both_ends_is_trimmed():
    one, loud = tape(), tone(500, 1.0).reshape(-1, 160)
    for k in range(150):
        one.take("a", k * FRAME_NS, loud[k - 50] if 50 <= k < 100 else None, None, ())
    assert len(one.channels("dual", "both", trim=True)) == pytest.approx(8000, abs=160)
    assert tape().channels("dual", "both", trim=True).shape == (0, 2)


def test_each_second_of_silence_is_told():
    one = tape(listens=True)
    told = fill(one, [3000] * 10 + [0] * 120, [0] * 130)
    assert [(k, news) for k, news in enumerate(told) if news] == [(59, SilentFor(S)), (109, SilentFor(2 * S))]
    assert not any(fill(tape(), [0] * 60, [0] * 60))


def test_of_a_conference_everybody_is_in_it_once():
    one = tape(is_conference=True)
    music = frame(50)
    for leg, said in (("a", 1000), ("b", 200), ("c", 30)):
        one.take(leg, 3_000_000, frame(said), frame(9999), [("music", music)])
    assert levels(one.channels("single", "both", trim=False)) == [[1280]]
    assert levels(one.channels("dual", "both", trim=False)) == [[1000, 280]]


@pytest.mark.parametrize("channels", [1, 2])
def test_files_are_of_both_formats(channels):
    pcm = np.stack([tone(500, 1.0), tone(900, 1.0)][:channels], axis=1)
    wav = parse(file_of(pcm, 8000, "wav"))
    assert wav is not None
    assert (wav.rate_hz, len(wav.pcm), wav.said.split(", ")[1]) == (
        8000,
        8000,
        ["1 channel", "2 channels"][channels - 1],
    )
    pytest.importorskip("lameenc")
    pytest.importorskip("miniaudio")
    assert len(Mp3Decoder().decode(file_of(pcm, 8000, "mp3"))) == pytest.approx(16_000, rel=0.2)


def test_a_leg_is_recorded_with_what_telnyx_plays_on_it():
    leg, one = LegMedia("PCMA", 0), tape()
    leg.voice.tape("a", one)
    leg.say(Sound("x", "", np.full(2 * 160, 8000, np.int16), 8000))
    leg.play(Played("p", Sound("y", "", np.full(160, 4000, np.int16), 8000), 1))
    for _ in range(3):
        leg.tick()
    said, heard = one.channels("dual", "both", trim=False)[::160].T.tolist()
    assert heard == [0, 4000, 0]
    assert said == [pytest.approx(8000, abs=200), pytest.approx(8000, abs=200), 0]
