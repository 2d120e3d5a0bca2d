"""A call as a stereo file: left what the application was sent, right what the person heard, on one time line."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from recorded import Recording

from telnyx_simulator.report.wav import write_calls


def channels(path: Path) -> tuple[int, NDArray[np.int16], NDArray[np.int16]]:
    """Rate, left, right."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        return file.getframerate(), samples[:, 0], samples[:, 1]


def spoken(channel: NDArray[np.int16], rate_hz: int) -> tuple[float, float]:
    """From and to which second there is sound; resampling rings a little beyond its edges."""
    loud = np.flatnonzero(np.abs(channel.astype(int)) > 1000)
    return round(loud[0] / rate_hz, 3), round((loud[-1] + 1) / rate_hz, 3)


def test_both_channels_are_on_the_time_line_of_the_run(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller").stream(1, "PCMA", "PCMU")
    recording.sent(1.0, "PCMA", 8000, 50).heard(1.5, 8000, -8000, 100)
    [path] = write_calls(recording.trace(), tmp_path)
    assert path.name == "call-Caller.left-to-application.right-heard.wav"
    rate, left, right = channels(path)
    assert rate == 8000
    assert spoken(left, rate) == (1.0, 2.0)
    assert spoken(right, rate) == (1.5, 3.5)
    assert left.max() == pytest.approx(8000, rel=0.05)
    assert right.min() == -8000


@pytest.mark.parametrize(
    ("sent", "heard_hz", "rate_hz"),
    [("PCMU", 8000, 8000), ("L16/16000/le", 8000, 16000), ("PCMA", 24000, 24000), ("L16/16000/be", 24000, 24000)],
)
def test_the_file_has_the_higher_rate_of_the_two(sent: str, heard_hz: int, rate_hz: int, tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller").stream(0, sent, "PCMU")
    recording.sent(0, sent, 8000, 50).heard(0, heard_hz, 8000, 50)
    rate, left, right = channels(write_calls(recording.trace(), tmp_path)[0])
    assert rate == rate_hz
    for channel in (left, right):
        assert spoken(channel, rate) == (pytest.approx(0, abs=0.002), pytest.approx(1, abs=0.002))
        assert np.median(channel[rate // 4 : rate // 2]) == pytest.approx(8000, rel=0.05)


def test_a_pause_in_what_is_heard_is_as_long_as_it_was(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller").stream(0, "PCMU", "PCMU")
    recording.heard(0, 8000, 8000, 25).heard(1.5, 8000, 8000, 25)
    rate, _, right = channels(write_calls(recording.trace(), tmp_path)[0])
    assert not right[rate // 2 : rate * 3 // 2].any()
    assert spoken(right[rate:], rate) == (0.5, 1.0)


def test_frames_that_come_in_a_burst_are_heard_one_after_another(tmp_path: Path) -> None:
    """Not one over the other: that is how an application without a jitter buffer has them."""
    recording = Recording(tmp_path).person("Caller").stream(0, "L16/8000/le", "PCMU")
    for n in range(5):
        recording.sent(0.1, "L16/8000/le", 1001 + n, 1)
    _, left, _ = channels(write_calls(recording.trace(), tmp_path)[0])
    assert [left[800 + 160 * n + 80] for n in range(5)] == [1001, 1002, 1003, 1004, 1005]


def test_every_leg_of_every_person_has_its_file_and_a_silent_one_has_none(tmp_path: Path) -> None:
    recording = (
        Recording(tmp_path).person("Alice").person("Bob", "leg-2").person("Alice", "leg-3").person("Dave", "leg-4")
    )
    recording.heard(0, 8000, 1, 5).heard(0, 8000, 1, 5, "leg-2").heard(0, 8000, 1, 5, "leg-3")
    suffix = "left-to-application.right-heard.wav"
    names = [path.name for path in write_calls(recording.trace(), tmp_path)]
    assert names == [f"call-Alice.{suffix}", f"call-Alice-2.{suffix}", f"call-Bob.{suffix}"]


def test_a_name_that_is_no_file_name_leads_nowhere_else(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("../../Eve").heard(0, 8000, 1, 5)
    [path] = write_calls(recording.trace(), tmp_path)
    assert path.parent == tmp_path
    assert path.name.startswith("call-_Eve.")


def test_a_codec_of_a_later_version_leaves_the_other_channel(tmp_path: Path) -> None:
    recording = Recording(tmp_path).person("Caller").stream(0, "EVS", "PCMU").heard(0, 8000, 8000, 50)
    _, left, right = channels(write_calls(recording.trace(), tmp_path)[0])
    assert not left.any()
    assert right.any()
