"""Static is told without a reference, and speech is never taken for it."""

import numpy as np
import pytest
from telephone_call import CLIPS, PCMA, PCMU, heard, speech, through

from telnyx_simulator.audio.signals import at_level, tone
from telnyx_simulator.audio.static import static

BYTES = np.random.default_rng(1).integers(0, 256, 24_000, dtype=np.uint8).tobytes()


def seconds_of(found):
    return sum(one.sound_s for one in found)


@pytest.mark.parametrize("level_dbfs", [-18, -23, -35])
@pytest.mark.parametrize("codec", [PCMU, PCMA], ids=str)
@pytest.mark.parametrize("name", CLIPS)
def test_speech_is_no_static(name, codec, level_dbfs):
    assert static(heard(through(at_level(speech(name), level_dbfs), codec))) == []


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize(("spoken", "read"), [(PCMA, PCMU), (PCMU, PCMA)], ids=["A-law as mu-law", "mu-law as A-law"])
def test_speech_in_the_wrong_law_is_static_as_long_as_it_lasts(name, spoken, read):
    clip = speech(name)
    found = static(heard(read.decode(spoken.encode(clip)), at_s=2))
    assert seconds_of(found) > 0.5 * len(clip) / 8000
    assert found[0].start_s > 1.9
    assert found[-1].end_s < 2.1 + len(clip) / 8000


@pytest.mark.parametrize(
    "noise",
    [PCMU.decode(BYTES), PCMU.decode(speech("en-3").astype("<i2").tobytes()), speech("en-3").byteswap()],
    ids=["compressed bytes as PCMU", "L16 as PCMU", "wrong byte order"],
)
def test_bytes_of_another_format_are_static(noise):
    assert seconds_of(static(noise)) > 0.5 * len(noise) / 8000


@pytest.mark.parametrize(
    "nothing",
    [np.zeros(0, np.int16), np.zeros(16_000, np.int16), PCMU.decode(b"\xd5" * 16_000), tone(1004, 2.0), BYTES[:0]],
    ids=["empty", "silence", "idle in the wrong law", "a tone", "no bytes"],
)
def test_silence_and_tones_are_no_static(nothing):
    assert static(np.frombuffer(nothing, np.int16) if isinstance(nothing, bytes) else nothing) == []


def test_the_noise_of_a_line_is_no_static():
    noise = np.random.default_rng(2).normal(0, 32, 16_000).astype(np.int16)
    assert static(noise) == []
