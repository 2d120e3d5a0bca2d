"""Files, rates and levels."""

import wave

import numpy as np
import pytest
from telephone_call import SPEECH

from telnyx_simulator.audio.signals import at_level, level_dbfs, read_wav, resample, tone, write_wav


def test_a_written_file_reads_back(tmp_path):
    pcm = tone(440, 0.1, -12, 16000)
    write_wav(tmp_path / "a.wav", pcm, 16000)
    back, rate_hz = read_wav(tmp_path / "a.wav")
    assert rate_hz == 16000
    assert back.dtype == np.int16
    assert back.tolist() == pcm.tolist()


def _write(path, data, *, channels=1, width=2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(data)


def test_stereo_is_averaged(tmp_path):
    _write(tmp_path / "s.wav", np.array([100, 300, -5, -15], "<i2").tobytes(), channels=2)
    assert read_wav(tmp_path / "s.wav")[0].tolist() == [200, -10]


def test_eight_bit_files_are_refused_in_a_sentence(tmp_path):
    _write(tmp_path / "b.wav", b"\x80" * 10, width=1)
    with pytest.raises(ValueError, match=r"b\.wav has 8-bit samples; 16-bit PCM is needed"):
        read_wav(tmp_path / "b.wav")


@pytest.mark.parametrize("content", [b"", b"RIFF", b"ID3\x03" + b"\0" * 100], ids=["empty", "torn", "mp3"])
def test_what_is_no_wav_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.wav cannot be read as a PCM WAV file: "):
        read_wav(tmp_path / "x.wav")


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 48000])
def test_a_tone_keeps_pitch_and_level_at_any_rate(rate_hz):
    resampled = resample(tone(1000, 1.0, -20, 8000), 8000, rate_hz)
    assert len(resampled) == rate_hz
    spectrum = np.abs(np.fft.rfft(resampled.astype(float)))
    assert spectrum.argmax() == 1000
    assert level_dbfs(resampled, rate_hz) == pytest.approx(-20, abs=0.05)


def test_resampling_clips_instead_of_wrapping():
    square = np.where(np.arange(8000) // 20 % 2, 32767, -32768).astype(np.int16)
    up = resample(square, 8000, 16000).astype(int)
    assert np.abs(np.diff(up)).max() < 60000  # a wrapped overshoot would jump by 65 535


def test_the_level_is_that_of_the_active_part():
    speech = tone(500, 1.0, -26)
    assert level_dbfs(np.concatenate([np.zeros(24000, np.int16), speech])) == pytest.approx(-26, abs=0.2)


def test_a_signal_is_set_to_a_level():
    assert level_dbfs(at_level(tone(500, 1.0, -26), -12)) == pytest.approx(-12, abs=0.05)


@pytest.mark.parametrize("nothing", [np.zeros(0, np.int16), np.zeros(8000, np.int16), np.full(8000, 700, np.int16)])
def test_silence_has_a_level_that_json_can_carry_and_stays_silence(nothing):
    assert level_dbfs(nothing) == -120
    assert at_level(nothing, -20).tolist() == nothing.tolist()


@pytest.mark.parametrize("name", sorted(path.stem for path in SPEECH.glob("*.wav")))
def test_the_speech_fixtures_are_what_their_readme_says(name):
    pcm, rate_hz = read_wav(SPEECH / f"{name}.wav")
    assert rate_hz == 16000
    assert 2 <= len(pcm) / rate_hz <= 6
    assert level_dbfs(pcm, rate_hz) == pytest.approx(-23, abs=0.5)
    assert abs(float(pcm.mean())) < 1
    assert np.abs(pcm.astype(int)).max() < 32767
    assert (SPEECH / f"{name}.txt").read_text().strip()
